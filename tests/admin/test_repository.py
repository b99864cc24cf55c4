"""Binary repositories and package sets in the admin."""

from typing import Any

import pytest
from django.test import Client

from pbins.admin import repository as repository_admin
from pbins.models import PackageSet, Publication, Repository
from pbins.services.errors import Refused
from pbins.services.places import places
from tests.factories import make_host, make_repository

ADD = "/admin/pbins/repository/add/"
TYPED = {
    "name": "pbins",
    "masters": "arbor x11",
    "platforms": "amd64 ~amd64",
    "location": "",
    "distdir": "",
}
LIMITS = {"timeout_minutes": 60, "silence_minutes": 10, "keep_logs_days": 30}
POLICY = {
    "scrub_days": 7,
    "keep_versions": 2,
    "keep_publications": 5,
    "keep_days": 10,
    "trash_days": 3,
}


def test_a_repository_is_added_with_its_git_repository_and_first_publication(root: Client) -> None:
    builder = make_host("builder", is_builder=True)
    response = root.post(ADD, {**TYPED, "builders": [builder.pk]})
    repository = Repository.objects.get()
    assert response.status_code == 302
    assert list(repository.builders.all()) == [builder]
    assert repository.location == "/var/db/paludis/repositories/pbins"
    assert Publication.objects.get().commit == repository.channels.get().commit
    assert places().git("pbins").is_dir()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", "no/name"),
        ("name", ""),
        ("masters", "ar;bor"),
        ("platforms", ""),
        ("location", "relative"),
        ("builders", ["consumer"]),
    ],
)
def test_bad_input_is_told_at_the_field(root: Client, field: str, typed: Any) -> None:
    if field == "builders":
        typed = [make_host("web1").pk]
    response = root.post(ADD, {**TYPED, field: typed})
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Repository.objects.exists()


def test_what_only_the_service_sees_is_told_on_the_page(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> Repository:
        raise Refused("There is a git repository of that name already.")

    monkeypatch.setattr(repository_admin, "add_repository", refuse)
    response = root.post(ADD, TYPED, follow=True)
    assert response.status_code == 200
    assert "There is a git repository of that name already." in response.content.decode()
    assert not Repository.objects.exists()


def test_name_and_masters_stay_as_they_were_published(root: Client) -> None:
    root.post(ADD, TYPED)
    repository = Repository.objects.get()
    root.post(
        f"/admin/pbins/repository/{repository.pk}/change/",
        {
            "name": "other",
            "masters": "other",
            "platforms": "x86",
            "location": "/srv/repo",
            "distdir": "/srv/dist",
            "importance": "50",
            **LIMITS,
            **POLICY,
            "channels-TOTAL_FORMS": "0",
            "channels-INITIAL_FORMS": "0",
        },
    )
    repository.refresh_from_db()
    assert (repository.name, repository.masters) == ("pbins", "arbor x11")
    assert (repository.platforms, repository.location) == ("x86", "/srv/repo")
    assert repository.importance == 50


def test_a_repository_is_not_deleted(root: Client) -> None:
    root.post(ADD, TYPED)
    repository = Repository.objects.get()
    path = f"/admin/pbins/repository/{repository.pk}/delete/"
    assert root.post(path, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in root.get("/admin/pbins/repository/").content.decode()
    assert Repository.objects.exists()


def test_a_set_with_a_line_that_is_no_spec_is_refused(root: Client) -> None:
    add = "/admin/pbins/packageset/add/"
    root.post(add, {"name": "core", "specs": "cat/one\n# a word\ncat/two:3"})
    assert PackageSet.objects.get().spec_list == ["cat/one", "cat/two:3"]
    response = root.post(add, {"name": "bad", "specs": "cat/one\nnonsense"})
    assert "specs" in response.context["adminform"].form.errors


def test_what_builds_need_not_ask_for_is_ticked(root: Client) -> None:
    repository = make_repository()
    builder = make_host("builder", is_builder=True)
    change = f"/admin/pbins/repository/{repository.pk}/change/"
    assert "an older version would replace a newer one (downgrade)" in (
        root.get(change).content.decode()
    )
    typed = {
        **TYPED,
        **LIMITS,
        **POLICY,
        "location": repository.location,
        "distdir": repository.distdir,
        "importance": 100,
        "builders": [builder.pk],
        "allowed_beforehand": ["downgrade", "not_best"],
        "channels-TOTAL_FORMS": 0,
        "channels-INITIAL_FORMS": 0,
    }
    response = root.post(change, typed)
    assert response.status_code == 302, response.content.decode()
    repository.refresh_from_db()
    assert repository.allowed_beforehand == ["downgrade", "not_best"]
    assert (repository.timeout_minutes, repository.keep_logs_days) == (60, 30)
    wrong = root.post(change, typed | {"allowed_beforehand": ["everything"]})
    assert "allowed_beforehand" in wrong.context["adminform"].form.errors
