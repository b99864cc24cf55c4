"""SSH keys: sealed at rest with a key derived from the portal's secret, opened only to connect."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError, transaction

from pbins.models import Credential
from pbins.services.errors import Refused
from pbins.transport.errors import BadKey
from pbins.transport.keys import check_private_key, generate_private_key, public_key_of

PORTAL_KEY = "portal"


def portal_credential() -> Credential:
    """The portal's own ed25519 key, made when it is first asked for."""
    found = Credential.objects.filter(name=PORTAL_KEY).first()
    if found is not None:
        return found
    try:
        return add_credential(name=PORTAL_KEY, private_key=generate_private_key())
    except Refused:  # another process was quicker
        return Credential.objects.get(name=PORTAL_KEY)


def add_credential(*, name: str, private_key: str) -> Credential:
    """Store a private key, sealed.

    Raises Refused when it is not an unencrypted SSH key, or when the name is taken.
    """
    try:
        check_private_key(private_key)
        public_key = public_key_of(private_key, comment=f"pbins-{name}")
    except BadKey as error:
        raise Refused(str(error)) from error
    sealed = _box().encrypt(private_key.encode())
    try:
        with transaction.atomic():
            return Credential.objects.create(
                name=name, public_key=public_key, sealed_private_key=sealed
            )
    except IntegrityError as error:
        raise Refused(f"There is an SSH key named {name} already; choose another name.") from error


def open_private_key(credential: Credential) -> str:
    """The private half, for connecting only."""
    try:
        return _box().decrypt(bytes(credential.sealed_private_key)).decode()
    except InvalidToken as error:
        raise Refused(
            f"The SSH key “{credential.name}” was sealed with another secret key than the one in"
            " PBINS_SECRET_KEY_FILE. Restore that file, or enter the SSH key again."
        ) from error


def seal(secret: str) -> bytes:
    """A password or token as it may be stored; nothing stays nothing."""
    return _box().encrypt(secret.encode()) if secret else b""


def unseal(sealed: bytes, *, of: str) -> str:
    """What was sealed; ``of`` says whose it is. Raises Refused."""
    try:
        return _box().decrypt(sealed).decode() if sealed else ""
    except InvalidToken as error:
        raise Refused(
            f"The password of {of} was sealed with another secret key than the one in"
            " PBINS_SECRET_KEY_FILE. Restore that file, or enter the password again."
        ) from error


def _box() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"pbins credentials").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
