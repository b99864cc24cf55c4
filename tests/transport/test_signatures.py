"""Signatures that OpenSSH itself accepts."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pbins.transport.keys import generate_private_key, public_key_of
from pbins.transport.signatures import sign

KEYS: dict[str, Callable[[], str]] = {
    "ed25519": generate_private_key,
    "ecdsa": lambda: _pem(ec.generate_private_key(ec.SECP256R1())),
    "rsa": lambda: _pem(rsa.generate_private_key(65537, 2048)),
}


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form = PrivateFormat.OpenSSH
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def accepted(directory: Path, private_key: str, content: bytes, signature: str) -> bool:
    keygen = shutil.which("ssh-keygen")
    if keygen is None:
        pytest.skip("there is no ssh-keygen to check signatures with")
    signers = directory / "signers"
    signers.write_text(f"me@here {public_key_of(private_key, 'x')}\n")
    (directory / "signature").write_text(signature)
    verify = [keygen, "-Y", "verify", "-f", str(signers), "-I", "me@here", "-n", "git"]
    done = subprocess.run(
        [*verify, "-s", str(directory / "signature")],
        input=content,
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


@pytest.mark.parametrize("kind", KEYS)
def test_openssh_accepts_it(kind: str, tmp_path: Path) -> None:
    private_key = KEYS[kind]()
    signature = sign(private_key, b"content", namespace="git")
    assert accepted(tmp_path, private_key, b"content", signature)
    assert not accepted(tmp_path, private_key, b"other content", signature)


def test_a_signature_for_something_else_is_not_accepted(tmp_path: Path) -> None:
    private_key = generate_private_key()
    signature = sign(private_key, b"content", namespace="file")
    assert not accepted(tmp_path, private_key, b"content", signature)
