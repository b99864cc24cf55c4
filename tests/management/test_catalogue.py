"""``manage.py catalogue import``."""

from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.models import Entry
from pbins.services.repositories import add_repository
from tests.factories import PBIN_FIELDS, pbin_text
from tests.management.conftest import Shell
from tests.storage.archives import plain_file, tarball

NAME = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.PBINS_DATA_DIR = tmp_path / "data"
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / NAME).parent.mkdir(parents=True)
    (root / "profiles").mkdir()
    (root / "profiles/repo_name").write_text("pbins\n")
    uri = "mirror://pbins/pbins--sys-test--hello-1.0--C.1.2.3.C.tar.bz2"
    (root / NAME).write_text(pbin_text({**PBIN_FIELDS, "BINARY_URI": uri}))
    return root


def test_pbins_without_tarballs_are_in_the_catalogue_and_withheld(
    manage: Shell, tree: Path
) -> None:
    ended = manage("catalogue", "import", "pbins", str(tree), "--json")
    assert ended.exit == 0
    assert ended.json == {"found": 1, "published": 0, "withheld": 1, "problems": []}
    assert Entry.objects.get().name == "sys-test/hello"


def test_the_counts_are_told_to_people(manage: Shell, tree: Path) -> None:
    ended = manage("catalogue", "import", "pbins", str(tree))
    assert ended.out == "1 pbins found: 0 published, 1 withheld, 0 left out\n"


def test_what_is_no_pbin_is_left_out_named_and_makes_it_fail(manage: Shell, tree: Path) -> None:
    broken = tree / "packages/sys-test/hello/hello-2.0.pbin-1+exheres-0"
    broken.write_text("no pbin")
    ended = manage("catalogue", "import", "pbins", str(tree))
    assert ended.exit == 1
    assert "2 pbins found: 0 published, 1 withheld, 1 left out" in ended.out
    assert "hello-2.0" in ended.out


@pytest.mark.parametrize(
    ("repository", "path"), [("pbin", "."), ("pbins", "/nowhere"), ("pbins", "empty")]
)
def test_bad_input_is_refused(manage: Shell, tmp_path: Path, repository: str, path: str) -> None:
    (tmp_path / "empty").mkdir()
    ended = manage("catalogue", "import", repository, str(tmp_path / path))
    assert (ended.exit, ended.out) == (2, "")
    assert ended.err


def test_what_looks_like_a_secret_is_allowed_by_name(
    manage: Shell, tree: Path, tmp_path: Path
) -> None:
    content = tarball(plain_file("PBIN/environment", b"A_TOKEN=abcdefghijklmn\n"))
    (tmp_path / "pbins--sys-test--hello-1.0--C.1.2.3.C.tar.bz2").write_bytes(content)
    manage("catalogue", "import", "pbins", str(tree), "--distfiles", str(tmp_path))
    assert "A_TOKEN=ab…" in Entry.objects.get().withheld
    assert manage("catalogue", "allow", "pbins", "sys-test/hello-1.0").exit == 0
    assert Entry.objects.get().withheld == ""
    for name in ("sys-test/hello-1.0", "sys-test/hello-2", "hello", "sys-test/hello"):
        assert manage("catalogue", "allow", "pbins", name).exit == 2
