"""The pbin: a file of metadata that names a tarball (FACTS 1)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import RepositoryName, SlotName
from pbins.paludis.shell_text import Assignment, Problem, find_problems, read_assignments
from pbins.paludis.tree import parse_tree, scoped_words

MAX_PROBLEMS = 20
"""More of one file help nobody."""
LAST_FIELDS = {"pbin-1+exheres-0": b'\nSCM_REVISION="'}
"""What a file of this kind ends with, by the end of its name: it is written line by line."""
LATEST_TIME = 253_402_300_799
"""The last second of the year 9999, the last that a datetime holds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file is nothing but assignments of plain texts; `problems` say what else it is."""

    problems: tuple[Problem, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether a shell that sources the file does nothing but assign."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Pbin:
    """The fields of a pbin in the order of the file. CHOST and PLATFORMS come twice (FACTS 1.2).

    Properties that are not plain text raise ParseError if their field is missing or malformed.
    """

    fields: tuple[tuple[str, str], ...]

    def get(self, key: str) -> str:
        """The value a shell would end up with, the last one; empty if there is none."""
        for name, value in reversed(self.fields):
            if name == key:
                return value
        return ""

    @property
    def summary(self) -> str:
        """One line about the package."""
        return self.get("SUMMARY")

    @property
    def description(self) -> str:
        """A longer text, often empty."""
        return self.get("DESCRIPTION")

    @property
    def eapi(self) -> str:
        """`pbin-1+exheres-0`."""
        return self.get("EAPI")

    @property
    def slot(self) -> SlotName:
        """The slot it installs into."""
        return SlotName(self.get("SLOT"))

    @property
    def dependencies(self) -> str:
        """The text for `parse_dependencies`."""
        return self.get("DEPENDENCIES")

    @property
    def myoptions(self) -> str:
        """The first text for `parse_options`."""
        return self.get("MYOPTIONS")

    @property
    def options(self) -> str:
        """The second text for `parse_options`: what is on."""
        return self.get("OPTIONS")

    @property
    def platforms(self) -> tuple[str, ...]:
        """BINARY_PLATFORMS: the only ones that count for a pbin. None: masked everywhere."""
        return tuple(self.get("BINARY_PLATFORMS").split())

    @property
    def licences(self) -> tuple[str, ...]:
        """Every licence named, once, whatever the conditions and choices."""
        words = scoped_words(parse_tree(self.get("LICENCES")))
        return tuple(dict.fromkeys(word.text for word, _ in words))

    @property
    def binary_uri(self) -> str:
        """Where the tarball is: the repository's prefix and the tarball's name."""
        return self.get("BINARY_URI")

    @property
    def tarball(self) -> str:
        """The last component of the BINARY_URI, for `TarballName.parse`."""
        return self.binary_uri.rpartition("/")[2]

    @property
    def generated_time(self) -> datetime:
        """When it was built, in UTC, to the second."""
        text = self.get("GENERATED_TIME")
        if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) <= LATEST_TIME):
            raise ParseError(f"GENERATED_TIME {shown(text)} is not a number of seconds")
        return datetime.fromtimestamp(int(text), UTC)

    @property
    def generated_from(self) -> RepositoryName:
        """The source repository it was built from."""
        return RepositoryName(self.get("GENERATED_FROM_REPOSITORY"))

    @property
    def generated_using(self) -> str:
        """The version of Paludis that built it."""
        return self.get("GENERATED_USING")

    @property
    def chost(self) -> str:
        """The machine it runs on: `x86_64-pc-linux-gnu`."""
        return self.get("CHOST")

    @property
    def cflags(self) -> str:
        """What it was compiled with."""
        return self.get("CFLAGS")

    @property
    def scm_revision(self) -> str:
        """The commit it was built from, if it is an scm package."""
        return self.get("SCM_REVISION")


def parse_pbin(text: str) -> Pbin:
    """Read the fields; ParseError at the first line that is no `NAME="value"`.

    A field that a shell would expand is read as it is written: ask `inspect_pbin` before trusting.
    """
    fields: list[tuple[str, str]] = []
    for part in read_assignments(text):
        if isinstance(part, Assignment):
            fields.append((part.name, part.value))
        elif part.text.strip():
            raise ParseError(f'not a NAME="value": {shown(part.text.strip())}', part.line)
    return Pbin(tuple(fields))


def is_half_written(path: str, content: bytes) -> bool:
    """Whether the builder was ended while it wrote this file, as far as that can be seen."""
    last = LAST_FIELDS.get(path.rpartition(".")[2], b"")
    return not content.endswith(b'"\n') or last not in content


def inspect_pbin(text: str) -> Verdict:
    """Judge what a shell would do with a file, without one. Never raises but for its length."""
    problems: list[Problem] = []
    for problem in find_problems(text):
        problems.append(problem)
        if len(problems) == MAX_PROBLEMS:
            break
    return Verdict(tuple(problems))
