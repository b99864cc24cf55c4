"""``manage.py host``."""

from pathlib import Path

import pytest

from pbins.management.commands import host as host_command
from pbins.models import Credential, Host, HostState, Run, RunState
from pbins.services.errors import Refused
from pbins.transport.keys import generate_private_key
from tests.factories import make_host
from tests.management.conftest import Shell, Workers

ADD = ("host", "add", "web1", "--address", "web1.example.org")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "id_ed25519"
    path.write_text(generate_private_key())
    return path


def test_a_host_is_a_consumer_unless_told_otherwise(manage: Shell) -> None:
    assert manage(*ADD).exit == 0
    host = Host.objects.get(name="web1")
    assert (host.is_builder, host.is_consumer) == (False, True)
    assert (host.port, host.user, host.prefix) == (22, "root", "")


@pytest.mark.parametrize(
    ("flags", "roles"),
    [
        (("--builder",), "builder"),
        (("--consumer",), "consumer"),
        (("--builder", "--consumer"), "builder, consumer"),
    ],
)
def test_roles_are_what_was_said(manage: Shell, flags: tuple[str, ...], roles: str) -> None:
    manage(*ADD, *flags)
    assert Host.objects.get().roles == roles


def test_everything_that_can_be_said_of_a_host_is_stored(manage: Shell, key_file: Path) -> None:
    ended = manage(
        *(*ADD, "--port", "2222", "--user", "deploy", "--key", str(key_file)),
        *("--tag", "berlin", "--tag", "web", "--prefix", "/srv/root", "--json"),
    )
    assert ended.exit == 0
    stored = ended.json["host"]
    assert stored["port"] == 2222
    assert stored["user"] == "deploy"
    assert stored["tags"] == ["berlin", "web"]
    assert stored["prefix"] == "/srv/root"
    assert stored["credential"] == "web1"
    assert ended.json["public_key"].startswith("ssh-ed25519 ")


def test_without_a_key_the_portals_own_public_half_is_told(manage: Shell) -> None:
    ended = manage(*ADD)
    assert Credential.objects.get(name="portal").public_key in ended.out
    assert "~root/.ssh/authorized_keys" in ended.out
    assert "manage.py host trust web1" in ended.out


def test_the_same_key_for_two_hosts_is_one_credential(manage: Shell, key_file: Path) -> None:
    manage(*ADD, "--key", str(key_file))
    manage("host", "add", "web2", "--address", "web2.example.org", "--key", str(key_file))
    assert {host.credential.name for host in Host.objects.all()} == {"web1"}


def test_a_new_key_does_not_take_the_name_of_another(manage: Shell, key_file: Path) -> None:
    manage(*ADD, "--key", str(key_file))
    Host.objects.get().delete()
    key_file.write_text(generate_private_key())
    manage(*ADD, "--key", str(key_file))
    assert Host.objects.get().credential.name == "web1-2"


def test_the_private_key_is_never_told(manage: Shell, key_file: Path) -> None:
    secret = key_file.read_text().splitlines()[2]
    for json in ((), ("--json",)):
        Host.objects.all().delete()
        ended = manage(*ADD, "--key", str(key_file), *json)
        assert secret not in ended.out + ended.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"ssh-ed25519 AAAA somebody", "public half"),
        (b"hello", "not a private key"),
        (b"\xff\xfe", "can't be read"),
    ],
)
def test_a_key_that_is_none_is_refused_and_nothing_is_stored(
    manage: Shell, key_file: Path, content: bytes, reason: str
) -> None:
    key_file.write_bytes(content)
    ended = manage(*ADD, "--key", str(key_file))
    assert (ended.exit, ended.out) == (2, "")
    assert reason in ended.err
    assert not Host.objects.exists()


def test_a_key_file_that_is_not_there_is_refused(manage: Shell) -> None:
    ended = manage(*ADD, "--key", "/nowhere/id")
    assert ended.exit == 2
    assert "/nowhere/id" in ended.err


def test_a_wrong_host_leaves_no_credential_behind(manage: Shell, key_file: Path) -> None:
    assert manage("host", "add", "a b", "--address", "x", "--key", str(key_file)).exit == 2
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    "argv",
    [
        ("host", "add", "web1", "--address", "a b"),
        ("host", "add", "web1", "--address", "x", "--port", "70000"),
        ("host", "add", "web1", "--address", "x", "--port", "many"),
        ("host", "add", "web1", "--address", "x", "--tag", "Not A Tag"),
        ("host", "add", "web1", "--address", "x", "--prefix", "relative"),
        ("host", "add", "web1"),
        ("host", "add"),
        ("host", "frobnicate"),
        ("host",),
    ],
    ids=" ".join,
)
def test_bad_input_is_refused(manage: Shell, argv: tuple[str, ...]) -> None:
    ended = manage(*argv)
    assert (ended.exit, ended.out) == (2, "")
    assert ended.err
    assert not Host.objects.exists()


def test_a_name_that_is_taken_is_refused(manage: Shell) -> None:
    manage(*ADD)
    ended = manage(*ADD)
    assert ended.exit == 2
    assert "exists" in ended.err


def test_trust_hands_over_the_fingerprint_and_tells_what_was_pinned(
    manage: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_host("web1")
    asked: list[str | None] = []

    def trust(*, host: Host, fingerprint: str | None) -> str:
        asked.append(fingerprint)
        return "SHA256:abc"

    monkeypatch.setattr(host_command, "trust_host", trust)
    ended = manage("host", "trust", "web1", "SHA256:abc", "--json")
    assert ended.json == {"host": "web1", "fingerprint": "SHA256:abc"}
    assert manage("host", "trust", "web1").out == "web1 is trusted with SHA256:abc\n"
    assert asked == ["SHA256:abc", None]


def test_another_key_than_the_one_named_is_refused(
    manage: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_host("web1")

    def trust(*, host: Host, fingerprint: str | None) -> str:
        raise Refused("web1 offers SHA256:b, not SHA256:a")

    monkeypatch.setattr(host_command, "trust_host", trust)
    ended = manage("host", "trust", "web1", "SHA256:a")
    assert (ended.exit, ended.err) == (2, "web1 offers SHA256:b, not SHA256:a\n")


def test_an_unknown_host_is_refused_with_what_was_meant(manage: Shell) -> None:
    make_host("web1")
    ended = manage("host", "probe", "wbe1")
    assert ended.exit == 2
    assert "Did you mean web1?" in ended.err


def test_a_probe_waits_and_tells_what_was_found(manage: Shell, workers: Workers) -> None:
    host = make_host("web1")

    def probe(sleeps: int) -> None:
        Host.objects.filter(pk=host.pk).update(state=HostState.READY, cave_version="cave 3.0.1")
        Run.objects.update(state=RunState.SUCCEEDED, reason="cave 3.0.1; repositories: arbor")

    workers.on_sleep = probe
    ended = manage("host", "probe", "web1", "--json")
    assert ended.exit == 0
    assert ended.json["run"] == workers.submitted[0].pk
    assert ended.json["state"] == "succeeded"
    assert ended.json["host"]["cave_version"] == "cave 3.0.1"
    assert "repositories: arbor" in ended.err


def test_a_probe_that_fails_exits_with_1(manage: Shell, workers: Workers) -> None:
    make_host("web1")
    workers.on_sleep = lambda _: _fail("The port is closed.")
    ended = manage("host", "probe", "web1")
    assert ended.exit == 1
    assert "failed: The port is closed." in ended.out


def _fail(reason: str) -> None:
    Run.objects.update(state=RunState.FAILED, reason=reason)


def test_the_list_tells_role_state_and_tags(manage: Shell) -> None:
    assert manage("host", "list").out == "There are no hosts yet.\n"
    host = make_host("web1")
    host.tags.create(name="berlin")
    Host.objects.update(state=HostState.UNREACHABLE, state_reason="No answer.", drained=True)
    line = manage("host", "list").out
    assert all(word in line for word in ("web1", "consumer", "drained", "No answer.", "#berlin"))
    assert manage("host", "list", "--json").json[0]["state"] == "unreachable"


def test_a_host_is_drained_and_undrained(manage: Shell, db: None) -> None:
    host = make_host("web1")
    ended = manage("host", "drain", host.name)
    assert (ended.exit, Host.objects.get().drained) == (0, True)
    assert "is drained: it is given no new work" in ended.out
    assert "already" in manage("host", "drain", host.name).out
    assert manage("host", "undrain", host.name, "--json").json["host"]["drained"] is False
    assert manage("host", "drain", "nobody").exit == 2
