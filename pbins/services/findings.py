"""What a scrub saw, as rows: what is still so stays open, what is no longer so is settled."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from pbins.models import Finding, FindingKind, Repository


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that is wrong at this moment."""

    kind: FindingKind
    what: str
    details: str


@transaction.atomic
def store_findings(
    repository: Repository, seen: Collection[Seen], kinds: Collection[FindingKind]
) -> int:
    """Make the open findings of these kinds those that were seen; how many of them are new."""
    before = {
        (finding.kind, finding.what): finding
        for finding in repository.findings.open().filter(kind__in=kinds)
    }
    now = {(one.kind.value, one.what): one for one in seen}
    for place in before.keys() - now.keys():
        settle(before[place], "It is no longer so.")
    for place in before.keys() & now.keys():
        if before[place].details != now[place].details:
            before[place].details = now[place].details
            before[place].save(update_fields=("details",))
    fresh = [now[place] for place in sorted(now.keys() - before.keys())]
    Finding.objects.bulk_create(
        [
            Finding(repository=repository, kind=one.kind, what=one.what, details=one.details)
            for one in fresh
        ],
        ignore_conflicts=True,  # two scrubs at once saw the same
        batch_size=500,
    )
    return len(fresh)


def settle(finding: Finding, how: str) -> None:
    finding.settled_at = timezone.now()
    finding.settled = how
    finding.save(update_fields=("settled_at", "settled"))
