"""Verdicts: what counts is what was done."""

import pytest

from pbins.paludis.outcome import Outcome, Purpose, Verdict, judge
from pbins.paludis.transcript import read_transcript

FOO = "dev-libs/libfoo-1.3:0::arbor"
BUILD = f"create binary in ::mybinaries for {FOO}"
INSTALL = "install to / for dev-libs/libfoo-1.3:0::mybinaries"
PRETENDED = "Executing pretend actions: 2 of 2"
PLAN = ("These are the actions I will take, in order:", "")
STEP = ("n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries", "    Reasons: target", "")


def verdict_on(
    *lines: str, exit_status: int | None = 0, purpose: Purpose | None = Purpose.EXECUTE
) -> Verdict:
    return judge(read_transcript("\n".join([*lines, ""]).encode()), exit_status, purpose)


def started(what: str, number: int = 1, of: int = 1) -> str:
    return f"{number} of {of}: Starting {what}..."


def test_success_needs_every_step_that_was_announced() -> None:
    done = (started(BUILD, 1, 2), f"Done {BUILD}")
    assert verdict_on(*done).outcome is Outcome.PARTIAL
    assert verdict_on(*done).reason == "cave ended after 1 of 2 steps"
    all_done = verdict_on(*done, started(INSTALL, 2, 2), f"Done {INSTALL}")
    assert all_done == Verdict(Outcome.SUCCEEDED, "2 of 2 steps are done")


def test_a_step_that_is_still_open_is_no_success() -> None:
    verdict = verdict_on(started(BUILD))
    assert verdict == Verdict(
        Outcome.FAILED, f"cave ended in the middle of building {FOO} for mybinaries"
    )


def test_fetching_alone_is_no_success() -> None:
    fetch = f"fetch for {FOO}"
    assert verdict_on(started(fetch), f"Done {fetch}").outcome is Outcome.FAILED


def test_exit_0_with_a_plan_that_was_not_executed_is_blocked() -> None:
    assert verdict_on(*PLAN, *STEP, PRETENDED).outcome is Outcome.BLOCKED
    assert verdict_on(*PLAN, *STEP, PRETENDED, purpose=Purpose.PLAN).outcome is Outcome.PLANNED


def test_exit_0_with_a_confirmation_that_is_open_is_blocked_and_says_by_what() -> None:
    verdict = verdict_on(
        *PLAN,
        *STEP,
        "I cannot proceed without being permitted to do the following:",
        "",
        "d   dev-libs/libfoo:0::arbor 1.2 to ::installed replacing 1.3",
        "    Cannot proceed without: --permit-downgrade",
        "",
        PRETENDED,
    )
    assert verdict == Verdict(
        Outcome.BLOCKED,
        "cave wants to be permitted: dev-libs/libfoo:0: an older version would replace a newer one,"
        " see --permit-downgrade",
    )


def test_exit_3_means_that_the_configuration_has_to_change() -> None:
    assert verdict_on(*PLAN, *STEP, exit_status=3).outcome is Outcome.BLOCKED


def test_what_can_not_be_ordered_is_refused() -> None:
    verdict = verdict_on(
        "I cannot provide a legal ordering for the following:", *STEP, exit_status=5
    )
    assert verdict == Verdict(Outcome.REFUSED, f"cave finds no order that works: {FOO}")


def test_errors_for_what_was_not_taken_do_not_matter() -> None:
    verdict = verdict_on(
        "I encountered the following ignorable errors for untaken packages:",
        "",
        "(!) dev-libs/maybe",
        "",
        PRETENDED,
        started(BUILD),
        f"Done {BUILD}",
    )
    assert verdict.outcome is Outcome.SUCCEEDED


def test_an_exit_status_that_is_not_known_proves_nothing() -> None:
    assert verdict_on(exit_status=None).outcome is Outcome.FAILED
    assert verdict_on(*PLAN, "(nothing to do)", exit_status=None).outcome is Outcome.NOTHING_TO_DO
    assert (
        verdict_on(started(BUILD), f"Done {BUILD}", exit_status=None).outcome is Outcome.SUCCEEDED
    )


@pytest.mark.parametrize(("exit_status", "name"), [(-9, "SIGKILL"), (143, "SIGTERM"), (-99, "99")])
def test_a_signal_is_named_and_what_was_made_counts(exit_status: int, name: str) -> None:
    killed = verdict_on(started(BUILD), exit_status=exit_status)
    assert killed == Verdict(
        Outcome.FAILED, f"cave was ended by signal {name} during building {FOO} for mybinaries"
    )
    done = (started(BUILD, 1, 2), f"Done {BUILD}", started(INSTALL, 2, 2))
    assert verdict_on(*done, exit_status=exit_status).outcome is Outcome.PARTIAL


def test_a_failure_after_which_others_went_on_is_partial() -> None:
    fetch = f"fetch for {FOO}"
    verdict = verdict_on(
        started(fetch),
        "Checking 'x.tar.bz2'... failed SHA256",
        f"Failed {fetch}",
        started(INSTALL),
        f"Failed {INSTALL}",
        started(BUILD),
        f"Done {BUILD}",
        exit_status=1,
    )
    assert verdict == Verdict(
        Outcome.PARTIAL,
        f"fetching for {FOO} failed: the file is not what the Manifest says (failed SHA256):"
        " x.tar.bz2 (and 1 more)",
    )


def test_a_plan_that_was_resumed_without_a_retry_says_so() -> None:
    verdict = verdict_on(
        f"1 of 2: Already failed for install {FOO}",
        "2 of 2: Already succeeded for install dev-libs/libbar-1:0::arbor",
        exit_status=1,
    )
    reason = f"install of {FOO} had failed before and was not tried again"
    assert verdict == Verdict(Outcome.PARTIAL, reason)


def test_what_went_wrong_in_a_fetch_before_is_not_blamed_for_the_next() -> None:
    fetch = f"fetch for {FOO}"
    other = "fetch for dev-libs/libbar-1:0::arbor"
    verdict = verdict_on(
        started(other),
        "Checking 'x.tar.bz2'... does not exist",
        f"Done {other}",
        started(fetch),
        f"Failed {fetch}",
        exit_status=1,
    )
    assert verdict.reason == f"fetching for {FOO} failed"


def test_a_step_may_fail_with_an_error_of_cave_itself() -> None:
    verdict = verdict_on(
        started(BUILD),
        "Error:",
        "  * In program cave perform install:",
        f"  * When installing '{FOO}':",
        "  * Paludis was built without support for pbins (paludis::InternalError)",
        "",
        f"Failed {BUILD}",
        exit_status=1,
    )
    assert verdict.reason == (
        f"building {FOO} for mybinaries failed: "
        "this cave was built without pbins: rebuild Paludis with that option"
    )


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (
            "E Repository configuration error: No categories file available for repository 'a'",
            "repository a has no metadata/categories.conf: create one, it may be empty",
        ),
        (
            "don't know whether to install to ::a or ::b",
            "both a and b are destinations for binaries on this host: leave one",
        ),
        (
            "Repository 'a' requires repository 'b', which is not configured",
            "repository a needs repository b, which is not configured on this host",
        ),
        (
            "Directory '/srv/d' owned by group 'root', not 'paludisbuild'",
            "directory /srv/d must belong to group paludisbuild and be writable for it",
        ),
        ("Gremlins", "cave refused: 'Gremlins'"),
    ],
)
def test_an_error_comes_with_advice(cause: str, reason: str) -> None:
    lines = ("Error:", "  * In program cave resolve:", f"  * {cause} (paludis::SomeError)", "")
    assert verdict_on(*lines, exit_status=1) == Verdict(Outcome.REFUSED, reason)


def test_the_errors_of_a_hook_are_not_caves_reason() -> None:
    lines = (
        "Error:",
        "  * In program cave print-id-metadata --all */*::installed --raw-name CONFIG_PROTECT:",
        "  * Found nothing suitable matching '*/*::installed' (paludis::cave::NothingMatching)",
        "",
    )
    verdict = verdict_on(*lines, exit_status=1)
    assert verdict == Verdict(Outcome.FAILED, "cave ended with exit status 1 and did not say why")


def test_a_sync_without_any_result_is_a_failure() -> None:
    assert verdict_on("Starting sync", purpose=Purpose.SYNC).outcome is Outcome.FAILED


def test_a_sync_in_which_all_fail_is_a_failure_and_one_without_need_is_nothing_to_do() -> None:
    failed = verdict_on("Sync results", "* a:   failed", purpose=Purpose.SYNC, exit_status=1)
    assert failed == Verdict(Outcome.FAILED, "a could not be synced")
    idle = verdict_on("Sync results", "* a:   no syncing required", purpose=Purpose.SYNC)
    assert idle.outcome is Outcome.NOTHING_TO_DO
