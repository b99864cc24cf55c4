"""What a build made: found on the builder, taken over whole, and published (FACTS 4.7).

Positive evidence only: a pbin counts when the builder's tree shows it as new (``new_pbins``) and
its tarball has been read to the end here.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from pbins.models import (
    Change,
    Channel,
    Pbin,
    Repository,
    Run,
    RunState,
    Step,
    StepAction,
    StepState,
    Tarball,
)
from pbins.paludis.pbin import is_half_written
from pbins.services.admitting import admit_all
from pbins.services.arrivals import (
    Arrival,
    Refusal,
    gate,
    gate_tarball,
    read_arrival,
    store_pbins,
    tarball_name,
)
from pbins.services.early import END_STATES, early_end_of, kept
from pbins.services.following import note
from pbins.services.holdings import one_per_place
from pbins.services.intake import take_over
from pbins.services.kept_plans import noted_sources
from pbins.services.logs import read_log
from pbins.services.new_pbins import new_pbins, work_of
from pbins.services.parts import in_parts
from pbins.services.publishing import publish
from pbins.services.room import check_room
from pbins.services.tarball_rows import present_tarballs
from pbins.transport.contract import Transport

FULL = b"No space left on device"
CHUNK = 2**20


def collect(run: Run, transport: Transport) -> None:
    """Take over every pbin that the run has made, publish them, and end the run.

    May be repeated after a crash at any point. Raises TransportError and StorageFull, after which
    it should be.
    """
    read = [
        _read(run.home, path, content)
        for path, content in sorted(new_pbins(run, transport).items())
    ]
    problems = [str(refusal) for refusal in read if isinstance(refusal, Refusal)]
    pbins = [pbin for pbin in read if isinstance(pbin, Pbin)]
    arrivals, refusals = one_per_place(_arrivals(run, pbins, transport, problems))
    problems += map(str, refusals)
    for problem in problems:
        note(run, problem, is_problem=True)
    stored = store_pbins(arrival.pbin for arrival in arrivals)
    arrivals = [
        Arrival(pbin, arrival.withheld) for pbin, arrival in zip(stored, arrivals, strict=True)
    ]
    run.move(RunState.PUBLISHING, reason=run.reason)
    sources = noted_sources(work_of(run), transport)
    fresh = _never_published(run.target, arrivals)
    publication = publish(
        channel=run.target,
        arrivals=fresh,
        message=_message(run, fresh, sources),
        note=f"Built on {run.host.name}.",
        run=run,
        asked_by=run.asked_by,
        sources=sources,
    )
    if publication is not None:
        note(run, f"Published as {publication.commit[:12]} in {run.target}.")
    _end(run, arrivals)


def _read(repository: Repository, path: str, content: bytes) -> Pbin | Refusal:
    if is_half_written(path, content):
        return Refusal(path, "is half written; build it again")
    return read_arrival(repository, path, content)


def _arrivals(
    run: Run, pbins: Sequence[Pbin], transport: Transport, problems: list[str]
) -> list[Arrival]:
    """The pbins with their tarballs, or with why hosts must not be given them."""
    why = {pbin.path: gate(pbin, tarball=tarball_name(pbin)) for pbin in pbins}
    wanted = {tarball_name(pbin) for pbin in pbins if not why[pbin.path]}
    tarballs, troubles = _tarballs(run, sorted(wanted), transport)
    for pbin in pbins:
        name = tarball_name(pbin)
        if not why[pbin.path]:
            pbin.tarball = tarballs.get(name)
            why[pbin.path] = gate_tarball(pbin.tarball) if pbin.tarball else troubles[name]
        if why[pbin.path]:
            problems.append(f"{pbin}: not given to hosts. {why[pbin.path]}")
    return [Arrival(pbin, why[pbin.path]) for pbin in pbins]


def _tarballs(
    run: Run, wanted: Collection[str], transport: Transport
) -> tuple[dict[str, Tarball], dict[str, str]]:
    """Those that are here or could be taken over, by name; why the others could not."""
    tarballs = present_tarballs(run.home, wanted)
    troubles: dict[str, str] = {}
    missing = [name for name in wanted if name not in tarballs]
    if not missing:
        return tarballs, troubles
    check_room()
    say = partial(note, run)
    for batch in take_over(
        repository=run.home, host=run.host, transport=transport, names=missing, say=say
    ):
        came, refused = admit_all(run.home, batch)
        tarballs |= came
        troubles |= refused
    return tarballs, troubles


def _never_published(channel: Channel, arrivals: Collection[Arrival]) -> list[Arrival]:
    """Without what the channel has had: a person may have taken it back since."""
    had: set[int | None] = set()
    changes = Change.objects.filter(channel=channel).order_by()
    for part in in_parts([arrival.pbin.pk for arrival in arrivals]):
        had.update(changes.filter(pbin__in=part).values_list("pbin", flat=True))
    return [arrival for arrival in arrivals if arrival.pbin.pk not in had]


def _message(run: Run, arrivals: list[Arrival], sources: Mapping[str, str]) -> str:
    """What came, from which run, out of which sources."""
    served = [str(arrival.pbin) for arrival in arrivals if not arrival.withheld]
    what = served[0] if len(served) == 1 else f"{len(served)} packages"
    work = work_of(run)
    again = f", collected by run {run.pk}" if work != run else ""
    listing = "".join(f"- {name}\n" for name in served)
    origins = "".join(f"Source: {name} {commit}\n" for name, commit in sorted(sources.items()))
    end = f"\n{origins}" if origins else ""
    return f"Add {what}\n\nBuilt by run {work.pk}{again}.\n\n{listing}{end}"


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
    if _ran_out_of_space(work_of(run)):
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
