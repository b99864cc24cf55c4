"""A sync of one host: cave's sync of the repository, then what is to be installed from it."""

import shlex

from django.utils import timezone

from pbins.models import Host, Repository, Run, RunState, Subscription
from pbins.paludis import cave
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.services.drafts import must
from pbins.services.failures import investigate
from pbins.services.following import Watch, follow, note, remote_run, sentence, write_formats
from pbins.services.installing import note_installed_on
from pbins.services.layouts import location_on
from pbins.services.planning import install_resolution
from pbins.services.remote import NO_CAVE, HostTrouble, logged, searching, start_stage
from pbins.transport.contract import Transport

POLL_SECONDS = 0.3
NOT_FOUND = 127  # a shell's or env's exit status for a program that is not there


def begin_sync(run: Run, transport: Transport) -> float:
    """Start the sync; harmless when it was started already."""
    if run.state == RunState.STARTING and not _subscription(run):
        raise HostTrouble(
            f"{run.host.name} does not follow {run.home.name} yet; run"
            f" “repository provision {run.home.name} --host {run.host.name}” first."
        )
    command = cave.sync([RepositoryName(run.home.name)])
    start_stage(
        transport,
        remote_run(run),
        stage=f"syncing{run.attempt}",
        body=logged(command, title="sync"),
    )
    if run.state == RunState.STARTING:
        run.move(RunState.EXECUTING, reason="", command=cave.in_shell(command), verdict="")
    return POLL_SECONDS


def advance_sync(run: Run, transport: Transport, watch: Watch) -> float | None:
    """Follow the sync, then the installation if there is one."""
    if run.verdict == Outcome.SUCCEEDED.value:  # the sync itself is done
        return _advance_install(run, transport, watch)
    end = follow(run, transport, stage=f"syncing{run.attempt}", watch=watch)
    if end is None:
        return POLL_SECONDS if watch.stage.startswith("syncing") else begin_sync(run, transport)
    verdict = judge(end.events, end.exit, Purpose.SYNC)
    if verdict.outcome is not Outcome.SUCCEEDED:
        investigate(run, transport, verdict, end.exit)
        run.move(
            RunState.FAILED,
            reason=NO_CAVE if end.exit == NOT_FOUND else sentence(verdict.reason),
            exit_status=end.exit,
            verdict=verdict.outcome.value,
        )
        return None
    note_state_of(run, transport)
    if not run.specs:
        run.move(
            RunState.SUCCEEDED,
            reason=_synced(run),
            exit_status=end.exit,
            verdict=verdict.outcome.value,
        )
        return None
    run.move(RunState.EXECUTING, verdict=verdict.outcome.value, reason=_synced(run))
    return _begin_install(run, transport)


def note_state_of(run: Run, transport: Transport) -> None:
    """Store what the host itself says: the commit it is at, and what it has from there."""
    subscription = _subscription(run)
    if subscription is None:
        return
    now = timezone.now()
    commit = commit_on(transport, run.host, run.home)
    if commit != subscription.commit or subscription.commit_at is None:
        subscription.commit_at = now
    subscription.commit = commit
    subscription.installed = _installed(transport, run.home)
    subscription.synced_at = now
    subscription.save(update_fields=("commit", "commit_at", "installed", "synced_at"))
    note_installed_on(subscription)


def commit_on(transport: Transport, host: Host, repository: Repository) -> str:
    """The commit that the host's clone is at."""
    path = shlex.quote(str(location_on(host, repository)))
    command = f"git -c safe.directory={path} -C {path} rev-parse HEAD"
    return must(transport, searching(command)).strip()


def _begin_install(run: Run, transport: Transport) -> float:
    command = cave.install(install_resolution(run, run.home))
    body = write_formats(run) + logged(command, title="install")
    start_stage(transport, remote_run(run), stage=f"installing{run.attempt}", body=body)
    return POLL_SECONDS


def _advance_install(run: Run, transport: Transport, watch: Watch) -> float | None:
    end = follow(run, transport, stage=f"installing{run.attempt}", watch=watch)
    if end is None:
        return (
            POLL_SECONDS if watch.stage.startswith("installing") else _begin_install(run, transport)
        )
    note_state_of(run, transport)
    verdict = judge(end.events, end.exit, Purpose.EXECUTE)
    investigate(run, transport, verdict, end.exit)
    good = verdict.outcome in {Outcome.SUCCEEDED, Outcome.NOTHING_TO_DO}
    if verdict.outcome is Outcome.NOTHING_TO_DO:
        note(run, "Nothing to install: it is there already, as the repository has it.")
    run.move(
        RunState.SUCCEEDED if good else RunState.FAILED,
        reason=_synced(run) if good else f"Synced, but not installed: {sentence(verdict.reason)}",
        exit_status=end.exit,
    )
    return None


def _installed(transport: Transport, repository: Repository) -> list[list[str]]:
    command = cave.print_installed_ids(RepositoryName(repository.name))
    output = must(transport, searching(cave.in_shell(command)), timeout=300)
    try:
        return [[str(one.name), one.version.text] for one in cave.parse_ids(output)]
    except ParseError as error:
        raise HostTrouble(f"What cave says is installed can't be read: {error}") from error


def _subscription(run: Run) -> Subscription | None:
    return Subscription.objects.filter(host=run.host, channel=run.target).first()


def _synced(run: Run) -> str:
    subscription = _subscription(run)
    commit = subscription.commit[:12] if subscription else ""
    return f"{run.host.name} is at {commit}."
