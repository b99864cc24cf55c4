"""A catalogue of any size, made of real pbins under further names and versions.

Dependencies lead to packages that are there. Two repositories: the larger one has a second channel
with half of its versions, and a twentieth of everything is withheld.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256, sha512
from itertools import cycle, islice

from django.utils import timezone

from benchmarks._listings import listings
from benchmarks._sizes import FETCHED, SEED, Sizes
from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Pbin,
    Publication,
    PublicationState,
    Repository,
    Tarball,
    TarballListing,
)
from pbins.paludis.pbin import Pbin as ParsedPbin
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.versions import Version
from pbins.services.holdings import change_of
from pbins.services.layouts import first_files
from pbins.services.places import distfiles_of, git_of
from pbins.services.repositories import add_repository
from pbins.services.signing import AUTHOR
from pbins.services.trees import manifest_text

AT_ONCE = 500
PER_PUBLICATION = 60
EDITED = 10
FETCHED_SIZE = 200_000
LISTED_EVERY = 21
WITHHELD_EVERY = 20
WITHHELD = "Its tarball is not here."
BINARY_URI = re.compile(r'^BINARY_URI=".*"$', re.MULTILINE)
PATH = "packages/{0}/{1}/{1}-{2}.pbin-1+exheres-0"


@dataclass(frozen=True, slots=True)
class Original:
    """A real pbin."""

    category: str
    package: str
    version: str
    text: str
    parsed: ParsedPbin


def fill_catalogue(sizes: Sizes, pbins: Sequence[tuple[str, str]]) -> list[Repository]:
    """Repositories with channels, tarballs, versions and publications, from pbins (path, text)."""
    originals = [_original(*found) for found in pbins]
    source = random.Random(SEED)
    made = []
    for name, share in (("pbins", 0.7), ("laptops", 0.3)):
        repository = add_repository(name=name, masters=["arbor"], platforms=["amd64"])
        rows = _pbins(repository, originals, int(sizes.versions * share), sizes.names, source)
        _publish(repository.channels.get(), rows, sizes)
        made.append(repository)
    stable = Channel.objects.create(repository=made[0], name="stable")
    held = Pbin.objects.filter(repository=made[0]).order_by("pk")
    _publish(stable, list(held[: held.count() // 2].select_related("tarball")), sizes)
    return made


def _original(path: str, text: str) -> Original:
    _, category, package, file = path.rsplit("/", 3)
    version = file.removeprefix(f"{package}-").partition(".pbin-")[0]
    return Original(category, package, version, text, parse_pbin(text))


def _copies(originals: Sequence[Original], names: int) -> Iterator[tuple[Original, str, str]]:
    """Each original under its own name and version, then under further ones."""
    numbered = [one for one in originals if one.version[0].isdigit()]
    yield from ((one, one.package, one.version) for one in originals)
    for number in range(1, 10_000):
        suffix, major = number % names, number // names
        for one in numbered:
            package = f"{one.package}_x{suffix}" if suffix else one.package
            yield one, package, f"{major}.{one.version}" if major else one.version


def _pbins(
    repository: Repository,
    originals: Sequence[Original],
    count: int,
    names: int,
    source: random.Random,
) -> list[Pbin]:
    rows: list[Pbin] = []
    seen: set[tuple[str, str, str]] = set()
    now = timezone.now()
    for original, package, version in _copies(originals, names):
        key = Version(version).sort_key
        place = (original.category, package, key)
        if place in seen:
            continue
        seen.add(place)
        at = now - timedelta(minutes=source.randrange(525_600))
        rows.append(_row(repository, original, package, version, key, at, len(rows)))
        if len(rows) == count:
            break
    tarballs = _tarballs(repository, rows, source)
    for row in rows:
        row.tarball = tarballs[row.path]
    return Pbin.objects.bulk_create(rows, batch_size=AT_ONCE)


def _row(
    repository: Repository,
    original: Original,
    package: str,
    version: str,
    key: str,
    at: datetime,
    number: int,
) -> Pbin:
    file = f"{repository.name}--{original.category}--{package}-{version}--C.{number}.1.1.C.tar.bz2"
    uri = f'BINARY_URI="mirror://{repository.name}/{file}"'
    text = BINARY_URI.sub(lambda _: uri, original.text)
    parsed = original.parsed
    return Pbin(
        repository=repository,
        category=original.category,
        package=package,
        version=version,
        version_key=key,
        slot=str(parsed.slot),
        path=PATH.format(original.category, package, version),
        text=text,
        digest=sha256(text.encode()).hexdigest(),
        summary=parsed.summary,
        description=parsed.description,
        generated_from=str(parsed.generated_from),
        generated_at=at,
        platforms=" ".join(parsed.platforms),
        licences=" ".join(parsed.licences),
    )


def _tarballs(
    repository: Repository, pbins: Sequence[Pbin], source: random.Random
) -> dict[str, Tarball]:
    """By the path of their pbin."""
    rows = [
        Tarball(
            repository=repository,
            name=pbin.text.partition(f"mirror://{repository.name}/")[2].partition('"')[0],
            size=int(source.lognormvariate(12, 2)),
            sha256=sha256(pbin.path.encode()).hexdigest(),
            sha512=sha512(pbin.path.encode()).hexdigest(),
            is_present=number % WITHHELD_EVERY != 0,
            received_at=pbin.generated_at,
            verified_at=pbin.generated_at,
        )
        for number, pbin in enumerate(pbins)
    ]
    made = Tarball.objects.bulk_create(rows, batch_size=AT_ONCE)
    for tarball in [row for row in made if row.is_present][:FETCHED]:
        path = distfiles_of(repository).path(tarball.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(FETCHED_SIZE))
    contents = cycle(listings())
    TarballListing.objects.bulk_create(
        (
            TarballListing(tarball=tarball, content=content, files=files)
            for tarball, (content, files) in zip(made[::LISTED_EVERY], contents, strict=False)
        ),
        batch_size=AT_ONCE,
    )
    return {pbin.path: tarball for pbin, tarball in zip(pbins, made, strict=True)}


def _publish(channel: Channel, pbins: Sequence[Pbin], sizes: Sizes) -> None:
    """Entries and the ledger; the last publications are commits that can be compared."""
    now = timezone.now()
    edited = min(len(pbins) // 2, sizes.edits * EDITED)
    edits = [pbins[at : at + EDITED] for at in range(len(pbins) - edited, len(pbins), EDITED)]
    before = pbins[: len(pbins) - edited]
    parts = [before[at : at + PER_PUBLICATION] for at in range(0, len(before), PER_PUBLICATION)]
    commits = _commits(channel, before, edits, now)
    hanging = len(parts) + len(edits) - len(commits)
    publications = Publication.objects.bulk_create(
        Publication(
            repository=channel.repository,
            channel=channel,
            commit=commits[number - hanging] if number >= hanging else f"{number:040x}",
            message=f"Add {len(part)} versions\n\nFrom a build.\n",
            state=PublicationState.PUBLISHED,
            created_at=now - timedelta(hours=len(parts) + len(edits) - number),
        )
        for number, part in enumerate([*parts, *edits])
    )
    for publication, part in zip(publications, [*parts, *edits], strict=True):
        _enter(publication, part)
    channel.commit, channel.moved_at = commits[-1], now
    channel.save()


def _enter(publication: Publication, pbins: Sequence[Pbin]) -> None:
    channel, at = publication.channel, publication.created_at
    Entry.objects.bulk_create(
        Entry(
            channel=channel,
            pbin=pbin,
            category=pbin.category,
            package=pbin.package,
            version=pbin.version,
            version_key=pbin.version_key,
            withheld="" if _is_served(pbin) else WITHHELD,
            since=at,
        )
        for pbin in pbins
    )
    kinds = cycle((ChangeKind.ADDED, ChangeKind.ADDED, ChangeKind.REPLACED))
    Change.objects.bulk_create(
        change_of(publication, pbin, kind)
        for pbin, kind in zip(filter(_is_served, pbins), kinds, strict=False)
    )


def _is_served(pbin: Pbin) -> bool:
    return pbin.tarball is not None and pbin.tarball.is_present


def _commits(
    channel: Channel, before: Sequence[Pbin], edits: Sequence[Sequence[Pbin]], at: datetime
) -> list[str]:
    """What was there before, and each edit behind it."""
    git = git_of(channel.repository)
    held: dict[str, list[Pbin]] = {}
    commit, made = git.head(channel.name), []
    for number, part in enumerate([before, *edits]):
        served = [pbin for pbin in part if _is_served(pbin)]
        changes: dict[str, bytes | None] = {pbin.path: pbin.text.encode() for pbin in served}
        for pbin in served:
            held.setdefault(pbin.name, []).append(pbin)
        for name in {pbin.name for pbin in served}:
            changes[f"packages/{name}/Manifest"] = manifest_text(held[name]).encode()
        if commit is None:
            changes |= first_files(channel.repository)
        commit = git.commit(
            parent=commit, changes=changes, message=f"Edit {number}", author=AUTHOR, when=at
        )
        made.append(commit)
    git.move(channel.name, to=made[-1], expected=git.head(channel.name))
    return made


def first_names(count: int) -> list[tuple[str, str]]:
    """(cat/pkg, version) of served versions, for what hosts have installed."""
    rows = Entry.objects.served().filter(channel__name="master").order_by("pk")
    pairs = rows.values_list("category", "package", "version")[:count]
    return [
        (f"{category}/{package}", version) for category, package, version in islice(pairs, count)
    ]
