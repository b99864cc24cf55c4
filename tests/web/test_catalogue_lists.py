"""The lists as pages, as JSON and on the command line."""

import json

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.models import Channel, Host, ListKind
from pbins.services.list_making import make_lists
from tests.factories import make_channel, make_entry, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return " ".join(response.content.decode().split())


def test_a_list_that_was_never_made_says_who_makes_it(client: Client) -> None:
    assert "catalogue lists --refresh" in page(client, "/packages/lists/unneeded/")


def test_every_list_has_a_page_and_says_the_same_as_json(client: Client, channel: Channel) -> None:
    make_entry(channel, "app/asker", fields={"DEPENDENCIES": "dev/missing"})
    make_lists()
    overview = page(client, "/packages/lists/")
    named = {one["name"] for one in client.get("/packages/lists/json").json()["lists"]}
    assert named == set(ListKind.values)
    for kind in ListKind:
        assert f'href="/packages/lists/{kind}/"' in overview
        shown = page(client, f"/packages/lists/{kind}/")
        rows = client.get(f"/packages/lists/{kind}/json").json()["rows"]
        assert all(row["name"] in shown for row in rows)
        assert bool(rows) is ("Nothing belongs on this list" not in shown)


def test_a_list_can_be_of_one_channel(client: Client, channel: Channel) -> None:
    make_entry(channel, "app/here")
    make_entry(make_channel(make_repository("other")), "app/there")
    make_lists()
    shown = page(client, "/packages/lists/unneeded/?channel=other/master")
    assert "/app/there/" in shown
    assert "/app/here/" not in shown
    rows = client.get("/packages/lists/unneeded/json?channel=pbins/master").json()["rows"]
    assert [row["name"] for row in rows] == ["app/here"]


@pytest.mark.parametrize("name", ["nonsense", "unneeded/?channel=no/where"])
def test_what_is_no_list_is_not_found(client: Client, name: str) -> None:
    path = name if "?" in name else f"{name}/"
    page(client, f"/packages/lists/{path}", 404)
    page(client, f"/packages/lists/{path.replace('/', '/json', 1)}", 404)


def test_the_queries_of_a_list_do_not_grow(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_entry(channel, f"app/p{number}x")
    make_lists()
    with django_assert_max_num_queries(7):
        client.get("/packages/lists/unneeded/")
    with django_assert_max_num_queries(5):
        client.get("/packages/lists/unneeded/json")


def test_the_command_line_lists_too(channel: Channel, capsys: pytest.CaptureFixture[str]) -> None:
    make_entry(channel, "app/asker", fields={"DEPENDENCIES": "dev/missing"})
    call_command("catalogue", "lists", "unsatisfied", "--refresh")
    assert capsys.readouterr().out.splitlines() == [
        "app/asker-1.0-r3::pbins/master  dev/missing",
        "1 of 1",
    ]
    call_command("catalogue", "lists", "largest", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["bytes"]) for row in told["rows"]] == [("app/asker", 40_000)]
    call_command("catalogue", "lists")
    assert "lagging" in capsys.readouterr().out


def test_the_command_line_asks_builders_for_their_sources(
    builder: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("catalogue", "sources", builder.name)
    assert capsys.readouterr().out.startswith(f"{builder.name}: arbor: ")
