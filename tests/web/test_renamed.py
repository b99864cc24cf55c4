"""Old addresses of hosts and package sets that were given another name."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import FormerName, Host, PackageSet
from pbins.services.renaming import note_former_host_name, note_former_set_name
from pbins.services.tokens import make_token
from tests.factories import make_host

pytestmark = pytest.mark.django_db


def rename(host: Host, name: str) -> None:
    host.name = name
    note_former_host_name(host)
    host.save()


def location(client: Client, path: str) -> str | int:
    response = client.get(path)
    return response.headers.get("Location", response.status_code)


def test_an_old_name_of_a_host_leads_to_the_new_one(admin_client: Client) -> None:
    host = make_host("old")
    rename(host, "new")
    assert location(admin_client, "/hosts/old/") == "/hosts/new/"
    assert location(admin_client, "/hosts/old/?tab=runs") == "/hosts/new/?tab=runs"
    rename(host, "newer")
    assert location(admin_client, "/hosts/old/") == "/hosts/newer/"
    assert location(admin_client, "/hosts/new/") == "/hosts/newer/"
    assert location(admin_client, "/hosts/other/") == 404


def test_a_name_that_is_taken_again_is_its_new_owners(admin_client: Client) -> None:
    first = make_host("old")
    rename(first, "new")
    second = make_host("old")
    assert location(admin_client, "/hosts/old/") == 200
    rename(second, "elsewhere")
    assert location(admin_client, "/hosts/old/") == "/hosts/elsewhere/"
    rename(first, "old")
    assert location(admin_client, "/hosts/old/") == 200
    assert location(admin_client, "/hosts/new/") == "/hosts/old/"


def test_an_old_name_of_a_set_leads_to_the_new_one(admin_client: Client) -> None:
    package_set = PackageSet.objects.create(name="old", specs="a/b")
    assert location(admin_client, "/sets/old/edit/") == 200
    typed = {"name": "new", "specs": "a/b"}
    assert admin_client.post("/sets/old/edit/", typed).status_code == 302
    assert location(admin_client, "/sets/old/") == "/sets/new/"
    assert location(admin_client, "/sets/old/edit/") == "/sets/new/edit/"
    package_set.refresh_from_db()
    note_former_set_name(package_set)
    assert [former.name for former in FormerName.objects.all()] == ["old"]


def test_strangers_are_asked_to_log_in_first(client: Client) -> None:
    rename(make_host("old"), "new")
    assert str(location(client, "/hosts/old/")).startswith("/login/")


@pytest.mark.parametrize("who", ["a stranger", "somebody without a role"])
@pytest.mark.parametrize(
    "path", ["/hosts/old", "/hosts/old/json", "/hosts/old/x", "/hosts/old/x/y/", "/sets/old"]
)
def test_who_may_see_no_hosts_and_sets_learns_no_new_names(
    client: Client, who: str, path: str
) -> None:
    rename(make_host("old"), "secret")
    FormerName.objects.create(package_set=PackageSet.objects.create(name="secret"), name="old")
    if who != "a stranger":
        client.force_login(User.objects.create_user("nobody"))
    response = client.get(path)
    assert "secret" not in f"{response.headers} {response.content.decode()}"


def test_programs_are_led_on_by_their_token(client: Client, viewer: User) -> None:
    rename(make_host("old"), "new")
    bearer = {"Authorization": f"Bearer {make_token(viewer)}"}
    response = client.get("/hosts/old/json", headers=bearer)
    assert response.headers["Location"] == "/hosts/new/json"
