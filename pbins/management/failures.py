"""Why a run failed, as JSON and as lines for people."""

from collections.abc import Iterator
from typing import Any

from pbins.models import Run
from pbins.paludis.culprit import IN_WORDS, FailureClass
from pbins.services.failures import Failure, failures_of

Shape = dict[str, Any]


def failure_shapes(run: Run) -> Shape:
    """The first guess, the steps that failed with the lines that tell, and the files kept."""
    return {
        "failure": run.failure,
        "failures": [_shape(failure) for failure in failures_of(run)],
        "files": [
            {"file": file.pk, "name": file.name, "origin": file.origin, "size": file.size}
            for file in run.files.all()
        ],
    }


def failure_lines(run: Run) -> Iterator[str]:
    if run.failure:
        yield f"first guess: {IN_WORDS[FailureClass(run.failure)]}"
    for failure in failures_of(run):
        good = failure.last_good
        by = f" (run {good.run})" if good and good.run else ""
        before = f"last good: {good.version}{by}" if good else "never good before"
        yield f"failed: {failure.step}; {before}"
        for line in failure.culprit.lines:
            yield f"    {line.text}"
    for file in run.files.all():
        yield f"kept: {file.name}, {file.size} bytes, was {file.origin}"


def _shape(failure: Failure) -> Shape:
    good = failure.last_good
    return {
        "step": failure.step.number,
        "kind": failure.culprit.kind,
        "phase": failure.culprit.phase,
        "lines": [{"offset": line.offset, "text": line.text} for line in failure.culprit.lines],
        "last_good": good and {"version": good.version, "run": good.run},
    }
