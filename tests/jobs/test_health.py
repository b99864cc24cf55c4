"""What is looked after at its times: one repository's trouble keeps no other waiting."""

import pytest
from django.contrib.auth.models import User
from redis.exceptions import ConnectionError as RedisAway

from pbins.jobs import health
from pbins.models import DiskSample, Finding, FindingKind, Host, Repository, Run, Tarball
from pbins.services import builder_checks
from pbins.services.errors import Refused
from pbins.services.repairing import Repair
from pbins.services.repositories import add_repository
from pbins.services.trashing import Restored
from pbins.storage.errors import GitError, NameTaken
from pbins.transport.address import Address
from pbins.transport.errors import Unreachable
from tests.factories import make_host
from tests.stock import file_of, publish_version


@pytest.fixture
def others(repository: Repository) -> list[Repository]:
    """``pbins`` and one more."""
    return [repository, add_repository(name="other", masters=["arbor"], platforms=["amd64"])]


def test_every_repository_is_scrubbed_even_after_one_that_can_not_be(
    others: list[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def scrub(repository: Repository) -> bool:
        looked_at.append(repository.name)
        raise GitError("ls-tree", 128, "broken")

    monkeypatch.setattr(health, "scrub_if_due", scrub)
    health.scrub_what_is_due()
    assert sorted(looked_at) == ["other", "pbins"]


def test_trouble_of_one_repository_is_told_at_it_until_it_goes_well(
    others: list[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(repository: Repository) -> list[Tarball]:
        if repository.name == "other":  # the first of them
            raise NameTaken("hello.tar.bz2")
        return []

    with monkeypatch.context() as broken:
        broken.setattr(health, "empty_trash", empty)
        health.clean_all()
    trouble = Finding.objects.get()
    assert (trouble.repository.name, trouble.what) == ("other", "trash")
    assert "hello.tar.bz2 is already among the distfiles" in trouble.details
    health.clean_all()
    assert not Finding.objects.open().exists()


def test_builders_are_looked_at_once_a_day_and_one_that_is_away_keeps_no_other_waiting(
    others: list[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(host: Host) -> None:
        asked.append(host.name)
        raise Unreachable(Address(host.name), "nobody answers")

    monkeypatch.setattr(builder_checks, "connected", away)
    for number, repository in enumerate(others):
        repository.builders.add(make_host(f"forge{number}", is_builder=True))
    health.scrub_what_is_due()
    assert sorted(asked) == ["forge0", "forge1"]
    unseen = Finding.objects.filter(kind=FindingKind.BUILDER_UNSEEN)
    assert {finding.what for finding in unseen} == {"forge0", "forge1"}
    health.scrub_what_is_due()
    assert len(asked) == 2


def test_everything_in_the_trash_is_put_back_by_a_worker_who_names_what_stays(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Restored((), {"hello.tar.bz2": "it is damaged"})
    monkeypatch.setattr(health, "restore", lambda **_: left)
    health.restore_trash(repository.pk)
    assert Finding.objects.get().details == "hello.tar.bz2 stays in the trash: it is damaged."


def test_only_repositories_that_say_so_are_cleaned_and_all_trash_is_looked_through(
    others: list[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned: list[str] = []

    def clean(*, repository: Repository) -> None:
        cleaned.append(repository.name)
        raise Refused("not now")

    emptied: list[str] = []

    def empty(repository: Repository) -> list[Tarball]:
        emptied.append(repository.name)
        return []

    monkeypatch.setattr(health, "clean", clean)
    monkeypatch.setattr(health, "empty_trash", empty)
    Repository.objects.filter(name="other").update(clean_daily=True)
    health.clean_all()
    assert (cleaned, sorted(emptied)) == (["other"], ["other", "pbins"])


def test_samples_are_taken(others: list[Repository]) -> None:
    health.sample_disks()
    assert DiskSample.objects.count() == 2


def test_a_scrub_by_a_worker_stores_what_it_finds(repository: Repository) -> None:
    hello = publish_version(repository.channels.get())
    file_of(hello).unlink()
    health.scrub_repository(repository.pk, full=True)
    assert Finding.objects.get().kind == FindingKind.MISSING


def test_a_repair_by_a_worker_submits_the_build_or_tells_on_the_finding(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[Run] = []
    monkeypatch.setattr(health, "submit", submitted.append)
    hello = publish_version(repository.channels.get())
    file_of(hello).unlink()
    health.scrub_repository(repository.pk, full=False)
    finding, otto = Finding.objects.get(), User.objects.create_user("otto")
    health.repair_finding(finding.pk, Repair.TAKE_AGAIN.value, otto.pk)
    finding.refresh_from_db()
    assert "there is no builder" in finding.attempt
    repository.builders.add(make_host(is_builder=True))
    health.repair_finding(finding.pk, Repair.REBUILD.value, otto.pk)
    assert [run.asked_by for run in submitted] == [otto]


def test_without_redis_what_was_asked_for_is_refused_in_words(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise RedisAway

    monkeypatch.setattr("pbins.jobs.queues.django_rq.get_queue", away)
    with pytest.raises(Refused, match="Redis does not answer"):
        health.submit_scrub(repository, full=True)
