"""Sentences on which an administrator can act."""

import re
import signal
from collections.abc import Sequence

from pbins.paludis.confirmations import REMEDIES
from pbins.paludis.errors import shown
from pbins.paludis.events import Action, CaveError, FetchCause, FetchFailed, Step, SyncResult
from pbins.paludis.evidence import Evidence

HOOK_QUERY = "--raw-name CONFIG_PROTECT"
"""A hook asks cave this, and on a fresh host it is told that nothing is installed."""

FETCH_CAUSES = {
    FetchCause.NOT_FOUND: "the server does not have the file",
    FetchCause.NO_CONNECTION: "the server can't be reached",
    FetchCause.REFUSED: "the server refuses to give the file",
    FetchCause.MISSING: "the file is not there after the attempt",
    FetchCause.SIZE: "the file has another size than the Manifest says",
    FetchCause.HASH: "the file is not what the Manifest says",
    FetchCause.NOT_IN_MANIFEST: "the Manifest does not list the file",
    FetchCause.NO_HASH: "the Manifest has no hash for the file that cave knows",
    FetchCause.OTHER: "cave does not accept the file",
}

ADVICE = (
    (
        r"No categories file available for repository '(?P<name>[^']+)'",
        "repository {name} has no metadata/categories.conf: create one, it may be empty",
    ),
    (
        r"Paludis was built without support for pbins",
        "this cave was built without pbins: rebuild Paludis with that option",
    ),
    (
        r"Found nothing suitable matching '(?P<name>[^']+)'",
        "cave knows no package, set or repository called {name}",
    ),
    (
        r"don't know whether to install to ::(?P<name>\S+) or ::(?P<other>\S+)",
        "both {name} and {other} are destinations for binaries on this host: leave one",
    ),
    (
        r"Repository '(?P<name>[^']+)' requires repository '(?P<other>[^']+)'",
        "repository {name} needs repository {other}, which is not configured on this host",
    ),
    (
        r"Directory '(?P<name>[^']+)'.* owned by group '(?P<group>[^']+)', not '(?P<other>[^']+)'",
        "directory {name} must belong to group {other} and be writable for it",
    ),
    (
        r"Resume file was created using a different version",
        "the plan was made by another version of cave: make a new one",
    ),
    (
        r"archive_write_open_filename failed",
        "the directory for tarballs does not exist or can't be written to",
    ),
    (
        r"Couldn't extract env|Couldn't extract image",
        "the tarball in this host's distfiles is broken: remove it and try again",
    ),
)


def why_refused(evidence: Evidence, exit_status: int | None) -> str:
    """Why cave would not begin; empty if it is not known to have refused."""
    if evidence.undecidable:
        first = evidence.undecidable[0]
        why = first.candidates[0] if first.candidates else "no candidates"
        return f"cave can't provide {first.package}: {why}{_more(evidence.undecidable)}"
    if evidence.unmet:
        unmet = evidence.unmet[0]
        wanted = "; ".join(unmet.requirements)
        question = f"decide options of {unmet.package} in options.conf: {wanted}"
        return question + _more(evidence.unmet)
    if evidence.unorderable:
        package = evidence.unorderable[0].package
        return f"cave finds no order that works: {package}{_more(evidence.unorderable)}"
    error = _last_error(evidence)
    return _explained(error) if error is not None and exit_status != 0 else ""


def why_blocked(evidence: Evidence) -> str:
    """What cave wants to be permitted."""
    if not evidence.confirmations:
        return "the configuration of some package has to change first"
    wishes = []
    for confirmation in evidence.confirmations:
        detail = f" ({confirmation.detail})" if confirmation.detail else ""
        meaning = REMEDIES[confirmation.kind].meaning
        wishes.append(f"{confirmation.package}: {meaning}{detail}, see {confirmation.permit}")
    return "cave wants to be permitted: " + "; ".join(wishes)


def why_failed(evidence: Evidence, exit_status: int | None) -> str:
    """The first thing that failed, and how many more did."""
    if evidence.failed:
        step, fetch = next(iter(evidence.failed.items()))
        return f"{_why_step_failed(step, fetch, evidence)}{_more(tuple(evidence.failed))}"
    if evidence.open:
        return why_unfinished(evidence)
    if evidence.failed_before:
        first = evidence.failed_before[0]
        return f"{first.verb} of {first.package} had failed before and was not tried again"
    error = _last_error(evidence)
    if error is not None:
        return _explained(error)
    if exit_status is None:
        return "cave said nothing that could be judged"
    return f"cave ended with exit status {exit_status} and did not say why"


def why_unfinished(evidence: Evidence) -> str:
    """What was still to be done."""
    if evidence.open:
        step = next(iter(evidence.open))
        return f"cave ended in the middle of {_named(step)}"
    return f"cave ended after {len(evidence.made)} of {evidence.expected} steps"


def why_killed(number: int, evidence: Evidence) -> str:
    """By which signal, and during what."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = str(number)
    step = next(iter(evidence.open), None)
    during = f" during {_named(step)}" if step is not None else ""
    return f"cave was ended by signal {name}{during}"


def why_sync_failed(failed: Sequence[SyncResult]) -> str:
    """The first repository that could not be synced."""
    error = f": {failed[0].error}" if failed[0].error else ""
    return f"{failed[0].repository} could not be synced{error}{_more(failed)}"


def _why_step_failed(step: Step, fetch: FetchFailed | None, evidence: Evidence) -> str:
    sentence = f"{_named(step)} failed"
    if fetch is not None:
        return f"{sentence}: {FETCH_CAUSES[fetch.cause]} ({fetch.detail}): {fetch.file}"
    package = step.package
    name = f"{package.name}-{package.version}::{package.repository}"
    died = next((died for died in reversed(evidence.died) if died.package == name), None)
    if died is not None and died.phase:
        return f"{sentence} in {died.phase}: {_advice(died.message) or died.message}"
    error = _error_about(step, evidence)
    return f"{sentence}: {_explained(error)}" if error is not None else sentence


def _error_about(step: Step, evidence: Evidence) -> CaveError | None:
    """Cave's own error, unless it says no more than that the step has failed."""
    quoted = f"'{step.package}'"
    for error in reversed(evidence.errors):
        is_about = any(quoted in line for line in error.chain)
        if is_about and error.kind != "ActionFailedError":
            return error
    return None


def _named(step: Step) -> str:
    names = {
        Action.FETCH: f"fetching for {step.package}",
        Action.BINARY: f"building {step.package} for {step.repository}",
        Action.INSTALL: f"installing {step.package}",
        Action.CHROOT: f"installing {step.package} to the chroot",
        Action.CROSS: f"cross-compiling {step.package}",
        Action.REMOVE: f"removing {step.package}",
    }
    return names[step.action]


def _last_error(evidence: Evidence) -> CaveError | None:
    for error in reversed(evidence.errors):
        if not any(HOOK_QUERY in line for line in error.chain):
            return error
    return None


def _explained(error: CaveError) -> str:
    return _advice(error.cause) or f"cave refused: {shown(error.cause, 300)}"


def _advice(cause: str) -> str:
    for pattern, sentence in ADVICE:
        if match := re.search(pattern, cause):
            return sentence.format(**match.groupdict())
    return ""


def _more(things: Sequence[object]) -> str:
    return f" (and {len(things) - 1} more)" if len(things) > 1 else ""
