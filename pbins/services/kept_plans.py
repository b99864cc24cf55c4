"""The plan that a build leaves on its builder, and whether it still holds."""

import re
import shlex
from collections.abc import Sequence
from enum import StrEnum

from pbins.models import Run
from pbins.services.drafts import must
from pbins.services.following import remote_run
from pbins.services.layouts import CONFIGURATION
from pbins.services.remote import KEPT_DAYS, HostTrouble, searching
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing

# A line for every source repository: its file of configuration, and what it is at. Paths may be
# relative to the tree that the host's Paludis lives in.
SOURCES = """\
for file in {configuration}/*.conf; do
    grep -q '^[[:space:]]*format[[:space:]]*=[[:space:]]*e[[:space:]]*$' "$file" || continue
    grep -q '^[[:space:]]*binary_destination[[:space:]]*=[[:space:]]*true' "$file" && continue
    where=$(sed -n 's/^[[:space:]]*location[[:space:]]*=[[:space:]]*//p' "$file" | tail -n 1 |
        sed 's/[$]{{[Rr][Oo][Oo][Tt]}}//')
    [ -d {prefix}"$where" ] && where={prefix}$where
    if [ -e "$where/.git" ]; then
        is_at=$(git -c safe.directory="$where" -C "$where" rev-parse HEAD 2>/dev/null)
    else
        is_at=$(ls -lRn "$where/packages" "$where/metadata" 2>/dev/null | cksum)
    fi
    printf '%s %s\\n' "${{file##*/}}" "$is_at"
done
"""
HOLDS = """\
cd {directory} 2>/dev/null && [ -f plan{attempt} ] && [ -f sources{attempt} ] || {{
    echo //gone
    exit 0
}}
{{
{sources}
}} | grep -vxFf sources{attempt} | sed 's/[.]conf .*//'
exit 0
"""
COPY = """\
umask 022
mkdir -p {directory} && cd {directory} || exit 1
cp {plan} plan{attempt}.new && mv plan{attempt}.new plan{attempt}
"""


class Resumes(StrEnum):
    """Which steps of the plan are tried again; what was never begun is done in any case."""

    FAILED = "failed"
    FAILED_AND_SKIPPED = "failed-and-skipped"


def note_sources(run: Run) -> str:
    """Shell text, in a stage, that notes what the source repositories are at for this plan."""
    return f"{{\n{_sources(run)}\n}} > sources{run.attempt} 2>/dev/null\n"


def noted_sources(run: Run, transport: Transport) -> dict[str, str]:
    """The commits of the source repositories of this run's work, by name; those that are known."""
    path = remote_run(run).file(f"sources{run.attempt}")
    try:
        lines = transport.read(path).decode(errors="replace").splitlines()
    except RemoteFileMissing:
        return {}
    found = (re.fullmatch(r"(\S+)\.conf ([0-9a-f]{40,64})", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def check_plan(run: Run, transport: Transport) -> None:
    """Raises HostTrouble, with what to do, unless the plan can be gone on with."""
    host, number = run.host.name, run.pk
    command = HOLDS.format(
        directory=shlex.quote(str(remote_run(run).directory)),
        attempt=run.attempt,
        sources=_sources(run),
    )
    found = must(transport, searching(command), timeout=120).split()
    if found == ["//gone"]:
        raise HostTrouble(
            f"The plan of run {number} is not on {host} any more (it is kept for {KEPT_DAYS} days,"
            f" and until all of it is done). {_afresh(number)}"
        )
    if found:
        raise HostTrouble(
            f"The source repository {_names(found)} has changed on {host} since run {number} was"
            f" planned, so its plan no longer holds. {_afresh(number)}"
        )


def copy_plan(of: Run, run: Run, transport: Transport) -> None:
    """Give ``run`` the plan ``of`` another one as its own, which may be rewritten."""
    must(
        transport,
        COPY.format(
            directory=shlex.quote(str(remote_run(run).directory)),
            plan=shlex.quote(remote_run(of).file(f"plan{of.attempt}")),
            attempt=run.attempt,
        ),
    )


def _sources(run: Run) -> str:
    return SOURCES.format(
        configuration=shlex.quote(f"{run.host.prefix}{CONFIGURATION}"),
        prefix=shlex.quote(run.host.prefix),
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _afresh(number: int) -> str:
    return f"Make a fresh plan: “run retry {number} --fresh”, or “Plan again” on its page."
