"""The guards for names that come from outside: a file name, and a path inside a tree."""

import re

from pbins.storage.errors import UnsafePath

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@~:,=-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME = 255
"""Bytes; what common file systems allow."""


def check_file_name(name: str) -> str:
    """`name` when it is one plain visible file name, as cave gives its tarballs."""
    if len(name) > _LONGEST_NAME:
        raise UnsafePath(name, f"longer than {_LONGEST_NAME} characters")
    if not _FILE_NAME.fullmatch(name):
        raise UnsafePath(name, "not a plain file name")
    return name


def is_file_name(name: str) -> bool:
    """Whether `check_file_name` lets it through."""
    return len(name) <= _LONGEST_NAME and _FILE_NAME.fullmatch(name) is not None


def check_tree_path(path: str) -> str:
    """`path` when it is relative, goes only down, and can't be taken for git's own files."""
    if _CONTROL.search(path):
        raise UnsafePath(path, "control characters")
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            raise UnsafePath(path, "not a relative path that only goes down")
        if part.lower() == ".git":
            raise UnsafePath(path, "names a git directory")
    return path
