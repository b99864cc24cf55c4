"""Hosts as real as one machine can make them, for tests that go in by the front door only.

Each is an overlay of this machine's own files with processes of its own: what is written there is
gone afterwards, what runs there has Debian's OpenSSH server, sudo and shells, and Paludis' files
are where Paludis has them. Only the network is shared, so every server has a port of its own, and
only `cave` is a stand-in.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sshd import SSHD

ROOT = Path(__file__).parents[2]
SUPER_USER = os.geteuid() == 0
PATIENCE = 90.0
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Before a command: it ends with the tests, even when those are killed. unshare ignores SIGTERM."""

# Run as the first process of the new namespaces: the machine is built, then it keeps its sshd up
# and buries its dead, as an init does.
BOOT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o "size=$SIZE" none "$LAYERS"
mkdir "$LAYERS/upper" "$LAYERS/work" "$LAYERS/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$LAYERS/upper,workdir=$LAYERS/work" "$LAYERS/root"
cd "$LAYERS/root"
mount -t proc proc proc
mount --rbind /dev dev
mount --rbind /sys sys
for directory in $NEEDED; do
    [ -e "$LAYERS/root/$directory/." ] && mount --rbind "$directory" "$LAYERS/root/$directory"
done
mount -t tmpfs none run
mkdir -p run/sshd run/lock
cp /proc/sys/kernel/random/uuid run/boot_id
mount --bind run/boot_id proc/sys/kernel/random/boot_id
exec chroot . /bin/sh -c '
rm -f /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
cd /
trap : TERM
while :; do
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D -p "$PORT" -E /run/sshd.log \
        || sleep 0.2
done
'
"""

# Where a host lets people in besides root; `$1` is the user and `$2` the login shell.
ADD_USER = """
set -e
useradd --create-home --shell "$2" "$1"
echo "$1 ALL=(ALL) NOPASSWD: ALL" > "/etc/sudoers.d/$1"
chmod 440 "/etc/sudoers.d/$1"
"""

AUTHORIZE = """
home=$(getent passwd "$1" | cut -d: -f6)
mkdir -p "$home/.ssh"
chmod 700 "$home/.ssh"
echo "$2" >> "$home/.ssh/authorized_keys"
chown -R "$1:" "$home/.ssh"
"""
"""`$1` is the user, `$2` a public key."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A host; ``root`` is its ``/`` seen from here."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    first: int

    @property
    def root(self) -> Path:
        return Path(f"/proc/{self.first}/root")

    def path(self, text: str) -> Path:
        """A path of the host, seen from here. What is a symbolic link there leads astray."""
        return self.root / text.lstrip("/")

    def sh(self, script: str, *words: str, check: bool = True) -> str:
        """What its administrator does at its console."""
        done = subprocess.run(
            [
                *("nsenter", "--target", str(self.first), "--mount", "--pid", "--root"),
                *("env", "-i", "HOME=/root", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                *("sh", "-c", f"cd /\n{script}", "sh", *words),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {script}: {done.stderr}")
        return done.stdout

    def add_user(self, name: str, *, shell: str = "/bin/bash") -> None:
        self.sh(ADD_USER, name, shell)

    def authorize(self, public_key: str, *, user: str = "root") -> None:
        self.sh(AUTHORIZE, user, public_key.strip())

    def restart_sshd(self, *, sessions_too: bool = False) -> None:
        """As after an upgrade; with ``sessions_too`` every connection is cut as well."""
        self.sh(f"pkill -x sshd {'' if sessions_too else '-P 1'} || :")
        self.wait_for_sshd()

    def reboot(self) -> None:
        """Every process but the first dies at once; afterwards it is another boot."""
        self.sh("cp /proc/sys/kernel/random/uuid /run/boot_id; kill -KILL -1")
        self.wait_for_sshd()

    def processes(self) -> str:
        return self.sh("ps -eo pid,pgid,stat,args")

    def wait_for_sshd(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.name} has no sshd: {self.path('/run/sshd.log').read_text()}")


@contextlib.contextmanager
def machine(name: str, directory: Path, *, source: Path, size: str = "400m") -> Iterator[Machine]:
    """A host that is on until the block ends, furnished as one that follows ``source``."""
    layers = directory / name
    layers.mkdir()
    process = subprocess.Popen(
        [*WITH_US, *("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", BOOT)],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "PORT": str(port := free_port()),
            "LAYERS": str(layers),
            "SIZE": size,
            "NEEDED": " ".join(map(str, _mounted_apart())),
        },
        stdin=subprocess.DEVNULL,
    )
    try:
        host = Machine(name, port, process, _first_process(process))
        host.wait_for_sshd()
        host.sh(FURNISH, sys.executable, str(ROOT), str(source))
        yield host
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


FURNISH = r"""
set -e
useradd --system --no-create-home paludisbuild
cp -a "$3" /srv/arbor
"$1" -c '
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from demo.furnishing import furnish
furnish(Path("/"), Path("/srv/arbor"), pace=0)
' "$2"
mv /bin/cave /usr/local/bin/cave
"""
"""`$1` is a Python, `$2` where the stand-in is, `$3` the source repository to have a copy of."""


def skip_unless_possible() -> None:
    """Skip with a word where hosts like these can't be made."""
    if SSHD is None:
        pytest.skip("OpenSSH's sshd is not installed (Debian: openssh-server)")
    if not SUPER_USER:
        pytest.skip("only root can give hosts files and processes of their own")
    for program in ("unshare", "nsenter", "setpriv", "sudo", "useradd", "pkill"):
        if shutil.which(program, path="/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") is None:
            pytest.skip(f"{program} is not installed")
    tried = "d=$(mktemp -d) && mount -t tmpfs none $d && mkdir $d/u $d/w $d/r"
    tried += " && mount -t overlay overlay -o lowerdir=/,upperdir=$d/u,workdir=$d/w $d/r"
    tried = f"{tried}; s=$?; umount -R $d; rmdir $d; exit $s"
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c", tried],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"namespaces and overlays are not to be had here: {done.stderr.strip()}")


def _mounted_apart() -> Iterator[Path]:
    """Directories that a host needs and that an overlay of / would show empty."""
    for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)):
        if path.stat().st_dev != Path("/").stat().st_dev:
            yield path.resolve()


def _first_process(process: subprocess.Popen[bytes]) -> int:
    """The process that is number 1 in its own eyes."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.01)
    raise AssertionError("the namespaces were not made")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
