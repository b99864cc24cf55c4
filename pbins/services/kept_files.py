"""Files of a host that are kept with a failed run: the action's own log, and config.log.

What cave prints names the logs, and a package may print anything. So only files from cave's own
directory for logs, and of the step's own from where the host's configuration has packages built,
are ever taken, and no symbolic link is followed: nobody gets /etc/shadow into a page by printing
its name.
"""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from django.db import transaction

from pbins.models import Run, RunFile, Step, StepAction
from pbins.services.places import places
from pbins.storage.kept_file import KeptFile
from pbins.transport.contract import Transport

LOG_DIRECTORY = "/var/log/paludis"
CONFIGURATION = "/etc/paludis"
BUILD_DIRECTORY = "/var/tmp/paludis/build"  # noqa: S108  # on the host (FACTS 3.2)
CONFIG_LOGS = ("config.log", "meson-log.txt", "CMakeError.log", "CMakeConfigureLog.yaml")
BUILD_DIRECTORIES = """\
sed -n 's/^[[:space:]]*builddir[[:space:]]*=[[:space:]]*//p' {configuration}/repositories/*.conf \
    {configuration}/repository_defaults.conf 2>/dev/null | sed 's/[$]{{[Rr][Oo][Oo][Tt]}}//' |
    sort -u | head -n {most}
"""
MOST_BYTES = 4 * 2**20
MOST_FILES = 10
MOST_DIRECTORIES = 10

FIND = """\
cd {directory} 2>/dev/null || exit 0
find . -type f \\( {names} \\) -size +0 2>/dev/null | head -n {most}
"""
LATEST = """\
cd {directory} 2>/dev/null || exit 0
find . -maxdepth 1 -type f -name {name} -newer {began} 2>/dev/null | sort | tail -n 1
"""
TAKE = """\
cd {directory} || exit 1
[ -f {name} ] && [ ! -L {name} ] && tail -c {limit} {name}
"""


def keep_own_log(run: Run, transport: Transport, step: Step, *, began: str) -> None:
    """Keep what the action printed, if cave has kept it (FACTS 5); ``began``: an older file."""
    directory = _log_directory(run)
    action = "fetch" if step.action == StepAction.FETCH else "install"
    package = f"{step.name.replace('/', '_')}-{step.version}:{step.slot}::{step.origin}"
    command = LATEST.format(
        directory=shlex.quote(str(directory)),
        name=shlex.quote(f"*-{action}-{package}.out"),
        began=shlex.quote(began),
    )
    found = PurePosixPath(transport.run(command).stdout.decode(errors="replace").strip())
    if found.name:
        _keep(run, transport, directory, found.name, shown_as=found.name)


def keep_named_logs(run: Run, transport: Transport, paths: Iterable[str]) -> None:
    """Keep the logs that cave has named, as far as they lie where it puts such logs."""
    directory = _log_directory(run)
    for path in [PurePosixPath(path) for path in paths][:MOST_FILES]:
        if path.parent == directory:
            _keep(run, transport, directory, path.name, shown_as=path.name)


def keep_config_logs(run: Run, transport: Transport, step: Step) -> None:
    """Keep what the package's configuration noted down while it looked for what it needs."""
    name = f"{step.name.replace('/', '-')}-{step.version}"
    for builds in _build_directories(run, transport):
        found_there = list(_found(transport, builds / name))
        for found in found_there:
            _keep(run, transport, builds / name, found, shown_as=f"{name}/{found}")
        if found_there:
            return


def kept_file(file: RunFile) -> KeptFile:
    """Where its bytes are."""
    return KeptFile(places().run_file(file.run.uuid, file.pk))


def _log_directory(run: Run) -> PurePosixPath:
    return PurePosixPath(run.host.prefix + LOG_DIRECTORY)


def _build_directories(run: Run, transport: Transport) -> list[PurePosixPath]:
    """Where the host's own configuration has packages built, and where that is by default.

    What is configured may be said as on the host, or as within the tree that it lives in.
    """
    prefix = run.host.prefix
    command = BUILD_DIRECTORIES.format(
        configuration=shlex.quote(f"{prefix}{CONFIGURATION}"), most=MOST_DIRECTORIES
    )
    said = transport.run(command).stdout.decode(errors="replace").splitlines()
    configured = [PurePosixPath(line.strip()) for line in said]
    usable = [path for path in configured if path.is_absolute() and ".." not in path.parts]
    within = [PurePosixPath(f"{prefix}{path}") for path in usable] if prefix else []
    return [*within, *usable, PurePosixPath(f"{prefix}{BUILD_DIRECTORY}")]


def _found(transport: Transport, directory: PurePosixPath) -> Iterator[str]:
    names = " -o ".join(f"-name {name}" for name in CONFIG_LOGS)
    command = FIND.format(directory=shlex.quote(str(directory)), names=names, most=MOST_FILES)
    for line in transport.run(command).stdout.decode(errors="replace").splitlines():
        name = PurePosixPath(line)
        if not name.is_absolute() and ".." not in name.parts and name.name in CONFIG_LOGS:
            yield str(name)


def _keep(
    run: Run, transport: Transport, directory: PurePosixPath, name: str, *, shown_as: str
) -> None:
    command = TAKE.format(
        directory=shlex.quote(str(directory)), name=shlex.quote(f"./{name}"), limit=MOST_BYTES
    )
    content = transport.run(command).stdout
    if not content:
        return
    with transaction.atomic():
        file, _ = RunFile.objects.update_or_create(
            run=run,
            name=shown_as[-200:],
            defaults={"origin": str(directory / name)[-500:], "size": len(content)},
        )
        kept_file(file).write(content)
