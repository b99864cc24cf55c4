"""Pushing to git repositories elsewhere: what is there afterwards, and what is said otherwise."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.jobs.deliveries import deliver
from pbins.models import Channel, Publication, Remote, Repository
from pbins.services.channels import remove_channel
from pbins.services.credentials import add_credential
from pbins.services.errors import Refused
from pbins.services.outlets import alone_with, ask_again, trust_place
from pbins.services.places import git_of
from pbins.services.remotes import add_remote, is_remote_due, push_remote, remote_url, save_remote
from pbins.storage.git import GitRepository
from pbins.storage.git_process import GIT_ENVIRONMENT
from tests import forge
from tests.releases import begin
from tests.releases import release as release_in
from tests.sshd import Sshd, make_key, sshd
from tests.storage.conftest import commit_on

__all__ = ["sshd"]
pytestmark = pytest.mark.django_db

Publish = Callable[..., Publication]


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def release(master: Channel) -> Publish:
    return partial(release_in, master)


@pytest.fixture
def elsewhere(tmp_path: Path) -> GitRepository:
    """A bare repository that anybody's git would have made."""
    path = tmp_path / "elsewhere" / "mirror of pbins.git"
    path.parent.mkdir()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "master", path], check=True)
    return GitRepository(path)


@pytest.fixture
def remote(repository: Repository, elsewhere: GitRepository) -> Remote:
    return add_remote(repository=repository, url=f"file://{elsewhere.path}".replace(" ", "%20"))


@pytest.fixture
def by_ssh(repository: Repository, elsewhere: GitRepository, sshd: Sshd) -> Remote:
    credential = add_credential(name="forge", private_key=sshd.private_key)
    plain = elsewhere.path.with_name("pbins.git")
    elsewhere.path.rename(plain)
    address = sshd.address
    url = f"ssh://{address.user}@{address.host}:{address.port}{plain}"
    return add_remote(repository=repository, url=url, credential=credential)


def pushed(remote: Remote) -> Remote:
    """As it is after a visit, whatever came of it."""
    push_remote(remote)
    return Remote.objects.get(pk=remote.pk)


def local_heads(repository: Repository) -> dict[str, str]:
    return git_of(repository).heads()


def test_every_channel_is_there_afterwards_and_read_back(
    remote: Remote, elsewhere: GitRepository, master: Channel, release: Publish
) -> None:
    release("sys-test/one")
    begin("stable", master)
    remote = pushed(remote)
    assert elsewhere.heads() == remote.heads == local_heads(master.repository)
    assert remote.heads.keys() == {"master", "stable"}
    assert remote.delivered_at is not None
    assert (remote.error, remote.attempts, remote.failing_since) == ("", 0, None)


def test_it_is_due_when_something_was_published_and_not_before(
    remote: Remote, release: Publish
) -> None:
    remote = pushed(remote)
    assert not is_remote_due(remote, timezone.now())
    release("sys-test/one")
    assert is_remote_due(remote, timezone.now())
    remote = pushed(remote)
    assert not is_remote_due(remote, timezone.now())
    assert is_remote_due(remote, timezone.now() + timedelta(days=2)), "what is there is looked at"


def test_a_removed_channel_is_removed_there_and_other_branches_stay(
    remote: Remote, elsewhere: GitRepository, master: Channel
) -> None:
    foreign = commit_on(elsewhere, {"README": b"ours"})
    elsewhere.move("notes", to=foreign, expected=None)
    stable = begin("stable", master)
    remote = pushed(remote)
    remove_channel(channel=stable)
    remote = pushed(remote)
    assert elsewhere.heads() == {"notes": foreign, **local_heads(master.repository)}
    assert remote.heads.keys() == {"master"}
    assert remote.error == ""


def test_what_somebody_else_pushed_is_left_alone_unless_told_otherwise(
    remote: Remote, elsewhere: GitRepository, master: Channel, release: Publish
) -> None:
    remote = pushed(remote)
    theirs = commit_on(elsewhere, {"theirs": b""}, remote.heads["master"])
    elsewhere.move("master", to=theirs, expected=remote.heads["master"])
    release("sys-test/one")
    begin("stable", master)
    remote = pushed(remote)
    assert elsewhere.heads()["master"] == theirs
    assert "master: somebody else pushed" in remote.error
    assert theirs[:12] in remote.error
    assert "stable" in remote.heads, "one branch does not keep the others"
    remote.is_forced = True
    save_remote(remote)
    remote = pushed(remote)
    assert elsewhere.heads() == local_heads(master.repository)
    assert remote.error == ""


def test_what_a_hook_there_says_is_told(remote: Remote, elsewhere: GitRepository) -> None:
    hook = elsewhere.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'not on a Sunday'\nexit 1\n")
    hook.chmod(0o755)
    remote = pushed(remote)
    assert "pre-receive hook declined" in remote.error
    assert "not on a Sunday" in remote.error
    assert remote.heads == {}


def test_a_place_that_is_not_there_is_tried_again_later_and_later(
    remote: Remote, elsewhere: GitRepository
) -> None:
    elsewhere.path.rename(elsewhere.path.with_name("gone"))
    pauses = []
    for attempt in range(1, 9):
        remote = pushed(remote)
        assert remote.attempts == attempt
        assert remote.next_attempt_at is not None
        pauses.append(round((remote.next_attempt_at - timezone.now()).total_seconds() / 60))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert "does not appear to be a git repository" in remote.error
    assert not is_remote_due(remote, timezone.now())
    ask_again(remote)
    assert is_remote_due(remote, timezone.now())
    elsewhere.path.with_name("gone").rename(elsewhere.path)
    remote = pushed(remote)
    assert (remote.error, remote.attempts, remote.failing_since) == ("", 0, None)


def test_one_place_that_fails_does_not_keep_the_others(
    remote: Remote, repository: Repository, tmp_path: Path
) -> None:
    add_remote(repository=repository, url=f"file://{tmp_path}/nothing.git")
    off = add_remote(repository=repository, url=f"file://{tmp_path}/off.git")
    Remote.objects.filter(pk=off.pk).update(is_enabled=False)
    deliver()
    told = {one.url: (bool(one.heads), one.attempts) for one in Remote.objects.all()}
    assert told[remote.url] == (True, 0)
    assert told[f"file://{tmp_path}/nothing.git"] == (False, 1)
    assert told[off.url] == (False, 0)
    with pytest.raises(Refused, match="switched off"):
        ask_again(Remote.objects.get(pk=off.pk))


def test_only_one_visitor_at_a_time(remote: Remote) -> None:
    with alone_with(remote):
        assert pushed(remote).delivered_at is None
    assert pushed(remote).delivered_at is not None


@pytest.mark.sshd
def test_over_ssh_the_key_of_the_host_is_trusted_first(
    by_ssh: Remote, master: Channel, sshd: Sshd, tmp_path: Path
) -> None:
    remote = pushed(by_ssh)
    assert "not trusted yet" in remote.error
    assert remote.offered_host_key == str(sshd.host_key)
    with pytest.raises(Refused, match="nothing was trusted"):
        trust_place(outlet=remote, url=remote_url(remote), fingerprint="SHA256:other")
    fingerprint = trust_place(outlet=remote, url=remote_url(remote))
    assert fingerprint == sshd.host_key.fingerprint
    remote = pushed(remote)
    assert remote.error == ""
    assert remote.heads == local_heads(master.repository)
    assert sshd.private_key.split()[6] not in str(by_ssh.credential and vars(by_ssh.credential))


@pytest.mark.sshd
def test_an_rsa_key_logs_in_to_a_host_with_one(by_ssh: Remote, sshd: Sshd, tmp_path: Path) -> None:
    public = make_key(tmp_path / "key", "ssh-rsa")
    known = sshd.directory / "authorized_keys"
    before = known.read_text()
    known.write_text(before + public)
    try:
        private = (tmp_path / "key").read_text()
        by_ssh.credential = add_credential(name="rsa", private_key=private)
        by_ssh.host_key = str(sshd.host_keys[2])
        by_ssh.save()
        assert pushed(by_ssh).error == ""
    finally:
        known.write_text(before)


@pytest.mark.sshd
def test_a_key_that_is_refused_is_named_with_what_to_do(
    by_ssh: Remote, sshd: Sshd, tmp_path: Path
) -> None:
    public = make_key(tmp_path / "key", "ssh-ed25519")
    private = (tmp_path / "key").read_text()
    by_ssh.credential = add_credential(name="other", private_key=private)
    by_ssh.host_key = str(sshd.host_key)
    by_ssh.save()
    remote = pushed(by_ssh)
    assert public.split()[1] in remote.error
    assert "authorized_keys" in remote.error


@pytest.mark.sshd
def test_a_host_whose_key_has_changed_is_not_spoken_to(
    by_ssh: Remote, sshd: Sshd, tmp_path: Path
) -> None:
    by_ssh.host_key = " ".join(make_key(tmp_path / "key", "ssh-ed25519").split()[:2])
    by_ssh.save()
    remote = pushed(by_ssh)
    assert "has changed" in remote.error
    assert remote.offered_host_key == str(sshd.host_key)
    assert remote.heads == {}


@pytest.fixture
def slow_hook(elsewhere: GitRepository, tmp_path: Path) -> Iterator[Path]:
    """Whoever pushes there hangs until this file is gone; it names the hook's process."""
    flag = tmp_path / "hanging"
    hook = elsewhere.path / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho $$ > {flag}\nwhile [ -e {flag} ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    yield flag
    flag.unlink(missing_ok=True)


def test_a_push_that_was_killed_in_the_middle_is_done_again(
    remote: Remote, elsewhere: GitRepository, slow_hook: Path, master: Channel
) -> None:
    command = ["git", f"--git-dir={git_of(master.repository).path}", "push", remote.url, "master"]
    pushing = subprocess.Popen(command, env=GIT_ENVIRONMENT, start_new_session=True)
    until = time.monotonic() + 20
    while not slow_hook.exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(pushing.pid, signal.SIGKILL)
    pushing.wait()
    slow_hook.unlink(missing_ok=True)
    (elsewhere.path / "hooks" / "pre-receive").unlink()
    assert elsewhere.heads() == {}
    assert pushed(remote).heads == local_heads(master.repository)


def test_over_http_the_password_is_sent_and_never_shown(
    repository: Repository, elsewhere: GitRepository, release: Publish
) -> None:
    release("sys-test/one")
    plain = elsewhere.path.with_name("pbins.git")
    elsewhere.path.rename(plain)
    with forge.serving(plain.parent) as (url, seen):
        remote = add_remote(
            repository=repository, url=f"{url}/pbins.git", username="bot", secret=forge.PASSWORD
        )
        assert forge.PASSWORD.encode() not in bytes(remote.sealed_secret)
        remote = pushed(remote)
        assert remote.error == ""
        assert remote.heads == local_heads(repository)
        assert set(seen) == {"bot"}
        wrong = add_remote(repository=repository, url=f"{url}/pbins.git/", secret="wrong-one")
        wrong = pushed(wrong)
    assert "Authentication failed" in wrong.error or "could not read" in wrong.error
    assert "wrong-one" not in wrong.error


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "empty"),
        ("git@forge.example.org:pbins.git", "ssh://user@host/path"),
        ("https://bot:token@forge.example.org/pbins.git", "leave the password out"),
        ("ext::sh -c id", "ssh://user@host/path"),
        ("ftp://host/x.git", "has to begin with"),
        ("ssh://-oProxyCommand=id/x.git", "not the name of a host"),
        ("ssh://-bad@host/x.git", "not the name of a user"),
        ("ssh://host", "plain path"),
        ("file://host/x.git", "file:///path"),
        ("https://host/x.git?y", r"no \?"),
        ("https://host/../x.git", "plain path"),
    ],
)
def test_what_can_not_be_a_remote_is_refused(repository: Repository, url: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        add_remote(repository=repository, url=url)
    assert not Remote.objects.exists()


def test_our_own_data_directory_is_no_place_elsewhere(repository: Repository) -> None:
    with pytest.raises(Refused, match="own data directory"):
        add_remote(repository=repository, url=f"file://{git_of(repository).path}")
    with pytest.raises(Refused, match="SSH has its key"):
        add_remote(repository=repository, url="ssh://git@host/x.git", secret="x")


def test_another_address_is_another_place(remote: Remote, tmp_path: Path) -> None:
    remote = pushed(remote)
    remote.url = f"file://{tmp_path}/other.git"
    save_remote(remote)
    assert Remote.objects.get().heads == {}
