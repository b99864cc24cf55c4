"""Nothing goes that somebody may still ask for; what goes can be undone."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Host,
    Import,
    ImportState,
    Pbin,
    Repository,
    RunState,
    Subscription,
    Tarball,
)
from pbins.paludis.manifest import parse_manifest
from pbins.services import keeping
from pbins.services.cleaning import clean, plan_cleaning
from pbins.services.errors import Refused
from pbins.services.keeping import kept_tarballs, retained_of
from pbins.services.pinning import pin_version, unpin_version
from pbins.services.places import distfiles_of, git_of
from pbins.services.publishing import repository_lock
from pbins.services.scrubbing import scrub
from pbins.services.trashing import awaited_hosts, empty_trash, late_hosts, restore, trash_of
from pbins.storage.errors import FileMissing
from pbins.storage.trash import Trash
from tests.factories import make_host, make_run
from tests.stock import file_of, names_in, publish_version


@pytest.fixture(autouse=True)
def nothing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this very moment count as old."""
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))


@pytest.fixture
def channel(repository: Repository) -> Channel:
    """Of a repository that keeps nothing but what is needed."""
    Repository.objects.update(keep_publications=1, keep_days=0)
    channel = Channel.objects.select_related("repository").get()
    assert channel.repository.keep_days == 0
    return channel


@pytest.fixture
def replaced(channel: Channel) -> Pbin:
    """A build in whose place another one came; no kept publication names it."""
    old = publish_version(channel)
    publish_version(channel, build=2)
    age()
    return old


def age() -> None:
    """Everything was received an hour ago."""
    Tarball.objects.update(received_at=timezone.now() - timedelta(hours=1))


def name_of(pbin: Pbin) -> str:
    return file_of(pbin).name


def test_what_was_replaced_goes_to_the_trash_and_can_be_put_back(
    channel: Channel, replaced: Pbin
) -> None:
    repository, before = channel.repository, names_in(channel.repository)
    size = file_of(replaced).stat().st_size
    planned = plan_cleaning(repository=repository)
    assert [(one.name, one.size) for one in planned.tarballs] == [(name_of(replaced), size)]
    assert (planned.size, planned.count) == (size, 1)
    assert names_in(repository) == before  # to look changes nothing

    done = clean(repository=repository)
    assert done.tarballs == planned.tarballs
    assert names_in(repository) == before - {name_of(replaced)}
    assert trash_of(repository).size() == size
    assert clean(repository=repository).count == 0
    assert scrub(repository=repository, full=True).findings == ()

    assert [row.name for row in restore(repository=repository).rows] == [name_of(replaced)]
    assert names_in(repository) == before
    assert Tarball.objects.get(name=name_of(replaced)).is_present


def is_held(channel: Channel, pbin: Pbin) -> None:
    """The catalogue holds it, withheld."""
    values = {"category": "x", "package": "x", "version": "1", "version_key": "1"}
    since = timezone.now()
    Entry.objects.create(channel=channel, pbin=pbin, withheld="broken", since=since, **values)


def is_in_another_channel(channel: Channel, pbin: Pbin) -> None:
    first = retained(channel)
    git_of(channel.repository).move("stable", to=first, expected=None)
    Channel.objects.create(repository=channel.repository, name="stable", commit=first)


def is_in_a_kept_publication(channel: Channel, pbin: Pbin) -> None:
    Repository.objects.update(keep_publications=2)


def is_in_a_young_publication(channel: Channel, pbin: Pbin) -> None:
    Repository.objects.update(keep_days=1)


def is_where_a_host_is(channel: Channel, pbin: Pbin) -> None:
    Subscription.objects.create(host=make_host("web"), channel=channel, commit=retained(channel))


def is_installed(channel: Channel, pbin: Pbin) -> None:
    installed = [[pbin.name, pbin.version]]
    Subscription.objects.create(host=make_host("web"), channel=channel, installed=installed)


def is_pinned(channel: Channel, pbin: Pbin) -> None:
    pin_version(repository=channel.repository, version=str(pbin))


def belongs_to_a_build_under_way(channel: Channel, pbin: Pbin) -> None:
    run = make_run(repository=channel.repository, state=RunState.COLLECTING)
    run.created_at = timezone.now() - timedelta(hours=2)
    run.save()


def belongs_to_an_import_under_way(channel: Channel, pbin: Pbin) -> None:
    Import.objects.create(
        repository=channel.repository,
        address="/others",
        state=ImportState.TAKING,
        created_at=timezone.now() - timedelta(hours=2),
    )


def was_received_just_now(channel: Channel, pbin: Pbin) -> None:
    Repository.objects.update(keep_days=1)
    channel.publications.update(created_at=timezone.now() - timedelta(days=3))
    Tarball.objects.update(received_at=timezone.now())


def retained(channel: Channel) -> str:
    """The commit in which the first build was served."""
    publication = channel.publications.order_by("pk")[1]
    return publication.commit


@pytest.mark.parametrize(
    "needed",
    [
        is_held,
        is_in_another_channel,
        is_in_a_kept_publication,
        is_in_a_young_publication,
        is_where_a_host_is,
        is_installed,
        is_pinned,
        belongs_to_a_build_under_way,
        belongs_to_an_import_under_way,
        was_received_just_now,
    ],
)
def test_what_is_needed_stays(
    channel: Channel, replaced: Pbin, needed: Callable[[Channel, Pbin], None]
) -> None:
    assert plan_cleaning(repository=channel.repository).count == 1
    needed(channel, replaced)
    repository = Repository.objects.get()
    assert plan_cleaning(repository=repository).count == 0
    assert clean(repository=repository).count == 0
    assert file_of(replaced).exists()


def test_what_every_channel_serves_stays_whatever_the_policy(channel: Channel) -> None:
    pbins = [publish_version(channel, version=f"{number}.0") for number in range(3)]
    age()
    assert clean(repository=channel.repository).count == 0
    assert names_in(channel.repository) == {name_of(pbin) for pbin in pbins}


def test_old_versions_leave_a_channel_by_a_publication_when_the_policy_says_so(
    channel: Channel,
) -> None:
    pbins = [publish_version(channel, version=f"{number}.0") for number in (1, 2, 3, 10)]
    publish_version(channel, "sys-test/other")
    age()
    repository = channel.repository
    repository.keep_versions = 2
    repository.save()
    otto = User.objects.create_user("otto")
    planned = plan_cleaning(repository=repository)
    assert {entry.version for entry in planned.leaving} == {"1.0", "2.0"}
    done = clean(repository=repository, asked_by=otto, expected=planned.count)
    assert {change.version for change in Change.objects.filter(kind=ChangeKind.REMOVED)} == {
        "1.0",
        "2.0",
    }
    (publication,) = done.publications
    assert "A channel keeps 2 of a slot" in publication.message
    assert publication.asked_by == otto
    served = set(channel.entries.served().values_list("version", flat=True))
    assert served == {"3.0", "10.0", "1.0"}  # 1.0 is the other package's
    # No publication that is kept names their tarballs any more.
    assert {one.name for one in done.tarballs} == {name_of(pbin) for pbin in pbins[:2]}
    assert scrub(repository=repository, full=True).findings == ()


def test_what_is_installed_or_pinned_does_not_leave_its_channel(channel: Channel) -> None:
    for number in (1, 2, 3):
        publish_version(channel, version=f"{number}.0")
    age()
    Repository.objects.update(keep_versions=1)
    repository = Repository.objects.get()
    is_installed(channel, channel.entries.get(version="1.0").pbin)
    pin_version(repository=repository, version="sys-test/hello-2.0")
    assert plan_cleaning(repository=repository).count == 0
    unpin_version(repository=repository, version="sys-test/hello-2.0")
    assert [str(one.pbin) for one in plan_cleaning(repository=repository).leaving] == [
        "sys-test/hello-2.0"
    ]


def test_a_count_that_is_no_longer_true_stops_everything(channel: Channel, replaced: Pbin) -> None:
    with pytest.raises(Refused, match="It is 1 by now, not 2"):
        clean(repository=channel.repository, expected=2)
    assert file_of(replaced).exists()


def test_the_trash_is_emptied_after_its_days_alone(channel: Channel, replaced: Pbin) -> None:
    repository = channel.repository
    clean(repository=repository)
    assert empty_trash(repository) == []
    thrown = timezone.now() - timedelta(days=repository.trash_days, minutes=1)
    Tarball.objects.trashed().update(trashed_at=thrown)
    assert [row.name for row in empty_trash(repository)] == [name_of(replaced)]
    assert trash_of(repository).size() == 0
    with pytest.raises(Refused, match="not in the trash"):
        restore(repository=repository, names=[name_of(replaced)])


def test_nothing_is_deleted_before_every_host_has_synced_since_it_was_thrown_away(
    channel: Channel, replaced: Pbin
) -> None:
    repository = channel.repository
    clean(repository=repository)
    now = timezone.now()
    Tarball.objects.trashed().update(trashed_at=now - timedelta(days=99))
    late = Subscription.objects.create(
        host=make_host("web"),
        channel=channel,
        commit=channel.commit,
        synced_at=now - timedelta(days=100),
    )
    Subscription.objects.create(host=make_host("new"), channel=channel)  # has never synced
    assert awaited_hosts(repository) == {"web": late.synced_at}
    assert empty_trash(repository) == []
    assert late_hosts(repository) == [("web", late.synced_at)]
    Subscription.objects.filter(pk=late.pk).update(synced_at=now - timedelta(days=98))
    assert late_hosts(repository) == []
    assert [row.name for row in empty_trash(repository)] == [name_of(replaced)]


@pytest.mark.parametrize("said", [{"drained": True}, {"is_consumer": False}])
def test_a_host_that_the_portal_syncs_no_more_is_not_waited_for(
    channel: Channel, replaced: Pbin, said: dict[str, bool]
) -> None:
    repository = channel.repository
    clean(repository=repository)
    now = timezone.now()
    Tarball.objects.trashed().update(trashed_at=now - timedelta(days=99))
    gone = make_host("gone")
    Subscription.objects.create(
        host=gone, channel=channel, commit=channel.commit, synced_at=now - timedelta(days=100)
    )
    assert empty_trash(repository) == []
    Host.objects.filter(pk=gone.pk).update(**said)
    assert late_hosts(repository) == []
    assert [row.name for row in empty_trash(repository)] == [name_of(replaced)]


def test_what_is_whole_is_put_back_beside_what_is_damaged(channel: Channel, replaced: Pbin) -> None:
    publish_version(channel, build=3)
    age()
    repository = channel.repository
    clean(repository=repository)
    damaged, whole = sorted(trash_of(repository).listing())
    (trash_of(repository).root / damaged).write_bytes(b"x")
    done = restore(repository=repository)
    assert [row.name for row in done.rows] == [whole]
    assert set(done.left) == {damaged}
    assert "damaged" in done.left[damaged]
    assert whole in names_in(repository)
    assert trash_of(repository).has(damaged)
    with pytest.raises(Refused, match="damaged"):
        restore(repository=repository)


def test_nobody_waits_while_the_trash_is_read(
    channel: Channel, replaced: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean(repository=channel.repository)
    read = Trash.sha256
    waited: list[str] = []

    def reads(trash: Trash, name: str) -> str:
        with repository_lock(channel.repository):
            waited.append(name)
        return read(trash, name)

    monkeypatch.setattr(Trash, "sha256", reads)
    restore(repository=channel.repository)
    assert waited == [name_of(replaced)]


def test_what_is_needed_again_is_put_back_instead_of_deleted(
    channel: Channel, replaced: Pbin
) -> None:
    clean(repository=channel.repository)
    Tarball.objects.trashed().update(trashed_at=timezone.now() - timedelta(days=99))
    is_where_a_host_is(channel, replaced)
    assert empty_trash(channel.repository) == []
    assert file_of(replaced).exists()


def test_what_came_again_meanwhile_does_not_stay_in_the_trash_for_ever(
    channel: Channel, replaced: Pbin
) -> None:
    repository = channel.repository
    clean(repository=repository)
    publish_version(channel)
    assert trash_of(repository).has(name_of(replaced))
    empty_trash(repository)
    assert trash_of(repository).has(name_of(replaced))
    repository.trash_days = -1
    empty_trash(repository)
    assert not trash_of(repository).has(name_of(replaced))
    assert file_of(replaced).exists()


def test_a_crash_between_row_and_file_is_settled(
    channel: Channel, replaced: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr("pbins.services.trashing.Trash.put", crash)
        with pytest.raises(KeyboardInterrupt):
            clean(repository=channel.repository)
    assert file_of(replaced).exists()
    assert scrub(repository=channel.repository, full=True).findings == ()
    assert not file_of(replaced).exists()
    assert trash_of(channel.repository).has(name_of(replaced))


def test_a_tarball_that_nobody_knows_is_only_taken_when_it_is_old(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(hours=1))
    path = distfiles_of(channel.repository).path("stranger.tar.bz2")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    os.utime(path, ns=(0, 0))  # an old time alone does not make it old: it was linked just now
    assert plan_cleaning(repository=channel.repository).count == 0
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    assert [one.name for one in clean(repository=channel.repository).tarballs] == [path.name]


def test_publications_are_kept_by_number_per_channel_and_by_age(channel: Channel) -> None:
    for number in range(4):
        publish_version(channel, version=f"{number}")
    repository = channel.repository
    repository.keep_publications = 2
    assert len(retained_of(channel)) == 2
    repository.keep_days = 1
    assert len(retained_of(channel)) == 5
    why = set(kept_tarballs(repository).values())
    assert why == {"in channel master"}


@pytest.mark.parametrize("version", ["sys-test/hello-9", "nonsense", "sys-test/hello"])
def test_only_a_version_that_there_was_can_be_pinned(channel: Channel, version: str) -> None:
    publish_version(channel)
    with pytest.raises(Refused):
        pin_version(repository=channel.repository, version=version)


@pytest.mark.django_db(transaction=True)
def test_whoever_publishes_while_another_cleans_no_host_is_told_of_what_is_gone(
    channel: Channel,
) -> None:
    """Each build replaces the one before, and cleaning takes away even what just came.

    A publication finds that out before hosts see it, and the tarball is taken again, as a build's
    collection does.
    """
    repository = channel.repository
    publish_version(channel)
    over = threading.Event()
    failures: list[BaseException] = []

    def publish_all() -> None:
        try:
            for build in range(2, 10):
                while not _publish(build):
                    pass
        except BaseException as failure:
            failures.append(failure)
        finally:
            over.set()
            connection.close()

    publisher = threading.Thread(target=publish_all)
    publisher.start()
    while not over.is_set():
        age()
        clean(repository=repository)
        with repository_lock(repository):
            assert named_by(repository) <= names_in(repository)
    publisher.join()
    age()
    clean(repository=repository)
    assert failures == []
    assert named_by(repository) == names_in(repository)
    assert scrub(repository=repository, full=True).findings == ()


def _publish(build: int) -> bool:
    try:
        publish_version(Channel.objects.get(), build=build)
    except FileMissing:
        return False
    return True


def named_by(repository: Repository) -> set[str]:
    """What Manifests of the channel's head name."""
    git = git_of(repository)
    manifest = git.read(git.head("master") or "", "packages/sys-test/hello/Manifest").decode()
    return {entry.name for entry in parse_manifest(manifest)}
