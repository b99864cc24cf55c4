"""``manage.py repository``."""

from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.models import Host, Import, ImportState, Repository, Run, RunState
from pbins.services.logs import log_of
from tests.factories import make_channel, make_host, make_repository
from tests.management.conftest import Shell, Workers
from tests.upstream import Upstream

ADD = ("repository", "add", "pbins", "--masters", "arbor x11", "--platforms", "amd64 ~amd64")


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.PBINS_DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def fleet(db: None) -> Repository:
    repository = make_repository("pbins")
    make_channel(repository)
    repository.builders.add(make_host("builder", is_builder=True, is_consumer=False))
    make_host("web1")
    make_host("web2")
    make_host("other-builder", is_builder=True, is_consumer=False)
    Host.objects.filter(name="web2").update(drained=True)
    return repository


def test_a_repository_is_added_with_its_first_publication(manage: Shell) -> None:
    make_host("builder", is_builder=True)
    said = manage(*ADD, "--builder", "builder", "--json").json["repository"]
    assert said["masters"] == ["arbor", "x11"]
    assert said["platforms"] == ["amd64", "~amd64"]
    assert said["builders"] == ["builder"]
    assert said["location"] == "/var/db/paludis/repositories/pbins"
    assert Repository.objects.get().channels.get().commit == said["channels"][0]["commit"]
    assert len(said["channels"][0]["commit"]) == 40


def test_what_comes_next_is_told(manage: Shell) -> None:
    assert manage(*ADD).out.splitlines() == [
        "pbins is added",
        "Then: manage.py repository provision pbins",
    ]


def test_places_on_hosts_can_be_said(manage: Shell) -> None:
    manage(*ADD, "--location", "/srv/repo", "--distdir", "/srv/dist")
    repository = Repository.objects.get()
    assert (repository.location, repository.distdir) == ("/srv/repo", "/srv/dist")


@pytest.mark.parametrize(
    "argv",
    [
        (*ADD, "--builder", "nobody"),
        (*ADD, "--builder", "web1"),
        (*ADD, "--location", "relative"),
        ("repository", "add", "no/name", "--masters", "arbor", "--platforms", "amd64"),
        ("repository", "add", "pbins", "--masters", "ar;bor", "--platforms", "amd64"),
        ("repository", "add", "pbins", "--masters", "", "--platforms", "amd64"),
        ("repository", "add", "pbins", "--masters", "arbor"),
    ],
    ids=" ".join,
)
def test_bad_input_is_refused(manage: Shell, argv: tuple[str, ...]) -> None:
    make_host("web1")
    ended = manage(*argv)
    assert (ended.exit, ended.out) == (2, "")
    assert not Repository.objects.exists()


def test_provisioning_reaches_builders_and_consumers_by_default(
    manage: Shell, fleet: Repository, workers: Workers
) -> None:
    workers.on_sleep = lambda _: _end_all()
    assert manage("repository", "provision", "pbins").exit == 0
    assert {run.host.name for run in workers.submitted} == {"builder", "web1"}


def test_provisioning_shows_the_difference_of_each_host(
    manage: Shell, fleet: Repository, workers: Workers
) -> None:
    workers.on_sleep = lambda _: _end_all("+sync = git+http://portal/")
    ended = manage("repository", "provision", "pbins", "--host", "web1", "--dry-run")
    assert ended.exit == 0
    assert "\n+sync = git+http://portal/\n" in ended.out
    assert Run.objects.get().choices == {"dry_run": True}


def test_the_difference_is_in_the_json(manage: Shell, fleet: Repository, workers: Workers) -> None:
    workers.on_sleep = lambda _: _end_all("+line")
    said = manage("repository", "provision", "pbins", "--host", "web1", "--json").json
    assert said["run"] == Run.objects.get().pk
    assert said["differences"] == {"web1": "+line\n"}


def test_one_host_that_fails_makes_provisioning_fail(
    manage: Shell, fleet: Repository, workers: Workers
) -> None:
    def end(_: int) -> None:
        _end_all()
        Run.objects.filter(host__name="web1").update(state=RunState.FAILED, reason="No arbor.")

    workers.on_sleep = end
    ended = manage("repository", "provision", "pbins")
    assert ended.exit == 1
    assert "on web1 failed: No arbor." in ended.out
    assert "1 of 2 runs succeeded" in ended.out


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("pbin",), "Did you mean pbins?"),
        (("pbins", "--host", "web9"), "no host web9"),
        (("pbins", "--host", "other-builder"), "neither a builder of pbins nor a consumer"),
    ],
)
def test_provisioning_refuses_what_it_does_not_know(
    manage: Shell, fleet: Repository, workers: Workers, argv: tuple[str, ...], reason: str
) -> None:
    ended = manage("repository", "provision", *argv)
    assert ended.exit == 2
    assert reason in ended.err
    assert not Run.objects.exists()


def test_nothing_to_provision_is_refused(manage: Shell) -> None:
    make_repository("pbins")
    assert manage("repository", "provision", "pbins").exit == 2


def test_one_host_that_is_refused_leaves_no_run_behind(
    manage: Shell, fleet: Repository, workers: Workers
) -> None:
    hosts = ("--host", "web1", "--host", "other-builder")
    assert manage("repository", "provision", "pbins", *hosts).exit == 2
    assert not Run.objects.exists()


def test_the_list_tells_masters_builders_and_channels(manage: Shell, fleet: Repository) -> None:
    line = manage("repository", "list").out
    assert all(word in line for word in ("pbins", "arbor", "builder", "master at cccccccccccc"))
    assert manage("repository", "list", "--json").json[0]["name"] == "pbins"


def _end_all(log: str = "") -> None:
    for run in Run.objects.all():
        if log:
            log_of(run).append(f"{log}\n".encode())
    Run.objects.update(state=RunState.SUCCEEDED, reason="")


def test_a_policy_says_what_builds_need_not_ask_for(manage: Shell) -> None:
    make_repository()
    assert "downgrade: asked" in manage("repository", "policy", "pbins").out.splitlines()
    allowed = manage("repository", "policy", "pbins", "--allow", "downgrade", "--allow", "masked")
    assert {"downgrade: allowed", "not_best: asked"} <= set(allowed.out.splitlines())
    manage("repository", "policy", "pbins", "--ask", "masked")
    assert Repository.objects.get().allowed_beforehand == ["downgrade"]
    assert manage("repository", "policy", "pbins", "--allow", "everything").exit == 2


def test_one_that_exists_is_taken_in_with_its_past(manage: Shell, tmp_path: Path) -> None:
    manage(*ADD)
    others = Upstream(tmp_path / "others")
    others.begin()
    others.add("sys-test/hello", "1.0")
    others.commit("Add hello")
    take = ("repository", "import", "pbins", "--git", others.url)
    told = manage(*take, "--tarballs", str(others.tarballs), "--json").json
    assert (told["found"], told["published"], told["withheld"]) == (1, 1, 0)
    assert Import.objects.get(pk=told["import"]).state == ImportState.DONE
    said = manage(*take)
    assert said.out.splitlines() == ["1 pbins found: 1 published, 0 withheld, 0 left out"]
    refused = manage(*take, "--branch=--all")
    assert (refused.exit, "not the name of a channel" in refused.err) == (2, True)


def test_a_directory_is_taken_in_and_nothing_else_is_mistaken_for_one(
    manage: Shell, tmp_path: Path
) -> None:
    manage(*ADD)
    others = Upstream(tmp_path / "others")
    others.begin()
    others.add("sys-test/hello", "1.0")
    take = ("repository", "import", "pbins", "--directory")
    said = manage(*take, str(others.tree))
    assert said.out.splitlines() == ["1 pbins found: 0 published, 1 withheld, 0 left out"]
