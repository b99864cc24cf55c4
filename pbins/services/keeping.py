"""What must not go: every tarball that somebody may still ask for, with the reason."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from pbins.models import (
    FINAL_IMPORT_STATES,
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
from pbins.services.parts import in_parts
from pbins.services.places import git_of
from pbins.storage.git_contents import blobs_named, contents_of

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


def retained_of(channel: Channel) -> QuerySet[Publication]:
    """The publications that a channel can be rolled back to, the latest first."""
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
    runs = repository.runs.exclude(state__in=FINAL_STATES)
    imports = repository.imports.exclude(state__in=FINAL_IMPORT_STATES)
    began: list[datetime | None] = [
        work.aggregate(first=Min("created_at"))["first"] for work in (runs, imports)
    ]
    return min([timezone.now() - UNDER_WAY, *filter(None, began)])


class _Manifests:
    """Those of a repository; each is read once, however many commits have it."""

    def __init__(self, repository: Repository) -> None:
        self._git = git_of(repository).path
        self._read: set[str] = set()

    def names(self, commits: Iterable[str]) -> Iterator[str]:
        """The tarballs that Manifests of these commits name, and none of those before did."""
        wanted = sorted({commit for commit in commits if commit} - self._read)
        blobs = blobs_named(self._git, wanted, "Manifest") - self._read
        self._read.update(wanted, blobs)
        for content in contents_of(self._git, sorted(blobs)):
            try:
                entries = parse_manifest(content.decode(errors="replace"))
            except ParseError:  # not written by us; it says nothing that a host could use
                continue
            yield from (entry.name for entry in entries)


def _reasons(repository: Repository) -> Iterator[tuple[Iterable[str], str]]:
    manifests = _Manifests(repository)
    for channel in repository.channels.all():
        yield _held(channel), f"in channel {channel.name}"
        yield manifests.names([channel.commit]), f"in channel {channel.name}"
    under_way = repository.publications.filter(state=PublicationState.PREPARED).order_by()
    yield manifests.names(under_way.values_list("commit", flat=True)), "in a publication under way"
    for channel in repository.channels.all():
        retained = retained_of(channel).order_by().values_list("commit", flat=True)
        yield manifests.names(retained), "in a publication that is kept"
    followers = Subscription.objects.filter(channel__repository=repository).order_by()
    commits = followers.values_list("commit", flat=True).distinct()
    yield manifests.names(commits), "in what a host is at"
    yield _of_versions(repository, _installed(repository)), "installed on a host"
    pinned = set(repository.pins.values_list("name", "version"))
    yield _of_versions(repository, pinned), "pinned"


def _installed(repository: Repository) -> set[tuple[str, str]]:
    followers = Subscription.objects.filter(channel__repository=repository)
    return {
        (name, version)
        for rows in followers.order_by().values_list("installed", flat=True)
        for name, version in rows
    }


def _held(channel: Channel) -> Iterable[str]:
    """Tarballs of every entry; one that is withheld may be given to hosts yet."""
    held = channel.entries.filter(pbin__tarball__isnull=False).order_by()
    return held.values_list("pbin__tarball__name", flat=True)


def _of_versions(repository: Repository, versions: set[tuple[str, str]]) -> Iterator[str]:
    """Every build of these versions, for nobody can tell which of them was meant."""
    packages: dict[str, set[str]] = defaultdict(set)
    for name, _ in versions:
        category, _, package = name.partition("/")
        packages[category].add(package)
    of_repository = Pbin.objects.filter(repository=repository, tarball__isnull=False).order_by()
    for category, wanted in packages.items():  # so that the index of packages finds them
        for part in in_parts(wanted):
            pbins = of_repository.filter(category=category, package__in=part)
            for package, version, name in pbins.values_list("package", "version", "tarball__name"):
                if (f"{category}/{package}", version) in versions:
                    yield name
