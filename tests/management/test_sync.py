"""``manage.py sync``."""

import pytest

from pbins.models import Host, Repository, Rollout, Run, Tag
from tests.factories import make_channel, make_host, make_repository
from tests.management.conftest import Shell, Workers

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture(autouse=True)
def repository(db: None) -> Repository:
    """Followed by web1 (tag berlin), web2 and web3 (tag berlin, drained); not by web4."""
    repository = make_repository("pbins")
    channel = make_channel(repository)
    hosts = [make_host(f"web{number}") for number in range(1, 5)]
    for host in hosts[:3]:
        channel.subscriptions.create(host=host)
    berlin = Tag.objects.create(name="berlin")
    hosts[0].tags.add(berlin)
    hosts[2].tags.add(berlin)
    Host.objects.filter(name="web3").update(drained=True)
    return repository


def hosts_of_runs() -> list[str]:
    return list(Run.objects.order_by("pk").values_list("host__name", flat=True))


@pytest.mark.parametrize(
    ("which", "hosts"),
    [
        (("--all",), ["web1", "web2"]),
        (("--tag", "berlin"), ["web1"]),
        (("--host", "web2"), ["web2"]),
        (("--host", "web2", "--host", "web4", "--host", "web2"), ["web2", "web4"]),
    ],
    ids=" ".join,
)
def test_exactly_the_chosen_hosts_are_synced(
    manage: Shell, which: tuple[str, ...], hosts: list[str]
) -> None:
    assert manage("sync", "pbins", *which).exit == 0
    assert hosts_of_runs() == hosts


def test_every_run_is_told_with_its_host(manage: Shell, workers: Workers) -> None:
    ended = manage("sync", "pbins", "--all")
    runs = list(Run.objects.order_by("pk"))
    assert ended.out.splitlines() == [f"run {run.pk} on {run.host.name}" for run in runs]
    assert workers.submitted == runs


def test_json_tells_the_rollout_and_its_runs(manage: Shell) -> None:
    said = manage("sync", "pbins", "--all", "--json").json
    assert said["rollout"] == Rollout.objects.get().pk
    assert [run["host"] for run in said["runs"]] == ["web1", "web2"]
    assert said["run"] == said["runs"][0]["run"]


def test_packages_can_be_installed_after_it(manage: Shell) -> None:
    manage("sync", "pbins", "--host", "web1", "--install", "cat/one", "cat/two:3")
    manage("sync", "pbins", "--host", "web2", "--install", "cat/one", "--install", "cat/two")
    assert [run.specs for run in Run.objects.order_by("pk")] == [
        ["cat/one", "cat/two:3"],
        ["cat/one", "cat/two"],
    ]


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("pbins",), "required"),
        (("pbins", "--all", "--host", "web1"), "not allowed"),
        (("pbins", "--host", "web9"), "no host web9"),
        (("pbins", "--tag", "berlim"), "Did you mean berlin?"),
        (("nothing", "--all"), "no repository nothing"),
        (("pbins", "--all", "--install", "???"), "???"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_refused_with_the_reason(
    manage: Shell, argv: tuple[str, ...], reason: str
) -> None:
    ended = manage("sync", *argv)
    assert (ended.exit, ended.out) == (2, "")
    assert reason in ended.err
    assert not Run.objects.exists()


def test_a_repository_that_nobody_follows_is_refused_with_what_to_do(manage: Shell) -> None:
    make_channel(make_repository("other"))
    ended = manage("sync", "other", "--all")
    assert ended.exit == 2
    assert "repository provision other" in ended.err


def test_a_builder_of_the_repository_is_refused(manage: Shell, repository: Repository) -> None:
    repository.builders.add(make_host("both", is_builder=True, is_consumer=True))
    ended = manage("sync", "pbins", "--host", "both")
    assert ended.exit == 2
    assert "both" in ended.err
