"""Taking what was published to places elsewhere: at once, and again until it is there.

One job visits whatever is due. It has a queue, and a worker, of its own: a place that is slow
keeps nobody waiting but the other places.
"""

from django.utils import timezone

from pbins.models import Mirror, Remote
from pbins.services.mirroring import is_mirror_due, visit_mirror
from pbins.services.remotes import is_remote_due, push_remote


def deliver() -> None:
    """Visit every place that is due; how each visit went is told on its row."""
    now = timezone.now()
    for remote in Remote.objects.filter(is_enabled=True).select_related("repository"):
        if is_remote_due(remote, now):
            push_remote(remote)
    for mirror in Mirror.objects.filter(is_enabled=True).select_related("repository"):
        if is_mirror_due(mirror, now):
            visit_mirror(mirror)
