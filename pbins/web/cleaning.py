"""Cleaning a repository: who looks is shown what would go, and asked its count; trash, pins."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from pbins.jobs.health import submit_restore
from pbins.models import Repository
from pbins.services.cleaning import clean
from pbins.services.cleaning_plans import make_plan, plan_of
from pbins.services.errors import Refused
from pbins.services.pinning import pin_version, unpin_version
from pbins.services.trashing import Restored, late_hosts, restore
from pbins.storage.errors import StorageError
from pbins.web.access import PortalRequest, actions, operators
from pbins.web.paging import page_of
from pbins.web.wording import counted, size_in_words

logger = logging.getLogger(__name__)
SHOWN_HOSTS = 5
AT_ONCE_BYTES = 256 * 2**20
"""So much is read, as everything that is put back, while a page is waited for."""


@operators
def cleaning(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    if request.method == "POST":
        return _clean(request, repository)
    trashed = repository.tarballs.trashed()
    late = late_hosts(repository)
    plan = None
    with _told(request, "What may go can't be told"):
        plan = plan_of(repository)
    return render(
        request,
        "pbins/repository_cleaning.html",
        {
            "repository": repository,
            "plan": plan,
            "page": page_of(request, trashed),
            "trashed_size": _trashed_size(repository),
            "late": late[:SHOWN_HOSTS],
            "more_late": max(0, len(late) - SHOWN_HOSTS),
            "pins": repository.pins.select_related("pinned_by"),
        },
    )


@actions
def cleaning_plan(request: PortalRequest, name: str) -> HttpResponse:
    """Look what would go; its page shows that then."""
    repository = get_object_or_404(Repository, name=name)
    with _told(request, "What may go can't be told"):
        make_plan(repository=repository)
    return redirect("cleaning", repository.name)


@actions
def trash_restore(request: PortalRequest, name: str) -> HttpResponse:
    """``name``: one tarball; nothing for everything in the trash, which may be left to a worker."""
    repository = get_object_or_404(Repository, name=name)
    wanted = request.POST.get("name", "")
    with _told(request, "Not everything was put back"):
        if not wanted and _trashed_size(repository) > AT_ONCE_BYTES:
            submit_restore(repository)
            messages.success(request, "Each is read and put back now; Health tells what is not.")
        else:
            _tell(request, restore(repository=repository, names=[wanted] if wanted else None))
    return redirect("cleaning", repository.name)


@contextmanager
def _told(request: PortalRequest, what: str) -> Iterator[None]:
    """What keeps an act from its end stands on the page: refused, or the portal's own disk."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, str(refusal))
    except (StorageError, OSError) as error:
        logger.exception("%s: %s", request.path, what)
        messages.error(
            request,
            f"{what}: {error}. See to that on the portal's own machine, then do it again; nothing"
            " is lost, and what was done by then need not be undone.",
        )


def _tell(request: PortalRequest, done: Restored) -> None:
    messages.success(request, f"{counted(len(done.rows), 'tarball')} put back.")
    for name, why in done.left.items():
        messages.warning(request, f"{name} stays in the trash: {why}.")


def _trashed_size(repository: Repository) -> int:
    """Bytes."""
    return repository.tarballs.trashed().aggregate(size=Sum("size"))["size"] or 0


@actions
def pin_add(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    try:
        pin = pin_version(
            repository=repository,
            version=request.POST.get("version", ""),
            reason=request.POST.get("reason", ""),
            asked_by=request.user,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{pin} is kept, whatever the policy says.")
    return _back(request, repository)


@actions
def pin_remove(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    try:
        unpin_version(repository=repository, version=request.POST.get("version", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, repository)


def _back(request: PortalRequest, repository: Repository) -> HttpResponse:
    """To the page of ours that the button was on."""
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("cleaning", repository.name)


def _clean(request: PortalRequest, repository: Repository) -> HttpResponse:
    count = request.POST.get("count", "").strip()
    if not count.isdecimal():
        messages.error(request, "Type the number of what goes; nothing was changed.")
        return redirect("cleaning", repository.name)
    with _told(request, "Cleaning stopped half way"):
        done = clean(repository=repository, asked_by=request.user, expected=int(count))
        messages.success(
            request,
            f"{counted(len(done.leaving), 'version')} left the channels,"
            f" {counted(len(done.tarballs), 'tarball')} ({size_in_words(done.size)}) went to the"
            " trash.",
        )
    return redirect("cleaning", repository.name)
