from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def _raises(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    path("failed/json", _raises(RuntimeError("a fault"))),
    path("strange/json", _raises(SuspiciousOperation("strange"))),
    path("closed/json", _raises(PermissionDenied())),
    path("closed.json", _raises(PermissionDenied("Only administrators may change that."))),
    path("", include("portal.urls")),
]
handler400 = "pbins.web.errors.bad_request"
handler403 = "pbins.web.errors.forbidden"
handler404 = "pbins.web.errors.not_found"
handler500 = "pbins.web.errors.server_error"


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


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/failed/json", 500, "The portal's own log says"),
        ("/strange/json", 400, "could not make sense"),
        ("/closed/json", 403, "An administrator can give you"),
        ("/closed.json", 403, "Only administrators"),
        ("/nowhere/json", 404, "nothing at this address"),
    ],
)
def test_programs_are_told_as_json_what_went_wrong(address: str, status: int, told: str) -> None:
    answer = Client(raise_request_exception=False).get(address)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert told in answer.json()["error"]


def test_programs_at_an_address_that_is_not_the_portals_get_json_too(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    refused = Client().get("/packages/json", headers={"Host": "elsewhere.example.org"})
    assert refused.status_code == 400
    assert "PBINS_ALLOWED_HOSTS" in refused.json()["error"]


@pytest.mark.parametrize("address", ["/packages/json", "/hosts/json", "/feeds/all.json"])
@pytest.mark.parametrize("checked", [True, False])
def test_what_is_sent_where_json_is_read_is_refused_as_json(address: str, checked: bool) -> None:
    refused = Client(enforce_csrf_checks=checked).post(address, {"x": "y"})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert "only read" in refused.json()["error"]
