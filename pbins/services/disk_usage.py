"""How much room repositories take, how that grows, and when the disk will be full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Sum, Value
from django.utils import timezone

from pbins.models import DiskSample, Repository
from pbins.services.places import distfiles_of, git_of, places, withheld_of
from pbins.services.trashing import trash_of
from pbins.storage.disk import bytes_below, free_bytes

REMEMBERED = timedelta(days=400)
LOOKED_BACK = timedelta(days=60)
LEAST_DAYS = 3  # of samples; fewer say nothing about growth


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of one repository. ``tarballs`` counts those that are served.

    ``withheld`` are tarballs that somebody has to look at first, ``trees`` the archives of what
    channels hold.
    """

    tarballs: int
    distfiles: int
    trash: int
    withheld: int
    git: int
    trees: int

    @property
    def total(self) -> int:
        return self.distfiles + self.trash + self.withheld + self.git + self.trees


@dataclass(frozen=True, slots=True)
class Forecast:
    """``daily``: bytes that all repositories grow a day; ``weeks``: until only the floor is left.

    None where too little is known; ``weeks`` also when nothing grows.
    """

    free: int
    floor: int
    daily: float | None
    weeks: float | None


def usage_of(repository: Repository) -> Usage:
    """Looks at every file."""
    listing = distfiles_of(repository).listing()
    return Usage(
        tarballs=len(listing),
        distfiles=sum(state.size for state in listing.values()),
        trash=trash_of(repository).size(),
        withheld=bytes_below(withheld_of(repository).root),
        git=bytes_below(git_of(repository).path),
        trees=bytes_below(places().trees(repository.name)),
    )


def known_usage(repository: Repository, sample: DiskSample | None) -> Usage:
    """Looks at no file: tarballs as their rows say, the rest as it was in the sample."""
    served = repository.tarballs.filter(is_present=True).order_by()
    now = served.aggregate(count=Count("pk"), size=Sum("size"))
    trash = repository.tarballs.trashed().order_by().aggregate(size=Sum("size"))["size"]
    return Usage(
        tarballs=now["count"],
        distfiles=now["size"] or 0,
        trash=trash or 0,
        withheld=sample.withheld if sample else 0,
        git=sample.git if sample else 0,
        trees=sample.trees if sample else 0,
    )


def take_samples() -> None:
    """Note today's usage of every repository, and forget what is too old to matter."""
    today = timezone.localdate()
    for repository in Repository.objects.all():
        usage = usage_of(repository)
        DiskSample.objects.update_or_create(
            repository=repository,
            day=today,
            defaults={
                "tarballs": usage.tarballs,
                "distfiles": usage.distfiles,
                "trash": usage.trash,
                "withheld": usage.withheld,
                "git": usage.git,
                "trees": usage.trees,
            },
        )
    DiskSample.objects.filter(day__lt=today - REMEMBERED).delete()


def forecast() -> Forecast:
    """What the samples of all repositories say about the portal's own disk."""
    since = timezone.localdate() - LOOKED_BACK
    days = (
        DiskSample.objects.filter(day__gte=since)
        .values("day")
        .annotate(taken=sum((Sum(part) for part in DiskSample.PARTS), Value(0)))
        .order_by("day")
    )
    daily = growth([(row["day"], row["taken"]) for row in days])
    free, floor = free_bytes(places().root), settings.PBINS_DISK_FLOOR
    weeks = max(0, free - floor) / daily / 7 if daily is not None and daily > 0 else None
    return Forecast(free, floor, daily, weeks)


def growth(samples: Sequence[tuple[date, int]]) -> float | None:
    """Bytes a day, by least squares; None from fewer than so many days."""
    if len(samples) < LEAST_DAYS:
        return None
    days = [(day - samples[0][0]).days for day, _ in samples]
    totals = [total for _, total in samples]
    middle, mean = sum(days) / len(days), sum(totals) / len(totals)
    spread = sum((day - middle) ** 2 for day in days)
    together = sum((day - middle) * (total - mean) for day, total in zip(days, totals, strict=True))
    return together / spread
