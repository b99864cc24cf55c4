"""Packages by one word: in the name, in the texts, or the name of a file or of a library."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from pbins.models import FileName, IndexedEntry, Package, Soname
from pbins.services.file_index import place_of_file
from pbins.services.full_text import packages_with

LAST = "\U0010ffff"
"""Comes after whatever can follow the beginning of a name."""


def with_word(word: str) -> QuerySet[Any, Any]:
    """Keys of the packages; some may come more than once."""
    named = Package.objects.order_by().filter(name__icontains=word).values("pk")
    return named.union(
        packages_with(word).order_by().values("pk"),
        with_file(word).values("package"),
        *_with_soname(word),
        all=True,
    )


def with_file(word: str) -> QuerySet[FileName]:
    """Files of that name; of that path, or with that end of a path: `/usr/bin/foo`, `bin/foo`."""
    directory, name = place_of_file(word)
    files = FileName.objects.order_by().filter(name=name)
    if word.startswith("/"):
        return files.filter(directory__path=directory)
    if directory == "/":
        return files
    return files.filter(Q(directory__path=directory) | Q(directory__path__endswith=directory))


def _with_soname(word: str) -> Iterator[QuerySet[Any, Any]]:
    """Whose tarballs provide a library that is called so, or begins so: `libfoo.so`."""
    if ".so" not in word:
        return
    provided = Soname.objects.filter(name__gte=word, name__lt=word + LAST, is_provided=True)
    found = IndexedEntry.objects.order_by().filter(tarball__in=provided.values("tarball"))
    yield found.values("package")
