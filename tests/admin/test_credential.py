"""SSH keys: what goes in does not come out."""

import pytest
from django.test import Client

from pbins.models import Credential
from pbins.services.credentials import open_private_key
from pbins.transport.keys import generate_private_key, public_key_of
from tests.factories import make_host

ADD = "/admin/pbins/credential/add/"


@pytest.fixture
def private_key() -> str:
    return generate_private_key()


def secret_of(private_key: str) -> str:
    """A line out of the middle of a key."""
    return private_key.splitlines()[2]


def test_a_key_that_is_pasted_is_stored_sealed(root: Client, private_key: str) -> None:
    response = root.post(ADD, {"name": "ours", "private_key": private_key}, follow=True)
    stored = Credential.objects.get()
    assert stored.public_key == public_key_of(private_key, comment="pbins-ours")
    assert open_private_key(stored) == private_key
    assert private_key.encode() not in bytes(stored.sealed_private_key)
    assert secret_of(private_key) not in response.content.decode()


def test_without_a_key_a_new_one_is_made(root: Client) -> None:
    root.post(ADD, {"name": "ours", "private_key": " \n"})
    assert Credential.objects.get().public_key.startswith("ssh-ed25519 ")


def test_a_key_with_windows_line_ends_is_taken(root: Client, private_key: str) -> None:
    root.post(ADD, {"name": "ours", "private_key": private_key.replace("\n", "\r\n")})
    assert Credential.objects.get().public_key == public_key_of(private_key, comment="pbins-ours")


@pytest.mark.parametrize("name", ["", "taken"])
def test_a_form_with_an_error_does_not_send_the_key_back(
    root: Client, private_key: str, name: str
) -> None:
    Credential.objects.create(name="taken", public_key="x", sealed_private_key=b"-")
    response = root.post(ADD, {"name": name, "private_key": private_key})
    assert response.status_code == 200
    assert secret_of(private_key) not in response.content.decode()
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ssh-ed25519 AAAA somebody", "public half"),
        ("secret-word", "not a private key"),
    ],
)
def test_what_is_no_private_key_is_told_and_not_sent_back(
    root: Client, text: str, told: str
) -> None:
    page = root.post(ADD, {"name": "ours", "private_key": text}).content.decode()
    assert told in page
    assert text not in page
    assert not Credential.objects.exists()


def test_no_page_shows_the_private_half_and_the_public_one_can_be_copied(
    root: Client, private_key: str
) -> None:
    root.post(ADD, {"name": "ours", "private_key": private_key})
    stored = Credential.objects.get()
    own = f"/admin/pbins/credential/{stored.pk}"
    pages = [
        root.get(path).content.decode()
        for path in ("/admin/pbins/credential/", f"{own}/change/", f"{own}/history/", "/admin/")
    ]
    sealed = bytes(stored.sealed_private_key).decode()
    assert all(secret_of(private_key) not in page and sealed not in page for page in pages)
    assert stored.public_key.split()[1] in pages[1].replace("&#x2B;", "+")


def test_only_the_name_can_be_changed(root: Client, private_key: str) -> None:
    root.post(ADD, {"name": "ours", "private_key": private_key})
    stored = Credential.objects.get()
    root.post(
        f"/admin/pbins/credential/{stored.pk}/change/",
        {"name": "new", "public_key": "other", "private_key": generate_private_key()},
    )
    changed = Credential.objects.get()
    assert changed.name == "new"
    assert changed.public_key == stored.public_key
    assert bytes(changed.sealed_private_key) == bytes(stored.sealed_private_key)


def test_a_key_that_a_host_has_is_not_deleted_and_the_page_says_why(root: Client) -> None:
    credential = make_host("web1").credential
    path = f"/admin/pbins/credential/{credential.pk}/delete/"
    assert "a key stays as long as a host has it" in root.get(path).content.decode()
    root.post(path, {"post": "yes"})
    assert Credential.objects.exists()
