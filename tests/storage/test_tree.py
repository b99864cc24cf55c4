"""The tree of a repository is read alike from a directory and from an archive."""

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pbins.storage.errors import BrokenTree, UnsafePath
from pbins.storage.tree import read_tree
from tests.storage.archives import plain_file, special, tar

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"

TREE = {
    "metadata/layout.conf": b"masters = arbor\n",
    "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0": b'SLOT="0"\n',
}


def archive(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "tree.tar"
    path.write_bytes(content)
    return path


def test_a_directory_is_read_without_git_and_links(tmp_path: Path) -> None:
    for name, content in {**TREE, ".git/config": b"[core]", "packages/.git": b"gitdir: x"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "etc").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    assert read_tree(tmp_path) == TREE


@pytest.mark.parametrize("compress", [bytes, bz2.compress, gzip.compress, lzma.compress])
def test_an_archive_of_any_compression_is_read(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    content = tar(
        *(plain_file(*file) for file in TREE.items()),
        special("passwd", tarfile.SYMTYPE, "/etc/passwd"),
        plain_file(".git/config", b"[core]"),
    )
    assert read_tree(archive(tmp_path, compress(content))) == TREE


@pytest.mark.parametrize("prefix", ["./", "pbins-2026/", "./pbins-2026/"])
def test_a_directory_around_everything_is_left_out(tmp_path: Path, prefix: str) -> None:
    content = tar(*(plain_file(f"{prefix}{path}", content) for path, content in TREE.items()))
    assert read_tree(archive(tmp_path, content)) == TREE


def test_a_hard_link_is_passed_over(tmp_path: Path) -> None:
    content = tar(plain_file("a/b", b"1"), plain_file("c"), special("d", tarfile.LNKTYPE, "a/b"))
    assert read_tree(archive(tmp_path, content)) == {"a/b": b"1", "c": b""}


def test_an_empty_directory_is_an_empty_tree(tmp_path: Path) -> None:
    assert read_tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b"])
def test_an_archive_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePath):
        read_tree(archive(tmp_path, tar(plain_file(name, b"x"))))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BrokenTree, match="there is no"):
        read_tree(tmp_path / "nothing")


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1000, lzma.compress(b"x" * 9000)[:60]])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BrokenTree, match="can't read the archive"):
        read_tree(archive(tmp_path, content))


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    content = lzma.compress(tar(*(plain_file(f"f{n}", bytes(3000)) for n in range(50))))
    with pytest.raises(BrokenTree):
        read_tree(archive(tmp_path, content[: len(content) // 2]))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(BrokenTree, match="huge has 17825792 bytes"):
        read_tree(tmp_path)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded repositories are not beside the tree")
def test_a_repository_that_was_in_use_is_read_whole() -> None:
    tree = read_tree(CORPUS / "binhost-2017-02-02.tar.xz")
    assert "metadata/categories.conf" in tree
    assert sum(".pbin-1+" in path for path in tree) > 1300
