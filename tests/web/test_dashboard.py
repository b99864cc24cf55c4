from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.jobs.submission import QueueHealth
from pbins.models import (
    Finding,
    FindingKind,
    HostState,
    Run,
    RunKind,
    RunState,
    Step,
    StepState,
    Subscription,
)
from pbins.roles import Role
from pbins.web import dashboard
from pbins.web.overview import (
    channel_heads,
    failing_first,
    failing_packages,
    failing_runs,
)
from tests.factories import (
    NOON,
    make_change,
    make_channel,
    make_entry,
    make_host,
    make_repository,
    make_run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


@pytest.fixture(autouse=True)
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "queue_health", lambda: QueueHealth(redis_up=True, workers=3))


def make_step(run: Run, name: str, state: StepState, number: int = 1) -> Step:
    return Step.objects.create(
        run=run,
        number=number,
        action="create_binary",
        name=name,
        version="1.0",
        origin="arbor",
        state=state,
        finished_at=NOON,
    )


def test_a_new_portal_says_what_to_do_next(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert "What to do next" in page
    assert "There is no repository yet" in page
    assert "Nothing was published yet" in page


def test_the_fleet_is_counted_by_state(browser: Client) -> None:
    for name, state in (("a", "ready"), ("b", "ready"), ("c", "unreachable")):
        host = make_host(name)
        host.state = HostState(state)
        host.save()
    assert [(tile.state, tile.count) for tile in dashboard.fleet_tiles()] == [
        ("ready", 2),
        ("unreachable", 1),
    ]
    assert "/hosts/?state=unreachable" in browser.get("/").content.decode()


def test_runs_under_way_and_waiting_say_how_far_and_why(browser: Client) -> None:
    repository = make_repository()
    running = make_run(repository=repository, state=RunState.EXECUTING)
    make_step(running, "sys-apps/done", StepState.SUCCEEDED)
    make_step(running, "sys-apps/now", StepState.ACTIVE, 2)
    waiting = make_run(repository=repository, state=RunState.QUEUED)
    Run.objects.filter(pk=waiting.pk).update(reason="Waits for forge, which run 1 is using.")
    live = browser.get("/live").content.decode()
    assert "create binary sys-apps/now-1.0" in live
    assert '<progress class="bar bar-blue" max="2" value="1"' in " ".join(live.split())
    assert "Waits for forge, which run 1 is using." in live


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (QueueHealth(redis_up=False, workers=0), "The queue does not answer"),
        (QueueHealth(redis_up=True, workers=0), "No worker is running"),
    ],
)
def test_a_queue_that_moves_nothing_is_told(
    browser: Client, monkeypatch: pytest.MonkeyPatch, health: QueueHealth, words: str
) -> None:
    monkeypatch.setattr(dashboard, "queue_health", lambda: health)
    assert words in browser.get("/live").content.decode()


def test_a_package_fails_until_it_is_built_again() -> None:
    repository = make_repository()
    first = make_run(repository=repository, state=RunState.PARTIAL)
    make_step(first, "sys-apps/mended", StepState.FAILED)
    broken = make_step(first, "sys-apps/broken", StepState.FAILED, 2)
    second = make_run(repository=repository)
    make_step(second, "sys-apps/mended", StepState.SUCCEEDED)
    elsewhere = make_run(repository=make_repository("other"))
    make_step(elsewhere, "sys-apps/broken", StepState.SUCCEEDED)
    assert list(failing_packages()) == [broken]


def test_a_run_fails_until_a_newer_one_of_its_kind_follows_on_its_host() -> None:
    host, other = make_host("one"), make_host("other")
    make_run(RunKind.SYNC, host=host, state=RunState.FAILED)
    make_run(RunKind.SYNC, host=host, state=RunState.SUCCEEDED)
    failed = make_run(RunKind.SYNC, host=other, state=RunState.FAILED)
    make_run(RunKind.PROBE, host=other, state=RunState.SUCCEEDED)
    assert list(failing_runs()) == [failed]


def test_a_channel_counts_the_hosts_at_its_head() -> None:
    channel = make_channel()
    make_entry(channel, "sys-apps/served")
    make_entry(channel, "sys-apps/held", withheld="The tarball is missing.")
    for name, commit in (("a", channel.commit), ("b", "old"), ("c", "")):
        Subscription.objects.create(host=make_host(name), channel=channel, commit=commit)
    (head,) = channel_heads(type(channel).objects.all())
    assert (head.versions, head.withheld) == (2, 1)
    assert (head.followers, head.current, head.behind) == (3, 1, 2)


def test_latest_binaries_lead_to_their_pages(browser: Client) -> None:
    entry = make_entry(make_channel(), "sys-apps/hello", "1.0", fields={"SUMMARY": "Says <hello>"})
    make_change(entry, at=NOON - timedelta(days=1))
    page = browser.get("/").content.decode()
    assert "/packages/pbins/master/sys-apps/hello/1.0/" in page
    assert "Says &lt;hello&gt;" in page


def test_the_number_of_queries_does_not_grow_with_rows(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    channel = make_channel()
    for number in range(12):
        host = make_host(f"host-{number}")
        Subscription.objects.create(host=host, channel=channel)
        make_change(make_entry(channel, f"sys-apps/tool{number}"))
        run = make_run(
            RunKind.BUILD, host=host, repository=channel.repository, state=RunState.EXECUTING
        )
        make_step(run, "sys-apps/now", StepState.ACTIVE)
        make_run(RunKind.SYNC, host=host, repository=channel.repository, state=RunState.FAILED)
    with django_assert_max_num_queries(38):
        assert browser.get("/").status_code == 200


def test_ones_own_failures_come_first_with_what_last_was_good(viewer: User) -> None:
    repository = make_repository()
    good = make_run(repository=repository)
    make_step(good, "sys-apps/mine", StepState.SUCCEEDED)
    mine = make_run(repository=repository, state=RunState.FAILED)
    Run.objects.filter(pk=mine.pk).update(asked_by=viewer)
    make_step(mine, "sys-apps/mine", StepState.FAILED)
    other = make_run(repository=repository, state=RunState.FAILED)
    make_step(other, "sys-apps/other", StepState.FAILED)
    first, second = (vars(step) for step in failing_first(viewer, 10))
    keys = ("name", "is_mine", "good_version", "good_run")
    assert [first[key] for key in keys] == ["sys-apps/mine", True, "1.0", good.pk]
    assert [second[key] for key in keys] == ["sys-apps/other", False, None, None]
    assert [step.name for step in failing_first(viewer, 1)] == ["sys-apps/mine"]


def test_a_run_keeps_its_place_until_another_takes_it() -> None:
    assert dashboard.places([], [1, 2]) == [1, 2]
    assert dashboard.places([1, 2], [2]) == [1, 2]
    assert dashboard.places([1, 2], [2, 3]) == [3, 2]
    assert dashboard.places([1, 2], [1, 2, 3, 4]) == [1, 2, 3, 4]


def test_the_live_part_keeps_runs_that_ended_while_somebody_looked(browser: Client) -> None:
    ended = make_run(repository=make_repository(), state=RunState.SUCCEEDED)
    assert f"/runs/{ended.pk}/" not in browser.get("/live").content.decode()
    shown = browser.get(f"/live?running={ended.pk},nonsense").content.decode()
    assert f"/runs/{ended.pk}/" in shown
    assert "succeeded" in shown


def test_a_list_that_was_low_when_the_page_was_opened_stays_low(browser: Client) -> None:
    run = make_run(kind=RunKind.BUILD, state=RunState.FAILED)
    live = "/news?few=failing,latest"
    assert live in browser.get("/").content.decode()
    for number in range(dashboard.FEW):
        make_step(run, f"sys-apps/broken{number}", StepState.FAILED, number)
    assert live in browser.get(live).content.decode()
    assert "/news?few=latest" in browser.get("/").content.decode()


def test_a_repository_shows_what_fails_there(browser: Client) -> None:
    here, there = make_repository("here"), make_repository("there")
    for repository in (here, there):
        run = make_run(repository=repository, kind=RunKind.BUILD, state=RunState.FAILED)
        make_step(run, f"sys-apps/broken-{repository}", StepState.FAILED)
    page = browser.get("/repositories/here/").content.decode()
    assert "sys-apps/broken-here" in page
    assert "sys-apps/broken-there" not in page
    assert "state=bad&amp;repository=here" in page


def test_findings_lead_to_where_they_are_told(browser: Client) -> None:
    make_host()
    repository, other = make_channel().repository, make_repository("other")
    make_channel(other)
    Finding.objects.create(repository=repository, kind=FindingKind.MISSING, what="one.tar.bz2")
    assert f'href="/repositories/{repository}/health/"' in browser.get("/live").content.decode()
    Finding.objects.create(repository=other, kind=FindingKind.MISSING, what="two.tar.bz2")
    assert "/health/" not in browser.get("/live").content.decode()
    assert 'href="/repositories/other/health/">1 finding<' in " ".join(
        browser.get("/repositories/").content.decode().split()
    )


def test_a_viewer_is_led_nowhere_that_only_others_may_go(browser: Client) -> None:
    channel = make_channel()
    channel.commit = "1" * 40
    channel.save()
    Subscription.objects.create(host=make_host("behind"), channel=channel, commit="0" * 40)
    page = browser.get("/").content.decode()
    assert "/admin/" not in page
    assert "/sync/" not in page
    assert "/build/" not in page
    assert "An administrator does that." in page


def test_an_administrator_by_group_is_offered_the_administration(
    log_in: Callable[[User], Client],
) -> None:
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
    browser = log_in(user)
    assert 'href="/admin/pbins/host/add/"' in browser.get("/").content.decode()
    assert browser.get("/admin/pbins/host/add/").status_code == 200
