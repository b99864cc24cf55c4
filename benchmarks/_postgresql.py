"""A PostgreSQL of one's own, thrown away afterwards: `python -m benchmarks._postgresql COMMAND…`.

The command finds the address of the empty database in PBINS_DATABASE_URL. The programs are
those of Debian's package postgresql. They refuse to be run by root, so then they are the user
postgres's; people reach them by a socket in a directory that is gone at the end.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

INSTALLED = Path("/usr/lib/postgresql")
HOW = "PostgreSQL is not here; install it with: apt-get install postgresql"
DATABASE = "portal"
# Nothing of it is to outlive a crash; all else is as Debian delivers it.
SETTINGS = {"listen_addresses": "", "fsync": "off", "shared_buffers": "256MB"}
# A language's own order of words, which the portal must not depend on.
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")


class NotInstalledError(RuntimeError):
    """There is no PostgreSQL on this machine; the message says how to get one."""


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of an empty database, as PBINS_DATABASE_URL takes it. Raises NotInstalledError."""
    programs = _programs()
    with TemporaryDirectory(prefix="pbins-pg-") as name:
        directory = Path(name)
        files = directory / "files"
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        _run(programs / "initdb", "--username=portal", "--auth=trust", *LOCALE, f"--pgdata={files}")
        settings = {**SETTINGS, "unix_socket_directories": name}
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        control = (programs / "pg_ctl", f"--pgdata={files}", "--wait", "--silent")
        _run(*control, f"--log={directory / 'log'}", f"--options={options}", "start")
        try:
            _run(programs / "createdb", "--username=portal", f"--host={name}", DATABASE)
            yield f"postgresql://portal@{quote(name, safe='')}/{DATABASE}"
        finally:
            _run(*control, "--mode=immediate", "stop")


def _programs() -> Path:
    """Where the newest installed version has its programs."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NotInstalledError(HOW)
    return found[-1].parent


def _run(program: Path, *arguments: str | Path) -> None:
    by = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*by, str(program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def main(command: list[str]) -> int:
    """Run the command beside a cluster; returns its exit status."""
    try:
        with cluster() as url:
            known = {**os.environ, "PBINS_DATABASE_URL": url}
            return subprocess.run(command, check=False, env=known).returncode
    except NotInstalledError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
