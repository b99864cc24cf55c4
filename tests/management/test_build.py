"""``manage.py build``."""

import pytest

from pbins.models import Host, PackageSet, Repository, Run
from tests.factories import make_channel, make_host, make_repository
from tests.management.conftest import Shell, Workers

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture(autouse=True)
def repository(db: None) -> Repository:
    repository = make_repository("pbins")
    repository.builders.add(make_host("builder", is_builder=True))
    make_channel(repository)
    return repository


def test_the_run_is_queued_submitted_and_its_number_told_first(
    manage: Shell, workers: Workers
) -> None:
    ended = manage("build", "pbins", "sys-test/hello", "sys-test/other:2")
    run = Run.objects.get()
    assert ended.exit == 0
    assert ended.out.splitlines() == [f"run {run.pk}"]
    assert run.specs == ["sys-test/hello", "sys-test/other:2"]
    assert workers.submitted == [run]


def test_json_tells_the_run(manage: Shell) -> None:
    said = manage("build", "pbins", "sys-test/hello", "--json").json
    assert said["run"] == Run.objects.get().pk
    assert said["kind"] == "build"
    assert said["host"] == "builder"
    assert said["repository"] == "pbins"
    assert said["state"] == "queued"


def test_a_package_set_and_world_can_be_built(manage: Shell) -> None:
    PackageSet.objects.create(name="core", specs="cat/one\ncat/two")
    assert manage("build", "pbins", "--set", "core").exit == 0
    assert manage("build", "pbins", "--world").exit == 0
    world, core = Run.objects.all()
    assert (core.package_set and core.package_set.name, core.specs) == (
        "core",
        ["cat/one", "cat/two"],
    )
    assert world.choices["world"] is True


def test_choices_are_handed_over(manage: Shell) -> None:
    manage("build", "pbins", "cat/pkg")
    manage(
        *("build", "pbins", "cat/pkg", "--make-dependencies", "runtime", "--stop-on-failure"),
        *("--rebuild", "--one-binary-per-slot", "--skip-tests", "--sync-first"),
    )
    chosen, usual = Run.objects.all()
    assert usual.choices == {
        "make_dependencies": "all",
        "continue_on_failure": True,
        "keep_targets": "auto",
        "one_binary_per_slot": False,
        "skip_tests": False,
        "sync_first": False,
        "world": False,
    }
    assert chosen.choices == {
        "make_dependencies": "runtime",
        "continue_on_failure": False,
        "keep_targets": "never",
        "one_binary_per_slot": True,
        "skip_tests": True,
        "sync_first": True,
        "world": False,
    }


def test_it_can_be_planned_only(manage: Shell) -> None:
    assert manage("build", "pbins", "cat/pkg", "--plan-only").exit == 0
    assert Run.objects.get().kind == "plan"
    refused = manage("build", "pbins", "cat/pkg", "--plan-only", "--sync-first")
    assert (refused.exit, "a plan only looks" in refused.err) == (2, True)


def test_a_builder_can_be_named(manage: Shell, repository: Repository) -> None:
    repository.builders.add(make_host("second", is_builder=True))
    manage("build", "pbins", "cat/pkg", "--host", "second")
    assert Run.objects.get().host.name == "second"


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("pbins",), "exactly one"),
        (("pbins", "cat/pkg", "--world"), "exactly one"),
        (("pbins", "--set", "core", "--world"), "exactly one"),
        (("pbins", "not a spec"), "not a spec"),
        (("pbins", "--set", "cor"), "Did you mean core?"),
        (("pbins", "--set", "empty"), "empty"),
        (("pbin", "cat/pkg"), "Did you mean pbins?"),
        (("pbins", "cat/pkg", "--host", "nobody"), "no host nobody"),
        (("pbins", "cat/pkg", "--host", "web1"), "not a builder"),
        (("pbins", "cat/pkg", "--make-dependencies", "some"), "invalid choice"),
        ((), "REPOSITORY"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_refused_with_the_reason(
    manage: Shell, argv: tuple[str, ...], reason: str
) -> None:
    make_host("web1")
    PackageSet.objects.create(name="core", specs="cat/one")
    PackageSet.objects.create(name="empty", specs="# nothing yet")
    ended = manage("build", *argv)
    assert (ended.exit, ended.out) == (2, "")
    assert reason in ended.err
    assert not Run.objects.exists()


def test_a_repository_without_builder_is_refused(manage: Shell) -> None:
    Host.objects.all().delete()
    ended = manage("build", "pbins", "cat/pkg")
    assert ended.exit == 2
    assert "no builder" in ended.err
