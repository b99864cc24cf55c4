"""The tree of a channel as a tarball, the same as git gives."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from pbins.models import Channel
from pbins.services.places import git_of, places
from pbins.services.repositories import add_repository
from pbins.storage import git_archive
from pbins.storage.git_archive import KEPT
from tests.releases import begin, release


@pytest.fixture
def master(settings: Settings, tmp_path: Path, db: None) -> Channel:
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


def fetched(client: Client, channel: str = "master") -> dict[str, bytes]:
    response = client.get(f"/git/pbins/{channel}.tar.gz")
    assert response.status_code == 200
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response.headers["Content-Length"] == str(len(content))
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {entry.name: archive.extractfile(entry) for entry in archive if entry.isfile()}
        return {name: file.read() for name, file in files.items() if file is not None}


def test_it_holds_what_git_holds(client: Client, master: Channel) -> None:
    stable = begin("stable", master)
    release(master, "sys-test/one")
    git = git_of(master.repository)
    for channel in (master, stable):
        assert fetched(client, channel.name) == git.files(git.head(channel.name) or "")


def test_it_is_made_once_for_each_commit_and_old_ones_go(client: Client, master: Channel) -> None:
    cache = places().trees("pbins")
    for number in range(KEPT + 2):
        release(master, "sys-test/one", build=number)
        fetched(client)
        (newest,) = (path for path in cache.iterdir() if path.name.startswith(_head(master)))
        made = newest.stat().st_mtime_ns
        fetched(client)
        assert newest.stat().st_mtime_ns == made
    assert len(list(cache.iterdir())) == KEPT + 1  # besides that of the head


def test_those_of_heads_stay_however_many_channels_there_are(
    client: Client, master: Channel
) -> None:
    release(master, "sys-test/one")
    channels = [master]
    for number in range(KEPT + 2):
        channels.append(begin(f"channel{number}", channels[-1]))
        release(channels[-1], f"sys-test/more{number}")
    heads = {_head(channel) for channel in channels}
    for channel in channels:
        fetched(client, channel.name)
    cache = places().trees("pbins")
    assert {path.name.partition(".")[0] for path in cache.iterdir()} == heads


def test_one_that_is_pruned_before_it_is_opened_is_made_again(
    client: Client, master: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = git_archive.archive_of
    pruned: list[Path] = []

    def prune_once(*arguments: Any) -> Path | None:
        path = make(*arguments)
        if path is not None and not pruned:
            path.unlink()
            pruned.append(path)
        return path

    monkeypatch.setattr(git_archive, "archive_of", prune_once)
    assert fetched(client)
    assert pruned


def test_who_has_it_already_is_told_so(client: Client, master: Channel) -> None:
    etag = client.head("/git/pbins/master.tar.gz").headers["ETag"]
    again = client.get("/git/pbins/master.tar.gz", headers={"If-None-Match": etag})
    assert again.status_code == 304
    release(master, "sys-test/one")
    later = client.get("/git/pbins/master.tar.gz", headers={"If-None-Match": etag})
    assert later.status_code == 200
    later.close()


@pytest.mark.parametrize(
    "path", ["pbins/no", "no/master", "p%20b/master", "pbins/-x", "pbins/HEAD", "-/-"]
)
def test_what_does_not_exist_is_not_found(client: Client, master: Channel, path: str) -> None:
    assert client.get(f"/git/{path}.tar.gz").status_code == 404


def test_the_address_is_on_the_repository_page(admin_client: Client, master: Channel) -> None:
    page = admin_client.get("/repositories/pbins/").content.decode()
    assert "/git/pbins/master.tar.gz" in page


def _head(channel: Channel) -> str:
    return git_of(channel.repository).head(channel.name) or ""
