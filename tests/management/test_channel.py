"""``manage.py channel`` and ``manage.py publication``."""

from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.api.publication_shapes import publication_shape
from pbins.api.shapes import change_shape
from pbins.models import Channel, Publication, Run, RunState, Subscription
from pbins.services.repositories import add_repository
from tests.factories import make_host
from tests.management.conftest import Shell, Workers
from tests.releases import begin, release


@pytest.fixture
def master(settings: Settings, tmp_path: Path, db: None) -> Channel:
    settings.PBINS_DATA_DIR = tmp_path
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


@pytest.fixture
def stable(master: Channel) -> Channel:
    return begin("stable", master)


def test_a_channel_is_created_listed_and_removed(manage: Shell, master: Channel) -> None:
    release(master, "sys-test/one")
    ended = manage("channel", "create", "pbins", "stable")
    assert ended.exit == 0
    assert "pbins/stable begins with what master serves" in ended.out
    Subscription.objects.create(host=make_host("web"), channel=master)
    listed = manage("channel", "list", "pbins").out.splitlines()
    assert [line.split()[0] for line in listed] == ["master", "stable"]
    assert "1 versions; followed by web" in listed[0]
    assert "no host follows it" in listed[1]
    assert manage("channel", "remove", "pbins", "stable").exit == 0
    assert [one["channel"] for one in manage("channel", "list", "pbins", "--json").json] == [
        "master"
    ]


def test_a_promotion_can_be_looked_at_first(
    manage: Shell, master: Channel, stable: Channel
) -> None:
    release(master, "sys-test/one")
    Subscription.objects.create(host=make_host("web"), channel=stable)
    ended = manage("channel", "promote", "pbins", "master", "stable", "--dry-run")
    assert (ended.exit, ended.out.splitlines()) == (
        0,
        [
            "+ sys-test/one-1.0",
            "Promote everything from master to stable: 1 added, 0 replaced, 0 removed",
            "Hosts that follow stable: web",
            "Nothing was changed: this was a dry run.",
        ],
    )
    assert not stable.entries.exists()
    before = set(stable.publications.values_list("pk", flat=True))
    said = manage("channel", "promote", "pbins", "master", "stable", "--json").json
    assert said["changes"] == [{"kind": "added", "name": "sys-test/one", "version": "1.0"}]
    assert {said["publication"]} == set(stable.publications.values_list("pk", flat=True)) - before
    assert stable.entries.count() == 1


def test_chosen_packages_are_promoted_with_what_they_need(
    manage: Shell, master: Channel, stable: Channel
) -> None:
    release(master, "sys-test/lib")
    release(master, "sys-test/other")
    release(master, "sys-test/app", run="sys-test/lib")
    argv = ("channel", "promote", "pbins", "master", "stable", "sys-test/app", "--json")
    said = manage(*argv).json
    assert [one["name"] for one in said["changes"]] == ["sys-test/app", "sys-test/lib"]


def test_a_roll_back_names_what_goes(manage: Shell, master: Channel) -> None:
    good = release(master, "sys-test/one")
    release(master, "sys-test/two")
    ended = manage("channel", "rollback", "pbins", "master", str(good.pk))
    assert ended.exit == 0
    assert ended.out.splitlines()[0] == "- sys-test/two-1.0"
    assert manage("channel", "rollback", "pbins", "master", str(good.pk)).exit == 2


def test_channels_and_publications_are_compared(
    manage: Shell, master: Channel, stable: Channel
) -> None:
    first = release(master, "sys-test/one")
    release(master, "sys-test/one", build=2)
    assert manage("channel", "diff", "pbins", "stable", "master").out == "+ sys-test/one-1.0\n"
    assert manage("channel", "diff", "pbins", str(first.pk), "master").out == (
        "~ sys-test/one-1.0\n"
    )
    same = manage("channel", "diff", "pbins", "master", "master").out
    assert same == "They serve the same versions.\n"


@pytest.mark.parametrize(
    "argv",
    [
        ("list", "pbin"),
        ("create", "pbins", "a/b"),
        ("create", "pbins", "master"),
        ("create", "pbins", "new", "--from", "nowhere"),
        ("promote", "pbins", "master", "master"),
        ("promote", "pbins", "master", "stable"),
        ("promote", "pbins", "master", "stable", "sys-test/nothing"),
        ("rollback", "pbins", "master", "999"),
        ("diff", "pbins", "master", "999"),
        ("remove", "pbins", "master"),
        ("remove", "pbins", "nowhere"),
    ],
    ids=" ".join,
)
def test_what_can_not_be_is_refused(
    manage: Shell, master: Channel, stable: Channel, argv: tuple[str, ...]
) -> None:
    before = Publication.objects.count()
    ended = manage("channel", *argv)
    assert (ended.exit, ended.out) == (2, "")
    assert ended.err
    assert Publication.objects.count() == before


def test_publications_are_listed_and_shown(manage: Shell, master: Channel) -> None:
    made = release(master, "sys-test/one")
    newest = manage("publication", "list", "pbins").out.splitlines()[0]
    assert all(word in newest for word in (str(made.pk), "master", "+1", "Add sys-test/one"))
    shown = manage("publication", "show", str(made.pk)).out
    assert f"commit {made.commit}" in shown
    assert "+ sys-test/one-1.0" in shown
    said = manage("publication", "show", str(made.pk), "--json").json
    assert said["changes"] == [change_shape(made.changes.get())]
    assert said.keys() == {*publication_shape(made), "changes"}
    (row,) = manage("publication", "list", "pbins", "--most", "1", "--json").json
    assert (row["publication"], row["added"]) == (made.pk, 1)
    assert manage("publication", "list", "pbins", "--channel", "none").out == (
        "Nothing was published yet.\n"
    )
    assert manage("publication", "show", "999").exit == 2


def test_hosts_are_provisioned_for_a_channel(
    manage: Shell, master: Channel, stable: Channel, workers: Workers
) -> None:
    web = make_host("web")
    workers.on_sleep = _end_all
    argv = ("repository", "provision", "pbins", "--host", "web")
    manage(*argv, "--channel", "stable")
    assert Run.objects.latest("pk").channel == stable
    Subscription.objects.create(host=web, channel=stable)
    manage(*argv)
    assert Run.objects.latest("pk").channel == stable
    assert manage(*argv, "--channel", "nowhere").exit == 2


def _end_all(_: int) -> None:
    Run.objects.update(state=RunState.SUCCEEDED)
