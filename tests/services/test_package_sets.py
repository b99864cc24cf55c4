"""Package sets: their history, what is said of their lines, and the files that hosts get."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from pbins.models import (
    Channel,
    Host,
    PackageSet,
    Repository,
    Run,
    RunState,
    SourceRepository,
    SourceVersion,
)
from pbins.paludis.versions import Version
from pbins.services.errors import Refused
from pbins.services.known_packages import completions
from pbins.services.logs import log_size, read_log
from pbins.services.package_sets import checked_lines, delete_set, history, save_set
from pbins.services.queueing import queue_provision
from pbins.services.repositories import add_repository
from pbins.services.set_deploying import deploy_set, end_deployment, queue_spreading, spreads
from pbins.services.set_meaning import meanings, to_build
from tests.factories import NOON, make_channel, make_entry
from tests.fleets import Lab, drive

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> PackageSet:
    package_set = PackageSet(name="web", specs="# needed\nsys-libs/inkwell  # to draw\n")
    save_set(package_set=package_set, by=None)
    return package_set


def test_each_change_of_the_text_is_remembered_with_who_made_it(web: PackageSet) -> None:
    otto = User.objects.create_user("otto")
    web.specs = "sys-libs/inkwell  # to draw\r\ndev-libs/jigsaw"
    save_set(package_set=web, by=otto)
    web.description = "The same packages"
    save_set(package_set=web, by=otto)
    latest, first = history(list(web.edits.all()))
    assert (latest.edit.by, first.edit.by) == (otto, None)
    assert (latest.added, latest.removed) == (("dev-libs/jigsaw",), ("# needed",))
    assert first.added == ("# needed", "sys-libs/inkwell  # to draw")


@pytest.mark.parametrize(
    ("text", "error", "warning", "near"),
    [
        ("sys-test/hello[>=1]  # why", "", "", ()),
        ("hello", "'hello' is not a package: write category/name", "", ("sys-test/hello",)),
        ("app/hello", "", "no repository here knows this package", ("sys-test/hello",)),
        ("none/at-all", "", "no repository here knows this package", ()),
    ],
)
def test_a_line_is_judged_by_its_form_and_by_the_catalogue(
    text: str, error: str, warning: str, near: tuple[str, ...]
) -> None:
    make_entry(make_channel(), "sys-test/hello")
    (line,) = checked_lines(f"# a comment\n\n{text}")
    assert (line.number, line.error, line.warning, line.near) == (3, error, warning, near)


def test_a_line_that_stands_twice_is_told(web: PackageSet) -> None:
    make_entry(make_channel(), "sys-test/hello")
    first, second = checked_lines("sys-test/hello\n# and\nsys-test/hello")
    assert (first.warning, second.number, second.warning) == ("", 3, "stands in line 1 already")


def test_lines_are_checked_with_as_many_queries_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_entry(make_channel(), "sys-test/hello")
    with django_assert_num_queries(4):
        checked_lines("\n".join(f"sys-test/hallo{number}" for number in range(200)))


def test_names_are_completed_from_their_beginning_or_from_behind_the_category() -> None:
    channel = make_channel()
    for version in ("1.0", "2.0"):
        make_entry(channel, "sys-test/hello", version)
    make_entry(channel, "dev-libs/hedge")
    assert [one.name for one in completions("he")] == ["dev-libs/hedge", "sys-test/hello"]
    (one,) = completions("sys-test/h")
    assert (one.name, one.version, one.summary) == ("sys-test/hello", "2.0", "A test program")
    assert completions("nothing") == []


@pytest.fixture
def consumer(lab: Lab, repository: Repository) -> Host:
    host = lab.inventory("web1")
    drive(queue_provision(repository=repository, host=host, asked_by=None))
    return host


def spread(repository: Repository) -> Run:
    (run,) = queue_spreading(repository=repository, by=None).runs.all()
    return drive(run)


def test_a_deployed_set_is_on_every_consumer_until_it_ends(
    consumer: Host, repository: Repository, web: PackageSet
) -> None:
    file = Path(consumer.prefix) / "etc/paludis/sets/web.conf"
    deploy_set(package_set=web, repository=repository, by=None)
    (before,) = spreads(web)
    assert [host.name for host in before.without] == ["web1"]
    run = spread(repository)
    assert run.state == RunState.SUCCEEDED
    log = read_log(run, 0, log_size(run)).decode()
    assert f"+++ {file}" in log
    assert "+* sys-libs/inkwell" in log
    assert file.read_text().endswith("# needed\n# to draw\n* sys-libs/inkwell\n")

    web.specs += "\ndev-libs/jigsaw"
    save_set(package_set=web, by=None)
    (edited,) = spreads(web)
    assert [host.name for host in edited.older] == ["web1"]
    spread(repository)
    (after,) = spreads(web)
    assert [host.name for host in after.current] == ["web1"]

    with pytest.raises(Refused, match="end that first"):
        delete_set(package_set=web)
    end_deployment(package_set=web, repository=repository)
    spread(repository)
    assert not file.exists()
    delete_set(package_set=web)


def test_a_set_of_the_hosts_own_is_never_overwritten(
    consumer: Host, repository: Repository, web: PackageSet
) -> None:
    file = Path(consumer.prefix) / "etc/paludis/sets/web.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("* app-misc/mine\n")
    other = file.with_name("other.conf")
    other.write_text("* app-misc/mine\n")
    deploy_set(package_set=web, repository=repository, by=None)
    run = spread(repository)
    assert run.state == RunState.FAILED
    assert "was not written by the portal" in run.reason
    assert file.read_text() == other.read_text() == "* app-misc/mine\n"


def test_a_host_that_follows_two_repositories_keeps_the_sets_of_both(
    consumer: Host, repository: Repository, web: PackageSet
) -> None:
    other = add_repository(name="others", masters=["arbor"], platforms=["amd64"], builders=[])
    deploy_set(package_set=web, repository=other, by=None)
    drive(queue_provision(repository=other, host=consumer, asked_by=None))
    again = drive(queue_provision(repository=repository, host=consumer, asked_by=None))
    assert again.state == RunState.SUCCEEDED
    assert (Path(consumer.prefix) / "etc/paludis/sets/web.conf").is_file()


@pytest.fixture
def channel() -> Channel:
    """Two versions of one package, one withheld of another, and sources of three."""
    channel = make_channel()
    for version in ("1.0", "2.0"):
        make_entry(channel, "app/served", version)
    make_entry(channel, "app/kept-back", withheld="it has no tarball")
    arbor = SourceRepository.objects.create(name="arbor", read_at=NOON)
    for package, version in (("served", "2.0"), ("served", "2.1"), ("only-source", "3")):
        SourceVersion.objects.create(
            source=arbor,
            category="app",
            package=package,
            version=version,
            version_key=Version(version).sort_key,
        )
    return channel


@pytest.mark.parametrize(
    ("spec", "standing", "served", "source"),
    [
        ("app/served", "outdated", "2.0", "2.1"),
        ("app/served[<2.1]", "current", "2.0", "2.0"),
        ("app/served[>2.0]", "missing", None, "2.1"),
        ("app/kept-back", "withheld", None, None),
        ("app/only-source", "missing", None, "3"),
        ("app/nobody-knows", "missing", None, None),
    ],
)
def test_a_line_means_what_the_channel_and_the_sources_have_of_it(
    channel: Channel, spec: str, standing: str, served: str | None, source: str | None
) -> None:
    package_set = PackageSet(name="web", specs=f"# first\n{spec}  # why\n")
    (meant,) = meanings(package_set, channel)
    assert (meant.spec, meant.comment, meant.standing.value) == (spec, "why", standing)
    offers = [one and str(one.version) for one in (meant.served, meant.source)]
    assert offers == [served, source]


def test_what_is_missing_or_older_than_its_source_can_be_built_at_once(channel: Channel) -> None:
    lines = ("app/served", "app/only-source", "app/nobody-knows", "app/kept-back")
    means = meanings(PackageSet(name="web", specs="\n".join(lines)), channel)
    assert to_build(means) == ["app/served", "app/only-source"]


def test_a_long_set_takes_as_many_queries_as_a_short_one(
    channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lines = [f"app/served[<{number}]" for number in range(3, 300)]
    with django_assert_max_num_queries(5):
        assert len(meanings(PackageSet(name="web", specs="\n".join(lines)), channel)) == 297
