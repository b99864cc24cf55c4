"""Rows as JSON: plain values, times as datetime, the same names everywhere."""

from typing import Any

from django.utils import timezone

from pbins.management.asked import confirmation_shape
from pbins.management.failures import failure_shapes
from pbins.models import Host, PackageSet, Repository, Run, Step
from pbins.services.forecasts import forecast, unusual
from pbins.services.hosts import trusted_fingerprint

Shape = dict[str, Any]


def host_shape(host: Host) -> Shape:
    return {
        "name": host.name,
        "address": host.address,
        "port": host.port,
        "user": host.user,
        "credential": host.credential.name,
        "builder": host.is_builder,
        "consumer": host.is_consumer,
        "tags": [tag.name for tag in host.tags.all()],
        "prefix": host.prefix,
        "drained": host.drained,
        "state": host.state,
        "reason": host.state_reason,
        "fingerprint": trusted_fingerprint(host),
        "cave_version": host.cave_version,
        "repositories": host.repositories_found,
        "probed_at": host.probed_at,
    }


def repository_shape(repository: Repository) -> Shape:
    return {
        "name": repository.name,
        "masters": repository.master_names,
        "platforms": repository.platforms.split(),
        "builders": [host.name for host in repository.builders.all()],
        "location": repository.location,
        "distdir": repository.distdir,
        "allowed_beforehand": repository.allowed_beforehand,
        "channels": [
            {"name": channel.name, "commit": channel.commit, "moved_at": channel.moved_at}
            for channel in repository.channels.all()
        ],
    }


def package_set_shape(package_set: PackageSet) -> Shape:
    return {
        "name": package_set.name,
        "description": package_set.description,
        "specs": package_set.spec_list,
    }


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
