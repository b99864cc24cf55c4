"""Which pbins a promotion of packages takes: those, and what they need that the target lacks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pbins.models import Channel, Entry, Pbin
from pbins.paludis.dependencies import Need, parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.names import QualifiedPackageName
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.specs import PackageSpec
from pbins.paludis.versions import Version
from pbins.services.errors import Refused


def wanted_pbins(*, source: Channel, target: Channel, specs: Sequence[str]) -> list[Pbin]:
    """The source's pbins that the specs name, then what those need at run time.

    A need is looked for in the target first, then in the source, the best version first; what
    neither has comes from elsewhere (a source repository) and is none of our business. Raises
    Refused for a spec that names nothing.
    """
    shelf = _Shelf(source)
    lacking = _Shelf(target)
    wanted: dict[int, Pbin] = {}
    waiting = [pbin for spec in specs for pbin in _named(shelf, spec)]
    while waiting:
        pbin = waiting.pop(0)
        if pbin.pk in wanted:
            continue
        wanted[pbin.pk] = pbin
        waiting += _lacking(pbin, shelf, lacking, wanted.values())
    return list(wanted.values())


class _Shelf:
    """What a channel serves, looked up package by package, each once."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._found: dict[str, list[Pbin]] = {}

    def package(self, name: QualifiedPackageName) -> list[Pbin]:
        """The newest version first."""
        if name not in self._found:
            entries = self.channel.entries.of_package(name.category, name.package).served()
            ordered: Iterable[Entry] = entries.with_files().order_by("-version_key")
            self._found[name] = [entry.pbin for entry in ordered]
        return self._found[name]

    def best(self, spec: PackageSpec) -> Pbin | None:
        name = spec.name
        return next(_matching(self.package(name), spec), None) if name else None


def _named(shelf: _Shelf, text: str) -> list[Pbin]:
    try:
        spec = PackageSpec.parse(text)
    except ParseError as error:
        raise Refused(f"{text}: {error.reason}") from error
    name = spec.name
    found = list(_matching(shelf.package(name), spec)) if name else []
    if not found:
        raise Refused(f"{shelf.channel} serves nothing that is {text}.")
    return found


def _lacking(pbin: Pbin, shelf: _Shelf, target: _Shelf, taken: Iterable[Pbin]) -> Iterator[Pbin]:
    """For each of the pbin's needs that the target does not meet, what meets it."""
    chosen = list(taken)
    for needs in _alternatives(_needs(pbin)):
        specs = [need.spec for need in needs]
        if any(target.best(spec) or next(_matching(chosen, spec), None) for spec in specs):
            continue
        found = next((best for best in map(shelf.best, specs) if best is not None), None)
        if found is not None:
            yield found


def _needs(pbin: Pbin) -> tuple[Need, ...]:
    file = parse_pbin(pbin.text)
    try:
        return parse_dependencies(file.dependencies).to_run(frozenset(file.options.split()))
    except ParseError:  # the catalogue shows what is wrong with it; no need can be read from it
        return ()


def _alternatives(needs: Iterable[Need]) -> Iterator[list[Need]]:
    """Needs of which one is enough, together; every other one alone."""
    for choice, group in groupby(needs, key=lambda need: need.choice):
        if choice:
            yield list(group)
        else:
            yield from ([need] for need in group)


def _matching(pbins: Iterable[Pbin], spec: PackageSpec) -> Iterator[Pbin]:
    return (
        pbin
        for pbin in pbins
        if spec.name == pbin.name and spec.fits(Version(pbin.version), pbin.slot)
    )
