from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def words(content: bytes) -> str:
    return " ".join(content.decode().split())


def test_a_form_that_was_open_for_too_long_says_what_to_do(viewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    refused = client.post("/logout/")
    assert refused.status_code == 403
    assert "load the page again, and send it once more" in words(refused.content)


def test_an_address_that_is_not_the_portals_is_told_with_the_setting(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    refused = Client().get("/login/", headers={"Host": "elsewhere.example.org"})
    assert refused.status_code == 400
    assert "PBINS_ALLOWED_HOSTS" in words(refused.content)
    assert "default-src 'none'" in refused.headers["Content-Security-Policy"]


def test_what_is_missing_is_named_where_that_is_known(
    viewer: User, log_in: Callable[[User], Client]
) -> None:
    client = log_in(viewer)
    missing = client.get("/packages/no-such/package/")
    assert missing.status_code == 404
    assert "There is no package no-such/package." in words(missing.content)
    assert "matches the given query" not in words(client.get("/runs/99/").content)
    assert "tried" not in words(client.get("/nowhere").content)


def test_the_address_of_a_button_says_that_nothing_was_done(
    operator: User, log_in: Callable[[User], Client]
) -> None:
    opened = log_in(operator).get("/hosts/web1/probe")
    assert opened.status_code == 405
    assert opened.headers["Allow"] == "POST"
    assert "Nothing was done" in words(opened.content)


def test_a_program_that_opens_it_gets_the_status_alone(
    operator: User, log_in: Callable[[User], Client]
) -> None:
    opened = log_in(operator).get("/hosts/web1/probe", headers={"Accept": "application/json"})
    assert (opened.status_code, opened.content) == (405, b"")
