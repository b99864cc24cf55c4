"""Syncing the source repositories of a builder before anything is planned."""

from pbins.models import Repository, Run, RunState
from pbins.paludis import cave
from pbins.paludis.names import RepositoryName
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.services.following import StageEnd, remote_run, sentence
from pbins.services.provision import configured_repositories
from pbins.services.remote import logged, start_stage
from pbins.transport.contract import Transport

WELL = {Outcome.SUCCEEDED, Outcome.NOTHING_TO_DO}


def begin_sourcing(run: Run, transport: Transport) -> None:
    """Start `cave sync` of every repository that is no binary one; harmless when started already.

    A binary repository is never named: its git would be reset, and what was just made thrown away
    (FACTS 0.5).
    """
    command = cave.sync(source_names(transport))
    body = logged(command, title="sync the sources")
    start_stage(transport, remote_run(run), stage=f"sourcing{run.attempt}", body=body)


def source_names(transport: Transport) -> list[RepositoryName]:
    """The repositories on the host but for those that the portal itself makes."""
    binary = set(Repository.objects.values_list("name", flat=True))
    names = configured_repositories(transport)
    return [RepositoryName(name) for name in names if name not in binary]


def ended_well(run: Run, end: StageEnd) -> bool:
    """Whether the sources are in sync; otherwise the run has ended, with the reason."""
    verdict = judge(end.events, end.exit, Purpose.SYNC)
    if verdict.outcome in WELL:
        return True
    run.move(
        RunState.FAILED,
        reason=f"The sources were not synced: {sentence(verdict.reason)}",
        verdict=verdict.outcome.value,
        exit_status=end.exit,
    )
    return False
