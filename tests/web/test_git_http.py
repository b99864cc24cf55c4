import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client

from pbins.storage.git import GitRepository
from tests.web.live_server import LiveServer, gunicorn

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AUTHOR = "Portal <portal@example.org>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with gunicorn(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def published(server: LiveServer, request: pytest.FixtureRequest) -> GitRepository:
    """A repository of its own for each test, with one commit on master."""
    name = request.node.name.partition("[")[0].removeprefix("test_")
    repository = GitRepository(server.directory / "git" / f"{name}.git")
    repository.path.parent.mkdir(exist_ok=True)
    repository.create("master")
    publish(repository, "first")
    return repository


def publish(repository: GitRepository, content: str) -> str:
    parent = repository.head("master")
    commit = repository.commit(
        parent=parent,
        changes={"profiles/repo_name": content.encode()},
        message=f"Publish {content}",
        author=AUTHOR,
        when=NOON,
    )
    repository.move("master", to=commit, expected=parent)
    return commit


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=False, env=environment
    )


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


def url_of(server: LiveServer, repository: GitRepository) -> str:
    return f"{server.url}/git/{repository.path.name}"


@pytest.mark.parametrize("protocol", ["0", "1", "2"])
def test_a_host_clones_and_follows(
    server: LiveServer, published: GitRepository, tmp_path: Path, protocol: str
) -> None:
    clone = str(tmp_path / "clone")
    version = f"protocol.version={protocol}"
    assert git("-c", version, "clone", url_of(server, published), clone).returncode == 0
    second = publish(published, "second")
    # As cave syncs (FACTS 7): fetch, then reset to what the branch is now.
    assert git("-C", clone, "-c", version, "fetch", "--prune").returncode == 0
    assert git("-C", clone, "reset", "--hard", "origin/master").returncode == 0
    assert git("-C", clone, "rev-parse", "HEAD").stdout.strip() == second
    assert (tmp_path / "clone" / "profiles" / "repo_name").read_text() == "second"


def test_a_shallow_clone_takes_one_commit_and_can_follow(
    server: LiveServer, published: GitRepository, tmp_path: Path
) -> None:
    publish(published, "second")
    clone = str(tmp_path / "clone")
    url = url_of(server, published)
    assert git("clone", "--depth", "1", "--branch", "master", url, clone).returncode == 0
    assert git("-C", clone, "rev-list", "--count", "HEAD").stdout == "1\n"
    third = publish(published, "third")
    assert git("-C", clone, "fetch", "--depth", "1").returncode == 0
    assert git("-C", clone, "rev-parse", "origin/master").stdout.strip() == third


def test_a_client_without_smart_http_can_clone(
    server: LiveServer, published: GitRepository, tmp_path: Path
) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_SMART_HTTP": "0"}
    subprocess.run(
        ["git", "clone", "-q", url_of(server, published), str(tmp_path / "clone")],
        check=True,
        env=environment,
    )
    assert (tmp_path / "clone" / "profiles" / "repo_name").read_text() == "first"


def test_nobody_can_push(server: LiveServer, published: GitRepository, tmp_path: Path) -> None:
    before = published.head("master")
    clone = str(tmp_path / "clone")
    git("clone", url_of(server, published), clone)
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    git("-C", clone, *identity, "commit", "--allow-empty", "-m", "Mine")
    pushed = git("-C", clone, "push", "origin", "master")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr
    assert published.head("master") == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "info/refs?service=git-upload-pack", 200),
        ("GET", "info/refs?service=git-receive-pack", 403),
        ("POST", "git-receive-pack", 403),
        ("GET", "HEAD", 200),
        ("GET", "config", 404),
        ("GET", "../secret", 404),
        ("GET", "objects/../config", 404),
        ("GET", "objects/%2e%2e/config", 404),
        ("DELETE", "HEAD", 405),
    ],
)
def test_only_what_a_fetch_needs_is_answered(
    server: LiveServer, published: GitRepository, method: str, path: str, status: int
) -> None:
    assert ask(server, method, f"/git/{published.path.name}/{path}").status == status


@pytest.mark.parametrize("name", ["missing", "..", "%2e%2e%2fgit%2fmissing", "a%00b", "-x"])
def test_a_repository_that_is_not_there_is_not_found(server: LiveServer, name: str) -> None:
    path = f"/git/{name}.git/info/refs?service=git-upload-pack"
    assert ask(server, "GET", path).status == 404


def test_a_request_that_comes_in_chunks_is_read_whole(
    server: LiveServer, published: GitRepository
) -> None:
    commit = published.head("master")
    body = f"0032want {commit}\n00000009done\n".encode()
    answer = ask(
        server,
        "POST",
        f"/git/{published.path.name}/git-upload-pack",
        iter([body[:10], body[10:]]),
        {"Content-Type": "application/x-git-upload-pack-request"},
    )
    assert answer.status == 200
    assert b"PACK" in answer.content


def test_nothing_is_remembered_of_a_fetching_host(
    server: LiveServer, published: GitRepository
) -> None:
    path = f"/git/{published.path.name}/info/refs?service=git-upload-pack"
    answer = ask(server, "GET", path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-cache, max-age=0, must-revalidate"


def ask(
    server: LiveServer,
    method: str,
    path: str,
    body: Iterator[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=30)) as connection:
        connection.request(method, path, body, headers or {}, encode_chunked=body is not None)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


@pytest.mark.django_db
def test_the_key_that_commits_are_signed_with_is_public(client: Client) -> None:
    response = client.get("/git/allowed_signers")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.content.startswith(b'portal@localhost namespaces="git" ssh-ed25519 AAAA')
    assert client.post("/git/allowed_signers").status_code == 405
