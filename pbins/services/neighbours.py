"""A person's own cave on a host: cave itself locks nothing (FACTS 0.11), so it is looked for."""

import shlex

# What only looks may go on beside us.
LOOKING = "print-*|show|search|match|info|contents|owner|size|has-version|help|dump-*|-*"

# The same Paludis: a container's or another tree's cave has nothing to do with ours. Where the
# host lives in a tree of its own, cave's program or its directory has to be there.
LOOK = """\
for comm in $(grep -lx cave /proc/[0-9]*/comm 2>/dev/null); do
    process=${{comm%/comm}}
    [ "$process/root"{etc} -ef {etc} ] || continue
    {own_tree}
    command=$(tr '\\0' ' ' < "$process/cmdline" 2>/dev/null | head -c 200)
    [ -n "$command" ] || continue # it has ended
    verb={verb}
    case "$verb" in {looking}) continue ;; esac
    user=$(stat -c %U "$process" 2>/dev/null)
    printf '%s\\n' "“${{command% }}” of the user $user (process ${{process#/proc/}})"
    exit {busy}
done
"""
# The first word that is no option of cave's own; "--colour no" and the like have an argument.
VERB = """\
$(set -f; set -- $command; shift
    while [ $# -gt 1 ]; do
        case "$1" in
            -c | --colour | --color | -E | --environment | -L | --log-level) shift 2 ;;
            *) break ;;
        esac
    done
    printf %s "$1")"""
OWN_TREE = """\
case "$(readlink "$process/exe") $(readlink "$process/cwd")/" in
        *{prefix}/*) ;;
        *) continue ;;
    esac"""


def look_for_cave(prefix: str, *, busy: int) -> str:
    """Shell text that prints who is at work with cave on this host; then it exits with ``busy``."""
    return LOOK.format(
        etc=shlex.quote(f"{prefix}/etc/paludis"),
        own_tree=OWN_TREE.format(prefix=shlex.quote(prefix)) if prefix else ":",
        verb=VERB,
        looking=LOOKING,
        busy=busy,
    )
