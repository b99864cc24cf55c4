from collections.abc import Callable
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pbins.models import (
    Change,
    Confirmation,
    Decision,
    PackageSet,
    Run,
    RunEvent,
    RunKind,
    RunState,
    Step,
    StepState,
)
from pbins.web.run_asked import choices_of, title_of
from tests.factories import (
    NOON,
    make_change,
    make_channel,
    make_entry,
    make_host,
    make_publication,
    make_repository,
    make_run,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submitted")]


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def make_steps(run: Run, *states: StepState) -> None:
    for number, state in enumerate(states, 1):
        Step.objects.create(
            run=run,
            number=number,
            action="create_binary",
            name=f"sys-apps/tool{number}",
            version="1.0",
            origin="arbor",
            state=state,
        )


# --- the list ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"build", "sync", "probe"}),
        ("kind=build", {"build"}),
        ("state=failed", {"sync"}),
        ("state=unfinished", {"build"}),
        ("state=bad", {"sync"}),
        ("host=web", {"sync", "probe"}),
        ("host=we", {"sync", "probe"}),
        ("repository=pbins&host=web", {"sync"}),
        ("who=ann", {"build"}),
        ("since=2026-11-22", {"sync", "probe"}),
        ("since=2026-11-21&kind=build", {"build"}),
        ("since=nonsense&kind=probe", {"probe"}),
        ("state=waiting", set()),
        ("state=nonsense", set()),
    ],
)
def test_filters_in_the_address_combine(browser: Client, query: str, found: set[str]) -> None:
    repository, web = make_repository(), make_host("web")
    build = make_run(
        RunKind.BUILD, host=make_host(), repository=repository, state=RunState.EXECUTING
    )
    make_run(RunKind.SYNC, host=web, repository=repository, state=RunState.FAILED)
    make_run(RunKind.PROBE, host=web)
    Run.objects.update(created_at=NOON)
    Run.objects.filter(pk=build.pk).update(
        created_at=NOON - timedelta(hours=13), asked_by=User.objects.create(username="ann")
    )
    page = text(browser, f"/runs/?{query}")
    shown = {run.kind for run in Run.objects.all() if f'href="/runs/{run.pk}/"' in page}
    assert shown == found
    assert ("No run is like that" in page) == (not found)


def test_the_list_changes_in_its_places_and_tells_of_newer_runs(browser: Client) -> None:
    first = make_run(RunKind.PROBE, state=RunState.EXECUTING)
    page = text(browser, "/runs/?state=executing")
    live = page.split('hx-get="/runs/live')[1].split('"')[0].replace("&amp;", "&")
    assert live == "?state=executing"
    Run.objects.filter(pk=first.pk).update(state=RunState.FAILED, reason="The host is down.")
    later = make_run(RunKind.SYNC, host=make_host("web"), state=RunState.EXECUTING)
    changed = text(browser, f"/runs/live{live}&shown={first.pk}")
    assert "The host is down." in changed
    assert "1 newer run: show it" in " ".join(changed.split())
    assert f'href="/runs/{later.pk}/"' not in changed
    assert "newer run" not in text(browser, f"/runs/live{live}&shown={later.pk},x")


def test_the_list_is_paged_and_keeps_its_filters(browser: Client) -> None:
    host = make_host()
    for _ in range(51):
        make_run(RunKind.PROBE, host=host)
    assert "?kind=probe&amp;page=2" in text(browser, "/runs/?kind=probe")
    assert "51–51 of 51" in text(browser, "/runs/?kind=probe&page=2")


# --- what was asked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "specs", "choices", "title"),
    [
        (RunKind.BUILD, ["a/b"], {}, "Build a/b"),
        (RunKind.BUILD, ["a/b", "c/d"], {}, "Build a/b and c/d"),
        (RunKind.BUILD, ["a/b", "c/d", "e/f"], {}, "Build a/b and 2 more"),
        (RunKind.BUILD, ["world"], {"world": True}, "Build world"),
        (RunKind.SYNC, [], {}, "Sync"),
        (RunKind.SYNC, ["a/b"], {}, "Sync and install a/b"),
        (RunKind.PROVISION, [], {"dry_run": True}, "Provision"),
    ],
)
def test_a_run_is_titled_by_what_it_does(
    kind: RunKind, specs: list[str], choices: dict[str, bool], title: str
) -> None:
    assert title_of(Run(kind=kind, specs=specs, choices=choices)) == title


def test_a_build_of_a_set_is_titled_by_the_set_and_its_choices_are_told() -> None:
    run = Run(
        kind=RunKind.BUILD,
        package_set=PackageSet(name="base"),
        choices={"make_dependencies": "none", "keep_targets": "never", "skip_tests": False},
    )
    assert title_of(run) == "Build the set base"
    assert choices_of(run) == [
        "no binaries of dependencies",
        "builds again what is there already",
    ]


# --- the page ----------------------------------------------------------------------------------


def test_a_page_tells_all_there_is_to_know(browser: Client, operator: User) -> None:
    channel = make_channel()
    run = make_run(repository=channel.repository, state=RunState.PARTIAL)
    Run.objects.filter(pk=run.pk).update(
        reason="1 of 2 was published.", specs=["a/b"], exit_status=1, command="cave resolve -x"
    )
    make_steps(run, StepState.SUCCEEDED, StepState.FAILED)
    RunEvent.objects.create(run=run, text="Took the host <for itself>.")
    make_change(
        make_entry(channel, "sys-apps/tool1"), publication=make_publication(channel, run=run)
    )
    page = text(browser, f"/runs/{run.pk}/")
    for words in (
        "partly succeeded",
        "1 of 2 was published.",
        "2 of 2 steps, 1 failed",
        "Took the host &lt;for itself&gt;.",
        "cave resolve -x",
        "/packages/pbins/master/sys-apps/tool1/",
        f"/runs/{run.pk}/log.txt",
    ):
        assert words in page


def test_the_live_part_is_sent_again_only_when_it_has_changed(browser: Client) -> None:
    run = make_run(state=RunState.EXECUTING, repository=make_repository())
    make_steps(run, StepState.ACTIVE, StepState.PENDING)
    page = text(browser, f"/runs/{run.pk}/")
    live = page.split('hx-get="')[1].split('"')[0]
    assert browser.get(live).status_code == 204
    run.steps.filter(number=1).update(state=StepState.SUCCEEDED)
    changed = browser.get(live)
    assert changed.status_code == 200
    assert live not in changed.content.decode()
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
    assert "hx-get" not in browser.get(live).content.decode()


def test_of_a_long_plan_only_what_matters_now_is_shown(browser: Client) -> None:
    run = make_run(state=RunState.EXECUTING, repository=make_repository())
    make_steps(
        run,
        StepState.FAILED,
        *[StepState.SUCCEEDED] * 130,
        StepState.ACTIVE,
        *[StepState.PENDING] * 130,
    )
    page = text(browser, f"/runs/{run.pk}/")
    for number, is_shown in ((1, True), (2, False), (132, True), (133, True), (160, False)):
        assert (f"sys-apps/tool{number}<" in page) == is_shown, number
    assert "All 262 steps" in page
    assert "sys-apps/tool160<" in text(browser, f"/runs/{run.pk}/?all=1")


def test_the_json_says_the_same(browser: Client) -> None:
    run = make_run(repository=make_repository())
    make_steps(run, StepState.SUCCEEDED)
    told = browser.get(f"/runs/{run.pk}/json").json()
    assert (told["run"], told["state"], told["host"]) == (run.pk, "succeeded", "builder")
    assert [step["name"] for step in told["steps"]] == ["sys-apps/tool1"]


def test_the_number_of_queries_does_not_grow_with_rows(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = make_run(repository=make_channel().repository)
    make_steps(run, *[StepState.SUCCEEDED] * 60)
    for number in range(30):
        RunEvent.objects.create(run=run, text=f"Event {number}")
        make_run(host=run.host, repository=run.repository)
    with django_assert_max_num_queries(22):
        text(browser, f"/runs/{run.pk}/")
    with django_assert_max_num_queries(14):
        text(browser, "/runs/")


# --- actions -----------------------------------------------------------------------------------


def test_a_run_can_be_cancelled_once(browser: Client, operator: User) -> None:
    run = make_run(state=RunState.QUEUED)
    browser.post(f"/runs/{run.pk}/cancel")
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    again = browser.post(f"/runs/{run.pk}/cancel", follow=True).content.decode()
    assert "has ended already" in again


def test_a_run_that_has_ended_can_be_run_again(
    browser: Client, operator: User, submitted: Mock
) -> None:
    run = make_run(state=RunState.FAILED)
    response = browser.post(f"/runs/{run.pk}/retry")
    retry = Run.objects.exclude(pk=run.pk).get()
    assert response.headers["Location"] == f"/runs/{retry.pk}/"
    assert (retry.retry_of, retry.asked_by) == (run, operator)
    submitted.assert_called_once_with(retry)
    assert f"Tried again in run {retry.pk}" in text(browser, f"/runs/{run.pk}/")


def test_a_plan_that_was_executed_is_offered_to_go_on_with(
    browser: Client, submitted: Mock
) -> None:
    run = make_run(repository=make_repository(), state=RunState.FAILED)
    assert "Retry what failed" not in text(browser, f"/runs/{run.pk}/")
    Run.objects.update(command="cave resume")
    shown = text(browser, f"/runs/{run.pk}/")
    assert "Retry what failed" in shown
    assert "Plan again" in shown
    refused = browser.post(f"/runs/{run.pk}/retry", {"resumes": "failed"}, follow=True)
    assert f"Nothing of run {run.pk} is left that way" in refused.text
    assert browser.post(f"/runs/{run.pk}/retry", {"resumes": "all"}).status_code == 400
    assert not submitted.called


def test_what_was_built_and_not_taken_in_is_offered_to_be_collected(
    browser: Client, operator: User, submitted: Mock
) -> None:
    channel = make_channel()
    run = make_run(repository=channel.repository, state=RunState.LOST)
    Run.objects.update(command="cave resume", channel=channel, verdict="succeeded")
    make_steps(run, StepState.SUCCEEDED)
    assert "Collect again" in text(browser, f"/runs/{run.pk}/")
    response = browser.post(f"/runs/{run.pk}/collect")
    again = Run.objects.exclude(pk=run.pk).get()
    assert response.headers["Location"] == f"/runs/{again.pk}/"
    assert (again.retry_of, again.asked_by) == (run, operator)
    submitted.assert_called_once_with(again)
    assert "takes in what was built before" in text(browser, f"/runs/{again.pk}/")
    make_change(make_entry(channel, "sys-apps/tool1", "1.0"), publication=make_publication(channel))
    Change.objects.update(at=timezone.now())
    assert "Collect again" not in text(browser, f"/runs/{run.pk}/")
    refused = browser.post(f"/runs/{run.pk}/collect", follow=True)
    assert "has been taken in" in refused.text


def test_one_that_has_not_cannot(browser: Client, submitted: Mock) -> None:
    run = make_run(state=RunState.EXECUTING)
    response = browser.post(f"/runs/{run.pk}/retry", follow=True)
    assert "cancel it first" in response.content.decode()
    submitted.assert_not_called()


def ask(run: Run, kind: str, **values: str) -> Confirmation:
    return Confirmation.objects.create(run=run, kind=kind, resolvent="dev-libs/foo:0", **values)


def test_a_confirmation_is_asked_in_plain_words_and_allowed(
    browser: Client, operator: User, submitted: Mock
) -> None:
    run = make_run(state=RunState.CONFIRMING)
    asked = ask(run, "downgrade", permit="--permit-downgrade dev-libs/foo:0")
    page = text(browser, f"/runs/{run.pk}/")
    assert "An older version would replace a newer one" in page
    assert "1 run waits for a decision" in page
    browser.post(f"/runs/{run.pk}/confirmations/{asked.pk}", {"decision": "allow"})
    asked.refresh_from_db()
    run.refresh_from_db()
    assert (asked.decision, asked.decided_by) == (Decision.ALLOWED, operator)
    assert run.state == RunState.QUEUED
    submitted.assert_called_once_with(run)


def test_denying_it_cancels_the_run(browser: Client, submitted: Mock) -> None:
    run = make_run(state=RunState.CONFIRMING)
    asked = ask(run, "downgrade", permit="--permit-downgrade dev-libs/foo:0")
    browser.post(f"/runs/{run.pk}/confirmations/{asked.pk}", {"decision": "deny"})
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    submitted.assert_not_called()


def test_what_no_option_permits_is_told_so_and_not_offered(browser: Client) -> None:
    run = make_run(state=RunState.CONFIRMING)
    asked = ask(run, "masked", permit="licences.conf", detail="licence")
    page = text(browser, f"/runs/{run.pk}/")
    assert "What would permit this is not known" in page
    assert 'value="allow"' not in page
    address = f"/runs/{run.pk}/confirmations/{asked.pk}"
    refused = browser.post(address, {"decision": "allow"}, follow=True)
    assert "Change the builder" in refused.content.decode()
    asked.refresh_from_db()
    assert asked.decision == Decision.OPEN


def test_nothing_but_allow_is_taken_for_allowing(browser: Client, submitted: Mock) -> None:
    run = make_run(state=RunState.CONFIRMING)
    asked = Confirmation.objects.create(run=run, kind="downgrade", resolvent="a/b")
    response = browser.post(f"/runs/{run.pk}/confirmations/{asked.pk}", {"decision": "yes"})
    assert response.status_code == 400
    asked.refresh_from_db()
    assert asked.decision == Decision.OPEN


def test_a_confirmation_of_another_run_is_not_found(browser: Client) -> None:
    run = make_run(state=RunState.CONFIRMING)
    other = make_run(state=RunState.CONFIRMING)
    asked = Confirmation.objects.create(run=other, kind="downgrade", resolvent="a/b")
    address = f"/runs/{run.pk}/confirmations/{asked.pk}"
    assert browser.post(address, {"decision": "allow"}).status_code == 404


def test_a_viewer_sees_no_buttons(viewer: User, log_in: Callable[[User], Client]) -> None:
    run = make_run(state=RunState.CONFIRMING)
    Confirmation.objects.create(run=run, kind="downgrade", resolvent="a/b")
    page = text(log_in(viewer), f"/runs/{run.pk}/")
    assert "waits for an operator" in page
    assert "/confirmations/" not in page
    assert "/cancel" not in page
