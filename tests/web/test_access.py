"""Who may see and do what, as people meet it; test_roles.py goes through every address."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Confirmation, PackageSet, RunKind, RunState
from tests.factories import make_channel, make_host, make_publication, make_run

PAGES = (
    "/",
    "/live",
    "/hosts/",
    "/hosts/builder/",
    "/repositories/",
    "/repositories/pbins/",
    "/repositories/pbins/publications/",
    "/repositories/pbins/health/",
    "/repositories/pbins/compare/",
    "/sets/",
    "/sets/base/",
    "/runs/",
    "/rollouts/",
)
FORMS = (
    "/repositories/pbins/build/",
    "/repositories/pbins/sync/",
    "/repositories/pbins/new-channel/",
    "/repositories/pbins/channels/master/promote/",
    "/repositories/pbins/channels/master/rollback/",
    "/new-set/",
    "/sets/base/edit/",
)
ACTIONS = (
    "/hosts/builder/trust",
    "/hosts/builder/probe",
    "/hosts/builder/drain",
    "/hosts/builder/provision",
    "/repositories/pbins/channels/master/remove",
    "/packages/pbins/master/sys-test/hello/1.0/allow",
    "/repositories/pbins/scrub",
    "/repositories/pbins/trash/restore",
    "/repositories/pbins/pins/add",
    "/repositories/pbins/pins/remove",
    "/sets/base/delete",
    "/runs/{run}/cancel",
    "/runs/{run}/retry",
    "/runs/{run}/confirmations/{asked}",
)


@pytest.fixture(autouse=True)
def portal(db: None) -> dict[str, int]:
    """One of everything; the primary keys that addresses need."""
    channel = make_channel()
    host = make_host(is_builder=True)
    channel.repository.builders.add(host)
    PackageSet.objects.create(name="base", specs="sys-apps/coreutils")
    run = make_run(RunKind.BUILD, host=host, repository=channel.repository, state=RunState.QUEUED)
    asked = Confirmation.objects.create(run=run, kind="downgrade", resolvent="a/b")
    make_publication(channel, run=run)
    return {"run": run.pk, "asked": asked.pk}


@pytest.mark.parametrize("path", PAGES + FORMS)
def test_a_stranger_is_asked_to_log_in_first(client: Client, path: str, viewer: User) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_everybody_who_is_logged_in_may_look(
    path: str, viewer: User, log_in: Callable[[User], Client]
) -> None:
    response = log_in(viewer).get(path)
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", FORMS)
def test_a_viewer_is_not_offered_forms(
    path: str, viewer: User, log_in: Callable[[User], Client]
) -> None:
    response = log_in(viewer).get(path)
    assert response.status_code == 403
    assert b"permission to operate" in response.content or b"promoted to" in response.content


@pytest.mark.parametrize("path", FORMS)
def test_an_operator_is(path: str, operator: User, log_in: Callable[[User], Client]) -> None:
    assert log_in(operator).get(path).status_code == 200


@pytest.mark.parametrize("path", ACTIONS + FORMS)
def test_a_viewer_can_do_nothing(
    path: str, viewer: User, log_in: Callable[[User], Client], portal: dict[str, int]
) -> None:
    assert log_in(viewer).post(path.format(**portal)).status_code == 403


@pytest.mark.parametrize("path", ACTIONS)
def test_nothing_is_done_by_following_a_link(
    path: str, operator: User, log_in: Callable[[User], Client], portal: dict[str, int]
) -> None:
    assert log_in(operator).get(path.format(**portal)).status_code == 405


@pytest.mark.parametrize("path", ACTIONS + FORMS)
def test_every_action_wants_the_token_of_its_form(
    path: str, operator: User, portal: dict[str, int]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    response = client.post(path.format(**portal))
    assert response.status_code == 403
    assert b"This form was out of date" in response.content


def test_a_live_part_whose_session_ended_has_its_page_loaded_again(client: Client) -> None:
    response = client.get("/live", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")
