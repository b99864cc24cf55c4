"""The house rules that can be read from the source: which room may import which."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = {
    "paludis": 0,
    "transport": 0,
    "storage": 0,
    "models": 1,
    "services": 2,
    "jobs": 3,
    "web": 4,
    "admin": 4,
    "api": 4,
    "management": 4,
    "templatetags": 4,
}
GROUND = {room for room, floor in FLOORS.items() if floor == 0}
ONE_DOOR = {
    "paramiko": {"pbins.transport"},
    "rq": {"pbins.jobs"},
    "django_rq": {"pbins.jobs", "pbins.admin"},  # the dashboard is mounted in the admin
    "tarfile": {"pbins.storage"},
    "boto3": {"pbins.storage"},
    "botocore": {"pbins.storage"},
    "subprocess": {"pbins.storage", "pbins.management.processes"},
}
FORBIDDEN_NAMES = {"util", "utils", "common", "core", "helper", "helpers", "manager", "misc"}


def modules() -> dict[str, Path]:
    found = {}
    for top in ("pbins", "portal"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text())


@cache
def imported_by(name: str) -> list[str]:
    """Every module that a module imports, absolute."""
    return [*imports(name)]


def imports(name: str) -> Iterator[str]:
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                above = ".".join(parents[: len(parents) - node.level + 1])
                base = f"{above}.{base}" if base else above
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                yield submodule if submodule in MODULES else base


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "pbins" and parts[1] in FLOORS else ""


def pairs(names: Iterable[str] = MODULES) -> Iterator[tuple[str, str]]:
    """Each module with each that it imports."""
    return ((name, imported) for name in names for imported in imported_by(name))


def in_room(*rooms: str) -> list[str]:
    return [name for name in MODULES if room(name) in rooms]


def test_imports_go_down() -> None:
    assert [f"{name} imports {there}" for name, there in pairs() if is_up(name, there)] == []


def is_up(name: str, imported: str) -> bool:
    here, there = room(name), room(imported)
    if not here or not there or here == there:
        return False
    return not (FLOORS[there] < FLOORS[here] or FLOORS[here] == FLOORS[there] == 4)


def test_the_ground_floor_knows_neither_django_nor_its_neighbours() -> None:
    outside = ("django", "portal")
    assert [
        f"{name} imports {there}"
        for name, there in pairs(in_room(*GROUND))
        if there.startswith(outside) or room(there) not in {"", room(name)}
    ] == []


def test_what_we_know_of_paludis_needs_the_standard_library_only() -> None:
    outside = {"django", "paramiko", "rq", "redis", "cryptography", "subprocess", "socket"}
    found = pairs(in_room("paludis"))
    assert [(name, there) for name, there in found if there.split(".")[0] in outside] == []


def test_each_outside_thing_has_one_door() -> None:
    assert [
        f"{name} imports {there}"
        for name, there in pairs()
        if (doors := ONE_DOOR.get(there.split(".")[0])) and not name.startswith(tuple(doors))
    ] == []


def test_nobody_imports_the_roof() -> None:
    found = pairs(name for name in MODULES if name.startswith("pbins"))
    assert [(name, there) for name, there in found if there.startswith("portal")] == []


def test_only_one_module_reads_the_environment() -> None:
    assert [
        f"{name}:{node.lineno}"
        for name in MODULES.keys() - {"portal.env", "portal.wsgi"}
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    ] == []


def test_no_import_stands_inside_a_function() -> None:
    assert [
        f"{name}:{inner.lineno}"
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ] == []


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [name for name in MODULES if FORBIDDEN_NAMES & set(name.split("."))] == []
    lines = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > 300} == {}


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        name: {imported for imported in imported_by(name) if imported in MODULES} - {name}
        for name in MODULES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name in done:
            return
        for imported in sorted(graph[name]):
            # A package's own __init__ gathers its modules; that is no circle.
            if not name.startswith(f"{imported}."):
                visit(imported, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())
