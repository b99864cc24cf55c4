"""What several rooms share: hosts over real SSH, and the portal's own web server for them."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django import Settings
from xdist.remote import Producer

from demo.fleet import Fleet
from pbins.models import Host, Repository
from pbins.services.repositories import add_repository
from pbins.transport.pool import close_idle
from tests.fleets import BUILDER, CONSUMERS, Lab, make_builder, make_consumer
from tests.rooms import RoomScheduling, begins_late
from tests.web.live_server import gunicorn

DESCRIPTIONS = Path(__file__).parent / "fleet.conf"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RoomScheduling:
    return RoomScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=begins_late)


def pytest_collection_finish() -> None:
    # What was loaded stays to the end: it is not looked through for garbage again and again.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Started once; a test asks for ``lab``."""
    directory = tmp_path_factory.mktemp("fleet").resolve()
    gate = directory / "gate"
    descriptions = directory / "fleet.conf"
    descriptions.write_text(DESCRIPTIONS.read_text().replace("GATE", str(gate)))
    with (
        Fleet(directory, [BUILDER, *CONSUMERS], pace=0.0, descriptions=descriptions) as fleet,
        gunicorn(configured.PBINS_DATA_DIR) as server,
    ):
        yield Lab(fleet, server.url, gate)


@pytest.fixture
def data_dir() -> Path:
    """The session's data directory, without what other tests put there."""
    directory: Path = configured.PBINS_DATA_DIR
    for name in ("git", "distfiles", "incoming", "runs", "trash"):
        shutil.rmtree(directory / name, ignore_errors=True)
    return directory


@pytest.fixture
def lab(running_lab: Lab, data_dir: Path, settings: Settings, db: None) -> Iterator[Lab]:
    """The fleet, every host as new, reaching the portal at ``lab.url``."""
    settings.PBINS_BASE_URL = running_lab.url
    running_lab.reset()
    yield running_lab
    close_idle()


@pytest.fixture
def repository(data_dir: Path, db: None) -> Repository:
    """An empty repository with its first publication, and no host yet."""
    return add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])


@pytest.fixture
def builder(lab: Lab, repository: Repository) -> Host:
    """A provisioned builder."""
    host = lab.inventory(BUILDER, is_builder=True)
    make_builder(host, repository)
    return host


@pytest.fixture
def consumers(lab: Lab, repository: Repository) -> list[Host]:
    """Two provisioned consumers."""
    hosts = [lab.inventory(name) for name in CONSUMERS]
    for host in hosts:
        make_consumer(host, repository.channels.get())
    return hosts
