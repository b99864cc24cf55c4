"""A package as JSON: where its versions are, who has it, whether it lags behind its source."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from pbins.api.access import visitors
from pbins.api.answers import answer
from pbins.api.paging import next_address
from pbins.api.shapes import change_shape, entry_shape
from pbins.models import Step
from pbins.roles import Role
from pbins.services.browsing import entries_of, ledger_of
from pbins.services.package_whereabouts import InstalledVersion, failures_of, spread_of
from pbins.services.people import may
from pbins.services.source_lag import SlotLag, lags_of
from pbins.web.json_errors import json_error
from pbins.web.paging import page_of
from pbins.web.token_access import reader_of

PER_PAGE = 100
MOST_VERSIONS = 1000


@visitors
def package(request: HttpRequest, category: str, package: str) -> HttpResponse:
    """Every version in every channel, the newest first; ``next`` is the history's next page.

    Hosts and failed builds are for who may look at those.
    """
    name = f"{category}/{package}"
    found = list(entries_of(category, package)[:MOST_VERSIONS])
    page = page_of(request, ledger_of(name), PER_PAGE)
    if not found and not page.paginator.count:
        return json_error(f"There is no package {name}.", 404)
    shape: dict[str, Any] = {
        "name": name,
        "versions": [entry_shape(entry) for entry in found],
        "sources": [_lag(lag) for lag in lags_of(category, package, found)],
        "history": [change_shape(change) for change in page],
        "next": next_address(request, page),
    }
    if may(reader_of(request), Role.VIEWER):
        shape["installed"] = [_spread(one) for one in spread_of(name)]
        shape["failures"] = [_failure(step) for step in failures_of(name)]
    return answer(request, shape) if found else JsonResponse(shape, status=410)


def _lag(lag: SlotLag) -> dict[str, Any]:
    return {
        "repository": lag.source,
        "read": lag.read_at.isoformat(),
        "slot": lag.slot,
        "newest": lag.newest or None,
        "masked": lag.masked or None,
        "scm": lag.scm or None,
        "binary": lag.binary or None,
        "behind": lag.is_behind,
    }


def _spread(one: InstalledVersion) -> dict[str, Any]:
    return {"version": one.version, "slot": one.slot, "hosts": one.hosts}


def _failure(step: Step) -> dict[str, Any]:
    return {
        "action": step.action,
        "version": step.version,
        "run": step.run_id,
        "host": step.run.host.name,
        "at": step.finished_at.isoformat() if step.finished_at else None,
        "note": step.note,
    }
