"""Remotes and mirrors in the browser: who sees what, what is entered, and what is never shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pbins.models import Mirror, Remote, Repository
from pbins.roles import Role
from pbins.services.credentials import unseal
from pbins.services.people import give_role
from pbins.services.remotes import add_remote, push_remote
from pbins.services.repositories import add_repository
from tests.releases import release
from tests.sshd import make_key

PAGE = "/repositories/pbins/elsewhere/"


@pytest.fixture
def repository(own_files: None, db: None) -> Repository:
    return add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])


@pytest.fixture
def browser(log_in: Callable[[User], Client], db: None) -> Client:
    """An administrator's."""
    person = User.objects.create_user("ada")
    give_role(person, Role.ADMINISTRATOR)
    return log_in(person)


@pytest.fixture
def remote(repository: Repository, tmp_path: Path) -> Remote:
    return add_remote(repository=repository, url=f"file://{tmp_path.parent}/nothing.git")


def text(browser: Client, path: str = PAGE) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.usefixtures("repository")
def test_without_any_the_page_says_what_they_are_for(browser: Client) -> None:
    page = text(browser)
    assert "Pushed nowhere" in page
    assert "Copied nowhere" in page
    assert "Remotes and mirrors" in text(browser, "/repositories/pbins/")


@pytest.mark.usefixtures("repository")
def test_a_remote_is_entered_and_its_token_never_shown_again(browser: Client) -> None:
    entered = {
        "url": "https://forge.example.org/pbins.git",
        "username": "bot",
        "secret": "a-token-of-ours",
        "is_enabled": "on",
    }
    response = browser.post(f"{PAGE}new-remote/", entered)
    assert response.headers["Location"] == PAGE
    remote = Remote.objects.get()
    assert b"a-token-of-ours" not in bytes(remote.sealed_secret)
    form = f"/elsewhere/remote/{remote.pk}/edit/"
    for page in (PAGE, form, f"/admin/pbins/remote/{remote.pk}/change/"):
        assert "a-token-of-ours" not in text(browser, page)
    assert "One is kept" in text(browser, form)
    sealed = remote.sealed_secret
    browser.post(form, {**entered, "secret": "", "username": "other", "is_enabled": ""})
    remote = Remote.objects.get()
    assert (remote.username, remote.sealed_secret, remote.is_enabled) == ("other", sealed, False)
    assert "switched off" in text(browser)


@pytest.mark.usefixtures("repository")
def test_what_is_wrong_is_told_on_the_form(browser: Client) -> None:
    response = browser.post(f"{PAGE}new-remote/", {"url": "git@forge:pbins.git"})
    assert "write it as ssh://user@host/path" in response.content.decode()
    response = browser.post(
        f"{PAGE}new-mirror/", {"kind": "s3", "target": "https://s3/x", "public_url": "https://x/"}
    )
    assert "wants an access key" in response.content.decode()
    assert not Remote.objects.exists()
    assert not Mirror.objects.exists()


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("kind", "field", "entered", "told"),
    [
        ("remote", "url", "git@forge:pbins.git", "write it as ssh://user@host/path"),
        ("mirror", "target", "https://store/bucket", "it has to begin with ssh:// or rsync://"),
        ("mirror", "public_url", "ftp://cdn/", "it has to begin with https:// or http://"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_beside_it(
    browser: Client, kind: str, field: str, entered: str, told: str
) -> None:
    others = {"kind": "rsync", "target": "ssh://files@cdn/srv", "public_url": "https://cdn/"}
    response = browser.post(f"{PAGE}new-{kind}/", {**others, field: entered})
    beside = response.content.decode().partition(f'id="id_{field}_error"')[2]
    assert told in beside.partition("</div>")[0]


@pytest.mark.usefixtures("repository")
def test_a_mirror_is_entered(browser: Client) -> None:
    browser.post(
        f"{PAGE}new-mirror/",
        {
            "kind": "rsync",
            "target": "ssh://files@cdn.example.org/srv/pbins",
            "public_url": "https://cdn.example.org/pbins/",
            "is_enabled": "on",
        },
    )
    page = text(browser)
    assert "ssh://files@cdn.example.org/srv/pbins" in page
    assert "no channel yet" in page
    assert "not tried yet" in page


def test_how_a_push_went_is_told(browser: Client, remote: Remote, repository: Repository) -> None:
    release(repository.channels.get(), "sys-test/one")
    push_remote(remote)
    page = text(browser)
    assert "does not appear to be a git repository" in page
    assert "1 attempt," in page
    assert "not there" in page
    assert "failing" in text(browser, "/repositories/pbins/")
    response = browser.post(f"/elsewhere/remote/{remote.pk}/visit")
    assert response.headers["Location"] == PAGE
    remote.refresh_from_db()
    assert remote.next_attempt_at is not None
    assert remote.next_attempt_at <= timezone.now()


def test_a_remote_is_removed_and_nothing_else(browser: Client, remote: Remote) -> None:
    browser.post(f"/elsewhere/remote/{remote.pk}/remove")
    assert Remote.objects.exists()
    browser.post(f"/elsewhere/remote/{remote.pk}/remove", {"shown": "0", "count": "0"})
    assert not Remote.objects.exists()


def test_a_key_that_was_offered_is_trusted_by_its_fingerprint_alone(
    browser: Client, repository: Repository, tmp_path: Path
) -> None:
    key = " ".join(make_key(tmp_path / "key", "ssh-ed25519").split()[:2])
    remote = add_remote(repository=repository, url="ssh://git@127.0.0.1:1/x.git")
    remote.offered_host_key = key
    remote.save()
    assert "Trust this key" in text(browser)
    browser.post(f"/elsewhere/remote/{remote.pk}/trust", {"fingerprint": "SHA256:other"})
    remote.refresh_from_db()
    assert remote.host_key == ""


@pytest.mark.parametrize(
    ("role", "sees", "visits", "changes"),
    [
        (Role.VIEWER, 200, 403, 403),
        (Role.OPERATOR, 200, 302, 403),
        (Role.ADMINISTRATOR, *[200] * 3),
    ],
)
def test_each_role_may_do_its_part(
    remote: Remote,
    log_in: Callable[[User], Client],
    role: Role,
    sees: int,
    visits: int,
    changes: int,
) -> None:
    person = User.objects.create_user("pat")
    give_role(person, role)
    browser = log_in(person)
    assert browser.get(PAGE).status_code == sees
    visited = browser.post(f"/elsewhere/remote/{remote.pk}/visit").status_code
    assert visited == (302 if visits == 200 else visits)
    assert browser.get(f"/elsewhere/remote/{remote.pk}/edit/").status_code == changes
    assert browser.get(f"{PAGE}new-mirror/").status_code == changes
    removed = browser.post(f"/elsewhere/remote/{remote.pk}/remove").status_code
    assert removed == changes  # it is asked back first


def test_a_stranger_is_asked_to_log_in(remote: Remote, client: Client) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/login/")
    assert client.post(f"/elsewhere/remote/{remote.pk}/remove").status_code == 302
    assert Remote.objects.exists()


def test_the_administration_checks_and_seals_as_the_page_does(
    browser: Client, repository: Repository
) -> None:
    entered = {
        "repository": repository.pk,
        "url": "https://forge.example.org/pbins.git",
        "username": "bot",
        "secret": "a-token-of-ours",
        "is_enabled": "on",
    }
    browser.post("/admin/pbins/remote/add/", {**entered, "url": "git@forge:pbins.git"})
    assert not Remote.objects.exists()
    browser.post("/admin/pbins/remote/add/", entered)
    remote = Remote.objects.get()
    assert unseal(bytes(remote.sealed_secret), of="it") == "a-token-of-ours"
    browser.post(f"/admin/pbins/remote/{remote.pk}/change/", {**entered, "secret": ""})
    assert Remote.objects.get().has_secret
    for listing in ("remote", "mirror", "channelpolicy"):
        assert browser.get(f"/admin/pbins/{listing}/").status_code == 200
