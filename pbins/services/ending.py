"""Ending what a run has on its host: every process of it, and what those left half written."""

import shlex
from dataclasses import dataclass

from pbins.models import Run, RunKind
from pbins.services.layouts import distdir_on, location_on
from pbins.services.remote import RemoteRun
from pbins.transport.contract import Transport

TIMEOUT_SECONDS = 120.0

# A process is ours when it is in the group or the session of a stage that has not ended, or when
# its environment names our directory: cave gives some of its children sessions of their own.
END = """\
cd {directory} 2>/dev/null || exit 0
: > cancelled # what is only being started sees it
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
groups=' '
for file in ./*.pid; do
    stage=${{file%.pid}}
    # What has ended, or ran before the host did, may have its number from us and be a stranger.
    [ -f "$file" ] && [ ! -f "$stage.exit" ] && [ "$(cat "$stage.boot")" = "$boot" ] || continue
    groups="$groups$(cat "$file") "
done
ours() {{
    for stat in /proc/[0-9]*/stat; do
        {{ read -r line < "$stat"; }} 2>/dev/null || continue
        set -- ${{line%% *}} ${{line##*) }}
        [ "$2" = Z ] && continue
        case "$groups" in *" $4 "* | *" $5 "*) echo "$1" ;; esac
    done
    grep -lF {mark} /proc/[0-9]*/environ 2>/dev/null | sed 's,^/proc/\\([0-9]*\\)/.*,\\1,'
}}
left=$(ours)
[ -n "$left" ] && kill -TERM $left 2>/dev/null
turns=0
while left=$(ours) && [ -n "$left" ] && [ "$turns" -lt 100 ]; do
    turns=$((turns + 1))
    [ "$turns" -gt 50 ] && kill -KILL $left 2>/dev/null # ten seconds were given
    sleep 0.2 2>/dev/null || {{ sleep 1; turns=$((turns + 4)); }}
done
for pid in $left; do
    command=$(tr '\\0' ' ' < /proc/"$pid"/cmdline 2>/dev/null | head -c 200)
    printf 'left %s %s: %s\\n' "$pid" "$(stat -c %U /proc/"$pid" 2>/dev/null)" "$command"
done
[ -z "$left" ] || exit 0
{sweep}
case "$groups" in *" $(cat {lock}/pid 2>/dev/null) "*) rm -rf {lock} ;; esac
exit 0
"""

# bzip2 writes beside the .tar, and cave writes the pbin last, line by line (FACTS 1.1, 2.1): one
# without its last line goes first, so that its tarball is nobody's.
SWEEP = """\
remove() {{
    rm -f "$1" && printf 'swept %s\\n' "${{1##*/}}"
}}
for began in executing*.began; do
    [ -f "$began" ] || continue
    find {location}/packages -type f -name '*.pbin-1+exheres-0' -newer "$began" |
        while read -r file; do
            grep -q '^SCM_REVISION="' "$file" || remove "$file"
        done
    find {distdir} -maxdepth 1 -type f -name '{repository}--*.tar' -newer "$began" |
        while read -r file; do remove "$file"; done
    find {distdir} -maxdepth 1 -type f -name '{repository}--*.tar.bz2' -newer "$began" |
        while read -r file; do
            grep -rqF "${{file##*/}}" {location}/packages || remove "$file"
        done
done 2>/dev/null
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """``left``: processes that outlived even SIGKILL, in words; ``swept``: files removed."""

    left: tuple[str, ...]
    swept: tuple[str, ...]


def end_processes(transport: Transport, where: RemoteRun, *, sweep: str = "") -> Ended:
    """End every process of a run: TERM, ten seconds later KILL (FACTS 0.12, 6); then look again.

    ``sweep`` is shell text for when nothing is left and the host is still locked.
    """
    mark = f"CAVE_FORMATS_CONF={where.directory}/"
    command = END.format(
        directory=shlex.quote(str(where.directory)),
        lock=shlex.quote(str(where.lock)),
        mark=shlex.quote(mark),
        sweep=sweep,
    )
    done = transport.run(command, timeout=TIMEOUT_SECONDS)
    said = [line.partition(" ") for line in done.stdout.decode(errors="replace").splitlines()]
    return Ended(
        left=tuple(text for word, _, text in said if word == "left"),
        swept=tuple(text for word, _, text in said if word == "swept"),
    )


def sweep_of(run: Run) -> str:
    """Shell text that removes what a build left half written: a tarball without its pbin."""
    if run.kind != RunKind.BUILD:
        return ""
    return SWEEP.format(
        distdir=shlex.quote(str(distdir_on(run.host, run.home))),
        location=shlex.quote(str(location_on(run.host, run.home))),
        repository=run.home.name,
    )
