"""People at the admin's door: who runs it, who only looks, who is nobody here."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from pbins.admin import host as host_admin
from pbins.models import Run


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.PBINS_DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that were handed to the workers, of whom there are none."""
    runs: list[Run] = []
    monkeypatch.setattr(host_admin, "submit", lambda *more: runs.extend(more))
    return runs


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff_with(*permissions: str) -> Client:
    """A member of staff who may do just this: ``"view_host"``."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert user.user_permissions.count() == len(permissions)
    return logged_in(user)


@pytest.fixture
def root() -> Client:
    return logged_in(User.objects.create_superuser("root"))
