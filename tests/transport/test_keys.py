import subprocess
from pathlib import Path

import pytest

from pbins.transport.errors import BadKey
from pbins.transport.keys import (
    check_private_key,
    generate_private_key,
    load,
    public_key_of,
)
from tests.sshd import KEYS, make_key


def test_a_generated_key_is_one_for_openssh(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(generate_private_key())
    key.chmod(0o600)
    derive = ["ssh-keygen", "-y", "-f", str(key)]
    derived = subprocess.run(derive, check=True, capture_output=True, text=True).stdout
    assert derived.split()[:2] == public_key_of(key.read_text(), "").split()
    assert derived.startswith("ssh-ed25519 ")


def test_two_generated_keys_differ() -> None:
    assert generate_private_key() != generate_private_key()


def test_a_public_key_is_one_line_whatever_the_comment() -> None:
    line = public_key_of(generate_private_key(), "pbins\nportal ")
    assert line.endswith(" pbins portal")
    assert "\n" not in line


@pytest.mark.parametrize("type_", KEYS)
@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
def test_every_format_of_ssh_keygen_is_read(tmp_path: Path, type_: str, form: str) -> None:
    public = make_key(tmp_path / "key", type_, "-m", form)
    private = (tmp_path / "key").read_text()
    assert public_key_of(private, "test") == public.strip()
    assert f"{load(private).get_name()} {load(private).get_base64()} test" == public.strip()


def test_a_key_pasted_in_a_browser_is_read() -> None:
    key = generate_private_key()
    pasted = "\r\n  " + key.replace("\n", "\r\n").strip()
    assert public_key_of(pasted, "") == public_key_of(key, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a private key"),
        ("hello", "not a private key"),
        (public_key_of(generate_private_key(), "me"), "public half"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"),
        (generate_private_key()[:150], "not a whole private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "not a whole"),
    ],
    ids=["empty", "words", "public half", "PuTTY", "truncated", "certificate"],
)
def test_what_is_no_private_key_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(BadKey, match=why) as caught:
        check_private_key(text)
    assert caught.value.permanent


@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
def test_a_key_with_a_passphrase_is_refused(tmp_path: Path, form: str) -> None:
    make_key(tmp_path / "key", "ssh-rsa", "-m", form)
    change = ["ssh-keygen", "-q", "-p", "-N", "secret", "-m", form, "-f", str(tmp_path / "key")]
    subprocess.run(change, check=True, stdout=subprocess.DEVNULL)
    with pytest.raises(BadKey, match="passphrase"):
        check_private_key((tmp_path / "key").read_text())


def test_a_refusal_does_not_repeat_the_key() -> None:
    secret = generate_private_key()[:150]
    with pytest.raises(BadKey) as caught:
        check_private_key(secret)
    assert secret.splitlines()[1] not in str(caught.value)
