"""Two states of a repository side by side: channels, or publications."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from pbins.models import Repository
from pbins.services.differences import VersionChange, difference
from pbins.services.pbin_differences import FieldChange, field_changes
from pbins.services.states import commit_of
from pbins.storage.errors import StorageError
from pbins.web.access import PortalRequest, readers
from pbins.web.paging import page_of


@dataclass(frozen=True, slots=True)
class Row:
    """A version, and what is not the same in it."""

    change: VersionChange
    fields: tuple[FieldChange, ...]


@readers
def comparison(request: PortalRequest, name: str) -> HttpResponse:
    """``?before=`` and ``?after=``: names of channels, or numbers of publications."""
    repository = get_object_or_404(Repository, name=name)
    channels = list(repository.channels.exclude(commit=""))
    sides = {side: request.GET.get(side, "") for side in ("before", "after")}
    context = {"repository": repository, "channels": channels, **sides}
    if not all(sides.values()):
        return render(request, "pbins/comparison.html", context)
    before, after = (_commit(repository, side) for side in sides.values())
    try:
        changes = difference(repository, before, after)
        page = page_of(request, changes)
        rows = [_row(change) for change in page]
    except StorageError as error:
        return render(request, "pbins/comparison.html", context | {"trouble": str(error)})
    counts = [(kind.value, count) for kind, count in changes.counts.items()]
    context |= {"page": page, "rows": rows, "counts": counts, "compared": True}
    return render(request, "pbins/comparison.html", context)


def _row(change: VersionChange) -> Row:
    if change.before is None or change.after is None:
        return Row(change, ())
    return Row(change, field_changes(change.before, change.after))


def _commit(repository: Repository, name: str) -> str:
    found = commit_of(repository, name)
    if found is None:
        raise Http404(f"{repository} has neither a channel nor a publication {name}.")
    return found
