"""What a build made: found on the builder, taken over whole, and published (FACTS 4.7).

Positive evidence only: a pbin counts when it is newer than the run's start and its tarball has
been read to the end here.
"""

import shlex
from collections.abc import Mapping

from pbins.models import Pbin, Run, RunState, Step, StepAction, StepState, Tarball
from pbins.services.arrivals import (
    Arrival,
    Refusal,
    gate,
    gate_tarball,
    present_tarball,
    read_arrival,
    store_pbins,
    take_tarball,
    tarball_name,
)
from pbins.services.drafts import must
from pbins.services.early import END_STATES, early_end_of, kept
from pbins.services.following import note, remote_run
from pbins.services.kept_plans import noted_sources
from pbins.services.layouts import distdir_on, location_on
from pbins.services.logs import read_log
from pbins.services.places import places
from pbins.services.publishing import publish
from pbins.services.queueing import RESUMES
from pbins.services.room import check_room
from pbins.storage.errors import BrokenTarball, NameTaken, UnsafePath
from pbins.storage.incoming import Incoming
from pbins.storage.tree import read_tree
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing

FULL = b"No space left on device"
CHUNK = 2**20
FIND = """\
cd {parent} || exit 1
find {name}/packages -type f -name '*.pbin-*' -newer {began} > {list} || exit 1
[ -s {list} ] || {{ rm -f {archive}; exit 0; }}
tar cf {archive}.new -T {list} && mv {archive}.new {archive}
"""


def collect(run: Run, transport: Transport) -> None:
    """Take over every pbin that is newer than the run, publish them, and end the run.

    May be repeated after a crash at any point. Raises TransportError and StorageFull, after which
    it should be.
    """
    read = [
        read_arrival(run.home, path, content)
        for path, content in sorted(_new_files(run, transport).items())
    ]
    problems = [str(refusal) for refusal in read if isinstance(refusal, Refusal)]
    arrivals = [_arrival(run, pbin, transport, problems) for pbin in read if isinstance(pbin, Pbin)]
    for problem in problems:
        note(run, problem, is_problem=True)
    stored = store_pbins(arrival.pbin for arrival in arrivals)
    arrivals = [
        Arrival(pbin, arrival.withheld) for pbin, arrival in zip(stored, arrivals, strict=True)
    ]
    run.move(RunState.PUBLISHING, reason=run.reason)
    sources = noted_sources(run, transport)
    publication = publish(
        channel=run.target,
        arrivals=arrivals,
        message=_message(run, arrivals, sources),
        run=run,
        asked_by=run.asked_by,
        sources=sources,
    )
    if publication is not None:
        note(run, f"Published as {publication.commit[:12]} in {run.target}.")
    _end(run, arrivals)


def _new_files(run: Run, transport: Transport) -> dict[str, bytes]:
    """Path to content of every pbin that was written since the work began."""
    where = remote_run(run)
    location = location_on(run.host, run.home)
    archive = where.file("collected.tar")
    must(
        transport,
        FIND.format(
            parent=shlex.quote(str(location.parent)),
            name=shlex.quote(location.name),
            began=shlex.quote(_since(run)),
            list=shlex.quote(where.file("collected.list")),
            archive=shlex.quote(archive),
        ),
        timeout=300,
    )
    incoming = Incoming(places().incoming)
    name = f"run-{run.pk}.tar"
    incoming.discard(name)
    try:
        with incoming.receive(name) as file:
            transport.download(archive, file)
        return read_tree(incoming.path(name))
    except RemoteFileMissing:
        return {}
    finally:
        incoming.discard(name)


def _since(run: Run) -> str:
    """The file on the host that is as old as the work; nobody has collected from a lost run."""
    before = run.retry_of
    if RESUMES in run.choices and before is not None and before.state == RunState.LOST:
        return _since(before)
    return remote_run(run).file(f"executing{run.attempt}.began")


def _arrival(run: Run, pbin: Pbin, transport: Transport, problems: list[str]) -> Arrival:
    name = tarball_name(pbin)
    withheld = gate(pbin, tarball=name)
    if withheld:
        problems.append(f"{pbin}: not given to hosts. {withheld}")
        return Arrival(pbin, withheld)
    try:
        pbin.tarball = present_tarball(pbin.repository, name) or _fetch(run, pbin, name, transport)
        withheld = gate_tarball(pbin.tarball)
    except RemoteFileMissing:
        withheld = f"Its tarball {name} is not on the builder."
    except (BrokenTarball, NameTaken, UnsafePath) as error:
        withheld = f"Its tarball can't be served: {error}"
    if withheld:
        problems.append(f"{pbin}: not given to hosts. {withheld}")
    return Arrival(pbin, withheld)


def _fetch(run: Run, pbin: Pbin, name: str, transport: Transport) -> Tarball:
    """Copy one tarball from the builder, going on where an earlier copy was cut."""
    check_room()
    incoming = Incoming(places().incoming / pbin.repository.name)
    note(run, f"Takes {name} over from {run.host.name}.")
    with incoming.receive(name) as file:
        source = distdir_on(run.host, pbin.repository) / name
        transport.download(str(source), file, offset=incoming.received(name))
    try:
        return take_tarball(pbin.repository, name, incoming.path(name), keep=False)
    except BrokenTarball:
        incoming.discard(name)
        raise


def _message(run: Run, arrivals: list[Arrival], sources: Mapping[str, str]) -> str:
    """The commit's message: what came, from which run, by whom, out of which sources."""
    served = [str(arrival.pbin) for arrival in arrivals if not arrival.withheld]
    what = served[0] if len(served) == 1 else f"{len(served)} packages"
    by = f", asked for by {run.asked_by}" if run.asked_by else ""
    listing = "".join(f"- {name}\n" for name in served)
    origins = "".join(f"Source: {name} {commit}\n" for name, commit in sorted(sources.items()))
    end = f"\n{origins}" if origins else ""
    return f"Add {what}\n\nBuilt by run {run.pk} on {run.host.name}{by}.\n\n{listing}{end}"


def _end(run: Run, arrivals: list[Arrival]) -> None:
    """The run's outcome, from what really arrived."""
    served = {
        (arrival.pbin.name, arrival.pbin.version) for arrival in arrivals if not arrival.withheld
    }
    wanted = list(run.steps.filter(action=StepAction.CREATE_BINARY))
    early = early_end_of(run)
    if early is not None:
        reason = f"{run.reason or 'Cancelled.'} {kept(len(served), len(wanted))}"
        run.move(END_STATES[early], reason=reason)
        return
    missing = [step for step in wanted if (step.name, step.version) not in served]
    failed = list(run.steps.filter(state=StepState.FAILED))
    if not missing and not failed and run.exit_status == 0:
        run.move(RunState.SUCCEEDED, reason=f"{len(served)} published.")
        return
    withheld = {(one.pbin.name, one.pbin.version): one.withheld for one in arrivals}
    why = _failures(missing, failed, withheld)
    if _ran_out_of_space(run):
        why += f". The disk of {run.host.name} was full; free some space there, then retry"
    what = f"{len(served)} published; {why}. {run.reason}".rstrip()
    if served:
        run.move(RunState.PARTIAL, reason=what)
    else:
        run.move(RunState.FAILED, reason=f"Nothing{what.removeprefix('0')}")


def _ran_out_of_space(run: Run) -> bool:
    """Whether anything in the log complains of ENOSPC: a compiler, tar, bzip2, or cave itself."""
    offset, kept = 0, b""
    while chunk := read_log(run, offset, CHUNK):
        if FULL in kept + chunk:
            return True
        offset, kept = offset + len(chunk), chunk[-len(FULL) :]
    return False


def _failures(
    missing: list[Step], failed: list[Step], withheld: Mapping[tuple[str, str], str]
) -> str:
    names = [f"{step.name}-{step.version} ({step.get_action_display()} failed)" for step in failed]
    others = [
        f"{step.name}-{step.version}"
        f" ({withheld.get((step.name, step.version), '').rstrip('.') or 'not made'})"
        for step in missing
        if step.pk not in {one.pk for one in failed}
    ]
    return "missing: " + (
        ", ".join([*names, *others]) or "nothing, but cave reported a failure; see the log"
    )
