"""What is wrong with a repository, what is pinned, and how it grew."""

from datetime import timedelta

from django.utils import timezone

from benchmarks._catalogue import first_names
from benchmarks._sizes import Sizes
from pbins.models import DiskSample, Finding, FindingKind, Import, ImportState, Pin, Repository

DAYS = 400


def fill_health(sizes: Sizes, repository: Repository) -> None:
    now = timezone.now()
    tarballs = repository.tarballs.values_list("name", flat=True)[: sizes.versions // 50]
    Finding.objects.bulk_create(
        Finding(
            repository=repository,
            kind=FindingKind.MISSING,
            what=name,
            details="It is not in the distfiles.",
            settled_at=now if number % 8 else None,
            settled="taken again" if number % 8 else "",
        )
        for number, name in enumerate(tarballs)
    )
    Pin.objects.bulk_create(
        Pin(repository=repository, name=name, version=version)
        for name, version in first_names(max(2, sizes.hosts // 10))
    )
    Import.objects.bulk_create(
        Import(
            repository=repository,
            address=f"https://git.example.org/{number}.git",
            state=ImportState.DONE,
            problems=["packages/a/b/b-1.pbin-1+exheres-0: is not UTF-8 text"] * 10,
        )
        for number in range(sizes.names)
    )
    DiskSample.objects.bulk_create(
        DiskSample(
            repository=repository,
            day=(now - timedelta(days=DAYS - number)).date(),
            tarballs=number,
            distfiles=number * 10**9,
            trash=10**9,
            git=10**8,
        )
        for number in range(min(DAYS, sizes.hosts))
    )
    trashed = repository.tarballs.filter(is_present=False).values_list("pk", flat=True)
    repository.tarballs.filter(pk__in=list(trashed[: sizes.hosts])).update(
        trashed_at=now, trashed_because="not needed"
    )
