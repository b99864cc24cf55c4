"""What a collection would do, as somebody last looked: kept for pages while it is true."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from pbins.models import Repository, Subscription
from pbins.services.cleaning import Cleaning, Unneeded, plan_cleaning
from pbins.services.places import places
from pbins.storage.kept_file import KeptFile

SHOWN = 200
"""Versions, and tarballs, that are kept one by one; the others are only counted."""

LASTS = timedelta(hours=1)
"""More may go as time passes, without anything that happens."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A version that leaves a channel: cat/pkg, and the names of both."""

    name: str
    version: str
    channel: str


@dataclass(frozen=True, slots=True)
class CleaningPlan:
    """``count``: versions and tarballs that go; ``size``: bytes; the largest tarballs first."""

    made_at: datetime
    count: int
    size: int
    leaving: tuple[Leaving, ...]
    tarballs: tuple[Unneeded, ...]

    @property
    def more(self) -> int:
        """How many of them are not told one by one."""
        return self.count - len(self.leaving) - len(self.tarballs)


def make_plan(*, repository: Repository) -> CleaningPlan:
    """Look now, which takes seconds in a large repository, and keep what was seen."""
    basis = _basis(repository)  # before anybody looks: what changes meanwhile is noticed later
    plan = _plan(plan_cleaning(repository=repository))
    kept = {
        "basis": basis,
        "made_at": plan.made_at.isoformat(),
        "count": plan.count,
        "size": plan.size,
        "leaving": [asdict(one) for one in plan.leaving],
        "tarballs": [asdict(one) for one in plan.tarballs],
    }
    _file(repository).write(json.dumps(kept).encode())
    return plan


def plan_of(repository: Repository) -> CleaningPlan | None:
    """What was seen last; None when nobody has looked since something changed, or lately."""
    content = _file(repository).read()
    if not content:
        return None
    kept = json.loads(content)
    made_at = datetime.fromisoformat(kept["made_at"])
    if made_at < timezone.now() - LASTS or kept["basis"] != _basis(repository):
        return None
    return CleaningPlan(
        made_at=made_at,
        count=kept["count"],
        size=kept["size"],
        leaving=tuple(Leaving(**one) for one in kept["leaving"]),
        tarballs=tuple(Unneeded(**one) for one in kept["tarballs"]),
    )


def _file(repository: Repository) -> KeptFile:
    return KeptFile(places().cleaning(repository.pk))


def _plan(cleaning: Cleaning) -> CleaningPlan:
    largest = sorted(cleaning.tarballs, key=lambda one: (-one.size, one.name))
    leaving = [
        Leaving(entry.name, entry.version, entry.channel.name) for entry in cleaning.leaving[:SHOWN]
    ]
    return CleaningPlan(
        made_at=timezone.now(),
        count=cleaning.count,
        size=cleaning.size,
        leaving=tuple(leaving),
        tarballs=tuple(largest[:SHOWN]),
    )


def _basis(repository: Repository) -> list[object]:
    """What a plan is made from, as far as that is quickly told: it is true for no other.

    As JSON gives it back, so that the two can be compared.
    """
    hosts = Subscription.objects.filter(channel__repository=repository).order_by("commit")
    pins = repository.pins.order_by("name", "version").values_list("name", "version")
    return [
        [repository.keep_versions, repository.keep_publications, repository.keep_days],
        [[*row] for row in repository.channels.order_by("pk").values_list("pk", "commit")],
        repository.publications.aggregate(latest=Max("pk"))["latest"],
        repository.tarballs.filter(is_present=True).count(),
        [*hosts.values_list("commit", flat=True).distinct()],
        [[*row] for row in pins],
    ]
