"""Secrets in PBIN/environment are found by name and by value; ordinary builds have none."""

import pytest

from pbins.paludis.environment import find_suspects

ORDINARY = b"""\
BASH_VERSINFO=([0]="5" [1]="2")
CFLAGS='-march=x86-64-v2 -O2 -pipe'
DOWNLOADS=https://example.org/hello-1.0.tar.xz
HOMEPAGE='https://user@example.org/'
IFS=$' \\t\\n'
MONKEY=banana
PATH=/usr/bin:/bin
PN=hello
SECRETARY=anna
TOKENIZER=yes
AWS_REGION=
declare -x EMPTY_PASSWORD=""
die ()
{
    local password=hunter2-hunter2;
PASSWORD=in-a-here-document
}
einfo () { echo "$@"; }
PNV=hello-1.0
"""


def test_an_ordinary_environment_has_none() -> None:
    assert find_suspects(ORDINARY) == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("SECRET_TOKEN=abcdefghijklmnop", "SECRET_TOKEN=ab… (16 characters)"),
        ('declare -x SSH_AUTH_SOCK="/tmp/ssh-x/agent.1"', "SSH_AUTH_SOCK=/t… (18 characters)"),
        ("SSH_CONNECTION='10.0.0.1 50000 10.0.0.2 22'", "SSH_CONNECTION=10… (26 characters)"),
        ("export AWS_SECRET_ACCESS_KEY=x", "AWS_SECRET_ACCESS_KEY=… (1 characters)"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=… (7 characters)"),
        ("github_token=short", "github_token=… (5 characters)"),
        ("MY_API_KEY=12345678901", "MY_API_KEY=… (11 characters)"),
        ("PASSPHRASE='with spaces in it'", "PASSPHRASE=wi… (17 characters)"),
        (
            "NOTES=$'-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl'",
            "NOTES=--… (41 characters)",
        ),
        (f"X=AKIA{'A' * 16}", "X=AK… (20 characters)"),
        (f"X=ghp_{'a' * 36}", "X=gh… (40 characters)"),
        ("http_proxy=http://me:pass@proxy:8080", "http_proxy=ht… (25 characters)"),
    ],
)
def test_a_secret_is_named_and_its_value_masked(line: str, told: str) -> None:
    environment = ORDINARY + line.encode() + b"\n" + ORDINARY
    (suspect,) = find_suspects(environment)
    assert str(suspect) == told


def test_every_one_is_told_once() -> None:
    found = find_suspects(b"A_TOKEN=1\nB_TOKEN=2\nA_TOKEN=3\n")
    assert [suspect.name for suspect in found] == ["A_TOKEN", "B_TOKEN"]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert [one.name for one in find_suspects(b"\xff\xfe\nA_TOKEN=\xff\n")] == ["A_TOKEN"]
