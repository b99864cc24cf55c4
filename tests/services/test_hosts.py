"""The inventory: adding hosts, and trusting what they say they are."""

import pytest

from pbins.models import Host, HostState, Tag
from pbins.services.credentials import portal_credential
from pbins.services.errors import Refused
from pbins.services.hosts import add_host, offered_fingerprint, trust_host, trusted_fingerprint
from pbins.services.queueing import queue_probe
from pbins.transport.address import HostKey
from tests.fleets import Lab, drive


def add(name: str = "web1", address: str = "web1.example.org", *tags: str) -> Host:
    return add_host(
        name=name,
        address=address,
        port=22,
        user="root",
        credential=portal_credential(),
        is_builder=False,
        is_consumer=True,
        tags=tags,
    )


@pytest.mark.django_db
def test_a_host_is_stored_with_its_tags() -> None:
    host = add("web1", "web1.example.org", "web", "berlin", "web")
    assert (host.state, host.host_key) == (HostState.NEW, "")
    assert {tag.name for tag in host.tags.all()} == {"web", "berlin"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "address", "tags", "words"),
    [
        ("web 1", "web1", [], "name: "),
        ("web1", "web1;id", [], "address: "),
        ("web1", "web1", ["Two Words"], "name: "),
        ("taken", "web1", [], "name: "),
    ],
)
def test_what_is_wrong_with_a_host_is_told_and_nothing_is_stored(
    name: str, address: str, tags: list[str], words: str
) -> None:
    add("taken")
    with pytest.raises(Refused, match=words):
        add(name, address, *tags)
    assert Host.objects.count() == 1
    assert not Tag.objects.exists()


@pytest.fixture
def stranger(lab: Lab) -> Host:
    """A host whose key nobody has looked at."""
    host = lab.inventory("web1")
    host.host_key = ""
    host.state = HostState.NEW
    host.save()
    return host


def fingerprint(lab: Lab) -> str:
    return HostKey.parse(lab["web1"].host_key).fingerprint


def test_a_key_is_shown_before_it_is_trusted(lab: Lab, stranger: Host) -> None:
    run = drive(queue_probe(host=stranger, asked_by=None))
    stranger.refresh_from_db()
    assert offered_fingerprint(stranger) == fingerprint(lab)
    assert fingerprint(lab) in run.reason
    assert trusted_fingerprint(stranger) == ""
    assert trust_host(host=stranger, fingerprint=fingerprint(lab)) == fingerprint(lab)
    stranger.refresh_from_db()
    assert (trusted_fingerprint(stranger), offered_fingerprint(stranger)) == (fingerprint(lab), "")
    assert drive(queue_probe(host=stranger, asked_by=None)).state == "succeeded"


def test_another_key_than_the_one_that_was_shown_is_not_trusted(lab: Lab, stranger: Host) -> None:
    with pytest.raises(Refused) as refused:
        trust_host(host=stranger, fingerprint="SHA256:another")
    assert fingerprint(lab) in str(refused.value)
    assert "SHA256:another" in str(refused.value)
    stranger.refresh_from_db()
    assert stranger.host_key == ""


def test_a_key_that_changed_is_refused_with_both_until_it_is_trusted_anew(
    lab: Lab, stranger: Host
) -> None:
    before = trust_host(host=stranger)
    lab["web1"].change_host_key()
    run = drive(queue_probe(host=stranger, asked_by=None))
    stranger.refresh_from_db()
    assert stranger.state == HostState.UNTRUSTED
    assert before in run.reason
    assert fingerprint(lab) in run.reason
    assert trusted_fingerprint(stranger) == before
    trust_host(host=stranger, fingerprint=fingerprint(lab))
    assert drive(queue_probe(host=stranger, asked_by=None)).state == "succeeded"


def test_a_host_that_is_away_can_not_be_trusted(lab: Lab, stranger: Host) -> None:
    lab["web1"].down()
    with pytest.raises(Refused, match="refused"):
        trust_host(host=stranger)
    stranger.refresh_from_db()
    assert stranger.state == HostState.UNREACHABLE
