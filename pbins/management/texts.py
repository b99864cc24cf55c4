"""Rows as lines for people."""

from collections.abc import Iterator

from django.utils.timezone import localtime

from pbins.models import Run
from pbins.services.confirming import in_plain_words


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
    yield from _named(
        ("repository", run.repository),
        ("set", run.package_set),
        ("specs", " ".join(run.specs)),
        ("command", run.command),
        ("exit status", run.exit_status),
    )
    for step in run.steps.all():
        note = f": {step.note}" if step.note else ""
        yield f"  {step.number:>3}. {step} — {step.get_state_display()}{note}"
    for asked in run.confirmations.all():
        decision = asked.get_decision_display()
        yield f"  confirmation {asked.pk}: {asked}, {in_plain_words(asked)} — {decision}"
    for event in run.events.all():
        yield f"  {localtime(event.at):%H:%M:%S} {event.text}"
    for made in run.publications.all():
        yield f"published as {made.commit[:12]}"


def _named(*pairs: tuple[str, object]) -> Iterator[str]:
    for name, value in pairs:
        if value not in (None, ""):
            yield f"{name}: {value}"
