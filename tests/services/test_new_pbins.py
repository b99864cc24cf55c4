"""What a run has made is found in the builder's tree: by git where there is one, and by when."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbins.models import Host, Repository, Run, RunKind, RunState
from pbins.services import new_pbins as finding
from pbins.services.following import remote_run
from pbins.services.layouts import location_on
from pbins.services.new_pbins import new_pbins, note_tree
from pbins.services.queueing import RESUMES
from pbins.services.remote import HostTrouble
from pbins.transport.ssh import SshTransport, connect
from tests.factories import make_host, make_run, pbin_text
from tests.sshd import Sshd, sshd

__all__ = ["sshd"]
START = 1_795_350_000


@pytest.fixture
def transport(sshd: Sshd) -> Iterator[SshTransport]:
    with connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as transport:
        yield transport


@pytest.fixture
def builder(db: None, tmp_path: Path) -> Host:
    host = make_host(is_builder=True)
    host.prefix = str(tmp_path)
    host.save()
    return host


@pytest.fixture
def tree(builder: Host, repository: Repository) -> Path:
    location = Path(location_on(builder, repository))
    (location / "packages").mkdir(parents=True)
    return location


@pytest.fixture
def run(builder: Host, repository: Repository, tree: Path) -> Run:
    """One that began to execute at START, by the host's clock."""
    return begun(make_run(host=builder, repository=repository, state=RunState.COLLECTING))


def begun(run: Run) -> Run:
    directory = Path(remote_run(run).directory)
    directory.mkdir(parents=True)
    (directory / "executing1.start").write_text(f"{START}\n")
    subprocess.run(["sh", "-c", note_tree(run)], cwd=directory, check=False)
    return run


def git(tree: Path, *arguments: str) -> str:
    person = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(tree))
    command = ["git", *person, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pbin(tree: Path, name: str, made: int, *, more: str = "") -> str:
    """A pbin that was made so many seconds after the start; its path."""
    path = f"packages/sys-test/{name}/{name}-1.pbin-1+exheres-0"
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_text(pbin_text({"GENERATED_TIME": str(START + made)}) + more)
    return path


@pytest.fixture(params=["git", "none"])
def kind(request: pytest.FixtureRequest, tree: Path) -> str:
    """With and without a git repository in the builder's tree."""
    if request.param == "git":
        git(tree, "init", "--quiet")
        pbin(tree, "before", -50)
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "-m", "Before")
    return str(request.param)


def test_only_what_was_made_since_the_start_is_new(
    kind: str, run: Run, tree: Path, transport: SshTransport
) -> None:
    old, new, same_second = pbin(tree, "old", -1), pbin(tree, "new", 5), pbin(tree, "same", 0)
    os.utime(tree / old)  # touched, or restored from somewhere
    os.utime(tree / new, (START - 9999, START - 9999))
    (tree / "packages/sys-test/new/Manifest").write_text("DIST x 1\n")
    assert sorted(new_pbins(run, transport)) == [new, same_second]
    assert new_pbins(run, transport)[new] == (tree / new).read_bytes()


def test_what_somebody_committed_meanwhile_is_new_all_the_same(
    kind: str, run: Run, tree: Path, transport: SshTransport
) -> None:
    if kind == "none":
        git(tree, "init", "--quiet")
    changed, ignored = pbin(tree, "before", 7), pbin(tree, "ignored", 8)
    (tree / ".gitignore").write_text("ignored\n")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "-m", "By hand")
    (tree / pbin(tree, "gone", 9)).unlink()
    assert sorted(new_pbins(run, transport)) == [changed, ignored]


def test_a_tree_that_was_set_back_is_looked_through_as_a_whole(
    kind: str, run: Run, tree: Path, transport: SshTransport
) -> None:
    """Its history was written anew, and the commit of the start is none of it any more."""
    Path(remote_run(run).file("executing1.tree")).write_text("0" * 40)
    new = pbin(tree, "new", 5)
    assert list(new_pbins(run, transport)) == [new]


def test_nothing_new_is_nothing(kind: str, run: Run, tree: Path, transport: SshTransport) -> None:
    assert new_pbins(run, transport) == {}


def test_a_run_that_goes_on_with_a_lost_one_has_made_what_that_one_made(
    run: Run, builder: Host, repository: Repository, tree: Path, transport: SshTransport
) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.LOST)
    later = Run.objects.create(
        kind=RunKind.BUILD,
        host=builder,
        repository=repository,
        state=RunState.COLLECTING,
        retry_of=Run.objects.get(pk=run.pk),
        choices={RESUMES: "failed"},
    )
    begun(later)
    Path(remote_run(later).file("executing1.start")).write_text(f"{START + 100}\n")
    new = pbin(tree, "new", 5)
    assert list(new_pbins(later, transport)) == [new]


def test_links_and_what_is_no_pbin_do_not_come(
    run: Run, tree: Path, transport: SshTransport
) -> None:
    new = pbin(tree, "new", 5)
    (tree / "packages/sys-test/new/link-1.pbin-1+exheres-0").symlink_to("/etc/passwd")
    (tree / "packages/sys-test/new/notes").write_text(f'GENERATED_TIME="{START + 5}"\n')
    assert list(new_pbins(run, transport)) == [new]


def test_a_builder_that_sends_without_end_is_cut_off(
    run: Run, tree: Path, transport: SshTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_BYTES", 2**14)
    pbin(tree, "huge", 5, more="# x\n" * 2**16)
    with pytest.raises(HostTrouble, match="more than a tree of pbins"):
        new_pbins(run, transport)


def test_a_tree_that_is_not_there_is_told(run: Run, tree: Path, transport: SshTransport) -> None:
    tree.rename(tree.with_name("elsewhere"))
    with pytest.raises(HostTrouble, match="can't be read"):
        new_pbins(run, transport)
