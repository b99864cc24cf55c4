"""The house rules that can be read from the source: which room may import which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def imports(name: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every module that a module imports, absolute."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                above = ".".join(parents[: len(parents) - node.level + 1])
                base = f"{above}.{base}" if base else above
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                yield (submodule if submodule in MODULES else base), node


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "pbins" and parts[1] in FLOORS else ""


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    here = room(name)
    for imported, _ in imports(name):
        there = room(imported)
        if not here or not there or here == there:
            continue
        assert FLOORS[there] < FLOORS[here] or (FLOORS[here] == FLOORS[there] == 4), (
            f"{name} (floor {FLOORS[here]}) imports {imported} (floor {FLOORS[there]})"
        )


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in GROUND])
def test_the_ground_floor_knows_neither_django_nor_its_neighbours(name: str) -> None:
    for imported, _ in imports(name):
        assert not imported.startswith(("django", "portal")), imported
        assert room(imported) in {"", room(name)}, imported


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) == "paludis"])
def test_what_we_know_of_paludis_needs_the_standard_library_only(name: str) -> None:
    outside = {"django", "paramiko", "rq", "redis", "cryptography", "subprocess", "socket"}
    for imported, _ in imports(name):
        assert imported.split(".")[0] not in outside, imported


@pytest.mark.parametrize("name", MODULES)
def test_each_outside_thing_has_one_door(name: str) -> None:
    for imported, _ in imports(name):
        doors = ONE_DOOR.get(imported.split(".")[0])
        if doors is not None:
            assert name.startswith(tuple(doors)), f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("pbins")])
def test_nobody_imports_the_roof(name: str) -> None:
    for imported, _ in imports(name):
        assert not imported.startswith("portal"), f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in MODULES if name != "portal.env"])
def test_only_one_module_reads_the_environment(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
            assert name == "portal.wsgi", f"{name}:{node.lineno} reads the environment"


@pytest.mark.parametrize("name", MODULES)
def test_no_import_stands_inside_a_function(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                assert not isinstance(inner, ast.Import | ast.ImportFrom), f"{name}:{inner.lineno}"


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_a_drawer_for_everything(name: str) -> None:
    assert not FORBIDDEN_NAMES & set(name.split("."))
    assert len(MODULES[name].read_text().splitlines()) <= 300, f"{name} is longer than 300 lines"


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        name: {imported for imported, _ in imports(name) if imported in MODULES} - {name}
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
