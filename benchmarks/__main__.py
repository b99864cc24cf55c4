"""`python -m benchmarks [NAME]`: measure everything, or one thing, a line of JSON per measure.

Each module here that has a `measures()` is a benchmark by its own name. The exit status is 1 if a
goal was missed.
"""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable

import benchmarks
from benchmarks.measure import Measure

Benchmark = Callable[[], Iterable[Measure]]


def main() -> int:
    """Measure what was asked for; returns the exit status."""
    known = _benchmarks()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(known), metavar="NAME")
    name = parser.parse_args().name
    missed = False
    for benchmark in [known[name]] if name else known.values():
        for measure in benchmark():
            print(measure.as_line(), flush=True)
            missed |= not measure.ok
    return int(missed)


def _benchmarks() -> dict[str, Benchmark]:
    names = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    modules = {
        name: importlib.import_module(f"benchmarks.{name}") for name in names if name[0] != "_"
    }
    return {
        name: module.measures for name, module in modules.items() if hasattr(module, "measures")
    }


if __name__ == "__main__":
    sys.exit(main())
