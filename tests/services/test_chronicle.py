from datetime import date, timedelta

import pytest
from django.utils import timezone

from pbins.models import (
    DiskSample,
    LagSample,
    Run,
    RunKind,
    RunState,
    Step,
    StepAction,
    StepState,
)
from pbins.services.chronicle import (
    build_times,
    builds_per_day,
    growth_of_repositories,
    hosts_behind,
)
from tests.factories import NOON, make_channel, make_repository, make_run

pytestmark = pytest.mark.django_db


def end(run: Run, days_ago: int) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Run.objects.filter(pk=run.pk).update(finished_at=at)


def test_builds_are_counted_on_the_day_on_which_they_ended() -> None:
    for state, days_ago in (("succeeded", 0), ("succeeded", 0), ("failed", 0), ("partial", 2)):
        end(make_run(state=RunState(state)), days_ago)
    end(make_run(RunKind.SYNC), 0)
    end(make_run(), 40)
    make_run(state=RunState.EXECUTING)
    today = timezone.localdate()
    assert builds_per_day(3) == {
        today - timedelta(days=2): {"partial": 1},
        today - timedelta(days=1): {},
        today: {"succeeded": 2, "failed": 1},
    }


def test_a_day_begins_where_the_reader_lives() -> None:
    end(make_run(), 0)
    with timezone.override("Pacific/Kiritimati"):
        (counts,) = builds_per_day(1).values()
        assert counts == {"succeeded": 1}


def test_build_times_are_those_of_binaries_that_were_made() -> None:
    run = make_run(repository=make_repository())
    for number, (version, action, state, seconds) in enumerate(
        (
            ("1.0", StepAction.CREATE_BINARY, StepState.SUCCEEDED, 90),
            ("1.0", StepAction.FETCH, StepState.SUCCEEDED, 5),
            ("1.1", StepAction.CREATE_BINARY, StepState.FAILED, 10),
            ("1.2", StepAction.CREATE_BINARY, StepState.SUCCEEDED, 120),
        )
    ):
        Step.objects.create(
            run=run,
            number=number,
            action=action,
            name="sys-apps/hello",
            version=version,
            origin="arbor",
            state=state,
            started_at=NOON,
            finished_at=NOON + timedelta(seconds=seconds),
        )
    told = [(time.version, time.seconds, time.run) for time in build_times("sys-apps/hello")]
    assert told == [("1.0", 90.0, run.pk), ("1.2", 120.0, run.pk)]
    assert build_times("sys-apps/other") == []


def test_samples_of_one_moment_are_taken_together() -> None:
    channel, now = make_channel(), timezone.now()
    testing = make_channel(channel.repository, "testing")
    for sampled, followers, behind in ((channel, 5, 2), (testing, 3, 1)):
        LagSample.objects.create(channel=sampled, at=now, followers=followers, behind=behind)
    old = now - timedelta(days=20)
    LagSample.objects.create(channel=channel, at=old, followers=9, behind=9)
    assert hosts_behind(14) == [(now, 8, 3)]


def test_growth_is_told_for_each_repository() -> None:
    today = timezone.localdate()
    repositories = {name: make_repository(name) for name in ("one", "two")}
    for name, day, size in (("one", 0, 30), ("one", 1, 20), ("two", 0, 5), ("two", 300, 1)):
        DiskSample.objects.create(
            repository=repositories[name],
            day=today - timedelta(days=day),
            tarballs=1,
            distfiles=size,
            trash=1,
            git=1,
        )
    yesterday: date = today - timedelta(days=1)
    assert growth_of_repositories(180) == {"one": {yesterday: 22, today: 32}, "two": {today: 7}}
