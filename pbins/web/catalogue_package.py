"""A package: every version of it, wherever it is, and what became of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pbins.models import Entry, Pbin
from pbins.roles import Role
from pbins.services.browsing import entries_of, ledger_of
from pbins.services.chronicle import build_times
from pbins.services.descriptions import describe
from pbins.services.package_whereabouts import failures_of, installed_of, spread_of
from pbins.services.people import may
from pbins.services.source_lag import lags_of
from pbins.services.typed_addresses import address_of, version_address
from pbins.web.access import PortalRequest, readers
from pbins.web.catalogue_access import visitors
from pbins.web.catalogue_gone import gone_from_everywhere
from pbins.web.charts import build_time_chart
from pbins.web.paging import page_of

PER_PAGE = 20
MOST_VERSIONS = 200
HOSTS_PER_PAGE = 100


@visitors
def package(request: HttpRequest, category: str, package: str) -> HttpResponse:
    """Where each version is and since when; hosts and failed builds only for who is logged in."""
    name = f"{category}/{package}"
    entries = list(entries_of(category, package)[: MOST_VERSIONS + 1])
    page = page_of(request, ledger_of(name), PER_PAGE)
    lags = lags_of(category, package, entries)
    if not entries and not page.paginator.count:
        return _elsewhere(name)
    context = {
        "name": name,
        "category": category,
        "package": package,
        "entries": entries[:MOST_VERSIONS],
        "has_more": len(entries) > MOST_VERSIONS,
        "page": page,
        "changes": page.object_list,
        "lags": lags,
        "behind": [lag for lag in lags if lag.is_behind],
    }
    context |= _newest(entries)
    if may(request.user, Role.VIEWER):
        context |= {
            "spread": spread_of(name),
            "failures": failures_of(name),
            "build_times": build_time_chart(build_times(name)),
        }
    status = 200 if entries else 410
    return render(request, "pbins/package_page.html", context, status=status)


@readers
def package_hosts(request: PortalRequest, category: str, package: str) -> HttpResponse:
    """Every host that has it, in pages; the oldest version first."""
    name = f"{category}/{package}"
    page = page_of(request, installed_of(name), HOSTS_PER_PAGE)
    if not page.paginator.count and not ledger_of(name).exists():
        raise Http404(f"There is no package {name}.")
    context = {"name": name, "category": category, "package": package, "page": page}
    return render(request, "pbins/package_hosts.html", context)


@visitors
def package_version(
    request: HttpRequest, category: str, package: str, version: str
) -> HttpResponse:
    """A version without its channel leads to the one that gives it to hosts."""
    address = version_address(f"{category}/{package}", version)
    if address is None:
        return gone_from_everywhere(request, category, package, version)
    return redirect(address.url_name, *address.names)


def _elsewhere(typed: str) -> HttpResponse:
    """To where it is, when it was written like a spec or with other capitals."""
    address = address_of(typed)
    if address is None or (address.entry is None and address.name == typed):
        raise Http404(f"There is no package {typed}.")
    return redirect(address.url_name, *address.names)


def _newest(entries: list[Entry]) -> dict[str, Any]:
    """The newest that hosts are given, or the newest at all, with what its pbin says."""
    newest = next((entry for entry in entries if not entry.withheld), None)
    newest = newest or next(iter(entries), None)
    if newest is None:
        return {"newest": None}
    pbin = Pbin.objects.get(pk=newest.pbin_id)
    slots = sorted({entry.pbin.slot for entry in entries})
    return {"newest": newest, "slots": slots, "description": describe(pbin)}
