"""The bare repository is what hosts see: a channel moves to a whole commit, or not at all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pbins.storage.errors import (
    ChannelMoved,
    FileMissing,
    GitError,
    GitUnavailable,
    StorageFull,
    UnsafePath,
)
from pbins.storage.fast_import import commit_stream
from pbins.storage.git import GitRepository
from pbins.storage.git_process import GIT_ENVIRONMENT, run_git
from tests.storage.conftest import Commit

ROOT = Path(__file__).parents[2]
PBIN = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"
TREE = {
    PBIN: b'SLOT="0"\n',
    "packages/sys-test/hello/Manifest": b"DIST x 1 SHA256 00\n",
    "packages/sys-test/libfoo/libfoo-1.2.pbin-1+exheres-0": b'SLOT="2"\n',
    "metadata/categories.conf": b"",
}


def git(repository: GitRepository, *arguments: str) -> str:
    return run_git(repository.path, *arguments).decode().strip()


class TestCreating:
    def test_a_new_repository_has_no_branch_yet(self, repository: GitRepository) -> None:
        assert repository.exists()
        assert repository.heads() == {}
        assert repository.head("master") is None

    def test_the_default_branch_is_the_one_given(self, tmp_path: Path) -> None:
        repository = GitRepository(tmp_path / "x.git")
        repository.create("stable")
        assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/stable"

    def test_to_create_it_again_changes_nothing(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        repository.create("master")
        assert repository.head("master") == first

    def test_a_failed_creation_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(GIT_ENVIRONMENT, "PATH", "/nonexistent")
        with pytest.raises(GitUnavailable, match="install git"):
            GitRepository(tmp_path / "x.git").create("master")
        assert list(tmp_path.iterdir()) == []

    def test_nobody_can_push_over_http(self, repository: GitRepository) -> None:
        assert git(repository, "config", "http.receivepack") == "false"

    def test_a_repository_of_another_user_can_be_used(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        os.chown(repository.path, 65534, 65534)
        repository.move("master", to=commit(TREE), expected=None)

    def test_the_settings_of_the_machine_do_not_count(
        self, repository: GitRepository, commit: Commit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GIT_DIR", "/nonexistent")
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
        made = commit(TREE)
        assert git(repository, "show", "-s", "--format=%an <%ae>", made) == (
            "Portal <portal@example.org>"
        )


class TestCommitting:
    def test_a_commit_holds_what_it_was_given(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        assert repository.files(commit(TREE)) == TREE

    def test_a_commit_moves_no_branch(self, repository: GitRepository, commit: Commit) -> None:
        commit(TREE)
        assert git(repository, "for-each-ref") == ""

    def test_only_what_changes_is_given(self, repository: GitRepository, commit: Commit) -> None:
        first = commit(TREE)
        second = commit({PBIN: None, "profiles/repo_name": b"pbins\n"}, first)
        expected = {**TREE, "profiles/repo_name": b"pbins\n"}
        del expected[PBIN]
        assert repository.files(second) == expected
        assert git(repository, "rev-parse", f"{second}^") == first

    def test_a_directory_may_take_the_place_of_a_file(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit({"a": b"1"})
        assert repository.files(commit({"a/b": b"2", "a": None}, first)) == {"a/b": b"2"}

    def test_the_last_file_takes_its_directory_with_it(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit({"a/b/c": b"1", "d": b"2"})
        second = commit({"a/b/c": None}, first)
        assert git(repository, "ls-tree", "--name-only", second) == "d"

    @pytest.mark.parametrize(
        "content", [b"", b"\n", b"done\n", b"\0\xff", b"x" * 100_000, b"data 3\nabc"]
    )
    def test_content_comes_back_byte_for_byte(
        self, repository: GitRepository, commit: Commit, content: bytes
    ) -> None:
        made = commit({"before": b"1", "file": content, "later": b"2"})
        assert repository.files(made) == {"before": b"1", "file": content, "later": b"2"}

    @pytest.mark.parametrize(
        "path", ["a b", 'quo"te', "back\\slash", "ä/ü", "-x", ":(glob)*", "*", "caf\udce9"]
    )
    def test_any_harmless_path_works(
        self, repository: GitRepository, commit: Commit, path: str
    ) -> None:
        made = commit({path: b"1", "other": b"2"})
        assert repository.read(made, path) == b"1"
        assert repository.files(made, path) == {path: b"1"}

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".git/config",
            "a/.GIT/x",
            "a\nb",
        ],
    )
    def test_a_path_that_leads_elsewhere_is_refused(self, commit: Commit, path: str) -> None:
        with pytest.raises(UnsafePath):
            commit({path: b"1"})

    def test_the_message_author_and_time_are_kept(self, repository: GitRepository) -> None:
        made = repository.commit(
            parent=None,
            changes={},
            message="Publish 2 pbins\n\nFrom run 7 – ä",
            author="Jörg Ö <j@example.org>",
            when=datetime(2026, 11, 22, 14, 0, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        )
        assert git(repository, "show", "-s", "--format=%B", made).rstrip() == (
            "Publish 2 pbins\n\nFrom run 7 – ä"
        )
        assert git(repository, "show", "-s", "--format=%an|%ce|%aI", made) == (
            "Jörg Ö|j@example.org|2026-11-22T14:00:00-05:30"
        )

    @pytest.mark.parametrize("author", ["", "x", "a@b", "A <b", "A\nB <c@d>", "A <b> <c>"])
    def test_an_author_that_git_would_misread_is_refused(
        self, repository: GitRepository, author: str
    ) -> None:
        with pytest.raises(ValueError, match="not an author"):
            repository.commit(
                parent=None, changes={}, message="m", author=author, when=datetime.now(UTC)
            )

    def test_a_time_without_zone_is_refused(self, repository: GitRepository) -> None:
        with pytest.raises(ValueError, match="time zone"):
            repository.commit(
                parent=None, changes={}, message="m", author="A <b>", when=datetime(2026, 1, 1)
            )

    def test_an_unknown_parent_is_an_error_and_leaves_nothing(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        with pytest.raises(GitError, match="bad object"):
            commit(TREE, "1" * 40)
        assert list(repository.path.glob("fast_import_crash_*")) == []

    def test_a_thousand_changes_in_a_large_tree_are_one_pack(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        tree = {f"packages/c{i % 50}/p{i}/p{i}-1.pbin": b"%d" % i for i in range(5_000)}
        first = commit(tree)
        second = commit(dict.fromkeys(list(tree)[::5], b"new"), first)
        assert len(repository.files(second)) == 5_000
        assert len(list(repository.path.glob("objects/pack/*.pack"))) == 2
        assert len(list(repository.path.glob("objects/??/*"))) == 0


class TestReading:
    def test_a_directory_can_be_read_alone(self, repository: GitRepository, commit: Commit) -> None:
        made = commit(TREE)
        assert list(repository.files(made, "packages/sys-test/hello")) == sorted(
            path for path in TREE if "/hello/" in path
        )
        assert repository.files(made, "metadata") == {"metadata/categories.conf": b""}

    def test_a_directory_that_is_not_there_is_empty(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        assert repository.files(commit(TREE), "nothing") == {}

    @pytest.mark.parametrize("path", ["nothing", "packages", "packages/sys-test"])
    def test_a_file_that_is_not_there_is_named(
        self, repository: GitRepository, commit: Commit, path: str
    ) -> None:
        with pytest.raises(FileMissing, match=f"^{path} is not in commit"):
            repository.read(commit(TREE), path)

    def test_links_and_other_repositories_are_passed_over(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit({"plain": b"1", "target": b"/etc/passwd"})
        blob = git(repository, "rev-parse", f"{first}:target")
        tree = run_git(
            repository.path,
            "mktree",
            stdin=f"120000 blob {blob}\tlink\n100755 blob {blob}\ttool\n".encode(),
        )
        assert list(repository.files(_commit_tree(repository, tree))) == ["tool"]

    @pytest.mark.parametrize("commit_id", ["master", "HEAD", "--help", "", "1" * 39])
    def test_only_whole_ids_are_commits(self, repository: GitRepository, commit_id: str) -> None:
        with pytest.raises(ValueError, match="not the id"):
            repository.files(commit_id)


def _commit_tree(repository: GitRepository, tree: bytes) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x")
    return (
        run_git(repository.path, *identity, "commit-tree", "-m", "m", tree.decode().strip())
        .decode()
        .strip()
    )


class TestMoving:
    def test_a_channel_moves_when_nobody_else_moved_it(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        second = commit({PBIN: None}, first)
        repository.move("master", to=first, expected=None)
        repository.move("master", to=second, expected=first)
        repository.move("stable/x86", to=first, expected=None)
        assert repository.heads() == {"master": second, "stable/x86": first}

    def test_it_moves_back_just_so(self, repository: GitRepository, commit: Commit) -> None:
        first = commit(TREE)
        second = commit({PBIN: None}, first)
        repository.move("master", to=second, expected=None)
        repository.move("master", to=first, expected=second)
        assert repository.head("master") == first

    def test_who_expected_something_else_is_told(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        second = commit({PBIN: None}, first)
        repository.move("master", to=first, expected=None)
        with pytest.raises(ChannelMoved) as caught:
            repository.move("master", to=second, expected=None)
        assert (caught.value.expected, caught.value.found) == (None, first)
        with pytest.raises(ChannelMoved):
            repository.move("master", to=first, expected=second)
        with pytest.raises(ChannelMoved):
            repository.move("other", to=first, expected=second)
        assert repository.heads() == {"master": first}

    def test_of_many_at_once_one_wins(self, repository: GitRepository, commit: Commit) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        rivals = [commit({"winner": b"%d" % number}, first) for number in range(8)]

        def moved(rival: str) -> bool:
            try:
                repository.move("master", to=rival, expected=first)
            except ChannelMoved:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(moved, rivals))
        assert results.count(True) == 1
        assert repository.head("master") == rivals[results.index(True)]

    def test_commits_at_once_do_not_mix(self, repository: GitRepository, commit: Commit) -> None:
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda number: commit({"n": b"%d" % number}), range(16)))
        assert [repository.read(one, "n") for one in made] == [b"%d" % n for n in range(16)]

    def test_a_channel_moves_only_to_a_commit_that_is_there(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        with pytest.raises(GitError, match="update-ref"):
            repository.move("master", to="1" * 40, expected=first)
        assert repository.head("master") == first

    @pytest.mark.parametrize(
        "branch",
        ["", "HEAD", "a..b", "-x", "a/", "/a", "a b", "x.lock", "x.lock/y", "a/../../b", "@"],
    )
    def test_a_name_that_is_no_branch_is_refused(
        self, repository: GitRepository, commit: Commit, branch: str
    ) -> None:
        with pytest.raises(ValueError, match="not the name of a channel"):
            repository.move(branch, to=commit(TREE), expected=None)

    def test_clients_without_smart_http_see_the_move(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        listing = (repository.path / "info/refs").read_text()
        assert listing == f"{first}\trefs/heads/master\n"


class TestCrashes:
    def test_between_commit_and_move_the_channel_is_the_old_one(
        self, repository: GitRepository, commit: Commit, tmp_path: Path
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        commit({PBIN: b"half published"}, first)
        again = GitRepository(repository.path)
        assert again.head("master") == first
        clone = tmp_path / "clone"
        subprocess.run(["git", "clone", "-q", repository.path, clone], check=True)
        assert (clone / PBIN).read_bytes() == TREE[PBIN]

    def test_a_commit_whose_writer_dies_is_no_commit(self, repository: GitRepository) -> None:
        stream = commit_stream(
            parent=None, changes=TREE, message="m", author="A <b>", when=datetime.now(UTC)
        )
        for end in range(20, len(stream) - 1, 40):
            with pytest.raises(GitError):
                run_git(repository.path, "fast-import", "--quiet", "--done", stdin=stream[:end])
        assert repository.heads() == {}

    @pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1, 0.2])
    def test_a_portal_killed_while_it_commits_changes_nothing_and_leaves_nothing(
        self, repository: GitRepository, commit: Commit, delay: float
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        with committing(repository, first) as portal:
            time.sleep(delay)
            portal.kill()
        assert repository.head("master") == first
        repository.repack()
        assert not [*repository.path.glob("objects/pack/*tmp*"), *repository.path.glob("*crash*")]
        repository.move("master", to=commit({PBIN: b"later"}, first), expected=first)

    def test_a_lock_left_by_a_killed_git_is_no_obstacle(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        (repository.path / "refs/heads/master.lock").write_text("")
        second = commit({PBIN: None}, first)
        repository.move("master", to=second, expected=first)
        assert repository.head("master") == second

    def test_the_lock_of_a_killed_portal_is_free(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        with lock_holder(repository) as holder:
            holder.kill()
        repository.move("master", to=commit(TREE), expected=None)

    def test_a_move_waits_for_who_is_writing(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        with lock_holder(repository) as holder, ThreadPoolExecutor(1) as pool:
            moving = pool.submit(repository.move, "master", to=first, expected=None)
            time.sleep(0.1)
            assert repository.head("master") is None
            holder.kill()
            moving.result(timeout=20)
        assert repository.head("master") == first

    def test_a_branch_that_a_power_cut_left_empty_is_not_taken_for_a_new_one(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        (repository.path / "refs/heads/master").write_text("")
        with pytest.raises(GitError, match="branch master is broken"):
            repository.head("master")
        with pytest.raises(GitError):
            repository.move("master", to=first, expected=None)

    def test_a_full_disk_is_said_to_be_one(
        self,
        repository: GitRepository,
        commit: Commit,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        stub = tmp_path / "bin" / "git"
        stub.parent.mkdir()
        stub.write_text("#!/bin/sh\necho 'fatal: write: No space left on device' >&2\nexit 128\n")
        stub.chmod(0o755)
        monkeypatch.setitem(GIT_ENVIRONMENT, "PATH", f"{stub.parent}:/bin:/usr/bin")
        with pytest.raises(StorageFull):
            commit(TREE)


def lock_holder(
    repository: GitRepository,
) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """Another process that holds the repository's lock until it is killed."""
    program = (
        "import fcntl, sys, time\n"
        "file = open(sys.argv[1], 'w')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    return another(program, str(repository.path / "writers.lock"))


def committing(
    repository: GitRepository, parent: str
) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """Another process that is writing a large commit."""
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from random import Random\n"
        "from pbins.storage.git import GitRepository\n"
        "changes = {f'f{n}': Random(n).randbytes(2**20) for n in range(12)}\n"
        "print('begun', flush=True)\n"
        "GitRepository(Path(sys.argv[1])).commit(\n"
        "    parent=sys.argv[2], changes=changes, message='m', author='A <b>',\n"
        "    when=datetime.now(UTC),\n"
        ")\n"
    )
    return another(program, str(repository.path), parent)


@contextmanager
def another(program: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python of its own, which has printed its first line."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


class TestRepacking:
    def test_many_packs_become_one_and_nothing_is_lost(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        first = commit(TREE)
        repository.move("master", to=first, expected=None)
        waiting = commit({"waiting": b"1"}, first)
        repository.repack()
        assert len(list(repository.path.glob("objects/pack/*.pack"))) == 1
        assert repository.files(waiting) == {**TREE, "waiting": b"1"}
        repository.move("master", to=waiting, expected=first)

    def test_who_fetches_meanwhile_is_not_disturbed(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        head = None
        for number in range(5):
            made = commit({f"file{number}": b"x"}, head)
            repository.move("master", to=made, expected=head)
            head = made
        want = f"want {head}\n"
        asked = f"{len(want) + 4:04x}{want}00000009done\n".encode()
        command = ["git", "-c", "safe.directory=*", "upload-pack", str(repository.path)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as serving:
            assert serving.stdout is not None
            serving.stdout.read(4)  # it has opened the repository, and tells what is there
            repository.repack()
            assert repository.packs() == 1
            told, _ = serving.communicate(asked)
        assert serving.returncode == 0
        assert b"PACK" in told

    def test_what_killed_gits_left_is_swept(
        self, repository: GitRepository, commit: Commit
    ) -> None:
        repository.move("master", to=commit(TREE), expected=None)
        left = repository.path / "objects/pack/tmp_pack_abcdef"
        left.write_bytes(b"half a pack")
        repository.repack()
        assert not left.exists()


def test_a_commit_is_a_second_later_than_the_one_before(
    repository: GitRepository, commit: Commit
) -> None:
    """Hosts without git take a file of the same size and time for the same."""
    first = commit({"a": b"1"})
    second = commit({"a": b"2"}, first)
    times = run_git(repository.path, "log", "--format=%ct", second).split()
    assert int(times[0]) == int(times[1]) + 1
