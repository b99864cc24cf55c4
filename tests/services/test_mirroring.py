"""Mirrors: what is there, what hosts are told of it, and what is said when it can't be."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.jobs.deliveries import deliver
from pbins.models import Channel, Mirror, MirrorKind, Repository, Tarball
from pbins.services.addresses import publish_addresses
from pbins.services.credentials import add_credential
from pbins.services.errors import Refused
from pbins.services.mirroring import is_mirror_due, visit_mirror
from pbins.services.mirrors import (
    add_mirror,
    fetch_from_mirror,
    progress_of,
    save_mirror,
    target_url,
)
from pbins.services.outlets import trust_place
from pbins.services.places import git_of
from pbins.services.publishing import move_channel
from pbins.services.trashing import empty_trash, throw_away
from tests import stores
from tests.releases import begin, release
from tests.sshd import Sshd, sshd
from tests.stock import file_of, publish_version

__all__ = ["sshd"]
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with stores.s3_store() as url:
        yield url


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    stores.needs_rsync()
    path = tmp_path / "there"
    path.mkdir()
    return path


@pytest.fixture
def public(there: Path) -> Iterator[str]:
    with stores.over_http(there) as url:
        yield url


@pytest.fixture
def by_rsync(repository: Repository, there: Path, public: str) -> Iterator[Mirror]:
    """A mirror behind an rsync daemon with a password."""
    with stores.rsync_daemon(there, password="only-we-know") as target:
        yield add_mirror(
            repository=repository,
            kind=MirrorKind.RSYNC,
            target=target,
            public_url=public,
            secret="only-we-know",
        )


def visited(mirror: Mirror) -> Mirror:
    visit_mirror(mirror)
    return Mirror.objects.get(pk=mirror.pk)


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def ours(repository: Repository) -> set[str]:
    return set(repository.tarballs.filter(is_present=True).values_list("name", flat=True))


def addresses(channel: Channel) -> list[str]:
    """What hosts are told, of their own tree."""
    publish_addresses()
    git = git_of(channel.repository)
    conf = git.read(git.head(channel.name) or "", "metadata/mirrors.conf").decode()
    return conf.split()[1:]


def test_an_s3_store_gets_all_tarballs_and_hosts_are_told_once_they_are_there(
    store: str, repository: Repository, master: Channel
) -> None:
    release(master, "sys-test/one")
    release(master, "sys-test/two")
    mirror = add_mirror(
        repository=repository,
        kind=MirrorKind.S3,
        target=f"{store}/{stores.BUCKET}/pbins",
        public_url=f"{store}/{stores.BUCKET}/pbins/",
        username=stores.KEY,
        secret=stores.SECRET,
    )
    assert stores.SECRET.encode() not in bytes(mirror.sealed_secret)
    assert mirror.public_url not in addresses(master)
    deliver()
    mirror.refresh_from_db()
    assert mirror.error == ""
    assert progress_of(mirror) == (2, 2)
    assert mirror.public_url in addresses(master)
    tarball = Tarball.objects.get(name__contains="one")
    Tarball.objects.filter(pk=tarball.pk).update(is_present=False, suspects=["TOKEN=…"])
    assert is_mirror_due(mirror, timezone.now())
    mirror = visited(mirror)
    assert progress_of(mirror) == (1, 1)
    with pytest.raises(Refused, match="No mirror has"):
        fetch_from_mirror(tarball=tarball, into=Path("/nonexistent/x"))


def test_what_an_s3_store_answers_is_told_without_the_secret(
    store: str, repository: Repository, master: Channel
) -> None:
    release(master, "sys-test/one")
    mirror = add_mirror(
        repository=repository,
        kind=MirrorKind.S3,
        target=f"{store}/no-such-bucket",
        public_url=store,
        username=stores.KEY,
        secret=stores.SECRET,
    )
    mirror = visited(mirror)
    assert "NoSuchBucket" in mirror.error
    assert stores.SECRET not in mirror.error
    assert mirror.attempts == 1


def test_a_mirror_is_kept_up_to_date_and_what_others_put_there_stays(
    by_rsync: Mirror, there: Path, repository: Repository, master: Channel
) -> None:
    (there / "README").write_text("not ours")
    release(master, "sys-test/one")
    mirror = visited(by_rsync)
    assert mirror.error == ""
    assert names_in(there) == {"README", *ours(repository)}
    assert not is_mirror_due(mirror, timezone.now())
    release(master, "sys-test/two")
    assert is_mirror_due(mirror, timezone.now())
    mirror = visited(mirror)
    assert names_in(there) == {"README", *ours(repository)}
    gone = Tarball.objects.get(name__contains="one")
    Tarball.objects.filter(pk=gone.pk).update(is_present=False)
    mirror = visited(mirror)
    assert gone.name in names_in(there), "what we lost may be taken back"
    Tarball.objects.filter(pk=gone.pk).update(is_present=True)
    move_channel(
        channel=master,
        expected=git_of(repository).head("master") or "",
        arrivals=[],
        removed=[gone.pbins.get()],
        message="Withdraw one",
    )
    throw_away(repository, [gone.name], "nobody needs it")
    mirror = visited(mirror)
    assert gone.name in names_in(there), "what is in the trash may be wanted back"
    long_ago = timezone.now() - timedelta(days=100)
    Tarball.objects.filter(pk=gone.pk).update(trashed_at=long_ago)
    repository.publications.update(created_at=long_ago)
    repository.keep_publications = 0
    repository.save()
    assert [row.name for row in empty_trash(repository)] == [gone.name]
    assert is_mirror_due(mirror, timezone.now())
    mirror = visited(mirror)
    assert names_in(there) == {"README", *ours(repository)}


def test_hosts_are_told_per_channel_and_only_of_what_is_switched_on(
    by_rsync: Mirror, master: Channel
) -> None:
    release(master, "sys-test/one")
    stable = begin("stable", master)
    mirror = visited(by_rsync)
    assert mirror.public_url in addresses(master)
    assert mirror.public_url in addresses(stable)
    mirror.is_enabled = False
    save_mirror(mirror)
    assert addresses(master) == ["http://127.0.0.1:8000/distfiles/pbins/"]


def test_what_was_lost_there_is_noticed_and_put_there_again(
    by_rsync: Mirror, there: Path, repository: Repository, master: Channel
) -> None:
    release(master, "sys-test/one")
    release(master, "sys-test/two")
    mirror = visited(by_rsync)
    one, two = sorted(ours(repository))
    (there / one).unlink()
    (there / two).write_bytes(b"short")
    mirror.looked_at = timezone.now() - timedelta(hours=2)
    mirror.save()
    mirror = visited(mirror)
    assert {path.name: path.stat().st_size for path in there.iterdir()} == {
        row.name: row.size for row in Tarball.objects.all()
    }


def test_a_public_address_that_leads_elsewhere_is_not_told_to_hosts(
    by_rsync: Mirror, master: Channel, tmp_path: Path
) -> None:
    release(master, "sys-test/one")
    with stores.over_http(tmp_path) as elsewhere:
        by_rsync.public_url = elsewhere
        save_mirror(by_rsync)
        mirror = visited(by_rsync)
    assert "404" in mirror.error
    assert mirror.tarballs.count() == 1
    assert mirror.public_url not in addresses(master)


def test_hosts_are_no_longer_told_of_a_mirror_that_fails_for_long(
    by_rsync: Mirror, there: Path, master: Channel
) -> None:
    release(master, "sys-test/one")
    mirror = visited(by_rsync)
    for path in there.iterdir():
        path.unlink()
    mirror.public_url = "http://127.0.0.1:1/"
    mirror.save()
    mirror = visited(mirror)
    assert mirror.listed_in.count() == 1, "a short while is borne"
    mirror.failing_since = timezone.now() - timedelta(hours=2)
    mirror.save()
    mirror = visited(mirror)
    assert mirror.listed_in.count() == 0
    assert addresses(master) == ["http://127.0.0.1:8000/distfiles/pbins/"]


def test_a_long_copy_is_done_in_slices(
    by_rsync: Mirror, master: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbins.services.mirroring.AT_ONCE", 1)
    release(master, "sys-test/one")
    release(master, "sys-test/two")
    visit_mirror(by_rsync, slice_seconds=-1)
    by_rsync.refresh_from_db()
    assert progress_of(by_rsync) == (0, 2)
    assert is_mirror_due(by_rsync, timezone.now()), "it goes on at once"
    assert progress_of(visited(by_rsync)) == (2, 2)


def test_a_lost_tarball_is_fetched_back_only_if_it_is_the_same(
    by_rsync: Mirror, there: Path, master: Channel, tmp_path: Path
) -> None:
    pbin = publish_version(master)
    content = file_of(pbin).read_bytes()
    visited(by_rsync)
    assert pbin.tarball is not None
    into = tmp_path / "fetched"
    assert fetch_from_mirror(tarball=pbin.tarball, into=into) == by_rsync
    assert into.read_bytes() == content
    (there / pbin.tarball.name).write_bytes(content[::-1])
    with pytest.raises(Refused, match="with other content"):
        fetch_from_mirror(tarball=pbin.tarball, into=into)
    assert not into.exists()


@pytest.mark.sshd
def test_rsync_over_ssh_trusts_the_host_first(
    repository: Repository, master: Channel, sshd: Sshd, there: Path, public: str
) -> None:
    release(master, "sys-test/one")
    address = sshd.address
    mirror = add_mirror(
        repository=repository,
        kind=MirrorKind.RSYNC,
        target=f"ssh://{address.user}@{address.host}:{address.port}{there}/new",
        public_url=f"{public}new/",
        credential=add_credential(name="store", private_key=sshd.private_key),
    )
    mirror = visited(mirror)
    assert "not trusted yet" in mirror.error
    trust_place(outlet=mirror, url=target_url(mirror))
    mirror = visited(mirror)
    assert mirror.error == ""
    assert names_in(there / "new") == ours(repository)


def test_a_wrong_password_is_told(by_rsync: Mirror, master: Channel) -> None:
    release(master, "sys-test/one")
    by_rsync.sealed_secret = b""
    by_rsync.save()
    mirror = visited(by_rsync)
    assert "auth failed" in mirror.error or "password" in mirror.error.lower()


refused = partial(pytest.raises, Refused)


def test_what_can_not_be_a_mirror_is_refused(repository: Repository) -> None:
    add = partial(add_mirror, repository=repository, public_url="https://cdn.example.org/pbins/")
    with refused(match="has to begin with https://"):
        add(kind=MirrorKind.S3, target="ssh://host/x")
    with refused(match="names no bucket"):
        add(kind=MirrorKind.S3, target="https://s3.example.org/")
    with refused(match="access key"):
        add(kind=MirrorKind.S3, target="https://s3.example.org/bucket")
    with refused(match="has to begin with ssh://"):
        add(kind=MirrorKind.RSYNC, target="https://host/x")
    with refused(match="has to begin with https://"):
        add(kind=MirrorKind.RSYNC, target="ssh://host/x", public_url="ftp://host/")
    with refused(match="SSH has its key"):
        add(kind=MirrorKind.RSYNC, target="ssh://host/x", secret="x")
    assert not Mirror.objects.exists()


def test_no_more_addresses_are_told_than_cave_looks_at(
    repository: Repository, master: Channel
) -> None:
    for number in range(6):
        mirror = add_mirror(
            repository=repository,
            kind=MirrorKind.RSYNC,
            target=f"ssh://host{number}/x",
            public_url=f"https://cdn{number}.example.org/",
        )
        mirror.listed_in.add(master)
    told = addresses(master)
    assert len(told) == 5
    assert told[0] == "http://127.0.0.1:8000/distfiles/pbins/"
