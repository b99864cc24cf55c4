"""What must not go: every tarball that somebody may still ask for, with the reason."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from pbins.models import (
    FINAL_STATES,
    Channel,
    Pbin,
    Publication,
    PublicationKind,
    PublicationState,
    Repository,
    Subscription,
)
from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import parse_manifest
from pbins.services.publishing import git_of
from pbins.storage.git_contents import contents_named

UNDER_WAY = timedelta(hours=1)
"""A tarball lies among the distfiles for a while before a pbin names it."""


def kept_tarballs(repository: Repository) -> dict[str, str]:
    """Name to why, in words that follow "kept:"; the first reason there is.

    Reads the trees that channels, retained publications and hosts are at, from git itself.
    """
    why: dict[str, str] = {}
    for names, reason in _reasons(repository):
        for name in names:
            why.setdefault(name, reason)
    return why


def retained_publications(repository: Repository) -> list[Publication]:
    """Those that a channel can be rolled back to, the latest first."""
    kept = [one for channel in repository.channels.all() for one in retained_of(channel)]
    return sorted(kept, key=lambda one: -one.pk)


def retained_of(channel: Channel) -> QuerySet[Publication]:
    """Those of one channel."""
    since = timezone.now() - timedelta(days=channel.repository.keep_days)
    published = channel.publications.filter(state=PublicationState.PUBLISHED).defer("intent")
    published = published.exclude(kind=PublicationKind.HISTORY)  # nobody has checked those trees
    latest = published.values_list("pk", flat=True)[: channel.repository.keep_publications]
    return published.filter(Q(created_at__gte=since) | Q(pk__in=list(latest)))


def in_use(repository: Repository) -> set[tuple[str, str]]:
    """Versions, as (cat/pkg, version), that a host has installed or a person has pinned."""
    return _installed(repository) | set(repository.pins.values_list("name", "version"))


def under_way_since(repository: Repository) -> datetime:
    """What is younger than this may belong to work that is not over yet."""
    unfinished = repository.runs.exclude(state__in=FINAL_STATES)
    began: datetime | None = unfinished.aggregate(first=Min("created_at"))["first"]
    usual = timezone.now() - UNDER_WAY
    return usual if began is None else min(began, usual)


def _reasons(repository: Repository) -> Iterator[tuple[Iterable[str], str]]:
    for channel in repository.channels.all():
        yield _held(channel), f"in channel {channel.name}"
        yield _named(repository, [channel.commit]), f"in channel {channel.name}"
    for publication in repository.publications.filter(state=PublicationState.PREPARED):
        yield _named(repository, [publication.commit]), "in a publication under way"
    retained = [publication.commit for publication in retained_publications(repository)]
    yield _named(repository, retained), "in a publication that is kept"
    followers = Subscription.objects.filter(channel__repository=repository)
    commits = set(followers.exclude(commit="").values_list("commit", flat=True))
    yield _named(repository, commits), "in what a host is at"
    yield _of_versions(repository, _installed(repository)), "installed on a host"
    pinned = set(repository.pins.values_list("name", "version"))
    yield _of_versions(repository, pinned), "pinned"


def _installed(repository: Repository) -> set[tuple[str, str]]:
    followers = Subscription.objects.filter(channel__repository=repository)
    return {
        (name, version)
        for rows in followers.values_list("installed", flat=True)
        for name, version in rows
    }


def _held(channel: Channel) -> Iterable[str]:
    """Tarballs of every entry; one that is withheld may be given to hosts yet."""
    held = channel.entries.filter(pbin__tarball__isnull=False)
    return held.values_list("pbin__tarball__name", flat=True)


def _named(repository: Repository, commits: Iterable[str]) -> Iterator[str]:
    """The tarballs that Manifests of these commits name."""
    wanted = sorted({commit for commit in commits if commit})
    for content in contents_named(git_of(repository).path, wanted, "Manifest"):
        try:
            entries = parse_manifest(content.decode(errors="replace"))
        except ParseError:  # not written by us; it says nothing that a host could use
            continue
        yield from (entry.name for entry in entries)


def _of_versions(repository: Repository, versions: set[tuple[str, str]]) -> Iterator[str]:
    """Every build of these versions, for nobody can tell which of them was meant."""
    packages = sorted({name.partition("/")[2] for name, _ in versions})
    for start in range(0, len(packages), 500):
        pbins = Pbin.objects.filter(
            repository=repository, package__in=packages[start : start + 500], tarball__isnull=False
        )
        for pbin in pbins.select_related("tarball").defer("text"):
            if (pbin.name, pbin.version) in versions and pbin.tarball is not None:
                yield pbin.tarball.name
