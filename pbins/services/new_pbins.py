"""Which pbins a run has made, by what the builder's own tree says: never by a log (FACTS 8).

Where the tree is a git repository, git tells what is not as it was when the work began, committed
since or not; elsewhere every pbin is looked at. Of those, a pbin is new whose GENERATED_TIME is not
before the start, by the clock of the host that wrote both: touching an old one makes it no new one.
Within the second of the start, which is all that GENERATED_TIME tells, the file's time decides.
"""

import shlex
from collections.abc import Mapping

from pbins.models import Run, RunState
from pbins.services.following import remote_run
from pbins.services.layouts import location_on
from pbins.services.places import places
from pbins.services.queueing import COLLECTS_AGAIN, RESUMES
from pbins.services.remote import HostTrouble, searching
from pbins.storage.growing import Growing, TooLong
from pbins.storage.incoming import Incoming
from pbins.storage.tree import read_tree
from pbins.transport.contract import Transport

MOST_BYTES = 512 * 2**20
"""Of all new pbins as an archive. A pbin has some thousand; nobody builds so many in one run."""
NOTE_TREE = """\
[ -e {location}/.git ] && git {safe} rev-parse --verify --quiet HEAD > {tree} 2>/dev/null
"""
PACK = """\
cd {location} || exit 1
[ -d packages ] || exit 0
read -r since < {start} || exit 1
all() {{
    find packages -type f -name '*.pbin-*'
}}
changed() {{
    git {safe} status --porcelain=v1 -z --untracked-files=all --ignored --no-renames -- packages |
        tr '\\0' '\\n' | sed 's/^...//'
    git {safe} diff --name-only -z --no-renames "$(cat {tree})" -- packages | tr '\\0' '\\n'
}}
if [ -e .git ] && [ -s {tree} ] && git {safe} cat-file -e "$(cat {tree})" 2>/dev/null; then
    changed
else
    all
fi | grep '[.]pbin-[^/]*$' | sort -u | tr '\\n' '\\0' |
    xargs -0 -r grep '^GENERATED_TIME="' /dev/null 2>/dev/null |
    while IFS= read -r line; do
        time=${{line##*GENERATED_TIME=\\"}}
        time=${{time%%\\"*}}
        case "$time" in '' | *[!0-9]*) continue ;; esac
        path=${{line%%:GENERATED_TIME=*}}
        [ "$time" -lt "$since" ] && continue
        [ "$time" -eq "$since" ] && [ ! "$path" -nt {start} ] && continue
        printf '%s\\n' "$path"
    done | sort -u > {list}
[ -s {list} ] || exit 0
exec tar cf - -T {list}
"""


def note_tree(run: Run) -> str:
    """Shell text, in a stage, that notes what the builder's tree is at before the work."""
    location = location_on(run.host, run.home)
    return NOTE_TREE.format(
        location=shlex.quote(str(location)),
        safe=_safe(run),
        tree=shlex.quote(_tree(run)),
    )


def new_pbins(run: Run, transport: Transport) -> Mapping[str, bytes]:
    """Path to content of every pbin that was made since the work began.

    Raises TransportError, HostTrouble, StorageError.
    """
    began = _began(run)
    command = PACK.format(
        location=shlex.quote(str(location_on(run.host, run.home))),
        safe=_safe(run),
        start=shlex.quote(remote_run(began).file(f"executing{began.attempt}.start")),
        tree=shlex.quote(_tree(began)),
        list=shlex.quote(remote_run(began).file("collected.list")),
    )
    incoming = Incoming(places().incoming)
    name = f"run-{run.pk}.tar"
    incoming.discard(name)
    try:
        with incoming.receive(name, sync=False) as file:
            growing = Growing(file, incoming.path(name), MOST_BYTES)
            done = transport.stream(searching(command), growing)
        if done.exit != 0:
            said = done.stderr.decode(errors="replace").strip()[-2000:]
            raise HostTrouble(f"The new pbins can't be read on {run.host.name}: {said}")
        return read_tree(incoming.path(name)) if growing.come else {}
    except TooLong as error:
        raise HostTrouble(f"{run.host.name} sends more than a tree of pbins: {error}") from error
    finally:
        incoming.discard(name)


def work_of(run: Run) -> Run:
    """The run that executed what this one collects: itself, unless it collects again."""
    if COLLECTS_AGAIN in run.choices and run.retry_of is not None:
        return work_of(run.retry_of)
    return run


def _began(run: Run) -> Run:
    """The run in which the work began; nobody has collected from a lost run."""
    run = work_of(run)
    before = run.retry_of
    if RESUMES in run.choices and before is not None and before.state == RunState.LOST:
        return _began(before)
    return run


def _tree(run: Run) -> str:
    return remote_run(run).file(f"executing{run.attempt}.tree")


def _safe(run: Run) -> str:
    """Options of git for a tree that may belong to somebody else, and is not to be written to."""
    location = shlex.quote(str(location_on(run.host, run.home)))
    return f"--no-optional-locks -c safe.directory={location} -C {location}"
