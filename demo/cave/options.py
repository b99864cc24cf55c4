"""MYOPTIONS, and which of its options are on."""

from dataclasses import dataclass

from demo.cave.specs import Spec, parse_spec

# The groups that the profile of the stand-in's source repository knows (SUBOPTIONS of its pbins).
KNOWN_GROUPS = ("linguas",)

BUILD_OPTIONS = "symbols=strip jobs=2 -dwarf_compress recommended_tests -trace work=tidyup"
PBIN_BUILD_OPTIONS = "(-recommended_tests) -trace work=tidyup"
BUILD_OPTION_DESCRIPTIONS = {
    "dwarf_compress": "Compress DWARF2+ debug information",
    "jobs": "How many jobs the package's build system should use, where supported",
    "recommended_tests": "Run tests considered by the package to be recommended",
    "symbols": "How to handle debug symbols in installed files",
    "trace": "Trace actions executed by the package (very noisy, for debugging broken builds only)",
    "work": "Whether to preserve or remove working directories",
}
PBIN_BUILD_OPTION_NAMES = ("recommended_tests", "trace", "work")


@dataclass(frozen=True, slots=True)
class Option:
    group: str
    name: str
    description: str

    @property
    def full(self) -> str:
        return f"{self.group}:{self.name}" if self.group else self.name


def parse_options(text: str) -> tuple[Option, ...]:
    """`doc debug [[ description = [ Chatty ] ]] ( linguas: de en )` as options, in that order."""
    words, found, group, annotation = text.split(), list[Option](), "", list[str]()
    depth = 0
    for word in words:
        if word == "[[":
            depth, annotation = depth + 1, []
        elif word == "]]":
            depth -= 1
            if found and annotation[:2] == ["description", "="]:
                last = found[-1]
                found[-1] = Option(last.group, last.name, " ".join(annotation[3:-1]))
        elif depth:
            annotation.append(word)
        elif word in "()":
            group = ""
        elif word.endswith(":"):
            group = word[:-1].lower()
        else:
            found.append(Option(group, word, ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One line of options.conf: a spec and what it switches on and off."""

    spec: Spec
    states: dict[str, bool]


def parse_options_conf(text: str) -> list[OptionLine]:
    lines = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        group, states = "", dict[str, bool]()
        for word in words[1:]:
            if word.endswith(":"):
                group = word.lower()
                continue
            states[group + word.removeprefix("-")] = not word.startswith("-")
        lines.append(OptionLine(parse_spec(words[0]), states))
    return lines
