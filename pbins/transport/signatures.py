"""SSH signatures as `ssh-keygen -Y sign` makes them and `git verify-commit` checks them (SSHSIG).

The private key never lies in a file for it.
"""

import base64
import textwrap
from hashlib import sha512

from paramiko.message import Message

from pbins.transport.keys import load

MAGIC = b"SSHSIG"
VERSION = 1
RSA_ALGORITHM = "rsa-sha2-512"
LINE = 70


def sign(private_key: str, content: bytes, *, namespace: str) -> str:
    """An armoured signature of `content`; `namespace` is what it is for: git, file. BadKey."""
    key = load(private_key)
    algorithm = RSA_ALGORITHM if key.get_name() == "ssh-rsa" else None
    to_sign = _strings(MAGIC, namespace, sha512(content).digest())
    signature = key.sign_ssh_data(to_sign, algorithm).asbytes()
    blob = Message()
    blob.add_bytes(MAGIC)
    blob.add_int(VERSION)
    for part in (key.asbytes(), namespace.encode(), b"", b"sha512", signature):
        blob.add_string(part)
    body = "\n".join(textwrap.wrap(base64.b64encode(blob.asbytes()).decode(), LINE))
    return f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n"


def _strings(magic: bytes, namespace: str, digest: bytes) -> bytes:
    """What is signed: the magic bytes, then strings with the place for later use empty."""
    message = Message()
    message.add_bytes(magic)
    for part in (namespace.encode(), b"", b"sha512", digest):
        message.add_string(part)
    return message.asbytes()
