"""Command lines for `cave`, as words for a process, from typed values only (FACTS 4).

Nothing that a person typed gets in here unless a type has checked it, and whatever goes in front
of cave's own options parser is checked once more, so it can't become an option. To run a command
through a shell, use `in_shell`.
"""

import shlex
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import PurePosixPath

from pbins.paludis.confirmations import REMEDIES
from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import PackageId, RepositoryName, SetName
from pbins.paludis.resolution import ContinueOnFailure, Permit, Resolution
from pbins.paludis.specs import PackageSpec

Argv = tuple[str, ...]

GATE = "$CAVE print-resolution-required-confirmations"
"""Run by cave through a shell, which is why it is a constant."""

SHOWN = ("--show-option-descriptions", "all")
"""Into a file cave flushes the plan that it shows only with the legend of options behind it: where
there is no legend, nothing of the plan is printed (transcripts 05, 11b, 16, 17 and 36)."""

TEST_PHASES = ("test", "test_expensive")


class IdMask(StrEnum):
    """Which ids `print-ids` prints: every id is either of the two (FACTS 4.8)."""

    NONE = "none"
    ANY = "any"


def plan(resolution: Resolution, plan_file: PurePosixPath) -> Argv:
    """Write the plan and show it; nothing is executed (FACTS 4.6)."""
    words = (*SHOWN, "--resume-file", _absolute(plan_file))
    return _cave(*_resolve(resolution), *words, *_targets(resolution))


def required_confirmations(resolution: Resolution) -> Argv:
    """The gate: a line for everything that cave would not do unpermitted (FACTS 4.6)."""
    return _cave(*_resolve(resolution), "--display-resolution-program", GATE, *_targets(resolution))


def resume(
    plan_file: PurePosixPath,
    *,
    continue_on_failure: ContinueOnFailure = ContinueOnFailure.IF_INDEPENDENT,
    retry_failed: bool = False,
    retry_skipped: bool = False,
    skip_tests: bool = False,
) -> Argv:
    """Execute a plan. It does not ask (FACTS 0.1b), so the gate must have been empty.

    Phases to skip are no part of the plan, so they have to be given again.
    """
    words = ["resume", "--resume-file", _absolute(plan_file)]
    words += ["--continue-on-failure", continue_on_failure.value, "--fetch-jobs", "0"]
    words += ["--retry-failed"] if retry_failed else []
    words += ["--retry-skipped"] if retry_skipped else []
    return _cave(*words, *_phases(skip_tests))


def install(resolution: Resolution) -> Argv:
    """Resolve and execute in one go, for a consumer (FACTS 4.10)."""
    words = [*SHOWN, "--execute", "--continue-on-failure", resolution.continue_on_failure.value]
    words += ["--fetch-jobs", "0", *_phases(resolution.skip_tests)]
    return _cave(*_resolve(resolution), *words, *_targets(resolution))


def sync(repositories: Iterable[RepositoryName]) -> Argv:
    """Sync these repositories, or all of them if none is named.

    On a builder always name them: the binary repository must never be synced (FACTS 0.5). One
    that was never synced is called `x-` and the last part of its location (FACTS 3.1).
    """
    return _cave("sync", *map(_word, repositories))


def print_installed_ids(origin: RepositoryName | None = None) -> Argv:
    """Every installed package, or those that came from one repository (FACTS 4.8)."""
    return _print_ids("*/*::/" if origin is None else f"*/*::{_word(origin)}->")


def print_repository_ids(repository: RepositoryName, mask: IdMask | None = None) -> Argv:
    """Every package of a repository, or those that are masked, or those that are not."""
    masks = () if mask is None else ("-M", mask.value)
    return _print_ids(f"*/*::{_word(repository)}", *masks)


def parse_ids(text: str) -> tuple[PackageId, ...]:
    """Read what the commands above print. Raises ParseError with the line."""
    ids = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            ids.append(PackageId.parse(line.strip()))
        except ParseError as error:
            raise ParseError(error.reason, number) from error
    return tuple(ids)


def print_repositories(format_name: str = "") -> Argv:
    """The names of the configured repositories, one a line; `e` are those that one builds from."""
    return _cave("print-repositories", *(("--format", _word(format_name)) if format_name else ()))


def print_repository_metadata(repository: RepositoryName) -> Argv:
    """What cave knows of a repository."""
    return _cave("print-repository-metadata", _word(repository))


def print_sets() -> Argv:
    """The names of all sets, one a line."""
    return _cave("print-sets")


def print_set(name: SetName) -> Argv:
    """The specifications in a set, one a line."""
    return _cave("print-set", _word(name))


def has_version(spec: PackageSpec) -> Argv:
    """Exits with 0 if something matches."""
    return _cave("has-version", _word(spec))


def print_unused_distfiles(repository: RepositoryName) -> Argv:
    """The paths in the distfiles that no pbin of a repository refers to (FACTS 2.5)."""
    return _cave("print-unused-distfiles", "--include", _word(repository))


def fix_cache() -> Argv:
    """Regenerate the caches of names, which a new pbin leaves stale (FACTS 3.2)."""
    return _cave("fix-cache")


def version() -> Argv:
    """Which cave this is."""
    return ("cave", "--version")


def in_shell(argv: Argv) -> str:
    """The same command as POSIX shell text, every word quoted."""
    return shlex.join(argv)


def _cave(*words: str) -> Argv:
    return ("cave", "--colour", "no", *words)


def _print_ids(matching: str, *filters: str) -> Argv:
    return _cave("print-ids", "-m", matching, *filters, "-f", r"%F\n")


def _resolve(resolution: Resolution) -> Iterator[str]:
    """Everything but what differs between looking and doing. World is never touched."""
    yield from ("resolve", "--preserve-world", "--make", resolution.make.value)
    yield from ("--make-dependencies", resolution.make_dependencies.value)
    yield from ("--keep-targets", resolution.keep_targets.value)
    yield from ("--show-descriptions", "none")
    if resolution.complete:
        yield "-c"
    if resolution.one_binary_per_slot:
        yield "--one-binary-per-slot"
    if resolution.promote_binaries:
        yield from ("--promote-binaries", "if-same")
    for repository in resolution.hide:
        yield from ("--hide", f"*/*::{_word(repository)}")
    for permit in resolution.permits:
        yield from _permit(permit)


def _permit(permit: Permit) -> Argv:
    """No words for what only a configuration file can permit."""
    remedy = REMEDIES[permit.kind]
    if not remedy.option:
        return ()
    return (remedy.option, remedy.argument or _word(permit.spec))


def _targets(resolution: Resolution) -> Argv:
    if isinstance(resolution.targets, SetName):
        return (_word(resolution.targets),)
    return tuple(map(_word, resolution.targets))


def _phases(skip_tests: bool) -> Argv:
    if not skip_tests:
        return ()
    return tuple(word for phase in TEST_PHASES for word in ("--skip-phase", phase))


def _absolute(path: PurePosixPath) -> str:
    if not path.is_absolute():
        raise ParseError(f"{shown(str(path))} is not an absolute path")
    return str(path)


def _word(value: object) -> str:
    """The text of a typed value, which its type should have kept from being an option."""
    text = str(value)
    if not text or text.startswith("-") or not text.isprintable() or " " in text:
        raise ParseError(f"{shown(text)} can't be an argument of cave")
    return text
