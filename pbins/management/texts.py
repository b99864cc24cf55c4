"""Rows as lines for people."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.timezone import localtime

from pbins.management.asked import confirmation_lines, decision_of
from pbins.management.failures import failure_lines
from pbins.models import Run, Step
from pbins.services.forecasts import forecast


def run_line(run: Run) -> str:
    about = f" of {run.repository}" if run.repository else ""
    reason = f": {run.reason}" if run.reason else ""
    begun = localtime(run.created_at).strftime("%Y-%m-%d %H:%M")
    return (
        f"{run.pk:>6}  {begun}  {run.kind}{about} on {run.host}, {run.get_state_display()}{reason}"
    )


def whole_run_lines(run: Run) -> Iterator[str]:
    """A run's number, state and reason, then what it was to do and what happened."""
    yield f"run {run.pk}"
    yield f"{run.get_kind_display()} on {run.host}: {run.get_state_display()}"
    if run.reason:
        yield run.reason
    forecasted = forecast(run, timezone.now())
    yield from forecasted.unusual
    if forecasted.ends_at is not None:
        yield f"ends about {localtime(forecasted.ends_at):%Y-%m-%d %H:%M}"
    yield from _named(
        ("repository", run.repository),
        ("set", run.package_set),
        ("specs", " ".join(run.specs)),
        ("planned with", run.plan_command),
        ("executed with", run.command),
        ("exit status", run.exit_status),
    )
    yield from failure_lines(run)
    for step in run.steps.all():
        yield from _step_lines(step)
    for asked in run.confirmations.select_related("run__host", "run__repository", "decided_by"):
        first, *more = confirmation_lines(asked)
        yield f"  confirmation {asked.pk}: {first} — {decision_of(asked)}"
        yield from more
    for event in run.events.all():
        yield f"  {localtime(event.at):%H:%M:%S} {event.text}"
    for made in run.publications.all():
        yield f"published as {made.commit[:12]}"


def _step_lines(step: Step) -> Iterator[str]:
    """What is done to what, then what it is made with and why; the rest is in --json."""
    note = f": {step.note}" if step.note else ""
    replaces = f" replacing {step.replaces}" if step.replaces else ""
    size = f" ({step.download})" if step.download else ""
    yield f"  {step.number:>3}. {step}{replaces}{size} — {step.get_state_display()}{note}"
    if step.options:
        yield f"       {step.options}"
    waits = ", ".join(map(str, step.waits_for))
    if waits:
        yield f"       after {waits}"


def _named(*pairs: tuple[str, object]) -> Iterator[str]:
    for name, value in pairs:
        if value not in (None, ""):
            yield f"{name}: {value}"
