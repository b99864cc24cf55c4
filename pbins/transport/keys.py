"""Private keys as text: made, checked, and read for paramiko."""

import io

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from .errors import BadKey

_PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def generate_private_key() -> str:
    """A new ed25519 key without a passphrase, as OpenSSH writes it."""
    return _openssh(Ed25519PrivateKey.generate())


def public_key_of(private_key: str, comment: str) -> str:
    """The line for authorized_keys, without an end of line. BadKey."""
    public = _read(private_key).public_key()
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    line = public.public_bytes(encoding, form).decode("ascii")
    return f"{line} {' '.join(comment.split())}".rstrip()


def check_private_key(text: str) -> None:
    """BadKey, saying what to do, unless this is a private key that can be used."""
    _read(text)


def load(private_key: str) -> paramiko.PKey:
    """The key for paramiko, whichever format it was given in. BadKey."""
    key = _read(private_key)
    file = io.StringIO(_openssh(key))
    match key:
        case Ed25519PrivateKey():
            return paramiko.Ed25519Key.from_private_key(file)
        case EllipticCurvePrivateKey():
            return paramiko.ECDSAKey.from_private_key(file)
        case _:
            return paramiko.RSAKey.from_private_key(file)


def _read(text: str) -> _PrivateKey:
    content = text.strip().replace("\r\n", "\n").encode() + b"\n"
    if not content.startswith(b"-----BEGIN "):
        raise BadKey(_why_not(content))
    openssh = content.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    parse = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        key = parse(content, password=None)
    except TypeError as error:
        raise BadKey(
            "this private key has a passphrase, which nobody is there to type; "
            "remove it from a copy with `ssh-keygen -p -f FILE`, or give another key"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey(f"this is not a whole private key: {error}") from error
    if not isinstance(key, _PrivateKey):
        raise BadKey("only ed25519, ECDSA and RSA keys can be used")
    return key


def _why_not(content: bytes) -> str:
    if content.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return "this is the public half; give the private one, from the file without .pub"
    if content.startswith(b"PuTTY"):
        return "this is PuTTY's format; export the key as OpenSSH from puttygen"
    return "this is not a private key: it has to begin with -----BEGIN … PRIVATE KEY-----"


def _openssh(key: _PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode("ascii")
