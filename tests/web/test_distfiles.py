import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import make_repository, make_tarball
from tests.fleets import eventually
from tests.web.live_server import LiveServer, gunicorn

NAME = "pbins--sys-test--hello-1.0--C.1.2.3.C.tar.bz2"
URL = f"/distfiles/pbins/{NAME}"
CONTENT = bytes(range(256)) * 4


@pytest.fixture
def distfiles(tmp_path: Path, settings: Settings) -> Path:
    settings.PBINS_DATA_DIR = tmp_path
    directory = tmp_path / "distfiles" / "pbins"
    directory.mkdir(parents=True)
    (directory / NAME).write_bytes(CONTENT)
    os.utime(directory / NAME, (1_795_350_657, 1_795_350_657))
    return directory


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    directory = tmp_path_factory.mktemp("served")
    (directory / "distfiles" / "pbins").mkdir(parents=True)
    with gunicorn(directory) as running:
        yield running


# No test of a tarball has the fixture `db`: serving one must not need the database.


def test_a_tarball_comes_whole_with_what_a_cache_wants(client: Client, distfiles: Path) -> None:
    response = client.get(URL)
    assert response.status_code == 200
    assert b"".join(response) == CONTENT
    assert response.headers["Content-Type"] == "application/x-bzip2"
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Last-Modified"] == "Sun, 22 Nov 2026 12:30:57 GMT"
    assert "immutable" in response.headers["Cache-Control"]
    assert "Content-Encoding" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert "Vary" not in response.headers


def test_head_tells_the_same_without_the_bytes(client: Client, distfiles: Path) -> None:
    whole, head = client.get(URL), client.head(URL, headers={"Range": "bytes=5-"})
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.items()) == dict(whole.items())
    assert b"".join(whole) == CONTENT


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=1000-", 1000, 1023), ("bytes=1023-", 1023, 1023)],
)
def test_a_range_is_answered_with_that_part(
    client: Client, distfiles: Path, header: str, first: int, last: int
) -> None:
    response = client.get(URL, headers={"Range": header})
    assert response.status_code == 206
    assert b"".join(response) == CONTENT[first : last + 1]
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/1024"
    assert response.headers["Content-Length"] == str(last - first + 1)


def test_a_range_behind_the_end_is_refused_with_the_size(client: Client, distfiles: Path) -> None:
    response = client.get(URL, headers={"Range": "bytes=1024-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */1024"


def test_several_ranges_are_answered_with_the_whole(client: Client, distfiles: Path) -> None:
    response = client.get(URL, headers={"Range": "bytes=0-1,4-5"})
    assert response.status_code == 200
    assert b"".join(response) == CONTENT


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_who_has_the_file_is_told_so(client: Client, distfiles: Path, validator: str) -> None:
    known = client.head(URL).headers[validator]
    header = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[validator]
    response = client.get(URL, headers={header: known})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == client.head(URL).headers["ETag"]


def test_one_etag_of_several_is_enough(client: Client, distfiles: Path) -> None:
    etag = client.head(URL).headers["ETag"]
    assert client.get(URL, headers={"If-None-Match": f'"a", W/{etag}'}).status_code == 304


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_a_part_is_resumed_while_the_file_is_the_same(
    client: Client, distfiles: Path, validator: str
) -> None:
    known = client.head(URL).headers[validator]
    response = client.get(URL, headers={"Range": "bytes=1000-", "If-Range": known})
    assert response.status_code == 206
    assert b"".join(response) == CONTENT[1000:]


@pytest.mark.parametrize("other", ['"other"', "Sun, 22 Nov 2026 12:30:58 GMT", "nonsense"])
def test_a_part_of_another_file_is_never_continued(
    client: Client, distfiles: Path, other: str
) -> None:
    response = client.get(URL, headers={"Range": "bytes=1000-", "If-Range": other})
    assert response.status_code == 200
    assert b"".join(response) == CONTENT


def test_if_match_of_another_file_fails(client: Client, distfiles: Path) -> None:
    assert client.get(URL, headers={"If-Match": '"other"'}).status_code == 412


@pytest.mark.parametrize(
    "path",
    [
        "/distfiles/pbins/missing.tar.bz2",
        "/distfiles/pbins/directory",
        "/distfiles/pbins/link.tar.bz2",
        "/distfiles/pbins/fifo.tar.bz2",
        "/distfiles/pbins/.hidden",
        "/distfiles/pbins/..",
        "/distfiles/pbins/..%2f..%2fsecret",
        "/distfiles/pbins/%2e%2e%2fsecret",
        "/distfiles/pbins/a%00b",
        "/distfiles/pbins/-rf",
        "/distfiles/pbins/" + "a" * 300,
        "/distfiles/../secret",
        "/distfiles/..%2f/secret",
        "/distfiles/.hidden/x",
        f"/distfiles/nowhere/{NAME}",
    ],
)
def test_only_plain_files_directly_in_the_directory_are_served(
    client: Client, distfiles: Path, path: str
) -> None:
    (distfiles.parent.parent / "secret").write_text("secret")
    (distfiles.parent / "secret").write_text("secret")
    (distfiles / ".hidden").write_text("secret")
    (distfiles / "directory").mkdir()
    (distfiles / "link.tar.bz2").symlink_to(distfiles.parent / "secret")
    os.mkfifo(distfiles / "fifo.tar.bz2")
    assert client.get(path).status_code == 404


def test_nothing_can_be_sent_to_a_tarball(client: Client, distfiles: Path) -> None:
    assert client.post(URL).status_code == 405


@pytest.mark.parametrize("missing", [0, 1, 2, 1000, 200_000])
def test_wget_resumes_to_the_last_byte(server: LiveServer, tmp_path: Path, missing: int) -> None:
    content = os.urandom(200_000)
    name = f"resumed-{missing}.tar.bz2"
    (server.directory / "distfiles" / "pbins" / name).write_bytes(content)
    partial = tmp_path / name
    partial.write_bytes(content[: len(content) - missing])
    # As cave calls it (FACTS 2.3).
    command = ["wget", "-q", "-T", "30", "-t", "1", "--continue", "-O", str(partial)]
    subprocess.run([*command, f"{server.url}/distfiles/pbins/{name}"], check=True)
    assert partial.read_bytes() == content


def test_wget_is_told_that_a_tarball_is_missing(server: LiveServer, tmp_path: Path) -> None:
    command = ["wget", "-T", "30", "-t", "1", "-O", str(tmp_path / "x")]
    ended = subprocess.run(
        [*command, f"{server.url}/distfiles/pbins/missing.tar.bz2"],
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 8
    assert b"404" in ended.stderr


def test_a_large_tarball_takes_no_memory(server: LiveServer) -> None:
    size = 300 * 2**20
    with (server.directory / "distfiles" / "pbins" / "large.tar.bz2").open("wb") as file:
        file.truncate(size)
    url = f"{server.url}/distfiles/pbins/large.tar.bz2"
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{size_download}", url]
    subprocess.run(["curl", "-sSI", "-o", "/dev/null", url], check=True)
    before = server.peak_memory
    assert subprocess.run(command, check=True, capture_output=True).stdout == str(size).encode()
    assert server.peak_memory - before < 20 * 2**20


@pytest.mark.django_db
def test_the_listing_names_what_is_there(client: Client) -> None:
    repository = make_repository()
    make_tarball(repository, NAME, size=226_000)
    gone = make_tarball(repository, "gone.tar.bz2")
    gone.is_present = False
    gone.save()
    page = client.get("/distfiles/pbins/").content.decode()
    assert f'href="{URL}"' in page
    assert "gone.tar.bz2" not in page
    assert client.get("/distfiles/other/").status_code == 404


def noted(directory: Path) -> list[str]:
    """What was noted as fetched whole."""
    notes = (directory / "downloads").glob("*")
    return [line for file in notes for line in file.read_text().splitlines()]


def test_only_what_went_out_whole_is_noted_as_a_download(
    client: Client, distfiles: Path, tmp_path: Path
) -> None:
    whole = client.get(URL)
    assert noted(tmp_path) == []
    assert b"".join(whole) == CONTENT
    for headers in ({"Range": "bytes=5-"}, {"If-None-Match": whole.headers["ETag"]}):
        assert b"".join(client.get(URL, headers=headers)) != CONTENT
    client.head(URL)
    assert noted(tmp_path) == [f"pbins {NAME}"]


def test_the_server_knows_whether_a_host_stayed_until_the_end(server: LiveServer) -> None:
    name = NAME.replace("hello", "large")
    path = server.directory / "distfiles" / "pbins" / name
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    url = f"{server.url}/distfiles/pbins/{name}"
    with urllib.request.urlopen(url) as answer:
        answer.read(1000)
    with urllib.request.urlopen(url) as answer:
        assert len(answer.read()) == 64 * 2**20
    path.unlink()
    assert eventually(lambda: noted(server.directory).count(f"pbins {name}") == 1)
