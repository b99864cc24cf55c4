"""Detached work on a host: each stage of a run is a shell script that outlives our connection.

A run has a directory of its own on the host. A stage leaves there, beside its share of the run's
one ``log``: ``STAGE.claim`` (made by mkdir, so a start that was sent twice runs once), ``.pid``
(leader of a session and process group of its own), ``.offset`` (where its output begins in the
log), ``.start`` and ``.end`` (the host's seconds), ``.exit``. The host needs a POSIX sh, coreutils
and util-linux's setsid, nothing else.
"""

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath

from pbins.paludis.cave import Argv, in_shell
from pbins.services.neighbours import look_for_cave
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileError

STATE_DIRECTORY = "/var/lib/pbins-portal"
KEPT_DAYS = 14
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/host/bin"
NO_CAVE = (
    "There is no cave on this host (looked in the log-in PATH and the usual places)."
    " Install Paludis, or correct the host's address."
)
TURNS_PER_SECOND = 5
BUSY_EXIT = 75  # EX_TEMPFAIL: the host is locked by somebody else
LOCKLESS_EXIT = 73  # EX_CANTCREAT: nobody holds the lock, yet it can't be taken


class HostTrouble(Exception):
    """The host answered, but can't be worked with; the message is for an administrator."""


class HostBusy(Exception):
    """Somebody else is at work on the host; the message is who."""


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """Where a run keeps its files on the host, and as whom it holds the host's lock.

    ``prefix`` is the tree that the host's Paludis lives in; ``gently`` is what cave's command line
    begins with so that it gives way to other work.
    """

    directory: PurePosixPath
    lock: PurePosixPath
    holder: str
    prefix: str = ""
    gently: tuple[Argv, ...] = ()

    def file(self, name: str) -> str:
        return str(self.directory / name)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a poll saw. ``data`` are the log's bytes from the offset that was asked for.

    ``exit`` is None while there is none; ``alive`` is whether the process group still exists;
    ``begun`` is whether it has said where its output begins, at ``offset``; ``free`` is the room
    left on the host's disk in bytes, told when it neither ended nor lives.
    """

    claimed: bool
    alive: bool
    begun: bool
    exit: int | None
    offset: int
    size: int
    free: int
    holder: str
    data: bytes


START = """\
umask 022
mkdir -p {directory} && cd {directory} || exit 1
find .. -mindepth 1 -maxdepth 1 -type d -mtime +{days} -exec rm -rf {{}} + 2>/dev/null
[ -d {stage}.claim ] && exit 0
{look}
cat > {stage}.sh.new && mv {stage}.sh.new {stage}.sh && : >> log || exit 1
setsid sh {stage}.sh </dev/null >/dev/null 2>&1 &
"""

STAGE = """\
umask 022
cd {directory} || exit 1
mkdir {stage}.claim 2>/dev/null || exit 0
cat /proc/sys/kernel/random/boot_id > {stage}.boot 2>/dev/null
echo $$ > {stage}.pid || exit 0 # a full disk: nothing is begun that nobody could follow
[ -e cancelled ] && exit 0
wc -c < log > {stage}.offset || exit 0
: > {stage}.began
date +%s > {stage}.start
lock={lock}
finish() {{
    [ "$(cat "$lock/pid" 2>/dev/null)" = $$ ] && rm -rf "$lock"
    date +%s > {stage}.end
    echo "$1" > {stage}.exit.new && mv {stage}.exit.new {stage}.exit
    exit 0
}}
held() {{
    holder=$(cat "$lock/pid" 2>/dev/null) || return 1
    [ "$(cat "$lock/boot" 2>/dev/null)" = "$(cat {stage}.boot)" ] \\
        && kill -0 "-$holder" 2>/dev/null # the group: work goes on when its leader is killed
}}
tries=0
until mkdir "$lock" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 3 ] && ! held; then
        mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$"
    elif [ $tries -gt 3 ]; then
        cp "$lock/holder" {stage}.busy 2>/dev/null || echo "another portal" > {stage}.busy
        finish {busy}
    fi
    [ $tries -gt 9 ] && finish {lockless}
    sleep 1
done
echo $$ > "$lock/pid"
cp {stage}.boot "$lock/boot"
printf '%s\\n' {holder} > "$lock/holder"
unbuffered=
command -v stdbuf >/dev/null 2>&1 && unbuffered='stdbuf -oL -eL'
gently=
{gently}
clean() {{
    env -i HOME="${{HOME:-/root}}" PATH="$PATH" TERM=dumb \\
        CAVE_FORMATS_CONF={directory}/formats.conf $gently $unbuffered "$@"
}}
{body}
finish $status
"""

POLL = """\
cd {directory} 2>/dev/null || {{ echo gone; exit 0; }}
turns={turns}
while [ "$turns" -gt 0 ] && [ ! -f {stage}.exit ] && [ "$(wc -c < log)" -lt {first} ]; do
    turns=$((turns - 1))
    sleep 0.2 2>/dev/null || {{ sleep 1; turns=$((turns - 4)); }}
done
# Of programs only what must be: this is asked several times a second, of many hosts.
say() {{ printf '%s %s\\n' "$1" "$2"; }}
first_line() {{
    line=
    {{ read -r line < "$1"; }} 2>/dev/null
}}
boot=
first_line {stage}.boot && boot=$line
first_line /proc/sys/kernel/random/boot_id
[ "$line" = "$boot" ] && same=yes || same=
first_line {stage}.pid
pid=$line alive=
if [ -n "$pid" ] && kill -0 "-$pid" 2>/dev/null && [ -n "$same" ]; then
    first_line /proc/"$pid"/stat
    case "$line" in *') Z '*) ;; *) alive=yes ;; esac
elif [ -z "$pid" ] && [ -n "$(find {stage}.claim -maxdepth 0 -mmin -1 2>/dev/null)" ]; then
    alive=yes # claimed a moment ago, and has not said yet who it is
fi
first_line {stage}.exit
say exit "$line"
[ -z "$line$alive" ] &&
    say free "$(df -Pk . | tail -n 1 | sed 's/^[^ ]* *[0-9]* *[0-9]* *\\([0-9]*\\).*/\\1/')"
[ -d {stage}.claim ] && say claimed yes
[ -n "$alive" ] && say alive yes
first_line {stage}.offset
say offset "$line"
first_line {stage}.busy
say holder "$line"
say size "$(wc -c < log)"
echo
tail -c +{first} log | head -c {limit}
"""


def searching(command: str) -> str:
    """The sh text, which now finds programs that a log-in without a terminal would not."""
    return f'PATH="$PATH:{SEARCH_PATH}"; {command}'


def start_stage(transport: Transport, run: RemoteRun, *, stage: str, body: str) -> None:
    """Start the stage unless it was started before. ``body`` must set ``status``.

    Raises HostBusy when a person's own cave is at work there, HostTrouble.
    """
    script = STAGE.format(
        directory=shlex.quote(str(run.directory)),
        stage=stage,
        lock=shlex.quote(str(run.lock)),
        holder=shlex.quote(run.holder),
        busy=BUSY_EXIT,
        lockless=LOCKLESS_EXIT,
        gently="\n".join(map(_where_there, run.gently)),
        body=body,
    )
    command = START.format(
        directory=shlex.quote(str(run.directory)),
        stage=stage,
        days=KEPT_DAYS,
        look=look_for_cave(run.prefix, busy=BUSY_EXIT),
    )
    done = transport.run(searching(command), stdin=script.encode())
    if done.exit == BUSY_EXIT:
        raise HostBusy(done.stdout.decode(errors="replace").strip())
    if done.exit != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise HostTrouble(
            f"The run's directory {run.directory} could not be written: {said}. Where the disk is"
            " full, free some space on it; then retry."
        )


def logged(argv: Argv, *, title: str) -> str:
    """Shell text that runs a command with its output in the run's log, and keeps its status."""
    command = in_shell(argv)
    heading = shlex.quote(f"==> {title}: {command}")
    return f"printf '%s\\n' {heading} >> log\nclean {command} >> log 2>&1 </dev/null\nstatus=$?\n"


def poll(
    transport: Transport,
    run: RemoteRun,
    *,
    stage: str,
    offset: int,
    limit: int = 2**20,
    wait: int = 0,
) -> Progress:
    """One look at a stage and the next bytes of the log, in one round trip.

    With ``wait`` the host answers when there is something new, or after so many seconds.
    """
    command = POLL.format(
        directory=shlex.quote(str(run.directory)),
        stage=stage,
        first=offset + 1,
        limit=limit,
        turns=wait * TURNS_PER_SECOND,
    )
    done = transport.run(command)
    output = done.stdout
    if output.startswith(b"gone"):
        return Progress(False, False, False, None, 0, 0, 0, "", b"")
    if not output.startswith(b"exit "):  # no process or no memory left there, say
        raise RemoteFileError(run.file("log"), done.stderr.decode(errors="replace").strip())
    head, _, data = output.partition(b"\n\n")
    said = dict(line.split(" ", 1) for line in head.decode(errors="replace").split("\n"))
    exit_status = said["exit"].strip()
    return Progress(
        claimed="claimed" in said,
        alive="alive" in said,
        begun=bool(said["offset"].strip()),
        exit=int(exit_status) if exit_status else None,
        offset=_number(said["offset"]),
        size=_number(said["size"]),
        free=_number(said.get("free", "")) * 1024,
        holder=said["holder"].strip(),
        data=data,
    )


def _where_there(argv: Argv) -> str:
    """Shell text that makes a program part of how cave is started, on hosts that have it."""
    return f'command -v {argv[0]} >/dev/null 2>&1 && gently="$gently {in_shell(argv)}"'


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() else 0
