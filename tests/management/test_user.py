"""``manage.py user``."""

import io
import sys

import pytest
from django.contrib.auth.models import User

from pbins.roles import Role
from pbins.services.doors import PER_ACCOUNT, knock
from pbins.services.people import role_of
from tests.management.conftest import Shell


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct-horse-7\nmore\n"))


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize("role", list(Role))
def test_somebody_is_let_in_with_a_role(manage: Shell, role: Role) -> None:
    ended = manage("user", "add", "ada", "--role", role, "--password-stdin")
    assert (ended.exit, ended.out) == (0, f"ada is added as {role}\n")
    user = User.objects.get()
    assert role_of(user) is role
    assert user.check_password("correct-horse-7")
    assert user.is_staff == (role is Role.ADMINISTRATOR)


def test_a_password_that_is_made_is_told_once(manage: Shell) -> None:
    password = manage("user", "add", "ada", "--generate", "--json").json["password"]
    assert User.objects.get().check_password(password)
    assert manage("user", "list", "--json").json == [
        {"name": "ada", "role": "viewer", "active": True, "last_login": None}
    ]


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize(
    ("name", "reason"), [("ADA", "a user ADA already"), ("no spaces", "username")]
)
def test_a_name_that_can_not_be_is_refused(manage: Shell, name: str, reason: str) -> None:
    User.objects.create_user("ada")
    ended = manage("user", "add", name, "--password-stdin")
    assert ended.exit == 2
    assert reason in ended.err
    assert User.objects.count() == 1


def test_a_weak_password_is_refused(manage: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("12345\n"))
    ended = manage("user", "add", "ada", "--password-stdin")
    assert ended.exit == 2
    assert "too short" in ended.err


def test_a_role_takes_the_place_of_the_other(manage: Shell) -> None:
    manage("user", "add", "ada", "--role", "administrator", "--generate")
    manage("user", "add", "bob", "--role", "administrator", "--generate")
    assert manage("user", "role", "bob", "viewer").out == "bob is viewer now\n"
    bob = User.objects.get(username="bob")
    assert (role_of(bob), bob.is_staff, bob.groups.count()) == (Role.VIEWER, False, 1)


def test_the_last_administrator_stays_one(manage: Shell) -> None:
    User.objects.create_superuser("root", is_active=True)
    User.objects.create_superuser("gone", is_active=False)
    ended = manage("user", "role", "root", "viewer")
    assert ended.exit == 2
    assert "only administrator" in ended.err
    assert role_of(User.objects.get(username="root")) is Role.ADMINISTRATOR


def test_somebody_without_a_role_is_shown_as_that(manage: Shell) -> None:
    User.objects.create_user("ada", is_active=False)
    assert manage("user", "list").out == f"{'ada':<20} {'no role':<14} locked out, never here\n"


def test_who_forgot_the_password_is_given_another_and_let_in(manage: Shell) -> None:
    User.objects.create_user("ada")
    for _ in range(PER_ACCOUNT + 1):
        closed = knock("192.0.2.7", "ada")
    assert closed
    password = manage("user", "password", "ada", "--generate", "--json").json["password"]
    assert User.objects.get().check_password(password)
    assert manage("user", "unlock", "ada").out == "ada may try to log in at once\n"
    assert knock("192.0.2.7", "ada") is None


def test_nobody_else_is_meant_by_a_misspelt_name(manage: Shell) -> None:
    User.objects.create_user("ada")
    ended = manage("user", "role", "adda", "viewer")
    assert ended.exit == 2
    assert "Did you mean ada?" in ended.err
