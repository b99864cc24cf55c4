"""A private key file becomes a stored credential, once however many hosts it opens."""

from pbins.management.files import text_of
from pbins.models import Credential
from pbins.services.credentials import add_credential
from pbins.services.errors import Refused
from pbins.transport.errors import BadKey
from pbins.transport.keys import public_key_of


def credential_from(file: str, *, name: str) -> Credential:
    """The credential of this key; stored as ``name`` (or ``name-2``, …) when it is new."""
    private_key = text_of(file)
    try:
        public_key = public_key_of(private_key, comment="")
    except BadKey as problem:
        raise Refused(f"The key {file} can't be used: {problem}") from problem
    stored = Credential.objects.filter(public_key__startswith=public_key).first()
    return stored or add_credential(name=_free_name(name), private_key=private_key)


def _free_name(name: str) -> str:
    number = 1
    candidate = name
    while Credential.objects.filter(name=candidate).exists():
        number += 1
        candidate = f"{name}-{number}"
    return candidate
