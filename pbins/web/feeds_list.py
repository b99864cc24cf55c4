"""The feeds there are, for people."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pbins.models import Channel, Entry, Tag
from pbins.roles import Role
from pbins.services.people import may
from pbins.services.tokens import token_of
from pbins.web.access import members


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody sees those that everybody may read."""
    return _page(request) if settings.PBINS_PUBLIC_FEEDS else members(_page)(request)


def _page(request: HttpRequest) -> HttpResponse:
    is_insider = may(request.user, Role.VIEWER)
    channels = Channel.objects.exclude(commit="").select_related("repository")
    context = {
        "channels": channels,
        "categories": Entry.objects.order_by("category")
        .values_list("category", flat=True)
        .distinct(),
        "is_insider": is_insider,
        "tags": Tag.objects.all() if is_insider else (),
        "token": token_of(request.user) if is_insider and request.user.pk else "",
    }
    return render(request, "pbins/feeds_list.html", context)
