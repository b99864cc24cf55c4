"""Command lines in the manner of cave: clusters of short options, values, targets."""

from dataclasses import dataclass, field

from demo.cave.errors import CaveError


@dataclass(frozen=True, slots=True)
class Known:
    """An option: long name, short letter (or empty), whether a value follows."""

    long: str
    short: str = ""
    valued: bool = False


@dataclass
class Arguments:
    values: dict[str, list[str]] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, default: str = "") -> str:
        return self.values[name][-1] if name in self.values else default

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])


def parse_arguments(words: list[str], known: tuple[Known, ...]) -> Arguments:
    """Raises CaveError in cave's words for an option that `known` does not hold."""
    longs = {option.long: option for option in known}
    shorts = {option.short: option for option in known if option.short}
    found, rest = Arguments(), list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.targets.extend(rest)
            break
        if word.startswith("--"):
            _take_long(word, longs, found, rest)
        elif word.startswith("-") and len(word) > 1:
            _take_cluster(word, shorts, found, rest)
        else:
            found.targets.append(word)
    return found


def _take_long(word: str, longs: dict[str, Known], found: Arguments, rest: list[str]) -> None:
    name, equals, value = word[2:].partition("=")
    option = longs.get(name)
    if option is None:
        raise bad_argument(f"--{name}")
    if option.valued and not equals:
        value = _next_value(word, rest)
    found.values.setdefault(name, []).append(value)


def _take_cluster(word: str, shorts: dict[str, Known], found: Arguments, rest: list[str]) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        option = shorts.get(letter)
        if option is None:
            raise bad_argument(f"-{letter}")
        value = ""
        if option.valued:
            value, letters = letters or _next_value(word, rest), ""
        found.values.setdefault(option.long, []).append(value)


def _next_value(word: str, rest: list[str]) -> str:
    if not rest:
        raise CaveError(
            f"Error handling command line: Missing parameter for '{word}'",
            "paludis::args::MissingValue",
        )
    return rest.pop(0)


def bad_argument(word: str) -> CaveError:
    return CaveError(
        f"Error handling command line: Bad argument '{word}'", "paludis::args::BadArgument"
    )
