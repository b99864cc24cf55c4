"""The gate: cave is asked what it needs permission for; executing a plan would not (FACTS 4.6)."""

import re

from pbins.models import Run
from pbins.paludis import cave
from pbins.paludis.plan_events import Confirmation
from pbins.paludis.resolution import Resolution
from pbins.paludis.transcript import read_transcript
from pbins.services.following import remote_run
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing

ANSWERED = {b"0", b"3"}  # 3: the configuration would have to change, which the gate tells too
GATE_LINE = re.compile(rb"\S+/\S+::\(\w+\) ")
OUTPUT_LIMIT = 64 * 2**20

GATE = """\
if [ "$status" != 1 ]; then
    printf '%s\\n' {heading} >> log
    clean {command} > {gate}.out 2> {gate}.err </dev/null
    echo $? > {gate}.exit
    grep '::(' {gate}.out | sed 's/^/==> needs permission: /' >> log
fi
"""


def asks_gate(run: Run, resolution: Resolution) -> str:
    """Shell text for behind the plan; no plan, no question."""
    gate = cave.in_shell(cave.required_confirmations(resolution))
    return GATE.format(
        heading=cave.in_shell((f"==> confirmations: {gate}",)),
        command=gate,
        gate=f"gate{run.attempt}",
    )


def confirmations_wanted(run: Run, transport: Transport) -> list[Confirmation]:
    """What the gate printed (FACTS 4.6). What is not understood stops the run."""
    where = remote_run(run)
    try:
        status = transport.read(where.file(f"gate{run.attempt}.exit")).strip()
        output = transport.read(where.file(f"gate{run.attempt}.out"), limit=OUTPUT_LIMIT)
    except RemoteFileMissing as error:
        raise HostTrouble(
            "cave was not asked what it needs permission for, so nothing was executed; retry."
        ) from error
    if status not in ANSWERED:
        raise HostTrouble(
            f"cave could not say what it needs permission for (exit status {status.decode()}), so"
            " nothing was executed; see gate*.err in the run's directory on the host."
        )
    found = read_transcript(output)
    confirmations = [event for event in found if isinstance(event, Confirmation)]
    lines = [line for line in output.splitlines() if GATE_LINE.match(line)]
    if len(lines) > len(confirmations):
        raise HostTrouble(
            "cave wants permission for something that the portal does not know, so nothing was"
            f" executed: {lines[-1].decode(errors='replace')}"
        )
    return confirmations
