"""`cave sync`: a real git clone, or fetch and hard reset (FACTS 7)."""

import subprocess
import time
from dataclasses import dataclass

from demo.cave.arguments import Known, parse_arguments
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.errors import nothing_matching
from demo.cave.host import Host
from demo.cave.repositories import Repository
from demo.cave.screen import Screen

OPTIONS = (
    Known("sequential"),
    Known("source", "s", valued=True),
    Known("revision", "r", valued=True),
)
NOT_REQUIRED = "no syncing required"


@dataclass(slots=True)
class Board:
    """The table that sync prints: how many repositories wait, run and are done."""

    screen: Screen
    pending: int
    active: int = 0
    done: int = 0

    def line(self, name: str, status: str) -> None:
        counts = f"{self.pending:<8}{self.active:<8}{self.done}"
        self.screen.say(f"-> {name:<27}{status:<22}{counts}\n")

    def start(self, name: str) -> None:
        self.pending, self.active = self.pending - 1, self.active + 1
        self.line(name, "starting")

    def end(self, name: str, status: str) -> None:
        self.active, self.done = self.active - 1, self.done + 1
        self.line(name, status)


def run(host: Host, program: str, words: list[str]) -> int:
    """Exit status 1 when any repository failed."""
    arguments = parse_arguments(words, OPTIONS)
    configuration = read_configuration(host.root, program)
    repositories = _chosen(configuration, arguments.targets)
    screen = Screen()
    screen.say(f"Starting sync\n\n{'Repository':<30}{'Status':<22}Pending Active  Done\n")
    board = Board(screen, len(repositories))
    # What needs no syncing is shown first, as it is over at once.
    ordered = sorted(repositories, key=lambda each: ("sync" in each.keys, each.name))
    for repository in ordered:
        board.start(repository.name)
    results = [
        (each.name, *_sync(configuration, each, arguments.get("source"), board)) for each in ordered
    ]
    _say_results(sorted(results), screen)
    _regenerate_caches(host, program, screen)
    return 1 if any(status == "failed" for _, status, _ in results) else 0


def _chosen(configuration: Configuration, names: list[str]) -> list[Repository]:
    for name in names:
        if configuration.repository(name) is None:
            raise nothing_matching(name)
    return [each for each in configuration.repositories if not names or each.name in names]


def _sync(
    configuration: Configuration, repository: Repository, source: str, board: Board
) -> tuple[str, str]:
    """Status and, for a failure, its explanation."""
    uris = _uris(repository, source)
    if not uris:
        board.end(repository.name, NOT_REQUIRED)
        return NOT_REQUIRED, ""
    screen = board.screen
    log = configuration.logs / f"{int(time.time())}-sync-{repository.name}.out"
    screen.start_log(log, "")
    board.line(repository.name, "active")
    worked = any(_git(repository, uri, screen) for uri in uris)
    screen.end_log()
    status = "success" if worked else "failed"
    screen.say("\n")
    board.end(repository.name, status)
    if worked:
        log.unlink()
        return status, ""
    return status, (
        f"    sync of '{repository.location}' from '{uris[-1]}' failed\n"
        f"\x1b[1;31m***\x1b[0;0m Output log: {log}\n"
    )


def _uris(repository: Repository, source: str) -> list[str]:
    """`sync = a b local: c`: those of the source asked for."""
    label, chosen = "", []
    for word in repository.keys.get("sync", "").split():
        if word.endswith(":"):
            label = word[:-1]
        elif label == source:
            chosen.append(word)
    return chosen


def _git(repository: Repository, uri: str, screen: Screen) -> bool:
    scheme, separator, rest = uri.partition("://")
    if not separator or not scheme.startswith("git"):
        screen.complain(f"No syncer is available for '{uri}'\n")
        return False
    address = uri if scheme in ("git", "git+ssh") else f"{scheme.removeprefix('git+')}://{rest}"
    location = str(repository.location)
    options = repository.keys.get("sync_options", "").split()
    branches = [each.removeprefix("--branch=") for each in options if each.startswith("--branch=")]
    if not (repository.location / ".git").is_dir():
        repository.location.parent.mkdir(parents=True, exist_ok=True)
        return _run(["git", "clone", *options, address, location], screen) and _run(
            ["git", "-C", location, "reset", "--hard", *(f"origin/{each}" for each in branches)],
            screen,
        )
    # As dogit does: with `main` and no --branch this fails (FACTS 7).
    target = f"origin/{branches[0] if branches else 'master'}"
    return (
        _run(["git", "-C", location, "remote", "set-url", "origin", address], screen)
        and _run(["git", "-C", location, "fetch", "--quiet", "origin"], screen)
        and _run(["git", "-C", location, "reset", "--hard", target], screen)
    )


def _run(command: list[str], screen: Screen) -> bool:
    finished = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if finished.stdout:
        screen.print("\n" + finished.stdout.decode(errors="replace").replace("\n", "\r\n") + "\n")
    if finished.stderr:
        screen.complain(finished.stderr.decode(errors="replace"))
    return finished.returncode == 0


def _say_results(results: list[tuple[str, str, str]], screen: Screen) -> None:
    screen.say("Sync results\n\n")
    for name, status, explanation in results:
        screen.say(f"* {f'{name}:':<28}{status}\n{explanation}")


def _regenerate_caches(host: Host, program: str, screen: Screen) -> None:
    screen.say("\n")
    screen.message("Regenerating cache for installable repositories...")
    for repository in read_configuration(host.root, program).repositories:
        if repository.format == "e":
            screen.say(f"Fixing cache for {repository.name}...\n")
    screen.message("Done regenerating cache for installable repositories")
    screen.say("\n")
    screen.message("No unread news items found")
