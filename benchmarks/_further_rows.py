"""What is known beside versions, hosts and runs: sources, lists, lag, and the ways out."""

from datetime import timedelta

from django.utils import timezone

from benchmarks._sizes import Sizes
from pbins.models import (
    Channel,
    Entry,
    Import,
    LagSample,
    ListedVersion,
    ListKind,
    ListState,
    Mirror,
    MirrorKind,
    PackageSet,
    Remote,
    Repository,
    SetDeployment,
    SetEdit,
    SourceRepository,
    SourceVersion,
)

AT_ONCE = 500
SAMPLES = 2_000


def fill_further(sizes: Sizes, repository: Repository) -> None:
    _fill_sources()
    _fill_lists(sizes)
    now = timezone.now()
    LagSample.objects.bulk_create(
        LagSample(channel=channel, at=now - timedelta(hours=number), followers=9, behind=number % 9)
        for number in range(min(SAMPLES, sizes.hosts))
        for channel in Channel.objects.all()
    )
    for package_set in PackageSet.objects.all():
        SetDeployment.objects.create(package_set=package_set, repository=repository)
        for _ in range(3):
            SetEdit.objects.create(package_set=package_set, specs=package_set.specs)
        Import.objects.create(repository=repository, address=f"/srv/{package_set}")
    for number in range(min(sizes.hosts // 4, 6)):
        Remote.objects.create(repository=repository, url=f"https://git{number}.example.org/p.git")
        Mirror.objects.create(
            repository=repository,
            kind=MirrorKind.RSYNC,
            target=f"rsync://mirror{number}.example.org/pbins",
            public_url=f"https://mirror{number}.example.org/pbins",
        )


def _fill_sources() -> None:
    """arbor has everything that some repository has."""
    source = SourceRepository.objects.create(name="arbor", read_at=timezone.now())
    held = Entry.objects.filter(channel__repository__name="pbins", channel__name="master")
    SourceVersion.objects.bulk_create(
        (
            SourceVersion(
                source=source,
                category=entry.category,
                package=entry.package,
                version=entry.version,
                version_key=entry.version_key,
            )
            for entry in held.iterator(chunk_size=AT_ONCE)
        ),
        batch_size=AT_ONCE,
    )


def _fill_lists(sizes: Sizes) -> None:
    entries = list(Entry.objects.select_related("channel")[: sizes.versions // 50])
    for kind in ListKind:
        ListState.objects.create(kind=kind, made_at=timezone.now(), count=len(entries))
        ListedVersion.objects.bulk_create(
            (
                ListedVersion(
                    kind=kind,
                    channel=entry.channel,
                    position=position,
                    category=entry.category,
                    package=entry.package,
                    version=entry.version,
                    amount=position,
                )
                for position, entry in enumerate(entries)
            ),
            batch_size=AT_ONCE,
        )
