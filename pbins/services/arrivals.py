"""Pbins that want in: read, gated, and stored as rows that no channel shows yet."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction

from pbins.models import Pbin, Repository, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PbinFileName, QualifiedPackageName
from pbins.paludis.pbin import inspect_pbin, parse_pbin
from pbins.services.parts import in_parts
from pbins.services.recipes import give_recipes


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
    """The rows that hold what these hold."""
    contents = {_content(pbin) for pbin in pbins}
    paths: dict[int, set[str]] = {}
    for pbin in pbins:
        paths.setdefault(pbin.repository_id, set()).add(pbin.path)
    for repository, wanted in paths.items():
        for part in in_parts(sorted(wanted)):
            # The index holds all of this in its order; whole rows are read of few.
            there = Pbin.objects.order_by().filter(repository=repository, path__in=part)
            found = there.values_list("pk", "repository", "path", "digest")
            keys = [pk for pk, *content in found if tuple(content) in contents]
            yield from Pbin.objects.select_related("repository", "tarball").filter(pk__in=keys)


def _content(pbin: Pbin) -> tuple[int, str, str]:
    """What the table holds once."""
    return (pbin.repository_id, pbin.path, pbin.digest)
