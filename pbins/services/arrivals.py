"""Pbins that want in: read, gated, and stored as rows that no channel shows yet."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from pbins.models import Pbin, Repository, Tarball
from pbins.paludis.environment import find_suspects
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PbinFileName, QualifiedPackageName
from pbins.paludis.pbin import inspect_pbin, parse_pbin
from pbins.services.listings import keep_listing
from pbins.services.places import places
from pbins.services.recipes import give_recipes
from pbins.storage.distfiles import Distfiles
from pbins.storage.tarball import TarballReport, read_tarball


@dataclass(frozen=True, slots=True)
class Arrival:
    """One pbin that may be published. ``withheld`` says why hosts must not be given it yet."""

    pbin: Pbin
    withheld: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file that can't be a pbin of this repository, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def read_arrival(repository: Repository, path: str, content: bytes) -> Pbin | Refusal:
    """An unsaved row from a file ``packages/cat/pkg/pkg-ver.pbin-1+eapi``, or why there is none."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] != "packages":
        return Refusal(path, "is not where a pbin would be")
    try:
        name = QualifiedPackageName(f"{parts[1]}/{parts[2]}")
        file = PbinFileName.parse(parts[3])
        if file.package != name.package:
            return Refusal(path, f"is a pbin of {file.package} among those of {name}")
        return _row(repository, path, content.decode(), name, file)
    except UnicodeDecodeError:
        return Refusal(path, "is not UTF-8 text")
    except ParseError as error:
        return Refusal(path, str(error))


def _row(
    repository: Repository,
    path: str,
    text: str,
    name: QualifiedPackageName,
    file: PbinFileName,
) -> Pbin:
    pbin = parse_pbin(text)
    return Pbin(
        repository=repository,
        category=str(name.category),
        package=str(name.package),
        version=file.version.text,
        version_key=file.version.sort_key,
        slot=str(pbin.slot),
        path=path,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        summary=pbin.summary,
        description=pbin.description,
        generated_from=str(pbin.generated_from),
        generated_at=pbin.generated_time,
        platforms=" ".join(pbin.platforms),
        licences=" ".join(pbin.licences),
    )


def gate(pbin: Pbin, *, tarball: str) -> str:
    """Why hosts must not be given this pbin; empty when they may (DESIGN: the publish gate)."""
    if not tarball:
        return "It names no tarball (BINARY_URI is empty)."
    uri = parse_pbin(pbin.text).binary_uri
    if not uri.startswith("mirror://"):
        return (
            f"Its tarball is fetched from {uri}, which is not this portal; hosts can be given it"
            " when it was built with binary_uri_prefix = mirror://…"
        )
    problems = inspect_pbin(pbin.text).problems
    if problems:
        first = problems[0]
        return f"A shell that reads it would do more than assign: line {first.line} {first.reason}."
    if not pbin.platforms:
        return "It is masked everywhere: BINARY_PLATFORMS is empty."
    return ""


def gate_tarball(tarball: Tarball) -> str:
    """Why nobody must be given this tarball; empty when they may, or a person said so."""
    return "" if tarball.suspects_allowed_by else suspicion(tarball)


def suspicion(tarball: Tarball) -> str:
    """What was found in a tarball that looks like a secret, in a sentence; empty for nothing."""
    if not tarball.suspects:
        return ""
    return (
        "PBIN/environment in its tarball holds what looks like a secret:"
        f" {', '.join(tarball.suspects[:5])}. Build it again without that in the environment, or"
        " allow it if it is none."
    )


def take_tarball(repository: Repository, name: str, source: Path, *, keep: bool) -> Tarball:
    """Read a tarball whole, then have it among the distfiles; ``keep`` leaves ``source`` in place.

    One with what looks like a secret is kept where nobody can fetch it, and is not present.
    Raises BrokenTarball, and other StorageErrors, with nothing taken in.
    """
    return admit_tarball(repository, name, source, read_tarball(source), keep=keep)


def admit_tarball(
    repository: Repository, name: str, source: Path, report: TarballReport, *, keep: bool
) -> Tarball:
    """The same with one that was just read whole, by ``report``."""
    suspects = [str(suspect) for suspect in find_suspects(report.environment)]
    allowed = Tarball.objects.filter(repository=repository, name=name).exclude(
        suspects_allowed_by=""
    )
    is_open = not suspects or allowed.exists()
    place = distfiles_of(repository) if is_open else withheld_of(repository)
    if keep:
        place.adopt(source, name)
    else:
        place.admit(source, name)
    row = note_taken(repository, name, report)
    if suspects:
        row.suspects, row.is_present = suspects, is_open
        row.save(update_fields=("suspects", "is_present"))
    keep_listing(row, report.files)
    return row


def note_taken(repository: Repository, name: str, report: TarballReport) -> Tarball:
    """The row of a tarball that was just read whole and is among the distfiles."""
    now = timezone.now()
    state = distfiles_of(repository).state(name)
    row, _ = Tarball.objects.update_or_create(
        repository=repository,
        name=name,
        defaults={
            "size": report.size,
            "sha256": report.sha256,
            "sha512": report.sha512,
            "is_present": True,
            "received_at": now,
            "verified_at": now,
            "file_time": state.modified if state else None,
            "trashed_at": None,
            "trashed_because": "",
        },
    )
    return row


def distfiles_of(repository: Repository) -> Distfiles:
    return Distfiles(places().distfiles(repository.name))


def withheld_of(repository: Repository) -> Distfiles:
    return Distfiles(places().withheld(repository.name))


def tarball_name(pbin: Pbin) -> str:
    return parse_pbin(pbin.text).tarball


def mirror_name(pbin: Pbin) -> str:
    """The mirror that a pbin's address names: ``mirror://NAME/…``; empty for another address."""
    scheme, _, rest = parse_pbin(pbin.text).binary_uri.partition("://")
    return rest.partition("/")[0] if scheme == "mirror" else ""


@transaction.atomic
def store_pbins(pbins: Iterable[Pbin]) -> list[Pbin]:
    """Save rows; one with the same content is taken from the table instead."""
    wanted = list(pbins)
    known = {_content(row): row for row in _stored(wanted)}
    fresh = {_content(pbin): pbin for pbin in wanted if _content(pbin) not in known}
    give_recipes(fresh.values())
    Pbin.objects.bulk_create(fresh.values(), batch_size=200)
    changed = []
    for pbin in wanted:
        row = known.get(_content(pbin))
        if row is not None and row.tarball_id != pbin.tarball_id:
            row.tarball = pbin.tarball
            changed.append(row)
    Pbin.objects.bulk_update(changed, ("tarball",), batch_size=200)
    rows = known | fresh
    return [rows[_content(pbin)] for pbin in wanted]


def _stored(pbins: list[Pbin]) -> Iterator[Pbin]:
    """The rows that hold what these hold, and a few others of equal text."""
    digests: dict[int, set[str]] = {}
    for pbin in pbins:
        digests.setdefault(pbin.repository_id, set()).add(pbin.digest)
    for repository, found in digests.items():
        wanted = sorted(found)
        for start in range(0, len(wanted), 500):
            yield from Pbin.objects.filter(
                repository=repository, digest__in=wanted[start : start + 500]
            ).select_related("repository", "tarball")


def _content(pbin: Pbin) -> tuple[int, str, str]:
    """What the table holds once."""
    return (pbin.repository_id, pbin.path, pbin.digest)
