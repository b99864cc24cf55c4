"""What could be built: asked of a builder's own cave, repository by repository.

Each repository is asked twice, for what is masked there and for what is not. Only an answer whose
both halves ended well replaces what is stored, so a query that was cut takes nothing away.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from pbins.models import (
    Host,
    HostState,
    Repository,
    Run,
    RunKind,
    SourceRepository,
    SourceVersion,
)
from pbins.paludis import cave
from pbins.paludis.cave import IdMask
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId, RepositoryName
from pbins.services.drafts import must
from pbins.services.parts import AT_ONCE, in_parts
from pbins.services.remote import HostTrouble, searching
from pbins.transport.contract import Transport

SOURCE_FORMAT = "e"
EVERY = timedelta(days=1)
MAY_SYNC = (RunKind.PROBE, RunKind.PLAN, RunKind.BUILD)
ASK_SECONDS = 1800.0  # a repository whose metadata was never cached takes minutes
ENDED = re.compile(r"\x01(\d+)\n\Z")


@dataclass(frozen=True, slots=True)
class SourcesRead:
    """How many versions each source repository has; ``troubles`` says what could not be read."""

    counts: dict[str, int]
    troubles: tuple[str, ...]

    def __str__(self) -> str:
        read = ", ".join(f"{name}: {count} versions" for name, count in self.counts.items())
        return "; ".join(filter(None, (read, *self.troubles))) or "There is no source repository."


def builders_due() -> list[Host]:
    """Builders that may have synced since they were last asked, or were not asked for a day."""
    now = timezone.now()
    looks = Run.objects.filter(host=OuterRef("pk"), kind__in=MAY_SYNC)
    since = looks.filter(finished_at__gt=OuterRef("sources_read_at"))
    stale = Q(sources_read_at=None) | Q(sources_read_at__lt=now - EVERY)
    ready = Host.objects.builders().filter(state=HostState.READY, drained=False)
    return list(ready.filter(stale | Exists(since)))


def read_source_versions(*, host: Host, transport: Transport) -> SourcesRead:
    """Store what the builder's source repositories hold. Raises HostTrouble, TransportError."""
    counts: dict[str, int] = {}
    troubles: list[str] = []
    Host.objects.filter(pk=host.pk).update(sources_read_at=timezone.now())
    names = _source_repositories(transport)
    if names:  # what this builder alone told of, and no longer has, is gone
        SourceRepository.objects.filter(host=host).exclude(name__in=names).delete()
    for name in names:
        try:
            rows = list(_rows(transport, name))
        except ParseError as error:
            troubles.append(f"{name} was not read: {error.reason}")
            continue
        _store(host, name, rows, timezone.now())
        counts[str(name)] = len(rows)
    return SourcesRead(counts, tuple(troubles))


def _source_repositories(transport: Transport) -> list[RepositoryName]:
    """Every repository of exheres on the host but those that the portal itself makes."""
    ours = set(Repository.objects.values_list("name", flat=True))
    output = must(transport, _command(cave.print_repositories(SOURCE_FORMAT)), timeout=300)
    names = (line.strip() for line in output.splitlines())
    try:
        return [RepositoryName(name) for name in names if name and name not in ours]
    except ParseError as error:
        raise HostTrouble(f"cave's list of repositories can't be read: {error}") from error


def _rows(transport: Transport, repository: RepositoryName) -> Iterator[SourceVersion]:
    """Unsaved rows without their source; raises ParseError for anything but a whole answer."""
    for mask in IdMask:
        command = _command(cave.print_repository_ids(repository, mask))
        done = transport.run(f"{command}; printf '\\001%s\\n' $?", timeout=ASK_SECONDS)
        output = done.stdout.decode(errors="replace")
        ended = ENDED.search(output)
        if ended is None or ended[1] != "0":
            said = done.stderr.decode(errors="replace").strip()[-500:]
            raise ParseError(said or "cave's answer is cut short")
        ids = cave.parse_ids(output[: ended.start()])
        yield from (_row(one, is_masked=mask is IdMask.ANY) for one in ids)


def _row(one: PackageId, *, is_masked: bool) -> SourceVersion:
    return SourceVersion(
        category=str(one.name.category),
        package=str(one.name.package),
        version=one.version.text,
        version_key=one.version.sort_key,
        slot=str(one.slot or ""),
        is_scm=one.version.is_scm,
        is_masked=is_masked,
    )


@transaction.atomic
def _store(
    host: Host, name: RepositoryName, rows: Iterable[SourceVersion], read_at: datetime
) -> None:
    """Make the stored versions these; what is the same already is not written again."""
    wanted = {_place(row): row for row in rows}
    source, _ = SourceRepository.objects.update_or_create(
        name=str(name), defaults={"host": host, "read_at": read_at, "versions_count": len(wanted)}
    )
    stale: list[int] = []
    for stored in source.versions.order_by().iterator():
        same = wanted.get(_place(stored))
        if same is not None and _said(same) == _said(stored):
            del wanted[_place(stored)]
        else:
            stale.append(stored.pk)
    for part in in_parts(stale):
        source.versions.filter(pk__in=part).delete()
    for row in wanted.values():
        row.source = source
    SourceVersion.objects.bulk_create(wanted.values(), batch_size=AT_ONCE)


def _place(row: SourceVersion) -> tuple[str, str, str]:
    return row.category, row.package, row.version


def _said(row: SourceVersion) -> tuple[str, bool]:
    return row.slot, row.is_masked


def _command(argv: cave.Argv) -> str:
    return searching(cave.in_shell(argv))
