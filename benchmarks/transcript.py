"""How fast a log of a build is read."""

from time import process_time

from pbins.paludis.transcript import TranscriptParser

GOAL = 50.0
"""Megabytes a second, on one core."""

CHUNK = 256 * 1024
BEGINNING = b"""These are the actions I will take, in order:

n   dev-libs/chatty:0::arbor 1 to ::mybinaries
    Reasons: target

Executing pretend actions: 1 of 1
1 of 1: Starting create binary in ::mybinaries for dev-libs/chatty-1:0::arbor...

\x1b[35;01m===\x1b[0m Starting src_compile\r
"""
END = b"Done create binary in ::mybinaries for dev-libs/chatty-1:0::arbor\n"
CHATTER = (
    b"  CC      drivers/net/ethernet/chatty/file%d.o\r\n"
    b"x86_64-pc-linux-gnu-gcc -DHAVE_CONFIG_H -I. -O2 -pipe -fPIC -c -o file%d.o file%d.c\r\n"
    b"\x1b[32m[ 42%%] \x1b[01;35mBuilding CXX object\x1b[0m src/CMakeFiles/chatty.dir/%d.cc.o\r\n"
    b"file%d.c:17:5: warning: unused variable \xe2\x80\x98x\xe2\x80\x99 [-Wunused-variable]\r\n"
    b"checking whether the compiler likes number %d... yes\r\n"
    b" 12%% [====>        ] %d\r 99%% [==========> ] done\r\n"
    b">>> [obj] /usr/share/doc/chatty-1/html/file%d.html\n"
)


def megabytes_per_second(megabytes: int = 100) -> float:
    """Feed so much chatty build output to the incremental parser; counts processor time alone."""
    log = _log(megabytes * 1_000_000)
    parser = TranscriptParser()
    started = process_time()
    events = sum(len(parser.feed(log[i : i + CHUNK])) for i in range(0, len(log), CHUNK))
    events += len(parser.close())
    elapsed = process_time() - started
    if events != 5:
        raise AssertionError(f"the log holds 5 events, {events} were found")
    return len(log) / 1_000_000 / elapsed


def _log(size: int) -> bytes:
    fields = CHATTER.replace(b"%%", b"").count(b"%d")
    lines = b"".join(CHATTER % ((number,) * fields) for number in range(5_000))
    return BEGINNING + lines * (size // len(lines)) + END
