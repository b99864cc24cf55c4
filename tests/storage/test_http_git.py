"""Hosts clone and fetch with the real git, over a small real HTTP server, and can do no more."""

import gzip
import io
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from pbins.storage.errors import GitError, GitUnavailable
from pbins.storage.git import GitRepository
from pbins.storage.git_process import GIT_ENVIRONMENT
from pbins.storage.http_git import GitRequest, GitResponse, serve
from tests.storage.conftest import Commit

PBIN = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"
ADVERTISEMENT = "service=git-upload-pack"
UPLOAD = "application/x-git-upload-pack-request"


class Server:
    """A repository at an address; `answers` remembers method, path and status of each request."""

    def __init__(self, repository: GitRepository) -> None:
        self.repository = repository
        self.answers: list[tuple[str, str, int]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = GitRequest(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=environ["QUERY_STRING"],
            content_type=environ.get("CONTENT_TYPE", ""),
            content_encoding=environ.get("HTTP_CONTENT_ENCODING", ""),
            protocol=environ.get("HTTP_GIT_PROTOCOL", ""),
            remote_address=environ["REMOTE_ADDR"],
            body=io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))),
        )
        response = serve(self.repository, request)
        self.answers.append((request.method, request.path, response.status))
        start(f"{response.status} Whatever", list(response.headers))
        return response.body


class ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(repository: GitRepository) -> Server:
    return Server(repository)


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    httpd = make_server("127.0.0.1", 0, server, ThreadedServer, SilentHandler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def published(repository: GitRepository, commit: Commit) -> str:
    commit_id = None
    for number in range(3):
        previous, commit_id = commit_id, commit({PBIN: b"%d" % number}, commit_id)
        repository.move("master", to=commit_id, expected=previous)
    assert commit_id is not None
    return commit_id


def run(*arguments: str | Path, **variables: str) -> str:
    return subprocess.run(
        ["git", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**GIT_ENVIRONMENT, **variables},
    ).stdout.strip()


def get(repository: GitRepository, path: str, query: str = "", **more: str) -> GitResponse:
    request = GitRequest(method="GET", path=path, query=query, body=io.BytesIO(), **more)
    return serve(repository, request)


def post(repository: GitRepository, body: bytes, **more: str) -> GitResponse:
    return serve(
        repository,
        GitRequest(
            method="POST",
            path="/git-upload-pack",
            query="",
            content_type=UPLOAD,
            body=io.BytesIO(body),
            **more,
        ),
    )


class TestFetching:
    @pytest.mark.parametrize("version", ["0", "1", "2"])
    def test_a_host_clones_then_fetches_what_is_new(
        self,
        repository: GitRepository,
        commit: Commit,
        published: str,
        address: str,
        tmp_path: Path,
        version: str,
    ) -> None:
        clone = tmp_path / "clone"
        protocol = ("-c", f"protocol.version={version}")
        run(*protocol, "clone", "-q", address, clone)
        assert (clone / PBIN).read_bytes() == b"2"
        newer = commit({PBIN: b"3"}, published)
        repository.move("master", to=newer, expected=published)
        run(*protocol, "-C", clone, "fetch", "-q")
        run("-C", clone, "reset", "-q", "--hard", "origin/master")
        assert (clone / PBIN).read_bytes() == b"3"

    @pytest.mark.parametrize("version", ["0", "2"])
    def test_a_shallow_clone_can_be_deepened(
        self, published: str, address: str, tmp_path: Path, version: str
    ) -> None:
        clone = tmp_path / "clone"
        protocol = ("-c", f"protocol.version={version}")
        run(*protocol, "clone", "-q", "--depth=1", address, clone)
        assert run("-C", clone, "rev-list", "--count", "HEAD") == "1"
        run(*protocol, "-C", clone, "fetch", "-q", "--unshallow")
        assert run("-C", clone, "rev-list", "--count", published) == "3"

    def test_a_host_that_follows_another_channel_gets_that(
        self, repository: GitRepository, published: str, address: str, tmp_path: Path
    ) -> None:
        older = run("--git-dir", repository.path, "rev-parse", f"{published}^")
        repository.move("stable", to=older, expected=None)
        run("clone", "-q", "--branch=stable", address, tmp_path / "clone")
        assert (tmp_path / "clone" / PBIN).read_bytes() == b"1"

    @pytest.mark.parametrize("version", ["0", "2"])
    def test_a_channel_rolled_back_in_the_middle_of_a_fetch_fails_no_host(
        self, repository: GitRepository, published: str, address: str, tmp_path: Path, version: str
    ) -> None:
        clone = tmp_path / "clone"
        run("init", "-q", clone)
        older = run("--git-dir", repository.path, "rev-parse", f"{published}^")
        repository.move("master", to=older, expected=published)
        run("-c", f"protocol.version={version}", "-C", clone, "fetch", "-q", address, published)
        assert run("-C", clone, "rev-parse", "FETCH_HEAD") == published

    def test_a_client_without_smart_http_is_served_too(
        self, server: Server, published: str, address: str, tmp_path: Path
    ) -> None:
        run("clone", "-q", address, tmp_path / "clone", GIT_SMART_HTTP="0")
        assert (tmp_path / "clone" / PBIN).read_bytes() == b"2"
        assert {method for method, _, _ in server.answers} == {"GET"}

    def test_a_long_negotiation_is_compressed_and_understood(
        self, repository: GitRepository, published: str, address: str, tmp_path: Path
    ) -> None:
        clone = tmp_path / "clone"
        run("clone", "-q", address, clone)
        identity = ("-c", "user.name=x", "-c", "user.email=x")
        for number in range(80):
            run(*identity, "-C", clone, "commit", "-q", "--allow-empty", "-m", str(number))
        head = repository.commit(
            parent=published,
            changes={PBIN: b"new"},
            message="m",
            author="A <b>",
            when=datetime.now(UTC),
        )
        repository.move("master", to=head, expected=published)
        run("-C", clone, "fetch", "-q")
        assert run("-C", clone, "rev-parse", "origin/master") == head

    def test_many_hosts_fetch_at_once(self, published: str, address: str, tmp_path: Path) -> None:
        hosts = [
            subprocess.Popen(
                ["git", "clone", "-q", address, tmp_path / str(number)], env=GIT_ENVIRONMENT
            )
            for number in range(6)
        ]
        assert [host.wait() for host in hosts] == [0] * 6


class TestRefusing:
    def test_nobody_can_push(
        self, repository: GitRepository, published: str, address: str, tmp_path: Path
    ) -> None:
        clone = tmp_path / "clone"
        run("clone", "-q", address, clone)
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run("-C", clone, "push", address, "HEAD:refs/heads/mine")
        assert "403" in caught.value.stderr
        assert list(repository.heads()) == ["master"]

    @pytest.mark.parametrize(
        ("method", "path", "query", "status"),
        [
            ("GET", "/info/refs", "service=git-receive-pack", 403),
            ("GET", "/info/refs", "service=git-upload-pack&service=git-receive-pack", 403),
            ("POST", "/git-receive-pack", "", 403),
            ("GET", "/git-upload-pack", "", 404),
            ("POST", "/info/refs", "", 404),
            ("POST", "/git-upload-archive", "", 404),
            ("GET", "/config", "", 404),
            ("GET", "/writers.lock", "", 404),
            ("GET", "/objects/../config", "", 404),
            ("GET", "/objects/info/../../config", "", 404),
            ("GET", "/../other.git/HEAD", "", 404),
            ("GET", "//HEAD", "", 404),
            ("GET", "/HEAD\n", "", 404),
            ("GET", "HEAD", "", 404),
            ("GET", "", "", 404),
            ("GET", "/objects/pack/pack-x.pack", "", 404),
            ("PUT", "/HEAD", "", 405),
            ("HEAD", "/HEAD", "", 405),
            ("PROPFIND", "/", "", 405),
        ],
    )
    def test_what_no_fetch_needs_is_refused(
        self, repository: GitRepository, method: str, path: str, query: str, status: int
    ) -> None:
        response = serve(
            repository, GitRequest(method=method, path=path, query=query, body=io.BytesIO())
        )
        with closing(response.body):
            assert response.status == status
            assert len(b"".join(response.body)) == int(dict(response.headers)["Content-Length"])

    def test_a_repository_that_is_not_there_is_not_found(self, tmp_path: Path) -> None:
        assert get(GitRepository(tmp_path / "no.git"), "/HEAD").status == 404

    @pytest.mark.parametrize(
        ("content_type", "encoding"),
        [(UPLOAD, "br"), (UPLOAD, "gzip, gzip"), ("text/plain", ""), ("", "")],
    )
    def test_another_kind_of_request_is_refused(
        self, repository: GitRepository, content_type: str, encoding: str
    ) -> None:
        request = GitRequest(
            "POST", "/git-upload-pack", "", io.BytesIO(b"0000"), content_type, encoding
        )
        assert serve(repository, request).status == 415

    def test_an_endless_request_is_refused_and_not_read_to_its_end(
        self, repository: GitRepository
    ) -> None:
        class Endless:
            taken = 0

            def read(self, size: int, /) -> bytes:
                self.taken += size
                return b"0" * size

        body = Endless()
        request = GitRequest("POST", "/git-upload-pack", "", body, UPLOAD)
        assert serve(repository, request).status == 413
        assert body.taken < 11 * 2**20

    @pytest.mark.parametrize("protocol", ["version=2\nX: y", "version=2; rm", "v" * 1000, "ä"])
    def test_a_strange_protocol_header_does_not_reach_git(
        self, repository: GitRepository, published: str, protocol: str
    ) -> None:
        response = get(repository, "/info/refs", ADVERTISEMENT, protocol=protocol)
        assert b"refs/heads/master" in b"".join(response.body)

    @pytest.mark.parametrize("query", ["a=b", "service=git-upload-archive", "x\0y"])
    def test_a_strange_query_does_not_reach_git(
        self, repository: GitRepository, published: str, query: str
    ) -> None:
        response = get(repository, "/info/refs", query)
        assert b"".join(response.body) == f"{published}\trefs/heads/master\n".encode()


class TestAnswering:
    def test_an_advertisement_is_not_to_be_cached(
        self, repository: GitRepository, published: str
    ) -> None:
        response = get(repository, "/info/refs", ADVERTISEMENT)
        headers = dict(response.headers)
        assert headers["Content-Type"] == "application/x-git-upload-pack-advertisement"
        assert "no-cache" in headers["Cache-Control"]
        assert published.encode() in b"".join(response.body)

    def test_the_second_protocol_is_spoken_when_asked_for(
        self, repository: GitRepository, published: str
    ) -> None:
        response = get(repository, "/info/refs", ADVERTISEMENT, protocol="version=2")
        assert b"version 2" in b"".join(response.body)

    @pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
    def test_a_compressed_request_is_understood(
        self, repository: GitRepository, published: str, encoding: str
    ) -> None:
        response = post(repository, gzip.compress(_want(published)), content_encoding=encoding)
        assert b"PACK" in b"".join(response.body)

    def test_a_request_that_is_rubbish_hurts_nobody(
        self, repository: GitRepository, published: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        response = post(repository, b"rubbish")
        assert b"PACK" not in b"".join(response.body)
        assert "git http-backend ended with status" in caplog.text

    def test_a_large_answer_comes_in_small_pieces(
        self, repository: GitRepository, large: str
    ) -> None:
        response = post(repository, _want(large))
        sizes = [len(chunk) for chunk in response.body]
        assert sum(sizes) > 8 * 2**20
        assert max(sizes) <= 2**16

    def test_a_client_that_goes_away_ends_git_and_what_git_started(
        self, repository: GitRepository, large: str
    ) -> None:
        others = _children()
        response = post(repository, _want(large))
        next(response.body)
        (leader,) = _children() - others
        assert len(_alive(leader)) > 1
        response.body.close()
        assert _children() == others
        assert list(response.body) == []
        deadline = time.monotonic() + 10
        while _alive(leader) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert _alive(leader) == []

    def test_a_client_that_never_reads_leaves_nothing_behind(
        self, repository: GitRepository, published: str
    ) -> None:
        others, descriptors = _children(), _descriptors()
        response = get(repository, "/info/refs", ADVERTISEMENT)
        response.body.close()
        response.body.close()
        assert _children() == others
        assert _descriptors() == descriptors

    def test_an_answer_read_to_its_end_leaves_nothing_behind(
        self, repository: GitRepository, published: str
    ) -> None:
        others, descriptors = _children(), _descriptors()
        for chunk in get(repository, "/info/refs", ADVERTISEMENT).body:
            assert chunk
        assert _children() == others
        assert _descriptors() == descriptors

    def test_no_git_is_said_plainly(
        self, repository: GitRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(GIT_ENVIRONMENT, "PATH", "/nonexistent")
        with pytest.raises(GitUnavailable):
            get(repository, "/HEAD")

    def test_a_git_that_answers_nothing_is_an_error(
        self, repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stub = tmp_path / "bin" / "git"
        stub.parent.mkdir()
        stub.write_text("#!/bin/sh\necho 'no such command' >&2\nexit 1\n")
        stub.chmod(0o755)
        monkeypatch.setitem(GIT_ENVIRONMENT, "PATH", f"{stub.parent}:/usr/bin:/bin")
        with pytest.raises(GitError, match="status 1: no such command"):
            get(repository, "/HEAD")


@pytest.fixture
def large(commit: Commit, repository: GitRepository) -> str:
    """A published commit far larger than what a pipe holds."""
    noise = Random(7)
    made = commit({f"f{number}": noise.randbytes(2**20) for number in range(8)})
    repository.move("master", to=made, expected=None)
    return made


def _want(commit_id: str) -> bytes:
    line = f"want {commit_id} ofs-delta\n".encode()
    return b"%04x%s00000009done\n" % (len(line) + 4, line)


def _children() -> set[str]:
    """The processes that we started and that are not reaped, by what the kernel says."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def _alive(leader: str) -> list[str]:
    """The commands of a process group that still run; who is killed takes a moment to go."""
    stats = (_stat(process) for process in Path("/proc").glob("[0-9]*"))
    return [command for command, state, group in stats if group == leader and state not in "ZX"]


def _stat(process: Path) -> tuple[str, str, str]:
    try:
        head, _, rest = (process / "stat").read_text().rpartition(") ")
    except (FileNotFoundError, ProcessLookupError):
        return "", "X", ""
    state, _, group = rest.split()[:3]
    return head.partition(" (")[2], state, group


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
