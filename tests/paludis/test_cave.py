"""Command lines, and that nothing typed can get out of its word."""

import shlex
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis import cave
from pbins.paludis.cave import Argv
from pbins.paludis.confirmations import ConfirmationKind
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId, RepositoryName, SetName
from pbins.paludis.resolution import (
    ContinueOnFailure,
    KeepTargets,
    Make,
    MakeDependencies,
    Permit,
    Resolution,
)
from pbins.paludis.specs import PackageSpec

PLAN_FILE = PurePosixPath("/run/pbins/7/plan")
FOO = PackageSpec.parse("=dev-libs/libfoo-1.3:0[doc]")
BAR = PackageSpec.parse("dev-libs/libbar")
ARBOR = RepositoryName("arbor")
PBINS = RepositoryName("mybinaries")
WORLD = Resolution(targets=SetName("world"))
QUIET = "--show-descriptions none"
SHOWN = "--show-option-descriptions all"


def words(text: str) -> Argv:
    return tuple(shlex.split(text))


def test_a_plan_is_made_and_not_executed() -> None:
    assert cave.plan(WORLD, PLAN_FILE) == words(
        "cave --colour no resolve --preserve-world --make binaries --make-dependencies all"
        f" --keep-targets auto {QUIET} {SHOWN} --resume-file /run/pbins/7/plan world"
    )


def test_everything_that_can_be_chosen_is_in_the_command_line() -> None:
    resolution = Resolution(
        targets=(FOO, BAR),
        make=Make.INSTALL,
        make_dependencies=MakeDependencies.RUNTIME,
        keep_targets=KeepTargets.IF_SAME,
        complete=True,
        one_binary_per_slot=True,
        promote_binaries=True,
        hide=(ARBOR, RepositoryName("x-media")),
        permits=(
            Permit(ConfirmationKind.DOWNGRADE, FOO),
            Permit(ConfirmationKind.NOT_BEST, FOO),
            Permit(ConfirmationKind.UNINSTALL, BAR),
            Permit(ConfirmationKind.BREAK, BAR),
            Permit(ConfirmationKind.REMOVE_SYSTEM_PACKAGE, BAR),
        ),
    )
    assert cave.plan(resolution, PLAN_FILE) == words(
        "cave --colour no resolve --preserve-world --make install --make-dependencies runtime"
        f" --keep-targets if-same {QUIET} -c --one-binary-per-slot --promote-binaries if-same"
        " --hide '*/*::arbor' --hide '*/*::x-media'"
        " --permit-downgrade '=dev-libs/libfoo-1.3:0[doc]'"
        " --permit-old-version '=dev-libs/libfoo-1.3:0[doc]'"
        " --permit-uninstall dev-libs/libbar"
        " --uninstalls-may-break dev-libs/libbar --uninstalls-may-break system"
        f" {SHOWN} --resume-file /run/pbins/7/plan '=dev-libs/libfoo-1.3:0[doc]' dev-libs/libbar"
    )


@pytest.mark.parametrize("kind", [ConfirmationKind.MASKED, ConfirmationKind.CHANGED_CHOICES])
def test_what_only_a_file_can_permit_adds_no_option(kind: ConfirmationKind) -> None:
    permitted = Resolution(targets=SetName("world"), permits=(Permit(kind, FOO),))
    assert cave.plan(permitted, PLAN_FILE) == cave.plan(WORLD, PLAN_FILE)


def test_the_gate_asks_about_the_same_resolution() -> None:
    gate = cave.required_confirmations(WORLD)
    shown = len(cave.SHOWN)
    assert gate[:-3] == cave.plan(WORLD, PLAN_FILE)[: -3 - shown]
    assert gate[-3:] == (
        "--display-resolution-program",
        "$CAVE print-resolution-required-confirmations",
        "world",
    )


def test_a_plan_is_resumed_with_what_the_plan_does_not_hold() -> None:
    assert cave.resume(PLAN_FILE) == words(
        "cave --colour no resume --resume-file /run/pbins/7/plan"
        " --continue-on-failure if-independent --fetch-jobs 0"
    )
    assert cave.resume(
        PLAN_FILE,
        continue_on_failure=ContinueOnFailure.NEVER,
        retry_failed=True,
        retry_skipped=True,
        skip_tests=True,
    ) == words(
        "cave --colour no resume --resume-file /run/pbins/7/plan"
        " --continue-on-failure never --fetch-jobs 0 --retry-failed --retry-skipped"
        " --skip-phase test --skip-phase test_expensive"
    )


def test_a_consumer_installs_without_any_source_repository() -> None:
    resolution = Resolution(
        targets=(BAR,),
        make=Make.INSTALL,
        hide=(ARBOR,),
        continue_on_failure=ContinueOnFailure.NEVER,
    )
    assert cave.install(resolution) == words(
        "cave --colour no resolve --preserve-world --make install --make-dependencies all"
        f" --keep-targets auto {QUIET} --hide '*/*::arbor' {SHOWN} --execute"
        " --continue-on-failure never --fetch-jobs 0 dev-libs/libbar"
    )


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (cave.sync((ARBOR, PBINS)), "cave --colour no sync arbor mybinaries"),
        (cave.sync(()), "cave --colour no sync"),
        (cave.print_installed_ids(), r"cave --colour no print-ids -m '*/*::/' -f '%F\n'"),
        (
            cave.print_installed_ids(PBINS),
            r"cave --colour no print-ids -m '*/*::mybinaries->' -f '%F\n'",
        ),
        (
            cave.print_repository_ids(PBINS),
            r"cave --colour no print-ids -m '*/*::mybinaries' -f '%F\n'",
        ),
        (
            cave.print_repository_ids(ARBOR, cave.IdMask.ANY),
            r"cave --colour no print-ids -m '*/*::arbor' -M any -f '%F\n'",
        ),
        (cave.print_repositories(), "cave --colour no print-repositories"),
        (cave.print_repositories("e"), "cave --colour no print-repositories --format e"),
        (
            cave.print_repository_metadata(PBINS),
            "cave --colour no print-repository-metadata mybinaries",
        ),
        (cave.print_sets(), "cave --colour no print-sets"),
        (cave.print_set(SetName("tools")), "cave --colour no print-set tools"),
        (cave.has_version(BAR), "cave --colour no has-version dev-libs/libbar"),
        (
            cave.print_unused_distfiles(PBINS),
            "cave --colour no print-unused-distfiles --include mybinaries",
        ),
        (cave.fix_cache(), "cave --colour no fix-cache"),
        (cave.version(), "cave --version"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_smaller_commands(argv: Argv, text: str) -> None:
    assert argv == words(text)


def test_ids_are_read_back() -> None:
    text = "dev-libs/libfoo-1.3:0::installed\n\napp-shells/hush-2.0:0::installed\n"
    assert cave.parse_ids(text) == (
        PackageId.parse("dev-libs/libfoo-1.3:0::installed"),
        PackageId.parse("app-shells/hush-2.0:0::installed"),
    )
    with pytest.raises(ParseError) as caught:
        cave.parse_ids("dev-libs/libfoo-1.3:0::installed\nno id\n")
    assert caught.value.line == 2


def test_a_resolution_needs_a_target() -> None:
    with pytest.raises(ParseError, match="nothing to resolve"):
        Resolution(targets=())


def test_a_plan_file_needs_an_absolute_path() -> None:
    with pytest.raises(ParseError, match="not an absolute path"):
        cave.resume(PurePosixPath("--execute"))


def test_the_command_line_passes_through_a_shell_unchanged() -> None:
    resolution = Resolution(targets=(FOO,), hide=(ARBOR,))
    command = cave.in_shell(("printf", "%s\\n", *cave.required_confirmations(resolution)))
    printed = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert tuple(printed.stdout.splitlines()) == cave.required_confirmations(resolution)


HOSTILE = [
    "--execute",
    "-x",
    "",
    "a/b --execute",
    "a/b\n--execute",
    "a/b\t",
    "a/b;reboot",
    "$(reboot)",
    "`reboot`",
    "a/$IFS",
    "../../etc/passwd",
    "a/b|c",
    "a/b\x00",
    "--permit-uninstall",
    "\u2212x/y",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", [SetName, RepositoryName, PackageSpec.parse])
def test_hostile_names_are_no_names(text: str, kind: type[SetName]) -> None:
    with pytest.raises(ParseError):
        kind(text)


@given(st.text() | st.from_regex(r"[-=~<>!*]{0,2}[a-z-]{1,4}/[a-z-]{1,4}[][a-z:?;$ \n-]{0,8}"))
def test_whatever_is_accepted_stays_one_word_that_is_no_option(text: str) -> None:
    try:
        argv = cave.has_version(PackageSpec.parse(text))
    except ParseError:
        return
    assert len(argv) == 5
    assert not argv[-1].startswith("-")
    assert not set(argv[-1]) & set(" \t\r\n\0;|`$\"'\\(){}#")
    assert tuple(shlex.split(cave.in_shell(argv))) == argv
