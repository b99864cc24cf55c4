"""Tarballs and git where they are not for everybody: hosts show a password in their URLs."""

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from pbins.models import Channel
from pbins.services.layouts import addresses_of, consumer_conf, git_url, location_on, tree_url
from pbins.services.repositories import consumer_snippet
from pbins.storage.git import GitRepository
from tests.factories import make_channel, make_host
from tests.web.live_server import LiveServer, gunicorn

NAME = "pbins--sys-test--hello-1.0--C.1.2.3.C.tar.bz2"
PATHS = (f"/distfiles/pbins/{NAME}", "/distfiles/pbins/", "/git/pbins.git/info/refs")


@pytest.fixture
def private(settings: Settings) -> None:
    settings.PBINS_PUBLIC_DISTFILES = settings.PBINS_PUBLIC_GIT = False
    settings.PBINS_FLEET_PASSWORD = "s3cret-_pass"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One tarball and one repository, for the fleet alone."""
    directory = tmp_path_factory.mktemp("served")
    tarball = directory / "distfiles" / "pbins" / NAME
    tarball.parent.mkdir(parents=True)
    tarball.write_bytes(b"content")
    git = GitRepository(directory / "git" / "pbins.git")
    git.path.parent.mkdir()
    git.create("master")
    commit = git.commit(
        parent=None,
        changes={"profiles/repo_name": b"pbins\n"},
        message="Begin",
        author="Portal <portal@example.org>",
        when=datetime(2026, 11, 22, tzinfo=UTC),
    )
    git.move("master", to=commit, expected=None)
    password = directory / "keys" / "fleet_password"
    password.parent.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(token_urlsafe(64))
    with gunicorn(directory, PBINS_PUBLIC_DISTFILES="no") as running:
        yield running


def with_password(server: LiveServer) -> str:
    password = (server.directory / "keys" / "fleet_password").read_text()
    return server.url.replace("://", f"://fleet:{password}@")


def run(*argv: str, cwd: Path) -> int:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        argv, capture_output=True, check=False, cwd=cwd, env=environment, timeout=60
    ).returncode


@pytest.mark.parametrize("is_host", [True, False])
def test_the_wget_of_a_host_gets_a_tarball_with_the_password_alone(
    server: LiveServer, tmp_path: Path, is_host: bool
) -> None:
    base = with_password(server) if is_host else server.url
    # As cave calls it (FACTS 2.3): one try, and the URL as it stands in mirrors.conf.
    wget = ("wget", "-T", "30", "-t", "1", "--continue", "-O", "got")
    status = run(*wget, f"{base}/distfiles/pbins/{NAME}", cwd=tmp_path)
    assert (status == 0) == is_host
    assert (tmp_path / "got").read_bytes() == (b"content" if is_host else b"")


@pytest.mark.parametrize("is_host", [True, False])
def test_the_git_of_a_host_clones_with_the_password_alone(
    server: LiveServer, tmp_path: Path, is_host: bool
) -> None:
    base = with_password(server) if is_host else server.url
    status = run("git", "clone", "--quiet", f"{base}/git/pbins.git", "clone", cwd=tmp_path)
    assert (status == 0) == is_host


def test_a_host_without_git_gets_the_tree_with_the_password_alone(
    server: LiveServer, tmp_path: Path
) -> None:
    address = "/git/pbins/master.tar.gz"
    assert run("wget", "-q", f"{server.url}{address}", cwd=tmp_path) != 0
    assert run("wget", "-q", f"{with_password(server)}{address}", cwd=tmp_path) == 0


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_refused_and_people_are_not(
    client: Client, viewer: User, path: str, db: None
) -> None:
    make_channel()
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(path).status_code == 401
    client.force_login(viewer)
    assert client.get(path).status_code in {200, 404}


@pytest.mark.usefixtures("private", "db")
@pytest.mark.parametrize(
    "credentials", ["fleet:wrong", "fleet:", "s3cret-_pass", ":", "", "fleet:s3cret-_pass2"]
)
def test_a_wrong_password_is_none(client: Client, credentials: str) -> None:
    basic = {"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
    assert client.get(PATHS[0], headers=basic).status_code == 401
    assert client.get(PATHS[0], headers={"Authorization": "Basic §"}).status_code == 401


@pytest.mark.usefixtures("db")
def test_an_empty_password_opens_nothing(client: Client, settings: Settings) -> None:
    settings.PBINS_PUBLIC_DISTFILES, settings.PBINS_FLEET_PASSWORD = False, ""
    basic = {"Authorization": f"Basic {b64encode(b'fleet:').decode()}"}
    assert client.get(PATHS[0], headers=basic).status_code == 401


@pytest.fixture
def channel(db: None) -> Channel:
    return make_channel()


@pytest.mark.usefixtures("private")
def test_hosts_are_told_the_password_and_pages_do_not_show_it(channel: Channel) -> None:
    base = "http://fleet:s3cret-_pass@127.0.0.1:8000"
    assert git_url(channel.repository) == f"{base}/git/pbins.git"
    assert tree_url(channel) == f"{base}/git/pbins/master.tar.gz"
    assert addresses_of(channel) == [f"{base}/distfiles/pbins/"]
    configuration = consumer_conf(location_on(make_host(), channel.repository), channel)
    assert f"git+{base}/git/pbins.git" in configuration
    assert "git+http://fleet:PASSWORD@127.0.0.1:8000/git/pbins.git" in consumer_snippet(channel)


def test_where_all_is_public_nobody_needs_a_password(channel: Channel) -> None:
    assert git_url(channel.repository) == "http://127.0.0.1:8000/git/pbins.git"
    assert addresses_of(channel) == ["http://127.0.0.1:8000/distfiles/pbins/"]
