"""Publishing holds whatever happens: crashes at each point, two at once, what must not be seen."""

import bz2
import io
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from pbins.models import Change, Channel, Entry, Publication, PublicationState, Repository
from pbins.paludis.manifest import parse_manifest
from pbins.services import publishing
from pbins.services.arrivals import (
    Arrival,
    Refusal,
    gate,
    read_arrival,
    store_pbins,
    tarball_name,
)
from pbins.services.holdings import one_per_place
from pbins.services.places import git_of
from pbins.services.publishing import publish, settle_publications
from pbins.storage.git import GitRepository
from tests.factories import pbin_text
from tests.taking import take_tarball

WITHHELD = "Its tarball is not here."


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


def arrive(
    channel: Channel,
    name: str = "sys-test/hello",
    version: str = "1.0",
    *,
    build: int = 1,
    withheld: str = "",
    directory: Path | None = None,
) -> Arrival:
    """A pbin, and its tarball unless it is withheld. ``build`` tells builds of a version apart."""
    package = name.partition("/")[2]
    tarball = f"pbins--{name.replace('/', '--')}-{version}--C.{build}.1.1.C.tar.bz2"
    text = pbin_text({"BINARY_URI": f"mirror://pbins/{tarball}", "GENERATED_TIME": f"17953{build}"})
    path = f"packages/{name}/{package}-{version}.pbin-1+exheres-0"
    pbin = read_arrival(channel.repository, path, text.encode())
    assert not isinstance(pbin, Refusal)
    if not withheld and directory is not None:
        source = directory / tarball
        source.write_bytes(a_tarball())
        pbin.tarball = take_tarball(channel.repository, source)
    return Arrival(store_pbins([pbin])[0], withheld)


def a_tarball() -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("PBIN/environment"), io.BytesIO())
    return bz2.compress(plain.getvalue())


def seen_by_hosts(channel: Channel) -> tuple[str | None, set[str]]:
    """The commit and its pbins."""
    git = git_of(channel.repository)
    head = git.head(channel.name)
    assert head is not None
    return head, {path for path in git.files(head, "packages") if ".pbin-" in path}


def catalogue() -> set[tuple[str, str, str]]:
    return {(entry.name, entry.version, entry.withheld) for entry in Entry.objects.all()}


def crash(*_: object, **__: object) -> None:
    raise Crash


def before_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GitRepository, "commit", crash)


def before_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publication.objects, "create", crash)


def before_the_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GitRepository, "move", crash)


def after_the_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_record", crash)


@pytest.mark.parametrize(
    ("when", "is_new"),
    [
        (before_the_commit, False),
        (before_the_row, False),
        (before_the_move, False),
        (after_the_move, True),
    ],
)
def test_a_crash_leaves_the_old_or_the_new_state(
    channel: Channel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[[pytest.MonkeyPatch], None],
    *,
    is_new: bool,
) -> None:
    publish(channel=channel, arrivals=[arrive(channel, directory=tmp_path)], message="One")
    before = seen_by_hosts(channel)
    coming = arrive(channel, version="2.0", directory=tmp_path)
    with monkeypatch.context() as crashing:
        when(crashing)
        with pytest.raises(Crash):
            publish(channel=channel, arrivals=[coming], message="Two")
    settle_publications(channel.repository)
    channel.refresh_from_db()
    versions = {"1.0", "2.0"} if is_new else {"1.0"}
    assert {version for _, version, _ in catalogue()} == versions
    assert len(seen_by_hosts(channel)[1]) == len(versions)
    assert (seen_by_hosts(channel) != before) is is_new
    assert channel.commit == seen_by_hosts(channel)[0]
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()

    publish(channel=channel, arrivals=[coming], message="Two")
    assert {version for _, version, _ in catalogue()} == {"1.0", "2.0"}
    assert Change.objects.filter(version="2.0").count() == 1


def test_the_next_publisher_settles_what_a_crash_left(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashing:
        after_the_move(crashing)
        with pytest.raises(Crash):
            publish(channel=channel, arrivals=[arrive(channel, directory=tmp_path)], message="One")
    publish(
        channel=channel,
        arrivals=[arrive(channel, version="2.0", directory=tmp_path)],
        message="Two",
    )
    assert [change.version for change in Change.objects.order_by("pk")] == ["1.0", "2.0"]
    assert len(seen_by_hosts(channel)[1]) == 2


def test_what_is_published_already_is_not_published_again(channel: Channel, tmp_path: Path) -> None:
    arrival = arrive(channel, directory=tmp_path)
    assert publish(channel=channel, arrivals=[arrival], message="One") is not None
    assert publish(channel=channel, arrivals=[arrival], message="One") is None
    assert Change.objects.count() == 1


def test_what_is_withheld_is_in_the_catalogue_alone(channel: Channel) -> None:
    before = seen_by_hosts(channel)
    assert (
        publish(channel=channel, arrivals=[arrive(channel, withheld=WITHHELD)], message="") is None
    )
    assert seen_by_hosts(channel) == before
    assert catalogue() == {("sys-test/hello", "1.0", WITHHELD)}
    assert not Change.objects.exists()


def test_what_is_withheld_never_displaces_what_is_served(channel: Channel, tmp_path: Path) -> None:
    publish(channel=channel, arrivals=[arrive(channel, directory=tmp_path)], message="One")
    before = seen_by_hosts(channel), catalogue()
    worse = arrive(channel, build=2, withheld=WITHHELD)
    assert publish(channel=channel, arrivals=[worse], message="Two") is None
    assert (seen_by_hosts(channel), catalogue()) == before


def test_what_was_withheld_is_served_once_its_tarball_comes(
    channel: Channel, tmp_path: Path
) -> None:
    publish(channel=channel, arrivals=[arrive(channel, withheld=WITHHELD)], message="One")
    publish(channel=channel, arrivals=[arrive(channel, directory=tmp_path)], message="Two")
    assert catalogue() == {("sys-test/hello", "1.0", "")}
    assert [change.kind for change in Change.objects.all()] == ["added"]


def test_versions_that_are_equal_replace_each_other(channel: Channel, tmp_path: Path) -> None:
    """1.0 is 1.0-r0: two files of one version would be a defect of the repository."""
    publish(channel=channel, arrivals=[arrive(channel, directory=tmp_path)], message="One")
    again = arrive(channel, version="1.0-r0", directory=tmp_path)
    publish(channel=channel, arrivals=[again], message="Two")
    assert seen_by_hosts(channel)[1] == {again.pbin.path}
    assert catalogue() == {("sys-test/hello", "1.0-r0", "")}


@pytest.mark.parametrize(
    ("withheld", "stays"),
    [
        (("", ""), "1.0-r0"),
        ((WITHHELD, WITHHELD), "1.0-r0"),
        (("", WITHHELD), "1.0"),
        ((WITHHELD, ""), "1.0-r0"),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_of_equal_versions_at_once_one_comes_and_the_next_publication_does_too(
    channel: Channel, tmp_path: Path, withheld: tuple[str, str], stays: str, turn: int
) -> None:
    older = arrive(channel, directory=tmp_path, withheld=withheld[0])
    newer = arrive(channel, version="1.0-r0", build=2, directory=tmp_path, withheld=withheld[1])
    publish(channel=channel, arrivals=[older, newer][::turn], message="Both")
    is_served = "" in withheld
    left = older if stays == "1.0" else newer
    assert catalogue() == {("sys-test/hello", stays, "" if is_served else WITHHELD)}
    assert seen_by_hosts(channel)[1] == ({left.pbin.path} if is_served else set())
    publish(
        channel=channel, arrivals=[arrive(channel, version="2.0", directory=tmp_path)], message=""
    )
    assert len(catalogue()) == 2
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()


def test_the_other_of_equal_versions_is_told_with_its_reason(channel: Channel) -> None:
    older = arrive(channel, withheld=WITHHELD)
    newer = arrive(channel, version="1.0-r0", build=2, withheld=WITHHELD)
    other = arrive(channel, "sys-test/other", withheld=WITHHELD)
    together, refusals = one_per_place([older, newer, other])
    assert together == [newer, other]
    assert [str(refusal) for refusal in refusals] == [
        f"{older.pbin.path}: is the same version as {newer.pbin.path}, which stays"
    ]


def test_a_manifest_names_the_tarballs_of_all_versions_that_are_served(
    channel: Channel, tmp_path: Path
) -> None:
    for version in ("1.0", "2.0"):
        arrival = arrive(channel, version=version, directory=tmp_path)
        publish(channel=channel, arrivals=[arrival], message=version)
    publish(
        channel=channel,
        arrivals=[arrive(channel, version="3.0", withheld=WITHHELD)],
        message="3.0",
    )
    git = git_of(channel.repository)
    manifest = git.read(git.head("master") or "", "packages/sys-test/hello/Manifest").decode()
    served = Entry.objects.served().with_files()
    assert {entry.name for entry in parse_manifest(manifest)} == {
        tarball_name(entry.pbin) for entry in served
    }


@pytest.mark.django_db(transaction=True)
def test_two_publishers_at_once_both_publish(tmp_path: Path, repository: Repository) -> None:
    channel = repository.channels.get()
    arrivals = [arrive(channel, f"sys-test/p{number}", directory=tmp_path) for number in range(4)]
    start = threading.Barrier(len(arrivals))
    failures: list[BaseException] = []

    def act(arrival: Arrival) -> None:
        try:
            start.wait()
            publish(channel=Channel.objects.get(), arrivals=[arrival], message=str(arrival.pbin))
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(arrival,)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(seen_by_hosts(channel)[1]) == len(catalogue()) == len(arrivals)
    channel.refresh_from_db()
    assert channel.commit == seen_by_hosts(channel)[0]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"BINARY_URI": ""}, "names no tarball"),
        ({"BINARY_URI": "http://elsewhere/x.tar.bz2"}, "not this portal"),
        ({"SUMMARY": "runs `id` when sourced"}, "more than assign"),
        ({"BINARY_PLATFORMS": ""}, "masked everywhere"),
        ({}, ""),
    ],
)
def test_the_gate_lets_through_what_hosts_can_use(
    channel: Channel, fields: dict[str, str], reason: str
) -> None:
    name = "pbins--sys-test--hello-1.0--C.1.1.1.C.tar.bz2"
    text = pbin_text({"BINARY_URI": f"mirror://pbins/{name}", **fields})
    path = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"
    pbin = read_arrival(channel.repository, path, text.encode())
    assert not isinstance(pbin, Refusal)
    found = gate(pbin, tarball=tarball_name(pbin))
    assert reason in found
    assert bool(found) is bool(reason)


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("packages/hello-1.0.pbin-1+exheres-0", b"", "not where a pbin would be"),
        ("packages/sys-test/hello/other-1.0.pbin-1+exheres-0", b"", "among those of"),
        ("packages/sys-test/hello/hello-1.0.pbin-1+exheres-0", b"SUMMARY=\xff", "not UTF-8"),
        ("packages/sys-test/hello/hello-x.pbin-1+exheres-0", b"", "hello-x"),
        ("packages/sys test/hello/hello-1.pbin-1+exheres-0", b"", "sys test"),
    ],
)
def test_what_is_no_pbin_is_refused_with_its_path(
    channel: Channel, path: str, content: bytes, reason: str
) -> None:
    refusal = read_arrival(channel.repository, path, content)
    assert isinstance(refusal, Refusal)
    assert path in str(refusal)
    assert reason in str(refusal)
