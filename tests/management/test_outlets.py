"""``manage.py remote``, ``mirror`` and ``channel policy``."""

import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import Settings

from pbins.models import Channel, Mirror, Remote, Subscription
from pbins.services.repositories import add_repository
from tests import stores
from tests.factories import make_host
from tests.management.conftest import Shell
from tests.releases import begin, release


@pytest.fixture
def master(settings: Settings, tmp_path: Path, db: None) -> Channel:
    settings.PBINS_DATA_DIR = tmp_path / "data"
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


def test_a_remote_is_added_pushed_listed_and_removed(
    manage: Shell, master: Channel, tmp_path: Path
) -> None:
    assert manage("remote", "list", "pbins").out == "pbins has no remote.\n"
    url = f"file://{tmp_path}/elsewhere.git"
    added = manage("remote", "add", "pbins", url)
    assert (added.exit, "not tried yet" in added.out) == (0, True)
    failed = manage("remote", "push", "pbins")
    assert (failed.exit, "failing, 1 attempts" in failed.out) == (1, True)
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "elsewhere.git"], check=True)
    pushed = manage("remote", "push", "pbins", url, "--json")
    assert pushed.exit == 0
    assert pushed.json[0]["channels"] == {"master": master.commit}
    assert "all well" in manage("remote", "list", "pbins").out
    assert manage("remote", "remove", "pbins", url).exit == 0
    assert not Remote.objects.exists()
    assert manage("remote", "push", "pbins", url).exit == 2


@pytest.mark.usefixtures("master")
def test_a_secret_comes_from_a_file_and_is_told_by_nobody(manage: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("a-token-of-ours\n")
    url = "https://forge.example.org/pbins.git"
    added = manage("remote", "add", "pbins", url, "--secret-file", str(secret), "--json")
    assert added.json[0]["has_secret"] is True
    assert "a-token-of-ours" not in added.out
    missing = manage("remote", "add", "pbins", f"{url}/", "--secret-file", str(tmp_path / "no"))
    assert (missing.exit, "can't be read" in missing.err) == (2, True)
    unknown = manage("remote", "add", "pbins", "ssh://git@host/x.git", "--ssh-key", "nobody")
    assert (unknown.exit, "no SSH key nobody" in unknown.err) == (2, True)
    bad = manage("remote", "add", "pbins", "git@host:x.git")
    assert (bad.exit, "ssh://user@host/path" in bad.err) == (2, True)


def test_a_mirror_is_added_synced_listed_and_removed(
    manage: Shell, master: Channel, tmp_path: Path
) -> None:
    stores.needs_rsync()
    release(master, "sys-test/one")
    there = tmp_path / "there"
    there.mkdir()
    password = tmp_path / "password"
    password.write_text("only-we-know")
    with (
        stores.over_http(there) as public,
        stores.rsync_daemon(there, password="only-we-know") as target,
    ):
        added = manage("mirror", "add", "pbins", target, public, "--secret-file", str(password))
        assert (added.exit, "0 of 1 tarballs" in added.out) == (0, True)
        synced = manage("mirror", "sync", "pbins", "--json")
    assert synced.exit == 0
    assert synced.json[0]["tarballs"] == 1
    assert synced.json[0]["listed_in"] == ["master"]
    assert len(list(there.iterdir())) == 1
    assert "hosts know it in master" in manage("mirror", "list", "pbins").out
    assert manage("mirror", "remove", "pbins", target).exit == 0
    assert not Mirror.objects.exists()
    assert len(list(there.iterdir())) == 1


def test_a_policy_is_set_piece_by_piece_and_told(manage: Shell, master: Channel) -> None:
    begin("stable", master)
    release(master, "sys-test/one")
    master.refresh_from_db()
    host = make_host("web")
    Subscription.objects.create(
        host=host, channel=master, commit=master.commit, commit_at=timezone.now()
    )
    Group.objects.create(name="releasers")
    policy = ("channel", "policy", "pbins", "stable")
    assert "moves only when people move it" in manage(*policy).out
    told = manage(*policy, "--from", "master", "--hours", "5", "--canary", "web")
    assert "master → stable: 1 of 1 canaries have it, 5 h to go" in told.out
    assert "web: has it, all well" in told.out
    told = manage(*policy, "--mover", "releasers")
    assert "rolled back by members of releasers" in told.out
    shape = manage(*policy, "--json").json
    assert (shape["from"], shape["hours"], shape["movers"]) == ("master", 5, ["releasers"])
    assert shape["canaries"][0]["host"] == "web"
    manage(*policy, "--by-hand", "--mover", "")
    shape = manage(*policy, "--json").json
    assert (shape["from"], shape["movers"]) == (None, [])
    refused = manage("channel", "policy", "pbins", "master", "--from", "stable")
    assert (refused.exit, "Builds arrive in master" in refused.err) == (2, True)
    assert manage(*policy, "--mover", "nobody").exit == 2
