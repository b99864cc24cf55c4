"""Git repositories elsewhere that ours are pushed to."""

from django.db import models

from pbins.models.outlet import Outlet
from pbins.models.repository import Repository


class Remote(Outlet):
    """A git repository elsewhere; its branches become our channels after each publication.

    ``heads`` is branch to commit as the remote itself last told. ``is_forced``: what somebody else
    pushed there is overwritten.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="remotes")
    url = models.CharField(
        max_length=500,
        help_text="ssh://git@host/path.git, https://host/path.git, or file:///path.git.",
    )
    is_forced = models.BooleanField(
        "forced", default=False, help_text="Overwrite what somebody else pushed to our branches."
    )
    heads = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ("repository__name", "url")
        constraints = (
            models.UniqueConstraint(fields=("repository", "url"), name="remote_url_once"),
        )

    def __str__(self) -> str:
        return self.url
