"""What was found to lie about on builders, removed at once: one look at each builder for all."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from pbins.models import Finding, FindingKind, Host, Repository
from pbins.services.builder_checks import REMOVABLE, clean_builder
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.findings import settle
from pbins.services.remote import HostTrouble
from pbins.storage.errors import StorageError
from pbins.transport.errors import TransportError

LEFT = (
    "It is left alone: it is needed there, or the portal's own copy is not whole. Look at the"
    " builders again."
)


@dataclass(frozen=True, slots=True)
class Removed:
    """What is gone, as HOST:NAME, and what kept the others, a sentence each."""

    gone: tuple[str, ...]
    left: tuple[str, ...]


def clean_builders(
    *, repository: Repository, kinds: Collection[FindingKind] = REMOVABLE
) -> Removed:
    """Remove what findings of these kinds are about, as far as it still may go.

    Each finding is settled, or says what the attempt told.
    """
    wanted: dict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in repository.findings.open().filter(kind__in=kinds):
        host, _, name = finding.what.partition(":")
        wanted[host][name] = finding
    gone, left = list[str](), list[str]()
    for builder in repository.builders.filter(name__in=wanted):
        findings = wanted[builder.name]
        try:
            removed = _clean(repository, builder, set(findings))
        except (Refused, StorageError, OSError, TransportError, HostTrouble) as error:
            _note(findings.values(), str(error))
            left.append(f"{builder}: {error}")
            continue
        for name in removed:
            settle(findings[name], f"Removed from {builder.name}.")
        rest = [finding for name, finding in findings.items() if name not in removed]
        _note(rest, LEFT)
        left += [f"{finding.what}: {LEFT}" for finding in rest]
        gone += [findings[name].what for name in removed]
    return Removed(tuple(gone), tuple(left))


def _clean(repository: Repository, builder: Host, names: set[str]) -> list[str]:
    with connected(builder) as transport:
        return clean_builder(repository, builder, transport, names)


def _note(findings: Collection[Finding], told: str) -> None:
    for finding in findings:
        finding.attempt = told
        finding.save(update_fields=("attempt",))
