"""SSH keys are sealed at rest, and opened with the same secret only."""

import pytest
from django.db import connection
from django.test import override_settings

from pbins.models import Credential
from pbins.services.credentials import add_credential, open_private_key, portal_credential
from pbins.services.errors import Refused
from pbins.transport.keys import generate_private_key, public_key_of

pytestmark = pytest.mark.django_db


def test_the_portals_own_key_is_made_once() -> None:
    first = portal_credential()
    assert portal_credential() == first
    assert first.public_key.startswith("ssh-ed25519 ")
    assert open_private_key(first).startswith("-----BEGIN OPENSSH PRIVATE KEY-----")


def test_a_private_key_is_never_stored_in_clear() -> None:
    private = generate_private_key()
    stored = add_credential(name="mine", private_key=private)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pbins_credential")
        (row,) = cursor.fetchall()
    secret = private.splitlines()[3]
    assert all(secret.encode() not in bytes(str(value), "utf-8") for value in row)
    assert all(b"PRIVATE" not in value for value in row if isinstance(value, bytes))
    assert open_private_key(stored) == private
    assert stored.public_key == public_key_of(private, comment="pbins-mine")


def test_another_secret_key_is_told_in_words() -> None:
    stored = portal_credential()
    with (
        override_settings(SECRET_KEY="another" * 10),
        pytest.raises(Refused, match=r"PBINS_SECRET_KEY_FILE.*enter the SSH key again"),
    ):
        open_private_key(stored)


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        add_credential(name="mine", private_key=text)
    assert not Credential.objects.exists()


def test_a_name_that_is_taken_is_refused() -> None:
    first = portal_credential()
    with pytest.raises(Refused, match="portal"):
        add_credential(name="portal", private_key=generate_private_key())
    assert Credential.objects.get() == first
