"""Packages by one word: in the name, in the texts, or the name of a file or of a library."""

from django.db.models import Q, QuerySet

from pbins.models import FileName, IndexedEntry, Soname
from pbins.services.file_index import place_of_file
from pbins.services.full_text import has_words

LAST = "\U0010ffff"
"""Comes after whatever can follow the beginning of a name."""


def has_word(word: str) -> Q:
    """Asks of packages that this word is found.

    As one condition and not as a union: every name has to be read for its parts in any case.
    """
    found = Q(name__icontains=word) | has_words(word)
    found |= Q(pk__in=with_file(word).values("package"))
    if ".so" in word:
        found |= Q(pk__in=_with_soname(word).values("package"))
    return found


def with_file(word: str) -> QuerySet[FileName]:
    """Files of that name; of that path, or with that end of a path: `/usr/bin/foo`, `bin/foo`."""
    directory, name = place_of_file(word)
    files = FileName.objects.order_by().filter(name=name)
    if word.startswith("/"):
        return files.filter(directory__path=directory)
    if directory == "/":
        return files
    return files.filter(Q(directory__path=directory) | Q(directory__path__endswith=directory))


def _with_soname(word: str) -> QuerySet[IndexedEntry]:
    """Whose tarballs provide a library that is called so, or begins so: `libfoo.so`."""
    provided = Soname.objects.filter(name__gte=word, name__lt=word + LAST, is_provided=True)
    return IndexedEntry.objects.order_by().filter(tarball__in=provided.values("tarball"))
