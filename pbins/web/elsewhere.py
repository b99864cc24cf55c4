"""Where a repository is delivered to: git remotes and mirrors, how they are, and their buttons."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.jobs.delivery_asking import submit_deliveries
from pbins.models import Mirror, Remote, Repository
from pbins.services.errors import Refused
from pbins.services.mirrors import mirrors_of, target_url
from pbins.services.outlets import ask_again, offered_by, trust_place, trusted_of
from pbins.services.remotes import remote_url
from pbins.storage.outside_url import OutsideUrl
from pbins.web.access import PortalRequest, actions, administer, readers
from pbins.web.confirmation import Asked, unless_confirmed

Place = Remote | Mirror


@dataclass(frozen=True, slots=True)
class Branch:
    """A channel, the commit that it is at there, and whether that is the one it is at here."""

    name: str
    commit: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class RemoteState:
    """A git remote as its page shows it; the fingerprints are "" where there are none."""

    remote: Remote
    is_current: bool
    branches: tuple[Branch, ...]
    trusted: str
    offered: str


@dataclass(frozen=True, slots=True)
class MirrorState:
    """A mirror as its page shows it, with how many tarballs it holds, of how many."""

    mirror: Mirror
    held: int
    wanted: int
    trusted: str
    offered: str

    @property
    def is_current(self) -> bool:
        return self.held == self.wanted


@readers
def elsewhere(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    heads = heads_of(repository)
    context = {
        "repository": repository,
        "remotes": [_remote_state(remote, heads) for remote in repository.remotes.all()],
        "mirrors": [
            MirrorState(mirror, held, wanted, trusted_of(mirror), offered_by(mirror))
            for mirror, held, wanted in mirrors_of(repository)
        ],
    }
    return render(request, "pbins/elsewhere.html", context)


@actions
def place_visit(request: PortalRequest, kind: str, pk: int) -> HttpResponse:
    """Try now, whatever came of the last attempts."""
    place = place_of(kind, pk)
    try:
        ask_again(place)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        submit_deliveries()
        messages.success(request, f"{place} is visited now; how that goes is told here.")
    return redirect("elsewhere", place.repository.name)


@administer
def place_trust(request: PortalRequest, kind: str, pk: int) -> HttpResponse:
    """Pin the key whose fingerprint was shown; if another is offered now, nothing is."""
    place = place_of(kind, pk)
    shown = request.POST.get("fingerprint", "").strip()
    try:
        pinned = trust_place(outlet=place, url=url_of(place), fingerprint=shown)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        submit_deliveries()
        messages.success(request, f"{place} is trusted with the key {pinned}.")
    return redirect("elsewhere", place.repository.name)


@administer
def place_remove(request: PortalRequest, kind: str, pk: int) -> HttpResponse:
    """Deliver nothing there any more; what is there stays."""
    place = place_of(kind, pk)
    repository = place.repository.name
    words = str(place)
    count, what = _delivered(place)
    asked = Asked(
        act=f"Remove {words}",
        meaning="Nothing is delivered there any more; what is there stays.",
        count=count,
        of=f"the number of {what} that were delivered there",
        back=reverse("elsewhere", args=[repository]),
    )
    if question := unless_confirmed(request, asked):
        return question
    place.delete()
    messages.success(request, f"Nothing is delivered to {words} any more; what is there stays.")
    return redirect("elsewhere", repository)


def _delivered(place: Place) -> tuple[int, str]:
    """How many of what."""
    if isinstance(place, Mirror):
        return place.tarballs.count(), "tarballs"
    return len(place.heads), "branches"


def places_of(repository: Repository) -> list[tuple[Place, bool]]:
    """Each with whether it has all that it is to have."""
    heads = heads_of(repository)
    remotes = [(remote, remote.heads == heads) for remote in repository.remotes.all()]
    mirrors = [(mirror, there == wanted) for mirror, there, wanted in mirrors_of(repository)]
    return [*remotes, *mirrors]


def heads_of(repository: Repository) -> dict[str, str]:
    return dict(repository.channels.exclude(commit="").values_list("name", "commit"))


def place_of(kind: str, pk: int) -> Place:
    if kind == "remote":
        return get_object_or_404(Remote.objects.select_related("repository"), pk=pk)
    if kind == "mirror":
        return get_object_or_404(Mirror.objects.select_related("repository"), pk=pk)
    raise Http404


def url_of(place: Place) -> OutsideUrl:
    return remote_url(place) if isinstance(place, Remote) else target_url(place)


def _remote_state(remote: Remote, heads: dict[str, str]) -> RemoteState:
    return RemoteState(
        remote=remote,
        is_current=remote.heads == heads,
        branches=tuple(
            Branch(name, remote.heads.get(name, ""), remote.heads.get(name) == commit)
            for name, commit in sorted(heads.items())
        ),
        trusted=trusted_of(remote),
        offered=offered_by(remote),
    )
