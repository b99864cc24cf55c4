from ipaddress import ip_network
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from pbins.services.doors import PER_ACCOUNT, PER_ADDRESS, open_again
from pbins.services.tokens import token_of
from pbins.web.visitor import address_of

pytestmark = pytest.mark.django_db
WISHES = {"username": "root", "password1": "correct-horse-7", "password2": "correct-horse-7"}


@pytest.fixture
def code(settings: Settings) -> Path:
    path = Path(settings.PBINS_DATA_DIR) / "keys" / "setup_code"
    path.parent.mkdir()
    path.write_text("k3r-m1t\n")
    return path


def test_without_any_user_every_way_leads_to_the_first_run_page(client: Client) -> None:
    response = client.get("/hosts/", follow=True)
    assert response.redirect_chain[-1][0] == "/setup/"
    assert b"Nobody can log in yet" in response.content


def test_the_first_administrator_is_made_with_the_printed_code(client: Client, code: Path) -> None:
    response = client.post("/setup/", WISHES | {"code": " k3r-m1t "}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("root", True, True)
    assert not code.exists()


def test_a_wrong_code_makes_nobody(client: Client, code: Path) -> None:
    response = client.post("/setup/", WISHES | {"code": "guess"})
    assert b"not the code that was printed" in response.content
    assert not User.objects.exists()


def test_without_a_code_only_this_machine_itself_may_make_the_administrator(client: Client) -> None:
    assert client.get("/setup/", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/setup/", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
    assert client.post("/setup/", WISHES, REMOTE_ADDR="192.0.2.7").status_code == 403
    assert not User.objects.exists()
    client.post("/setup/", WISHES)
    assert User.objects.get().is_superuser


def test_a_weak_password_is_refused_with_the_reason(client: Client) -> None:
    response = client.post("/setup/", WISHES | {"password1": "12345678", "password2": "12345678"})
    assert b"too common" in response.content
    assert not User.objects.exists()


def test_with_a_user_the_first_run_page_is_gone(client: Client, viewer: User, code: Path) -> None:
    response = client.post("/setup/", WISHES | {"code": "k3r-m1t"})
    assert response.headers["Location"] == "/login/"
    assert User.objects.count() == 1


def test_logging_in_leads_to_where_one_wanted_to_go(client: Client, viewer: User) -> None:
    wrong = client.post("/login/?next=/hosts/", {"username": "vera", "password": "wrong"})
    assert b"belong together" in wrong.content
    right = client.post(
        "/login/", {"username": "vera", "password": "looks-only-1", "next": "/hosts/"}
    )
    assert right.headers["Location"] == "/hosts/"
    assert client.post("/logout/").headers["Location"] == "/login/"


def test_nobody_is_led_to_another_site(client: Client, viewer: User) -> None:
    wishes = {"username": "vera", "password": "looks-only-1", "next": "https://evil.example/"}
    assert client.post("/login/", wishes).headers["Location"] == "/"


# --- how often ---------------------------------------------------------------------------------


def try_to_log_in(client: Client, *, password: str = "wrong") -> HttpResponse:
    response = client.post("/login/", {"username": "vera", "password": password})
    assert isinstance(response, HttpResponse)
    return response


def test_after_too_many_tries_no_password_is_looked_at(client: Client, viewer: User) -> None:
    for _ in range(PER_ACCOUNT):
        assert try_to_log_in(client).status_code == 200
    response = try_to_log_in(client, password="looks-only-1")
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert b"The next one can be made" in response.content
    assert "_auth_user_id" not in client.session
    open_again("vera")
    assert try_to_log_in(client, password="looks-only-1").status_code == 302


def test_the_administrations_login_is_the_same_door(client: Client, viewer: User) -> None:
    assert client.get("/admin/login/").headers["Location"].startswith("/login/")
    assert (
        client.post("/admin/login/", {"username": "vera", "password": "looks-only-1"})
        .headers["Location"]
        .startswith("/login/")
    )


def test_the_code_of_the_first_run_can_not_be_guessed_for_ever(client: Client, code: Path) -> None:
    for _ in range(PER_ADDRESS):
        assert client.post("/setup/", WISHES | {"code": "guess"}).status_code == 200
    response = client.post("/setup/", WISHES | {"code": "k3r-m1t"})
    assert response.status_code == 429
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ((), "198.51.100.9", "192.0.2.1"),
        (("192.0.2.1",), "198.51.100.9", "198.51.100.9"),
        (("192.0.2.1",), "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        (("192.0.2.0/24", "10.0.0.0/8"), "1.2.3.4, 198.51.100.9, 10.9.9.9", "198.51.100.9"),
        (("192.0.2.1",), "", "192.0.2.1"),
        (("192.0.2.1",), "nonsense", "nonsense"),
    ],
)
def test_only_what_a_trusted_proxy_says_of_the_address_counts(
    rf: RequestFactory,
    settings: Settings,
    proxies: tuple[str, ...],
    forwarded: str,
    address: str,
) -> None:
    settings.PBINS_TRUSTED_PROXIES = tuple(ip_network(proxy) for proxy in proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert address_of(rf.get("/", REMOTE_ADDR="192.0.2.1", headers=headers)) == address


# --- one's own account -------------------------------------------------------------------------


@pytest.fixture
def vera(viewer: User) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


def test_the_account_page_tells_the_role(vera: Client) -> None:
    page = vera.get("/account/").content.decode()
    assert "<strong>viewer</strong>: looks at everything and changes nothing." in page


def test_a_reading_token_is_made_renewed_and_revoked_there(vera: Client, viewer: User) -> None:
    assert b"You have none." in vera.get("/account/").content
    vera.post("/account/token")
    first = token_of(viewer)
    assert first.encode() in vera.get("/account/").content
    vera.post("/account/token")
    assert token_of(viewer) != first
    vera.post("/account/token/revoke")
    assert token_of(viewer) == ""


def change_password(client: Client, old: str) -> HttpResponse:
    new = {"new_password1": "correct-horse-7", "new_password2": "correct-horse-7"}
    response = client.post("/account/", {"old_password": old, **new})
    assert isinstance(response, HttpResponse)
    return response


def test_the_password_is_changed_by_whoever_knows_it(vera: Client, viewer: User) -> None:
    assert b"entered incorrectly" in change_password(vera, "guess").content
    assert change_password(vera, "looks-only-1").status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password("correct-horse-7")
    assert vera.get("/account/").status_code == 200


def test_a_password_can_not_be_guessed_from_a_session_that_was_left_open(
    vera: Client, viewer: User
) -> None:
    for _ in range(PER_ACCOUNT):
        assert change_password(vera, "guess").status_code == 200
    assert change_password(vera, "looks-only-1").status_code == 429
    viewer.refresh_from_db()
    assert viewer.check_password("looks-only-1")


def test_somebody_without_a_role_is_told_so_and_sees_no_more_than_strangers(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody"))
    assert b"You have no role here yet." in client.get("/account/").content
    response = client.get("/hosts/")
    assert response.status_code == 403
    assert b"You have no role here yet." in response.content
    assert client.post("/account/token").status_code == 403
    assert client.get("/packages/").status_code == 200
