"""What was allowed and stands in a file: written into the builder's own configuration."""

import shlex
from collections.abc import Iterable

from pbins.models import Decision, Run
from pbins.services.confirming import file_of
from pbins.services.drafts import Draft, draft, undo, write
from pbins.services.following import note, portal_name, remote_run
from pbins.services.provision import configured_repositories
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport

SAY = "umask 022; mkdir -p {directory} && cat >> {log}"


def write_allowed(run: Run, transport: Transport) -> None:
    """Add the lines that were allowed and are not there yet; the difference goes into the log.

    Raises HostTrouble, with everything as it was before, when cave does not work with them.
    """
    drafts = [one for one in _drafts(run, transport) if one.is_new]
    if not drafts:
        return
    say_on_host(run, transport, "".join(one.difference for one in drafts))
    for one in drafts:
        write(transport, one)
        note(run, f"Wrote what was allowed into {one.path} on {run.host.name}.")
    try:
        configured_repositories(transport)
    except HostTrouble as trouble:
        for one in drafts:
            undo(transport, one)
        raise HostTrouble(
            f"With what was allowed written into {', '.join(one.path for one in drafts)}, cave no"
            f" longer works; the files were put back. {trouble}"
        ) from trouble


def with_lines(text: str, lines: Iterable[str], *, comment: str) -> str:
    """The text with the lines added that it lacks, below a comment."""
    present = [line.partition("#")[0].split() for line in text.splitlines()]
    missing = [line for line in dict.fromkeys(lines) if line.split() not in present]
    if not missing:
        return text
    joint = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{joint}# {comment}\n" + "".join(f"{line}\n" for line in missing)


def say_on_host(run: Run, transport: Transport, text: str) -> None:
    """Append to the run's log on the host, from where the portal takes it over like all else."""
    where = remote_run(run)
    command = SAY.format(
        directory=shlex.quote(str(where.directory)), log=shlex.quote(where.file("log"))
    )
    if transport.run(command, stdin=text.encode()).exit != 0:
        raise HostTrouble(f"The run's directory {where.directory} could not be written.")


def _drafts(run: Run, transport: Transport) -> list[Draft]:
    lines: dict[str, list[str]] = {}
    for allowed in run.confirmations.filter(decision=Decision.ALLOWED).exclude(line=""):
        lines.setdefault(run.host.prefix + file_of(allowed), []).append(allowed.line)
    comment = f"allowed in run {run.pk} of {portal_name()}"
    drafts = []
    for path, wanted in lines.items():
        before = draft(transport, path, "").before
        drafts.append(Draft(path, before, with_lines(before or "", wanted, comment=comment)))
    return drafts
