"""``scrub``, ``gc``, ``trash`` and ``pin`` as a shell sees them."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.management.commands import scrub as command
from pbins.models import Channel, Finding, Host, Pbin, Pin, Repository, Tarball
from pbins.services import keeping
from pbins.services.layouts import distdir_on
from tests.factories import make_host
from tests.fleets import Lab
from tests.management.conftest import Shell
from tests.stock import file_of, names_in, publish_version


@pytest.fixture
def hello(repository: Repository) -> Pbin:
    return publish_version(repository.channels.get())


@pytest.fixture
def unneeded(hello: Pbin, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a tarball that may go."""
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    publish_version(Channel.objects.get(), build=2)
    Repository.objects.update(keep_publications=1, keep_days=0)
    Tarball.objects.update(received_at=timezone.now() - timedelta(hours=1))
    return file_of(hello).name


def test_a_scrub_of_a_healthy_repository_says_so_and_exits_with_0(
    manage: Shell, hello: Pbin
) -> None:
    ended = manage("scrub", "pbins", "--full")
    assert ended.exit == 0
    assert ended.out.startswith("1 tarballs, ")
    assert "0 findings" in ended.out


def test_what_is_found_is_told_with_its_repairs_and_exits_with_1(
    manage: Shell, hello: Pbin
) -> None:
    file_of(hello).unlink()
    ended = manage("scrub", "pbins")
    finding = Finding.objects.get()
    assert ended.exit == 1
    assert f"tarball is gone: {file_of(hello).name}" in ended.out
    assert f"--repair take-again|rebuild|quarantine --finding {finding.pk}" in ended.out
    found = manage("scrub", "pbins", "--json").json
    assert found["new"] == 0
    assert found["findings"][0]["kind"] == "missing"
    assert found["findings"][0]["repairs"] == ["take-again", "rebuild", "quarantine"]


def test_a_repair_is_done_and_told(manage: Shell, hello: Pbin) -> None:
    file_of(hello).unlink()
    ended = manage("scrub", "pbins", "--repair", "quarantine")
    assert ended.exit == 0
    assert "Quarantined: withdrawn from master." in ended.out
    assert manage("scrub", "pbins").exit == 0


def test_what_was_quarantined_is_taken_again_or_it_is_told_why_not(
    manage: Shell, hello: Pbin
) -> None:
    file_of(hello).unlink()
    manage("scrub", "pbins", "--repair", "quarantine")
    ended = manage("catalogue", "take-again", "pbins", "sys-test/hello-1.0")
    assert ended.exit != 0
    assert "there is no builder" in ended.out + ended.err


def test_a_repair_that_can_not_be_made_says_why(manage: Shell, hello: Pbin) -> None:
    file_of(hello).unlink()
    ended = manage("scrub", "pbins", "--repair", "take-again")
    assert ended.exit == 1
    assert "there is no builder" in ended.out


def test_a_rebuild_is_handed_to_the_workers(
    manage: Shell, hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[object] = []
    monkeypatch.setattr(command, "submit", submitted.append)
    hello.repository.builders.add(make_host(is_builder=True))
    file_of(hello).unlink()
    ended = manage("scrub", "pbins", "--repair", "rebuild", "--json")
    assert len(submitted) == 1
    assert ended.json["runs"] == [submitted[0].pk]  # type: ignore[attr-defined]
    assert "builds it again" in ended.json["findings"][0]["attempt"]


@pytest.mark.parametrize(
    "argv",
    [
        ("scrub", "nonsense"),
        ("scrub", "pbins", "--finding", "1"),
        ("scrub", "pbins", "--repair", "trash", "--finding", "99"),
        ("gc", "nonsense"),
        ("trash", "restore", "pbins"),
        ("trash", "restore", "pbins", "x.tar.bz2"),
        ("trash", "restore", "pbins", "x.tar.bz2", "--all"),
        ("pin", "add", "pbins", "sys-test/hello-9"),
        ("pin", "remove", "pbins", "sys-test/hello-1.0"),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence(
    manage: Shell, hello: Pbin, argv: tuple[str, ...]
) -> None:
    ended = manage(*argv)
    assert ended.exit == 2
    assert len(ended.err.splitlines()) == 1


def test_a_dry_run_names_what_would_go_and_changes_nothing(manage: Shell, unneeded: str) -> None:
    ended = manage("gc", "pbins", "--dry-run")
    assert ended.exit == 0
    assert unneeded in ended.out
    assert "would go to the trash" in ended.out
    assert unneeded in names_in(Repository.objects.get())
    shape = manage("gc", "pbins", "--dry-run", "--json").json
    assert [one["name"] for one in shape["tarballs"]] == [unneeded]
    assert shape["bytes"] == shape["tarballs"][0]["bytes"] > 0


def test_what_was_cleaned_is_listed_and_put_back(manage: Shell, unneeded: str) -> None:
    ended = manage("gc", "pbins")
    assert "undo with manage.py trash restore pbins --all" in ended.out
    assert unneeded not in names_in(Repository.objects.get())
    assert unneeded in manage("trash", "list", "pbins").out
    assert manage("trash", "list", "pbins", "--json").json["tarballs"][0]["name"] == unneeded
    assert manage("trash", "restore", "pbins", unneeded).out == f"{unneeded} is back\n"
    assert unneeded in names_in(Repository.objects.get())
    assert "is empty" in manage("trash", "list", "pbins").out


def test_a_pinned_version_stays(manage: Shell, unneeded: str) -> None:
    assert manage("pin", "add", "pbins", "sys-test/hello-1.0", "--reason", "old kernel").exit == 0
    assert Pin.objects.get().reason == "old kernel"
    assert "sys-test/hello-1.0  old kernel" in manage("pin", "list", "pbins").out
    assert manage("gc", "pbins", "--json").json["tarballs"] == []
    assert manage("pin", "remove", "pbins", "sys-test/hello-1.0").exit == 0
    assert [one["name"] for one in manage("gc", "pbins", "--json").json["tarballs"]] == [unneeded]


def test_builders_are_looked_at_and_cleaned(manage: Shell, hello: Pbin, builder: Host) -> None:
    left = Path(distdir_on(builder, hello.repository)) / "pbins--a--b-1--C.1.1.1.C.tar"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert manage("scrub", "pbins").exit == 0
    ended = manage("scrub", "pbins", "--builders")
    assert ended.exit == 1
    assert f"leftover on a builder: forge:{left.name}" in ended.out
    ended = manage("scrub", "pbins", "--builders", "--repair", "clean")
    assert (ended.exit, left.exists()) == (0, False)
    assert f"forge:{left.name}: removed" in ended.out


def test_a_builder_that_does_not_answer_is_told(
    manage: Shell, hello: Pbin, builder: Host, lab: Lab
) -> None:
    lab["forge"].down()
    ended = manage("scrub", "pbins", "--builders", "--json")
    assert ended.exit == 1
    assert "forge could not be looked at" in ended.json["troubles"][0]
