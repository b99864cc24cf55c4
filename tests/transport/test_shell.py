import shutil
import subprocess
from pathlib import Path

import pytest

from pbins.transport import shell
from pbins.transport.prelude import MARK

SHELLS = [
    name for name in ("sh", "bash", "dash", "csh", "tcsh", "fish", "zsh") if shutil.which(name)
]

NASTY = [
    'printf %s "it\'s" \'say "hi"\'',
    r"printf '%s|' 'a\b' 'a\\b' '\0101' '\c' 100%",
    "printf %s 'hello!' '!!' \"$0\"",
    "cat <<'END'\n$HOME `date` \\n\nEND",
    "# a comment\nprintf %s one;\nprintf %s two\n",
    "printf %s ümlaut",
    "printf 'a\rb'",
]


def run(command: str, stdin: bytes = b"", login: str = "sh") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([login, "-c", command], input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize("login", SHELLS)
@pytest.mark.parametrize("text", NASTY)
def test_a_login_shell_hands_on_the_text_unharmed(login: str, text: str) -> None:
    direct, handed = run(text), run(shell.login_command(text, sudo=False), login=login)
    assert direct.stdout
    assert (handed.returncode, handed.stdout, handed.stderr) == (0, MARK + direct.stdout, MARK)


@pytest.mark.parametrize("text", NASTY)
def test_a_login_shell_sees_nothing_that_only_sh_understands(text: str) -> None:
    """csh looks for `!` and ends of line inside single quotes, fish for backslashes."""
    handed = shell.login_command(text, sudo=False)
    assert not set(handed) & set("!\n\r")
    assert handed.count("'") == 4
    assert handed.replace("\\0", "").count("\\") == 0


@pytest.mark.parametrize("login", SHELLS)
def test_standard_input_and_exit_status_pass_through(login: str) -> None:
    done = run(shell.login_command("cat; exit 7", sudo=False), b"\0\xff\n", login)
    assert (done.returncode, done.stdout) == (7, MARK + b"\0\xff\n")


def test_death_by_a_signal_becomes_an_exit_status() -> None:
    assert run(shell.login_command("kill -9 $$", sudo=False)).returncode == 137


def test_sudo_never_asks_and_sets_home() -> None:
    assert "sudo -n -H -- sh -c" in shell.login_command("id", sudo=True)


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        shell.login_command("echo \0", sudo=False)


def test_quote_makes_one_command_of_words() -> None:
    assert shell.quote(["cave", "print-ids", "-m", "*/*::a b"]) == "cave print-ids -m '*/*::a b'"


@pytest.mark.parametrize("path", ["", "relative", "~/file", "/with\0nul"])
def test_only_absolute_paths_are_taken(path: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        shell.read_part(path, 0, 1)


def test_a_part_is_read_by_offset_and_limit(tmp_path: Path) -> None:
    (tmp_path / "a 'file").write_bytes(bytes(range(256)))
    text = shell.read_part(f"{tmp_path}/a 'file", 10, 5)
    assert run(text).stdout == bytes(range(10, 15))


@pytest.mark.parametrize("what", ["missing", "."])
def test_what_is_no_file_is_said_to_be_missing(tmp_path: Path, what: str) -> None:
    assert run(shell.read_from(f"{tmp_path}/{what}", 0)).returncode == shell.MISSING


def replace(path: Path, content: bytes, size: int) -> subprocess.CompletedProcess[bytes]:
    return run(shell.replace_file(str(path), size=size, mode=0o640, suffix="new"), content)


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a 'file"
    path.write_text("old")
    assert replace(path, b"new\0", 4).returncode == 0
    assert path.read_bytes() == b"new\0"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_input_that_was_cut_short_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a 'file"
    path.write_text("old")
    done = replace(path, b"ne", 4)
    assert (done.returncode, done.stderr) == (1, b"cut short\n")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_laid_in_the_way_of_the_temporary_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".file.new").symlink_to(tmp_path / "elsewhere")
    assert replace(tmp_path / "file", b"x", 1).returncode != 0
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    done = replace(tmp_path / "directory", b"x", 1)
    assert (done.returncode, done.stderr) == (1, b"is a directory\n")
    assert not list((tmp_path / "directory").iterdir())
