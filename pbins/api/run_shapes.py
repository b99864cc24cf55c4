"""Runs as JSON: plain values, times as datetime, the same names everywhere."""

from django.utils import timezone

from pbins.api.shapes import Shape
from pbins.models import Confirmation, Run, Step
from pbins.services.confirming import (
    allowing_in_words,
    decider_of,
    in_plain_words,
    question_of,
)
from pbins.services.failures import Failure, failures_of
from pbins.services.forecasts import forecast, unusual

NAMED_BY = (
    *("rollout", "kind", "state", "reason", "host__name"),
    *("repository__name", "repository__timeout_minutes", "repository__silence_minutes"),
    *("created_at", "started_at", "finished_at", "last_output_at"),
    *("expected_seconds", "timeout_minutes", "silence_minutes"),
)
"""The columns of a run, its host and its repository that ``run_shape`` looks at."""


def run_shape(run: Run) -> Shape:
    """What is said of a run wherever one is named; ``run`` is its number."""
    return {
        "run": run.pk,
        "kind": run.kind,
        "host": run.host.name,
        "repository": run.repository.name if run.repository else None,
        "state": run.state,
        "reason": run.reason,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "unusual": list(unusual(run, timezone.now())),
    }


def whole_run_shape(run: Run) -> Shape:
    """A run with its plan, its confirmations and what it published."""
    forecasted = forecast(run, timezone.now())
    return run_shape(run) | {
        "unusual": list(forecasted.unusual),
        "ends_at": forecasted.ends_at,
        "expected_seconds": run.expected_seconds,
        "last_output_at": run.last_output_at,
        "priority": run.priority,
        "timeout_minutes": run.timeout_minutes,
        "silence_minutes": run.silence_minutes,
        "specs": run.specs,
        "set": run.package_set.name if run.package_set else None,
        "rollout": run.rollout_id,
        "retry_of": run.retry_of_id,
        "choices": run.choices,
        "plan_command": run.plan_command,
        "command": run.command,
        "exit_status": run.exit_status,
        **failure_shapes(run),
        "steps": [_step_shape(step) for step in run.steps.all()],
        "confirmations": [confirmation_shape(asked) for asked in run.confirmations.all()],
        "publications": [
            {"publication": made.pk, "commit": made.commit, "state": made.state}
            for made in run.publications.all()
        ],
        "events": [
            {"at": event.at, "problem": event.is_problem, "text": event.text}
            for event in run.events.all()
        ],
    }


def _step_shape(step: Step) -> Shape:
    return {
        "number": step.number,
        "action": step.action,
        "name": step.name,
        "version": step.version,
        "slot": step.slot,
        "origin": step.origin,
        "destination": step.destination,
        "replaces": step.replaces,
        "change": step.change,
        "options": step.options,
        "reasons": step.reasons,
        "download": step.download,
        "waits_for": step.waits_for,
        "state": step.state,
        "note": step.note,
    }


def confirmation_shape(asked: Confirmation) -> Shape:
    question = question_of(asked)
    return {
        "confirmation": asked.pk,
        "kind": asked.kind,
        "resolvent": asked.resolvent,
        "meaning": in_plain_words(asked),
        "detail": asked.detail,
        "options": list(question.options) if question else [],
        "allowing": allowing_in_words(asked),
        "decision": asked.decision,
        "decided_by": decider_of(asked),
        "decided_at": asked.decided_at,
    }


def failure_shapes(run: Run) -> Shape:
    """The first guess, the steps that failed with the lines that tell, and the files kept."""
    return {
        "failure": run.failure,
        "failures": [_failure_shape(failure) for failure in failures_of(run)],
        "files": [
            {"file": file.pk, "name": file.name, "origin": file.origin, "size": file.size}
            for file in run.files.all()
        ],
    }


def _failure_shape(failure: Failure) -> Shape:
    good = failure.last_good
    return {
        "step": failure.step.number,
        "kind": failure.culprit.kind,
        "phase": failure.culprit.phase,
        "lines": [{"offset": line.offset, "text": line.text} for line in failure.culprit.lines],
        "last_good": good and {"version": good.version, "run": good.run},
    }
