"""Asking for deliveries: at once where that is possible, and never a reason to fail."""

import logging
from importlib import import_module

import django_rq
import pytest
from redis.exceptions import ConnectionError as RedisGone

from pbins.jobs.delivery_asking import DELIVER, submit_deliveries


class Queue:
    """Remembers what was put on it."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def enqueue(self, job: str, **_: object) -> None:
        self.jobs.append(job)


@pytest.mark.django_db(transaction=True)
def test_it_is_enqueued_by_a_name_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue()
    monkeypatch.setattr(django_rq, "get_queue", lambda name: {"deliveries": queue}[name])
    submit_deliveries()
    assert queue.jobs == [DELIVER]
    module, _, name = DELIVER.rpartition(".")
    assert callable(getattr(import_module(module), name))


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_publication_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(_: str) -> Queue:
        raise RedisGone("no redis here")

    monkeypatch.setattr(django_rq, "get_queue", gone)
    with caplog.at_level(logging.WARNING):
        submit_deliveries()
    assert "wait until redis is back" in caplog.text
