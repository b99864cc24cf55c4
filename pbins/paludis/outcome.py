"""How a finished cave is to be judged: by what it did, not by its exit status alone (FACTS 4.7).

It may exit with 0 and have done nothing (FACTS 0.1), and with 1 and have made most of what it was
asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.events import Event, SyncState
from pbins.paludis.evidence import Evidence
from pbins.paludis.reasons import (
    why_blocked,
    why_failed,
    why_killed,
    why_refused,
    why_sync_failed,
    why_unfinished,
)

CHANGES_NEEDED = 3
"""Cave's exit status if the configuration has to change first."""


class Outcome(StrEnum):
    """What became of a run.

    `blocked`: cave wants to be permitted something. `refused`: it can't do what it was told, and
    won't before that, or its configuration, changes. `partial`: some of it was done.
    """

    SUCCEEDED = "succeeded"
    PLANNED = "planned"
    NOTHING_TO_DO = "nothing_to_do"
    PARTIAL = "partial"
    FAILED = "failed"
    BLOCKED = "blocked"
    REFUSED = "refused"


class Purpose(StrEnum):
    """What cave was started for, as far as it matters for the verdict."""

    PLAN = "plan"
    EXECUTE = "execute"
    SYNC = "sync"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, and a sentence on which an administrator can act; no full stop.

    `logs` are the paths on the host of what the failed actions printed.
    """

    outcome: Outcome
    reason: str
    logs: tuple[str, ...] = ()


def judge(
    events: Iterable[Event], exit_status: int | None, purpose: Purpose | None = None
) -> Verdict:
    """The verdict on a cave that has ended.

    `exit_status` is negative, or above 128, for a signal; None if it is not known. Without a
    purpose the evidence has to do, which can't tell a plan from a silent refusal to execute it.
    """
    evidence = Evidence()
    for event in events:
        evidence.add(event)
    return judge_evidence(evidence, exit_status, purpose)


def judge_evidence(
    evidence: Evidence, exit_status: int | None, purpose: Purpose | None = None
) -> Verdict:
    """The same, for whoever has collected the evidence along the way."""
    purpose = purpose or _guess(evidence)
    if signal := _signal(exit_status):
        outcome = Outcome.PARTIAL if evidence.made else Outcome.FAILED
        return Verdict(outcome, why_killed(signal, evidence), tuple(evidence.logs))
    if purpose is Purpose.SYNC:
        return _judge_sync(evidence, exit_status)
    if not evidence.has_begun and (verdict := _judge_unbegun(evidence, exit_status)):
        return verdict
    if exit_status or evidence.failed or evidence.open:
        return _judge_failed(evidence, exit_status)
    if evidence.has_begun:
        return _judge_done(evidence)
    if purpose is Purpose.QUERY:
        return Verdict(Outcome.SUCCEEDED, "cave has answered")
    return _judge_idle(evidence, exit_status, purpose)


def _guess(evidence: Evidence) -> Purpose:
    if evidence.synced:
        return Purpose.SYNC
    return Purpose.EXECUTE if evidence.has_begun else Purpose.PLAN


def _signal(exit_status: int | None) -> int:
    """The signal that ended cave; a shell adds 128."""
    if exit_status is None:
        return 0
    if exit_status < 0:
        return -exit_status
    return exit_status - 128 if exit_status > 128 else 0


def _judge_sync(evidence: Evidence, exit_status: int | None) -> Verdict:
    failed = [result for result in evidence.synced.values() if result.state is SyncState.FAILED]
    synced = [result for result in evidence.synced.values() if result.state is SyncState.SYNCED]
    logs = tuple(evidence.logs)
    if failed:
        outcome = Outcome.PARTIAL if synced else Outcome.FAILED
        return Verdict(outcome, why_sync_failed(failed), logs)
    if exit_status or not evidence.synced:
        return _judge_unbegun(evidence, exit_status) or _judge_failed(evidence, exit_status)
    if not synced:
        return Verdict(Outcome.NOTHING_TO_DO, "no repository needs to be synced")
    names = ", ".join(result.repository for result in synced)
    return Verdict(Outcome.SUCCEEDED, f"synced {names}")


def _judge_unbegun(evidence: Evidence, exit_status: int | None) -> Verdict | None:
    """The verdict if something was in the way of the first step already."""
    if reason := why_refused(evidence, exit_status):
        return Verdict(Outcome.REFUSED, reason)
    if evidence.confirmations or exit_status == CHANGES_NEEDED:
        return Verdict(Outcome.BLOCKED, why_blocked(evidence))
    return None


def _judge_failed(evidence: Evidence, exit_status: int | None) -> Verdict:
    outcome = Outcome.PARTIAL if evidence.made else Outcome.FAILED
    return Verdict(outcome, why_failed(evidence, exit_status), tuple(evidence.logs))


def _judge_done(evidence: Evidence) -> Verdict:
    if evidence.is_complete:
        count = f"{len(evidence.made)} of {evidence.expected}"
        return Verdict(Outcome.SUCCEEDED, f"{count} steps are done")
    outcome = Outcome.PARTIAL if evidence.made else Outcome.FAILED
    return Verdict(outcome, why_unfinished(evidence), tuple(evidence.logs))


def _judge_idle(evidence: Evidence, exit_status: int | None, purpose: Purpose) -> Verdict:
    """Nothing was done, and nothing is known to be in the way.

    Cave does not always say that there is nothing to do, but then it exits with 0.
    """
    if not evidence.has_plan and (exit_status == 0 or evidence.says_nothing_to_do):
        return Verdict(Outcome.NOTHING_TO_DO, "everything is as it should be already")
    if not evidence.has_plan:
        return _judge_failed(evidence, exit_status)
    if purpose is Purpose.PLAN:
        return Verdict(Outcome.PLANNED, "the plan is made, and nothing is in its way")
    return Verdict(Outcome.BLOCKED, "cave made a plan and did not execute it, without saying why")
