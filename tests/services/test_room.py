"""Below the floor nothing is begun and nothing is half published."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from pbins.models import Channel, DiskSample, Entry, Repository, RunKind, RunState
from pbins.services.disk_usage import forecast, growth, take_samples, usage_of
from pbins.services.places import git_of
from pbins.services.waiting import hold_host
from pbins.storage.disk import free_bytes
from pbins.storage.errors import BelowFloor, FileMissing
from tests.factories import make_host, make_run
from tests.stock import file_of, publish_version

MORE_THAN_THERE_IS = 2**60


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


def test_a_build_waits_for_room_and_says_so(repository: Repository, settings: Settings) -> None:
    run = make_run(RunKind.BUILD, repository=repository, state=RunState.QUEUED)
    settings.PBINS_DISK_FLOOR = MORE_THAN_THERE_IS
    assert not hold_host(run)
    run.refresh_from_db()
    assert "PBINS_DISK_FLOOR" in run.reason
    assert run.state == RunState.QUEUED
    settings.PBINS_DISK_FLOOR = 0
    assert hold_host(run)


def test_a_sync_needs_no_room_of_ours(repository: Repository, settings: Settings) -> None:
    run = make_run(
        RunKind.SYNC, host=make_host("web"), repository=repository, state=RunState.QUEUED
    )
    settings.PBINS_DISK_FLOOR = MORE_THAN_THERE_IS
    assert hold_host(run)


def test_without_room_nothing_is_published_at_all(channel: Channel, settings: Settings) -> None:
    publish_version(channel)
    before = git_of(channel.repository).head("master")
    settings.PBINS_DISK_FLOOR = MORE_THAN_THERE_IS
    with pytest.raises(BelowFloor, match="must stay free"):
        publish_version(channel, version="2.0")
    assert git_of(channel.repository).head("master") == before
    assert Entry.objects.count() == 1
    settings.PBINS_DISK_FLOOR = 0
    publish_version(channel, version="2.0")
    assert Entry.objects.count() == 2


def test_a_tarball_that_is_gone_by_then_stops_a_publication(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello = publish_version(channel)
    file_of(hello).unlink()
    monkeypatch.setattr("tests.stock.take_tarball", lambda *_, **__: hello.tarball)
    Entry.objects.all().delete()
    with pytest.raises(FileMissing):
        publish_version(channel)


def test_usage_is_what_the_files_take(channel: Channel) -> None:
    hello = publish_version(channel)
    usage = usage_of(channel.repository)
    assert (usage.tarballs, usage.distfiles) == (1, file_of(hello).stat().st_size)
    assert usage.trash == 0
    assert usage.git > 0
    assert usage.total == usage.distfiles + usage.git


def test_a_day_has_one_sample_and_old_ones_are_forgotten(channel: Channel) -> None:
    long_ago = timezone.localdate() - timedelta(days=500)
    DiskSample.objects.create(
        repository=channel.repository, day=long_ago, tarballs=0, distfiles=0, trash=0, git=0
    )
    take_samples()
    publish_version(channel)
    take_samples()
    sample = DiskSample.objects.get()
    assert (sample.day, sample.tarballs) == (timezone.localdate(), 1)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([], None),
        ([5], None),
        ([5, 9], None),
        ([0, 10, 20, 30], 10),
        ([30, 20, 10], -10),
        ([7, 7, 7], 0),
        ([0, 20, 10, 30], 8),
    ],
)
def test_growth_is_the_slope_of_the_samples(totals: list[int], expected: float | None) -> None:
    first = date(2026, 11, 1)
    samples = [(first + timedelta(days=number), total) for number, total in enumerate(totals)]
    assert growth(samples) == expected


def test_the_forecast_counts_weeks_until_the_floor(
    repository: Repository, settings: Settings
) -> None:
    settings.PBINS_DISK_FLOOR = 0
    assert forecast().weeks is None
    free = free_bytes(settings.PBINS_DATA_DIR)
    today = timezone.localdate()
    for number in range(4):
        DiskSample.objects.create(
            repository=repository,
            day=today - timedelta(days=number),
            tarballs=0,
            distfiles=(4 - number) * free // 70,
            trash=0,
            git=0,
        )
    weeks = forecast().weeks
    assert weeks is not None
    assert 9 < weeks < 11
    settings.PBINS_DISK_FLOOR = MORE_THAN_THERE_IS
    assert forecast().weeks == 0
