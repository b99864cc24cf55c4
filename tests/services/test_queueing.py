"""Asking for work: what is refused at once, and with which words."""

from pathlib import Path
from typing import Any

import pytest

from pbins.models import Host, PackageSet, Repository, Rollout, Run, RunState
from pbins.services.confirming import decide
from pbins.services.errors import Refused
from pbins.services.queueing import queue_build, queue_sync, retry_run
from pbins.services.repositories import add_repository
from pbins.services.runs import cancel_run
from pbins.storage.errors import StorageFull
from pbins.storage.git import GitRepository
from tests.factories import make_host, make_run


@pytest.fixture
def forge(repository: Repository) -> Host:
    host = make_host("forge", is_builder=True, is_consumer=False)
    repository.builders.add(host)
    return host


def test_a_build_is_of_one_thing(forge: Host, repository: Repository) -> None:
    tools = PackageSet.objects.create(name="tools", specs="a/b\n")
    wrongs: list[dict[str, Any]] = [
        {},
        {"specs": ["a/b"], "world": True},
        {"package_set": tools, "world": True},
    ]
    for wrong in wrongs:
        with pytest.raises(Refused, match="exactly one of the three"):
            queue_build(repository=repository, asked_by=None, **wrong)
    assert not Run.objects.exists()


@pytest.mark.parametrize("specs", ["", "# nothing yet\n"])
def test_an_empty_set_is_refused(forge: Host, repository: Repository, specs: str) -> None:
    empty = PackageSet.objects.create(name="empty", specs=specs)
    with pytest.raises(Refused, match="empty is empty; add a package"):
        queue_build(repository=repository, package_set=empty, asked_by=None)


@pytest.mark.parametrize("spec", ["nocategory", "a/b c", "--execute", "a/b[>=", ""])
def test_what_is_no_package_is_refused_by_name(
    forge: Host, repository: Repository, spec: str
) -> None:
    with pytest.raises(Refused) as refused:
        queue_build(repository=repository, specs=[spec], asked_by=None)
    assert str(refused.value).startswith(f"{spec}: ")


def test_without_a_builder_nothing_is_built(repository: Repository) -> None:
    with pytest.raises(Refused, match="pbins has no builder; give it one"):
        queue_build(repository=repository, specs=["a/b"], asked_by=None)


def test_only_its_own_builder_builds_a_repository(forge: Host, repository: Repository) -> None:
    with pytest.raises(Refused, match="other is not a builder of pbins"):
        queue_build(repository=repository, specs=["a/b"], host=make_host("other"), asked_by=None)


def test_the_builder_with_the_least_to_do_is_taken(forge: Host, repository: Repository) -> None:
    other = make_host("other", is_builder=True)
    repository.builders.add(other)
    hosts = [
        queue_build(repository=repository, specs=["a/b"], asked_by=None).host for _ in range(4)
    ]
    assert hosts.count(forge) == hosts.count(other) == 2


def test_a_builder_is_never_synced(forge: Host, repository: Repository) -> None:
    both = make_host("both", is_builder=True)
    repository.builders.add(both)
    for hosts, words in [([], "No host"), ([forge], "not a consumer"), ([both], "both builds")]:
        with pytest.raises(Refused, match=words):
            queue_sync(repository=repository, hosts=hosts, asked_by=None)
    assert not Rollout.objects.exists()


def test_a_retry_is_the_same_work_once_more(forge: Host, repository: Repository) -> None:
    run = queue_build(repository=repository, specs=["a/b"], asked_by=None)
    with pytest.raises(Refused, match="still queued; cancel it first"):
        retry_run(run=run, asked_by=None)
    run.move(RunState.FAILED)
    again = retry_run(run=run, asked_by=None)
    assert (again.specs, again.choices, again.host) == (run.specs, run.choices, run.host)
    assert (again.state, again.retry_of) == (RunState.QUEUED, run)


@pytest.mark.django_db
def test_what_has_ended_can_not_be_cancelled_or_decided() -> None:
    run = make_run(state=RunState.SUCCEEDED)
    with pytest.raises(Refused, match="has ended already: succeeded"):
        cancel_run(run=run, asked_by=None)
    confirmation = run.confirmations.create(kind="not_best", resolvent="a/b")
    with pytest.raises(Refused, match="decided already"):
        decide(confirmation=confirmation, allow=True, asked_by=None)


@pytest.mark.django_db
def test_who_sees_an_old_page_may_cancel_what_has_moved_on() -> None:
    run = make_run(state=RunState.QUEUED)
    seen = Run.objects.get()
    run.move(RunState.STARTING)
    cancel_run(run=seen, asked_by=None)
    run.refresh_from_db()
    assert (run.state, run.cancel_asked) == (RunState.STARTING, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "two words"}, "name"),
        ({"masters": []}, "masters"),
        ({"masters": ["ar bor;"]}, "masters: bor;"),
        ({"platforms": ["amd64\nx = y"]}, "platforms"),
        ({"location": "relative"}, "location"),
    ],
)
def test_a_repository_that_can_not_be_configured_is_refused(
    data_dir: Path, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        add_repository(**{"name": "pbins", "masters": ["arbor"], "platforms": ["amd64"], **values})
    assert not Repository.objects.exists()


@pytest.mark.django_db
def test_a_repository_for_which_there_is_no_room_is_not_there(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageFull(data_dir)

    with monkeypatch.context() as disk:
        disk.setattr(GitRepository, "commit", full)
        with pytest.raises(Refused, match="no space left"):
            add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    assert not Repository.objects.exists()
    assert (
        add_repository(name="pbins", masters=["arbor"], platforms=["amd64"]).channels.get().commit
    )
