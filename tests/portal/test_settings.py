"""The settings as a process of the portal has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]


def start(command: str = "check", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "variables",
    [{"PBINS_WORKERS": "none"}, {"PBINS_DATA_DIR": "/proc/nowhere"}, {"PBINS_COLOUR": "red"}],
)
def test_the_portal_says_in_one_line_why_it_does_not_start(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    ended = start(**{"PBINS_DATA_DIR": str(tmp_path), **variables})
    assert ended.returncode != 0
    (line,) = ended.stderr.splitlines()
    assert line.startswith("The portal cannot start: ")


def test_a_data_directory_may_have_any_name(tmp_path: Path) -> None:
    data_dir = tmp_path / "my data #1? 100%25"
    ended = start("migrate", PBINS_DATA_DIR=str(data_dir))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (data_dir / "db.sqlite3").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [data_dir.name]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1)]
)
def test_sqlite_lets_readers_read_while_one_writes(db: None, pragma: str, value: str | int) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the tests run on another database")
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (value,)
