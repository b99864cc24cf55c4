"""What lies about on builders: archives that a killed cave left, tarballs that no pbin names.

Only plain files of the repository's distdir are looked at, and only names that cave would give to
a tarball of this repository (FACTS 2.1). Nothing else on a host is ever touched.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from pbins.models import FindingKind, Host, Repository, Run, RunKind, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, TarballName
from pbins.services.arrivals import distfiles_of
from pbins.services.connection import connected
from pbins.services.drafts import must
from pbins.services.errors import Refused
from pbins.services.findings import Seen, store_findings
from pbins.services.layouts import distdir_on, location_on
from pbins.services.parts import in_parts
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

KINDS = (FindingKind.BUILDER_LEFTOVER, FindingKind.BUILDER_ORPHAN)
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


def check_builders(repository: Repository) -> list[str]:
    """Look at every builder; returns what kept us from looking, a sentence a builder."""
    troubles = []
    for builder in repository.builders.all():
        try:
            with connected(builder) as transport:
                check_builder(repository, builder, transport)
        except (TransportError, HostTrouble) as error:
            troubles.append(f"{builder} could not be looked at: {error}")
    return troubles


def check_builder(repository: Repository, host: Host, transport: Transport) -> int:
    """Store what lies about on a builder as findings; how many of them are new."""
    found = list(_listing(repository, host, transport))
    named = _named(repository, host, transport)
    seen = []
    for file in found:
        what = f"{host.name}:{file.name}"
        if not file.name.endswith(COMPRESSED):
            if file.idle >= QUIET_SECONDS:
                told = f"{file.size} bytes, left by a build that did not end."
                seen.append(Seen(FindingKind.BUILDER_LEFTOVER, what, told))
        elif file.name not in named and file.idle >= QUIET_SECONDS:
            told = f"{file.size} bytes; no pbin of the builder names it. {_ours(repository, file)}"
            seen.append(Seen(FindingKind.BUILDER_ORPHAN, what, told))
    others = _of_other_builders(repository, host)
    return store_findings(repository, [*seen, *others], KINDS)


def clean_builder(
    repository: Repository, host: Host, transport: Transport, names: set[str]
) -> list[str]:
    """Remove what is still found to lie about; returns the names that are gone.

    An orphan only when our copy is whole: it is read and compared first, and has the same size.
    Raises Refused while something is built there.
    """
    holding = Run.objects.holding(host).filter(kind=RunKind.BUILD).first()
    if holding is not None:
        raise Refused(f"Run {holding.pk} is building on {host.name}; clean it afterwards.")
    named = _named(repository, host, transport)
    gone = [
        file.name
        for file in _listing(repository, host, transport)
        if file.name in names
        and file.name not in named
        and file.idle >= QUIET_SECONDS
        and (not file.name.endswith(COMPRESSED) or _is_kept_here(repository, file))
    ]
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


def _ours(repository: Repository, file: Found) -> str:
    row = Tarball.objects.filter(repository=repository, name=file.name, is_present=True).first()
    if row is None:
        return "The portal never took it over, so it is left alone."
    if row.size != file.size:
        return f"The portal's own has {row.size} bytes, so it is left alone."
    return "The portal has it too."


def _is_kept_here(repository: Repository, file: Found) -> bool:
    """Whether our own copy is whole; reads it."""
    row = Tarball.objects.filter(repository=repository, name=file.name, is_present=True).first()
    if row is None or row.size != file.size:
        return False
    distfiles = distfiles_of(repository)
    return distfiles.has(file.name) and distfiles.sha256(file.name) == row.sha256


def _of_other_builders(repository: Repository, host: Host) -> list[Seen]:
    """What is open already about other hosts stays as it is."""
    return [
        Seen(FindingKind(finding.kind), finding.what, finding.details)
        for finding in repository.findings.open().filter(kind__in=KINDS)
        if not finding.what.startswith(f"{host.name}:")
    ]
