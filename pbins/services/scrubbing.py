"""A scrub: everything that a repository consists of, held against each other.

It changes no file. What is wrong is stored as findings, each with its repairs (``repairing``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from pbins.models import Finding, FindingKind, Repository
from pbins.services.findings import store_findings
from pbins.services.leftovers import check_leftovers
from pbins.services.tarball_checks import check_company, check_tarballs
from pbins.services.trashing import settle_trash
from pbins.services.tree_checks import check_channels
from pbins.services.troubles import SCRUB, noted

TARBALLS = (
    FindingKind.MISSING,
    FindingKind.TRUNCATED,
    FindingKind.ALTERED,
    FindingKind.UNREADABLE,
)
COMPANY = (FindingKind.NO_TARBALL, FindingKind.NO_PBIN)
TREES = (FindingKind.MANIFEST, FindingKind.TREE, FindingKind.CHANNEL)
LEFTOVERS = (FindingKind.LEFTOVER,)
OURS = (*TARBALLS, *COMPANY, *TREES, *LEFTOVERS)
"""What is found on our own disk; builders are looked at by ``builder_checks``."""

QUICKLY_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """``read`` counts bytes of tarballs; ``new`` are findings that were not open before."""

    files: int
    read: int
    new: int
    findings: tuple[Finding, ...]


def scrub(
    *, repository: Repository, full: bool = False, unread_since: datetime | None = None
) -> ScrubReport:
    """Quick: by size and time; ``full``: every tarball is read and compared by hash.

    ``unread_since`` reads those that were not read since then. One that can't come to its end has
    stored what it saw by then, and why it did not.
    """
    this_one = Repository.objects.filter(pk=repository.pk)
    this_one.update(scrub_began_at=timezone.now())
    with noted(repository, SCRUB):
        settle_trash(repository)
        tarballs = check_tarballs(repository, full=full, unread_since=unread_since)
        new = store_findings(repository, tarballs.seen, TARBALLS)
        new += store_findings(repository, check_company(repository), COMPANY)
        new += store_findings(repository, check_channels(repository), TREES)
        new += store_findings(repository, check_leftovers(repository), LEFTOVERS)
        this_one.update(scrubbed_at=timezone.now())
    open_ones = repository.findings.open().filter(kind__in=OURS)
    return ScrubReport(tarballs.files, tarballs.read, new, tuple(open_ones))


def scrub_if_due(repository: Repository) -> bool:
    """Once a day; then also what was not read for as long as the repository says."""
    now = timezone.now()
    if not repository.scrub_days:
        return False
    if repository.scrubbed_at is not None and now - repository.scrubbed_at < QUICKLY_EVERY:
        return False
    scrub(repository=repository, unread_since=now - timedelta(days=repository.scrub_days))
    return True
