"""The run around provisioning: what it says goes into the run's log as it happens."""

from pbins.models import Run, RunState
from pbins.services.following import note
from pbins.services.logs import log_of
from pbins.services.provision import provision_builder, provision_consumer
from pbins.services.syncs import note_state_of
from pbins.transport.contract import Transport


def provision(run: Run, transport: Transport) -> None:
    """Provision the host as what it is to the repository, and end the run."""
    log = log_of(run)
    dry_run = bool(run.choices.get("dry_run"))
    builds = run.home.builders.filter(pk=run.host_id).exists()

    def say(text: str) -> None:
        log.append(f"{text.rstrip()}\n".encode())

    if run.state != RunState.EXECUTING:
        run.move(RunState.EXECUTING)
    if builds:
        say(f"==> {run.host.name} as a builder of {run.home.name}")
        provision_builder(
            host=run.host,
            repository=run.home,
            transport=transport,
            say=say,
            dry_run=dry_run,
        )
    else:
        say(f"==> {run.host.name} as a consumer of {run.home.name}")
        provision_consumer(
            host=run.host, channel=run.target, transport=transport, say=say, dry_run=dry_run
        )
        if not dry_run:
            note_state_of(run, transport)
    role = "builder" if builds else "consumer"
    done = "Nothing was written: this was a dry run." if dry_run else f"Provisioned as a {role}."
    say(f"==> {done}")
    note(run, done)
    run.move(RunState.SUCCEEDED, reason=done)
