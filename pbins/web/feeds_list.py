"""The feeds there are, for people."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pbins.models import Channel, Package, Tag
from pbins.roles import Role
from pbins.services.people import may
from pbins.web.access import members
from pbins.web.feeds_access import query_of


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody sees those that everybody may read."""
    return _page(request) if settings.PBINS_PUBLIC_FEEDS else members(_page)(request)


def _page(request: HttpRequest) -> HttpResponse:
    is_insider = may(request.user, Role.VIEWER)
    with_token = query_of(request.user)
    packages = Package.objects.present().order_by("category")
    context = {
        "channels": Channel.objects.exclude(commit="").select_related("repository"),
        "categories": packages.values_list("category", flat=True).distinct(),
        "is_insider": is_insider,
        "tags": Tag.objects.all() if is_insider else (),
        "with_token": with_token,
        "query": "" if settings.PBINS_PUBLIC_FEEDS else with_token,
    }
    return render(request, "pbins/feeds_list.html", context)
