"""What lies about on builders: archives that a killed cave left, tarballs that no pbin names.

Only plain files of the repository's distdir are looked at, and only names that cave would give to
a tarball of this repository (FACTS 2.1). Nothing else on a host is ever touched.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from pbins.models import FindingKind, Host, Repository, Run, RunKind, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, TarballName
from pbins.services.connection import connected
from pbins.services.drafts import must
from pbins.services.errors import Refused
from pbins.services.findings import Seen, store_findings
from pbins.services.keeping import kept_tarballs
from pbins.services.layouts import distdir_on, location_on
from pbins.services.parts import in_parts
from pbins.services.places import distfiles_of
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

REMOVABLE = (
    FindingKind.BUILDER_LEFTOVER,
    FindingKind.BUILDER_ORPHAN,
    FindingKind.BUILDER_UNNEEDED,
)
KINDS = (*REMOVABLE, FindingKind.BUILDER_STRANGER)
EVERY = timedelta(days=1)
QUIET_SECONDS = 24 * 3600  # bzip2 of a huge archive reads it for long without changing it
COMPRESSED = ".bz2"
LIST = """\
date +%s
cd {distdir} 2>/dev/null || exit 0
find . -maxdepth 1 -type f \\( -name {archives} -o -name {tarballs} \\) \\
    -exec stat -c '%s %Y %n' {{}} +
"""
NAMED = """\
cd {packages} || exit 1
find . -type f -name '*.pbin-*' -exec sed -n 's/^BINARY_URI="\\(.*\\)"$/\\1/p' {{}} +
"""
REMOVE = """\
cd {distdir} || exit 1
rm -f -- {names}
"""
LINE = re.compile(r"(\d+) (\d+) \./(.+)")
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a builder's distdir: bytes, and seconds since it was last written to."""

    name: str
    size: int
    idle: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What tells whether a builder's file is needed.

    ``named`` by pbins of the builder's own tree, ``kept`` here, and our ``rows``.
    """

    named: set[str]
    kept: Mapping[str, str]
    rows: Mapping[str, Tarball]


def check_builders(repository: Repository) -> list[str]:
    """Look at every builder; returns what kept us from looking, a sentence a builder.

    That is kept too, as a finding: a builder that is away is no failure of the others.
    """
    unseen = []
    for builder in repository.builders.all():
        try:
            with connected(builder) as transport:
                check_builder(repository, builder, transport)
        except (TransportError, HostTrouble, Refused) as error:
            unseen.append(Seen(FindingKind.BUILDER_UNSEEN, builder.name, str(error)))
    store_findings(repository, unseen, (FindingKind.BUILDER_UNSEEN,))
    Repository.objects.filter(pk=repository.pk).update(builders_looked_at=timezone.now())
    return [f"{one.what} could not be looked at: {one.details}" for one in unseen]


def check_builders_if_due(repository: Repository) -> list[str]:
    """Once a day, where scrubs are made by themselves; as ``check_builders``."""
    looked_at = repository.builders_looked_at
    if not repository.scrub_days or (looked_at and timezone.now() - looked_at < EVERY):
        return []
    return check_builders(repository)


def check_builder(repository: Repository, host: Host, transport: Transport) -> int:
    """Store what lies about on a builder as findings; how many of them are new."""
    found = list(_listing(repository, host, transport))
    known = _known(repository, found, _named(repository, host, transport))
    judged = [(file, _judge(file, known)) for file in found]
    seen = [
        Seen(verdict[0], f"{host.name}:{file.name}", f"{file.size} bytes{verdict[1]}")
        for file, verdict in judged
        if verdict is not None
    ]
    others = _of_other_builders(repository, host)
    return store_findings(repository, [*seen, *others], KINDS)


def clean_builder(
    repository: Repository, host: Host, transport: Transport, names: set[str]
) -> list[str]:
    """Remove what is still found to lie about; returns the names that are gone.

    What is kept here goes there only when our copy is whole: it is read and compared first, and
    has the same size. Raises Refused while something is built there.
    """
    holding = Run.objects.holding(host).filter(kind=RunKind.BUILD).first()
    if holding is not None:
        raise Refused(f"Run {holding.pk} is building on {host.name}; clean it afterwards.")
    named = _named(repository, host, transport)
    found = [file for file in _listing(repository, host, transport) if file.name in names]
    known = _known(repository, found, named)
    gone = [file.name for file in found if _may_go(repository, file, known)]
    for part in in_parts(gone, at_once=AT_ONCE):
        quoted = " ".join(map(shlex.quote, part))
        distdir = shlex.quote(str(distdir_on(host, repository)))
        must(transport, REMOVE.format(distdir=distdir, names=quoted), timeout=300)
    return gone


def _listing(repository: Repository, host: Host, transport: Transport) -> Iterator[Found]:
    prefix = f"{repository.name}--*"
    command = LIST.format(
        distdir=shlex.quote(str(distdir_on(host, repository))),
        archives=shlex.quote(f"{prefix}.tar"),
        tarballs=shlex.quote(f"{prefix}.tar{COMPRESSED}"),
    )
    now, *lines = must(transport, command, timeout=300).splitlines()
    longer = Repository.objects.filter(name__startswith=f"{repository.name}--")
    others = tuple(f"{name}--" for name in longer.values_list("name", flat=True))
    for line in lines:
        match = LINE.fullmatch(line)
        if match and _is_tarball_name(repository, match[3]) and not match[3].startswith(others):
            yield Found(match[3], int(match[1]), int(now) - int(match[2]))


def _is_tarball_name(repository: Repository, name: str) -> bool:
    owner = RepositoryName(repository.name)
    try:
        TarballName.parse(f"{name.removesuffix(COMPRESSED)}{COMPRESSED}", owner)
    except ParseError:
        return False
    return True


def _named(repository: Repository, host: Host, transport: Transport) -> set[str]:
    """The tarballs that pbins in the builder's own tree name."""
    packages = shlex.quote(f"{location_on(host, repository)}/packages")
    output = must(transport, NAMED.format(packages=packages), timeout=300)
    return {line.rpartition("/")[2] for line in output.splitlines()}


def _known(repository: Repository, found: list[Found], named: set[str]) -> _Known:
    rows: dict[str, Tarball] = {}
    for part in in_parts([file.name for file in found]):
        of_part = repository.tarballs.filter(name__in=part)
        rows |= {row.name: row for row in of_part.only("name", "size", "sha256", "is_present")}
    return _Known(named, kept_tarballs(repository), rows)


def _judge(file: Found, known: _Known) -> tuple[FindingKind, str] | None:
    """What is to be said of a builder's file; None for one that is in its place, or too young."""
    if file.idle < QUIET_SECONDS:
        return None
    if not file.name.endswith(COMPRESSED):
        return FindingKind.BUILDER_LEFTOVER, ", left by a build that did not end."
    row = known.rows.get(file.name)
    if row is not None and row.sha256 and not row.is_present and file.name not in known.kept:
        told = ": the portal removed its own, for no channel, publication or host needs it."
        return FindingKind.BUILDER_UNNEEDED, told
    if file.name in known.named:
        return None
    told = "; no pbin of the builder names it. "
    if row is None:
        told += "The portal never took it over and knows no pbin for it, so it is left alone:"
        return FindingKind.BUILDER_STRANGER, f"{told} remove it there by hand, or build it again."
    if not row.is_present:
        told += "The portal has lost its own, so it is left alone: take that again first."
        return FindingKind.BUILDER_STRANGER, told
    if row.size != file.size:
        told += f"The portal's own has {row.size} bytes, so it is left alone; see for yourself."
        return FindingKind.BUILDER_STRANGER, told
    return FindingKind.BUILDER_ORPHAN, f"{told}The portal has it too."


def _may_go(repository: Repository, file: Found, known: _Known) -> bool:
    """Whether it is still one that can be removed; reads our own copy of an orphan."""
    verdict = _judge(file, known)
    if verdict is None or verdict[0] not in REMOVABLE:
        return False
    if verdict[0] != FindingKind.BUILDER_ORPHAN:
        return True
    distfiles = distfiles_of(repository)
    is_there = distfiles.has(file.name)
    return is_there and distfiles.sha256(file.name) == known.rows[file.name].sha256


def _of_other_builders(repository: Repository, host: Host) -> list[Seen]:
    """What is open already about other builders stays as it is."""
    others = set(repository.builders.exclude(pk=host.pk).values_list("name", flat=True))
    return [
        Seen(FindingKind(finding.kind), finding.what, finding.details)
        for finding in repository.findings.open().filter(kind__in=KINDS)
        if finding.what.partition(":")[0] in others
    ]
