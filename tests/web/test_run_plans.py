"""A plan, and what it asks, in the browser: permissions, questions, plan only, the graph."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Confirmation, Decision, Run, RunKind, RunState, Step
from pbins.web.run_graph import lanes_of, longest_chain, nodes_of
from tests.factories import make_channel, make_host, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submitted")]


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


@pytest.fixture
def run() -> Run:
    return make_run(repository=make_channel().repository, state=RunState.CONFIRMING)


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def ask(run: Run, name: str = "foo", kind: str = "downgrade", **values: object) -> Confirmation:
    values = {"permit": f"--permit-{kind} dev-libs/{name}:0"} | values
    return Confirmation.objects.create(run=run, kind=kind, resolvent=f"dev-libs/{name}:0", **values)


def ask_about_options(run: Run) -> Confirmation:
    requirement = "Exactly one of options ( engine:steam, engine:<b> ) must be met"
    decide = "Can't work out the state of option 'engine:diesel'"
    detail = f"{requirement}\n{decide}\nCan't work out the state of option 'engine:steam'"
    return ask(run, kind="undecided_options", permit="options.conf", detail=detail)


def step(number: int, name: str, *waits_for: int, **values: object) -> Step:
    values = {"action": "create_binary", "version": "1.0", "origin": "arbor"} | values
    return Step(number=number, name=name, waits_for=list(waits_for), **values)


# --- permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Allowing it adds --permit-downgrade dev-libs/foo:0 to the command line."),
        (
            {"kind": "masked", "permit": "platforms.conf", "line": "dev-libs/foo:0 ~armv8"},
            "Allowing it adds “dev-libs/foo:0 ~armv8” to /etc/paludis/platforms.conf on builder.",
        ),
    ],
)
def test_it_is_told_what_exactly_allowing_adds(
    browser: Client, run: Run, values: dict[str, str], words: str
) -> None:
    ask(run, **values)
    assert words in text(browser, f"/runs/{run.pk}/")


def test_the_step_is_told_that_a_permission_is_about(browser: Client, run: Run) -> None:
    ask(run, "foo")
    about = step(7, "dev-libs/foo", slot="0", replaces="dev-libs/foo-2.0:0::installed")
    about.run = run
    about.save()
    page = text(browser, f"/runs/{run.pk}/")
    assert "Create binary <code>1.0</code> from arbor, replacing" in page


def test_all_are_allowed_at_once_by_their_number(
    browser: Client, operator: User, run: Run, submitted: Mock
) -> None:
    ask(run, "foo")
    ask(run, "bar")
    assert "Allow all 2" in text(browser, f"/runs/{run.pk}/")
    address = f"/runs/{run.pk}/confirmations"
    stale = browser.post(address, {"decision": "allow", "count": "1"}, follow=True)
    assert "2 confirmations are open, not 1" in stale.content.decode()
    submitted.assert_not_called()
    browser.post(address, {"decision": "allow", "count": "2"})
    assert {one.decided_by for one in run.confirmations.all()} == {operator}
    submitted.assert_called_once_with(run)


@pytest.mark.parametrize("posted", [{}, {"decision": "allow"}, {"decision": "x", "count": "1"}])
def test_nothing_is_decided_by_half_a_form(
    browser: Client, run: Run, posted: dict[str, str]
) -> None:
    ask(run)
    assert browser.post(f"/runs/{run.pk}/confirmations", posted).status_code == 400


def test_one_that_can_not_be_allowed_keeps_all_from_being_so(browser: Client, run: Run) -> None:
    ask(run, "foo")
    ask(run, "bar", kind="masked", permit="licences.conf")
    assert "Allow all" not in text(browser, f"/runs/{run.pk}/")


def test_a_policy_is_named_as_who_allowed_it(browser: Client, run: Run) -> None:
    ask(run, decision=Decision.ALLOWED, by_policy=True)
    assert "by the policy of pbins" in text(browser, f"/runs/{run.pk}/")


def test_options_are_chosen_by_ticking_them(browser: Client, run: Run, submitted: Mock) -> None:
    question = ask_about_options(run)
    page = text(browser, f"/runs/{run.pk}/")
    assert "options of a package have to be chosen" in page.lower()
    assert "engine:&lt;b&gt;" in page
    assert 'value="engine:steam"' in page
    assert 'value="allow"' not in page
    address = f"/runs/{run.pk}/confirmations/{question.pk}/answer"
    refused = browser.post(address, {"on": ["nonsense"]}, follow=True)
    assert "not asked about" in refused.content.decode()
    browser.post(address, {"on": ["engine:steam"]})
    question.refresh_from_db()
    assert question.line == "dev-libs/foo:0 engine: -diesel steam"
    submitted.assert_called_once_with(run)


def test_who_only_looks_is_offered_nothing(
    viewer: User, log_in: Callable[[User], Client], run: Run
) -> None:
    ask(run, "foo")
    question = ask_about_options(make_run(host=make_host("b2"), state=RunState.CONFIRMING))
    browser = log_in(viewer)
    assert 'name="decision"' not in text(browser, f"/runs/{run.pk}/")
    assert 'name="on"' not in text(browser, f"/runs/{question.run_id}/")
    for address in ("confirmations", f"confirmations/{question.pk}/answer", "build"):
        assert browser.post(f"/runs/{run.pk}/{address}").status_code == 403


# --- plan only ----------------------------------------------------------------------------------


def test_a_plan_alone_can_be_asked_for_and_then_built(browser: Client, submitted: Mock) -> None:
    repository = make_channel().repository
    repository.builders.add(make_host("forge", is_builder=True))
    wishes = {"what": "packages", "make_dependencies": "all", "keep_targets": "auto"}
    browser.post("/repositories/pbins/build/", wishes | {"specs": "a/b", "plan": "1"})
    planned = Run.objects.get()
    assert planned.kind == RunKind.PLAN
    assert "Build this" not in text(browser, f"/runs/{planned.pk}/")
    Run.objects.update(state=RunState.SUCCEEDED)
    assert "Build this" in text(browser, f"/runs/{planned.pk}/")
    browser.post(f"/runs/{planned.pk}/build")
    built = Run.objects.exclude(pk=planned.pk).get()
    assert (built.kind, built.specs, built.retry_of) == (RunKind.BUILD, ["a/b"], planned)
    assert "as planned in" in text(browser, f"/runs/{built.pk}/")
    refused = browser.post(f"/runs/{built.pk}/build", follow=True)
    assert "no plan only" in refused.content.decode()


# --- the plan -----------------------------------------------------------------------------------


def test_a_plan_tells_sizes_options_reasons_and_what_is_replaced(browser: Client, run: Run) -> None:
    Run.objects.update(plan_command="cave resolve a/b", command="cave resume")
    described = step(
        *(2, "sys-apps/tool", 1),
        change="u",
        options="doc -gui build_options: jobs=2",
        reasons="a/b-1:0::arbor, a/b-1:0::arbor (to be like sys-apps/tool:0::(x)), c/d-2:0::arbor",
        replaces="sys-apps/tool-0.9:0::installed",
    )
    for one in (step(1, "sys-apps/tool", action="fetch", download="39.51 kBytes"), described):
        one.run = run
        one.save()
    page = text(browser, f"/runs/{run.pk}/")
    for words in (
        "39.51 kBytes",
        "<code>doc -gui</code>",
        "because of a/b-1, c/d-2",
        "sys-apps/tool-0.9:0::installed",
        "upgrade",
        '<a href="#plan-1">1</a>',
        "cave resolve a/b",
        "cave resume",
    ):
        assert words in page
    graph = text(browser, f"/runs/{run.pk}/graph")
    assert "1 fetch 39.51 kBytes · 2 create binary" in graph


def test_a_run_without_a_plan_has_an_empty_graph(browser: Client, run: Run) -> None:
    assert "There is no plan yet" in text(browser, f"/runs/{run.pk}/graph")


def test_packages_stand_in_lanes_behind_what_they_build_upon() -> None:
    nodes = nodes_of(
        [
            step(1, "a/base", action="fetch"),
            step(2, "a/base", 1),
            step(3, "a/base", 2, action="install"),
            step(4, "a/left", 3),
            step(5, "a/right", 3),
            step(6, "a/top", 4, 5),
            step(7, "a/alone"),
        ]
    )
    lanes = [[node.name for node in lane.nodes] for lane in lanes_of(nodes)]
    assert lanes == [["a/base", "a/alone"], ["a/left", "a/right"], ["a/top"]]
    assert [node.name for node in longest_chain(nodes)] == ["a/base", "a/left", "a/top"]
    assert [node.name for node in nodes[0].wanted_by] == ["a/left", "a/right"]


def test_packages_that_need_each_other_are_shown_all_the_same() -> None:
    nodes = nodes_of([step(1, "a/egg", 2), step(2, "a/hen", 1)])
    assert [[node.name for node in lane.nodes] for lane in lanes_of(nodes)] == [
        ["a/egg"],
        ["a/hen"],
    ]
    assert [node.name for node in nodes[0].waits_for] == ["a/hen"]


def test_hundreds_of_steps_are_folded(browser: Client, run: Run) -> None:
    steps = [step(number, f"a/p{number}") for number in range(1, 301)]
    for one in steps:
        one.run = run
    Step.objects.bulk_create(steps)
    page = text(browser, f"/runs/{run.pk}/graph")
    assert "300 packages" in page
    assert '<details class="card lane" >' in page
