"""Which hosts have a package, and which builds of it failed."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from pbins.models import Installed, Step, StepState

LATEST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class InstalledVersion:
    """A version with how many hosts have it from a channel."""

    version: str
    slot: str
    hosts: int


def installed_of(name: str) -> QuerySet[Installed]:
    """A row for each host that has it, the oldest version first, then by host."""
    found = Installed.objects.filter(package__name=name)
    found = found.select_related("subscription__host", "subscription__channel__repository")
    return found.order_by("version_key", "subscription__host__name")


def spread_of(name: str) -> list[InstalledVersion]:
    """How many hosts have which version, the newest first: one query."""
    rows = Installed.objects.filter(package__name=name).values("version_key", "version", "slot")
    counted = rows.annotate(hosts=Count("pk")).order_by("-version_key", "slot")
    return [InstalledVersion(row["version"], row["slot"], row["hosts"]) for row in counted]


def failures_of(name: str) -> list[Step]:
    """The latest steps of it that failed, with their runs: one query."""
    failed = Step.objects.filter(name=name, state=StepState.FAILED)
    return list(failed.select_related("run__host").order_by("-pk")[:LATEST_FAILURES])
