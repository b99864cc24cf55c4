"""The host inventory."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from pbins.models import Credential, Host, HostState, Run, RunKind, Tag
from pbins.transport.address import HostKey
from tests.admin.conftest import staff_with
from tests.factories import make_channel, make_credential, make_host, make_repository, make_run

LIST = "/admin/pbins/host/"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3aZbDP33IB5QaDUvkwi9nL+68WhIytFozZgGcVowNQ"


def names(client: Client, **query: str) -> set[str]:
    shown = client.get(LIST, query).context["cl"].result_list
    return {host.name for host in shown}


def fields(host: Host, **changed: Any) -> dict[str, Any]:
    """What the form of a host sends."""
    values = {
        "name": host.name,
        "address": host.address,
        "port": host.port,
        "nice": host.nice,
        "user": host.user,
        "credential": host.credential_id,
        "is_consumer": "on",
        "prefix": "",
        "notes": "",
        **changed,
    }
    return {name: value for name, value in values.items() if value is not None}


def act(client: Client, action: str, *hosts: Host, **values: Any) -> Any:
    chosen = {"action": action, "_selected_action": [host.pk for host in hosts], **values}
    return client.post(LIST, chosen, follow=True)


def test_hosts_are_found_by_role_state_and_tag(root: Client) -> None:
    make_host("builder", is_builder=True, is_consumer=False)
    make_host("both", is_builder=True)
    web = make_host("web1")
    web.tags.create(name="berlin")
    Host.objects.filter(name="web1").update(state=HostState.UNREACHABLE)
    assert names(root, role="builder") == {"builder", "both"}
    assert names(root, role="consumer") == {"both", "web1"}
    assert names(root, role="both") == {"both"}
    assert names(root, state__exact="unreachable") == {"web1"}
    assert names(root, tags__id__exact=str(Tag.objects.get().pk)) == {"web1"}
    assert names(root, q="berlin") == {"web1"}
    assert names(root, q="both.example.org") == {"both"}


def test_the_list_costs_the_same_with_many_hosts(
    root: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    make_host("web0").tags.create(name="berlin")
    with django_assert_max_num_queries(30) as before:
        root.get(LIST)
    for number in range(1, 20):
        make_host(f"web{number}").tags.add(Tag.objects.get())
    with django_assert_num_queries(len(before.captured_queries)):
        root.get(LIST)


def test_hosts_are_edited_in_the_list(root: Client) -> None:
    first, second = make_host("web1"), make_host("web2")
    sent = {
        "form-TOTAL_FORMS": 2,
        "form-INITIAL_FORMS": 2,
        "form-0-id": first.pk,
        "form-0-address": "10.0.0.1",
        "form-0-is_builder": "on",
        "form-1-id": second.pk,
        "form-1-address": second.address,
        "form-1-is_consumer": "on",
        "form-1-drained": "on",
        "_save": "Save",
    }
    root.post(LIST, sent)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.address, first.is_builder, first.is_consumer) == ("10.0.0.1", True, False)
    assert (second.drained, second.is_consumer) == (True, True)


def test_a_wrong_address_in_the_list_is_told_and_not_stored(root: Client) -> None:
    host = make_host("web1")
    sent = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": host.pk,
        "form-0-address": "not an address",
        "_save": "Save",
    }
    assert "A host name or an IP address." in root.post(LIST, sent).content.decode()
    host.refresh_from_db()
    assert host.address == "web1.example.org"


def test_a_host_is_added_by_its_form(root: Client) -> None:
    tag = Tag.objects.create(name="berlin")
    host = Host(name="web1", address="10.0.0.1", user="root", credential=make_credential())
    root.post(f"{LIST}add/", fields(host, tags=[tag.pk]))
    added = Host.objects.get()
    assert (added.name, added.state, added.is_consumer) == ("web1", HostState.NEW, True)
    assert list(added.tags.all()) == [tag]


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"address": "10.9.9.9"}, HostState.NEW),
        ({"port": 2222}, HostState.NEW),
        ({"user": "deploy"}, HostState.NEW),
        ({"notes": "In the cellar."}, HostState.READY),
        ({"drained": "on"}, HostState.READY),
    ],
)
def test_a_host_that_is_reached_in_another_way_has_to_be_probed_again(
    root: Client, changed: dict[str, Any], state: HostState
) -> None:
    host = make_host("web1")
    Host.objects.update(state=HostState.READY)
    root.post(f"{LIST}{host.pk}/change/", fields(host, **changed))
    host.refresh_from_db()
    assert host.state == state
    assert bool(host.state_reason) == (state == HostState.NEW)


def test_tags_are_changed_by_the_form(root: Client) -> None:
    host = make_host("web1")
    tag = Tag.objects.create(name="berlin")
    root.post(f"{LIST}{host.pk}/change/", fields(host, tags=[tag.pk]))
    assert list(host.tags.all()) == [tag]


def test_what_a_host_was_called_leads_to_it_still(root: Client) -> None:
    host = make_host("web1")
    root.post(f"{LIST}{host.pk}/change/", fields(host, name="web2"))
    host.refresh_from_db()
    assert host.name == "web2"
    assert root.get("/hosts/web1/").headers["Location"] == "/hosts/web2/"


def test_state_reason_and_fingerprints_are_shown_and_cannot_be_written(root: Client) -> None:
    host = make_host("web1")
    Host.objects.update(
        host_key=KEY, state=HostState.UNFIT, state_reason="There is no cave on this host."
    )
    text = root.get(f"{LIST}{host.pk}/change/").content.decode()
    assert HostKey.parse(KEY).fingerprint in text
    assert "There is no cave on this host." in text
    root.post(
        f"{LIST}{host.pk}/change/", fields(host, state="ready", host_key="other", state_reason="")
    )
    host.refresh_from_db()
    assert (host.state, host.host_key) == (HostState.UNFIT, KEY)


def test_hosts_are_probed(root: Client, submitted: list[Run]) -> None:
    hosts = make_host("web1"), make_host("web2")
    text = act(root, "probe", *hosts).content.decode()
    runs = list(Run.objects.order_by("pk"))
    assert [(run.kind, run.host.name) for run in runs] == [("probe", "web1"), ("probe", "web2")]
    assert {run.asked_by.username for run in runs if run.asked_by} == {"root"}
    assert submitted == runs
    assert "2 probes are queued" in text


def test_hosts_are_drained_and_undrained(root: Client) -> None:
    hosts = make_host("web1"), make_host("web2")
    assert "2 hosts are drained" in act(root, "drain", *hosts).content.decode()
    assert Host.objects.filter(drained=True).count() == 2
    act(root, "undrain", hosts[0])
    assert Host.objects.get(drained=True).name == "web2"


@pytest.mark.parametrize("action", ["probe", "sync", "drain", "undrain"])
def test_who_may_only_edit_hosts_may_not_operate_them(action: str, submitted: list[Run]) -> None:
    host = make_host("web1")
    client = staff_with("view_host", "change_host")
    assert f'value="{action}"' not in client.get(LIST).content.decode()
    act(client, action, host)
    host.refresh_from_db()
    assert not host.drained
    assert not Run.objects.exists()


class TestSync:
    """The action that asks back: which repository, how many hosts."""

    @pytest.fixture
    def fleet(self) -> list[Host]:
        """Two that follow, one that follows and is drained, one that does not follow."""
        hosts = [make_host(f"web{number}") for number in range(1, 5)]
        channel = make_channel(make_repository("pbins"))
        for host in hosts[:3]:
            channel.subscriptions.create(host=host)
        Host.objects.filter(name="web3").update(drained=True)
        return hosts

    def confirm(self, client: Client, fleet: list[Host], **values: Any) -> Any:
        repository = fleet[0].subscriptions.get().channel.repository_id
        sent = {"confirmed": "yes", "repository": repository, "install": "", **values}
        return act(client, "sync", *fleet, **sent)

    def test_it_shows_exactly_which_hosts_would_be_synced(
        self, root: Client, fleet: list[Host]
    ) -> None:
        text = " ".join(act(root, "sync", *fleet).content.decode().split())
        assert "Of the 4 chosen hosts" in text
        assert "<strong>pbins</strong>, 2 hosts: web1, web2 </li>" in text
        assert not Run.objects.exists()

    def test_with_the_right_count_they_are_queued(
        self, root: Client, fleet: list[Host], submitted: list[Run]
    ) -> None:
        text = self.confirm(root, fleet, count=2, install="cat/one cat/two").content.decode()
        runs = list(Run.objects.order_by("pk"))
        assert [(run.kind, run.host.name) for run in runs] == [
            (RunKind.SYNC, "web1"),
            (RunKind.SYNC, "web2"),
        ]
        assert runs[0].specs == ["cat/one", "cat/two"]
        assert submitted == runs
        assert "2 syncs are queued" in text

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ({"count": 3}, "It would be 2."),
            ({"count": ""}, "This field is required."),
            ({"count": 2, "install": "???"}, "???"),
            ({"count": 2, "repository": 99999}, "Select a valid choice."),
        ],
    )
    def test_anything_else_is_told_and_nothing_is_queued(
        self, root: Client, fleet: list[Host], values: dict[str, Any], told: str
    ) -> None:
        response = self.confirm(root, fleet, **values)
        assert response.status_code == HTTPStatus.OK
        assert told in response.content.decode()
        assert not Run.objects.exists()

    def test_hosts_that_follow_nothing_cannot_be_synced(
        self, root: Client, fleet: list[Host]
    ) -> None:
        assert "can be synced" in act(root, "sync", fleet[3]).content.decode()


def test_a_host_with_history_is_not_deleted_and_the_page_says_what_to_do(root: Client) -> None:
    host = make_host("web1")
    make_run(RunKind.PROBE, host=host)
    text = root.get(f"{LIST}{host.pk}/delete/").content.decode()
    assert "Drain the host instead" in text
    root.post(f"{LIST}{host.pk}/delete/", {"post": "yes"})
    act(root, "delete_selected", host, post="yes")
    assert Host.objects.filter(pk=host.pk).exists()


def test_a_host_without_history_is_deleted(root: Client) -> None:
    host = make_host("web1")
    root.post(f"{LIST}{host.pk}/delete/", {"post": "yes"})
    assert not Host.objects.exists()
    assert Credential.objects.exists()
