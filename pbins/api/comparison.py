"""What two states of a repository differ in, as JSON."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pbins.api.access import insiders
from pbins.api.answers import PER_PAGE, answer
from pbins.api.paging import next_address
from pbins.models import Pbin, Repository
from pbins.services.differences import VersionChange, difference
from pbins.services.states import commit_of
from pbins.storage.errors import StorageError
from pbins.web.json_errors import json_error
from pbins.web.paging import page_of


@insiders
def comparison(request: HttpRequest, name: str) -> HttpResponse:
    """``?before=`` and ``?after=``: names of channels, or numbers of publications."""
    repository = get_object_or_404(Repository, name=name)
    before, after = (commit_of(repository, request.GET.get(s, "")) for s in ("before", "after"))
    if not before or not after:
        error = "There are no two such states: ?before=CHANNEL&after=CHANNEL, or publications."
        return json_error(error, 404)
    try:
        changes = difference(repository, before, after)
        page = page_of(request, changes, PER_PAGE)
        shapes = [_shape(change) for change in page]
    except StorageError as error:
        return json_error(f"They can't be compared: {error}", 422)
    shape = {
        "before": before,
        "after": after,
        "count": len(changes),
        "counts": changes.counts,
        "next": next_address(request, page),
        "changes": shapes,
    }
    return answer(request, shape)


def _shape(change: VersionChange) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.name,
        "version": change.version,
        "before": _pbin(change.before),
        "after": _pbin(change.after),
    }


def _pbin(pbin: Pbin | None) -> dict[str, Any] | None:
    """``pbin`` is its number; none for one that is not kept any more."""
    if pbin is None:
        return None
    size = pbin.tarball.size if pbin.tarball else None
    return {"pbin": pbin.pk, "slot": pbin.slot, "size": size}
