"""A host without git follows `tar+http`: wget, tar and rsync as Paludis' own syncer runs them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pbins.models import Channel, Publication
from pbins.services.moves import carry_out, plan_rollback
from pbins.services.places import git_of
from pbins.services.repositories import add_repository
from tests import stores
from tests.releases import release
from tests.web.live_server import gunicorn

# The steps of Paludis' dotar (FACTS 7) with its own options.
SYNC = """
set -e
wget -q -T 30 -t 1 --continue -O "$TEMP/tree.-PARTIAL-" "$URL"
mv "$TEMP/tree.-PARTIAL-" "$TEMP/tree.tar.gz"
mkdir "$TEMP/repository"
( cd "$TEMP/repository" && tar zxf "$TEMP/tree.tar.gz" )
rm "$TEMP/tree.tar.gz"
test -n "$( ls -A "$TEMP/repository" )"
rsync --recursive --links --safe-links --perms --times --compress --force --whole-file \
    --delete --delete-after --timeout=180 --exclude=/.cache "$TEMP/repository/" "$LOCAL/"
rm -rf "$TEMP/repository"
"""


@pytest.fixture
def master(own_files: None, db: None) -> Channel:
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """Where the host keeps the repository."""
    stores.needs_rsync()
    if shutil.which("wget") is None:
        pytest.skip("wget is not installed (Debian: wget)")
    path = tmp_path / "repository"
    path.mkdir()
    return path


def sync(url: str, local: Path, temp: Path) -> None:
    temp.mkdir(exist_ok=True)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "URL": url, "LOCAL": str(local)}
    subprocess.run(["sh", "-c", SYNC], env={**environment, "TEMP": str(temp)}, check=True)


def tree_on(local: Path) -> dict[str, bytes]:
    files = (path for path in local.rglob("*") if path.is_file())
    return {str(path.relative_to(local)): path.read_bytes() for path in files}


def served(channel: Channel) -> dict[str, bytes]:
    git = git_of(channel.repository)
    return git.files(git.head(channel.name) or "")


def test_a_host_that_follows_the_tree_as_a_tarball_has_what_the_channel_serves(
    master: Channel, local: Path, tmp_path: Path
) -> None:
    first = Publication.objects.get()
    release(master, "sys-test/one")
    with gunicorn(tmp_path) as server:
        url = f"{server.url}/git/pbins/master.tar.gz"
        sync(url, local, tmp_path / "temp")
        assert tree_on(local) == served(master)
        (local / ".cache").mkdir()
        release(master, "sys-test/one", build=2)
        release(master, "sys-test/two")
        sync(url, local, tmp_path / "temp")
        assert tree_on(local) == served(master)
        master.refresh_from_db()
        carry_out(plan_rollback(channel=master, publication=first), asked_by=None)
        sync(url, local, tmp_path / "temp")
        assert tree_on(local) == served(master)
        assert not list(local.rglob("*.pbin*"))
        assert (local / ".cache").is_dir(), "what cave keeps there is its own"
        with pytest.raises(subprocess.CalledProcessError):
            sync(f"{server.url}/git/pbins/nothing.tar.gz", local, tmp_path / "other")
    assert tree_on(local) == served(master), "what failed changed nothing"
