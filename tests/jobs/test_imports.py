"""Imports go on when their worker died, and end once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.jobs import imports
from pbins.jobs.imports import look_after_imports, submit_import, take_in_one
from pbins.models import Import, ImportState, Repository
from pbins.services.places import places
from pbins.storage.locks import alone
from tests.jobs.conftest import Redis


@pytest.fixture
def taking(redis: Redis, repository: Repository) -> Import:
    return Import.objects.create(repository=repository, address="/nowhere")


def state(taking: Import) -> str:
    taking.refresh_from_db()
    return taking.state


def test_what_a_dead_worker_left_is_taken_up_again(
    taking: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    monkeypatch.setattr(imports, "submit_import", lambda one: given.append(one.pk))
    Import.objects.update(state=ImportState.TAKING)
    with alone(places().import_lock(taking.pk)):
        look_after_imports()
    assert given == []
    look_after_imports()
    assert given == [taking.pk]


def test_two_workers_do_not_do_it_both(taking: Import) -> None:
    with alone(places().import_lock(taking.pk)):
        take_in_one(taking.pk)
        assert state(taking) == ImportState.QUEUED
    take_in_one(taking.pk)
    assert state(taking) == ImportState.FAILED
    assert "can't be read" in taking.reason


def test_what_does_not_end_is_given_up(taking: Import) -> None:
    Import.objects.update(created_at=timezone.now() - timedelta(days=2))
    look_after_imports()
    assert state(taking) == ImportState.FAILED


def test_without_redis_it_waits_in_its_row(taking: Import, redis: Redis) -> None:
    redis.stop()
    submit_import(taking)
    assert state(taking) == ImportState.QUEUED
