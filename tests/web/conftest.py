"""What every test of a page needs: files of its own, people of each role, no queue."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from pbins.roles import Role
from pbins.web import (
    builds,
    hosts,
    repositories,
    rollouts,
    run_confirmations,
    runs,
    sets,
    syncs,
)

SUBMITTING = (builds, hosts, repositories, rollouts, run_confirmations, runs, sets, syncs)


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> None:
    """A data directory for each test."""
    settings.PBINS_DATA_DIR = tmp_path


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Is called with the runs that a page would have put on the queue."""
    submit = Mock()
    for module in SUBMITTING:
        monkeypatch.setattr(module, "submit", submit)
    return submit


@pytest.fixture
def viewer(db: None) -> User:
    user = User.objects.create_user("vera", password="looks-only-1")
    user.groups.add(Group.objects.get(name=Role.VIEWER))
    return user


@pytest.fixture
def operator(db: None) -> User:
    user = User.objects.create_user("otto", password="operates-1")
    user.groups.add(Group.objects.get(name=Role.OPERATOR))
    return user


@pytest.fixture
def log_in() -> Callable[[User], Client]:
    """A browser of its own for somebody."""

    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return logged_in
