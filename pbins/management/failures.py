"""Why a run failed, as lines for people."""

from collections.abc import Iterator

from pbins.models import Run
from pbins.paludis.culprit import IN_WORDS, FailureClass
from pbins.services.failures import failures_of


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
