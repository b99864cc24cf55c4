"""Whether what a version needs can be had: in its channel, in another one, as source, or nowhere.

Options count where they are known, as cave counts them: a need of `[ssl]` is not met by a version
that was built without.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from pbins.models import Channel
from pbins.paludis.specs import PackageSpec
from pbins.services.dependency_lines import Answer, Line, Met, Section
from pbins.services.offers import (
    NO_OPTIONS,
    Offer,
    Options,
    Shelf,
    in_sources,
    served_by,
    served_elsewhere,
)

NOT_COUNTED = frozenset({"suggestion", "recommendation", "test", "test-expensive"})
"""Labels of what hosts need not have."""
NOWHERE = Answer(Met.NOWHERE)
ACCOUNT = Answer(Met.ACCOUNT)
ACCOUNTS = ("user/", "group/")
"""Users and groups: never binaries, every host makes its own (FACTS 4.3, 8)."""
MET = {Met.HERE, Met.ACCOUNT}


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where to look, in this order."""

    here: Shelf
    elsewhere: Shelf
    sources: Shelf

    def answer(self, spec: PackageSpec, mine: Options) -> Answer:
        for met, shelf in (
            (Met.HERE, self.here),
            (Met.ELSEWHERE, self.elsewhere),
            (Met.SOURCE, self.sources),
        ):
            offer = shelf.first(spec, mine)
            if offer is not None:
                return _answer(met, offer)
        return NOWHERE


def answered(
    sections: Sequence[Section], *, channel: Channel, options: Options = NO_OPTIONS
) -> tuple[Section, ...]:
    """The sections with an answer at every line that applies; ``options`` are the dependant's.

    At most four queries, however many dependencies there are.
    """
    lines = [line for section in sections for line in section.lines if line.applies]
    shelves = shelves_for(channel, [line.spec for line in lines if line.spec is not None], options)
    return tuple(
        replace(section, lines=tuple(_lines(section.lines, shelves, options)))
        for section in sections
    )


def shelves_for(channel: Channel, specs: Collection[PackageSpec], mine: Options) -> Shelves:
    """What these specs can be met with; further away is looked only for what is not here."""
    names = {str(spec.name) for spec in specs if spec.name}
    asks_options = any(spec.asks_options for spec in specs)
    here = served_by(channel, names, with_options=asks_options) if names else Shelf()
    missing = {
        str(spec.name)
        for spec in specs
        if spec.name and not is_account(spec.name) and here.first(spec, mine) is None
    }
    if not missing:
        return Shelves(here, Shelf(), Shelf())
    return Shelves(here, served_elsewhere(channel, missing), in_sources(missing))


def is_counted(label: str) -> bool:
    """Whether hosts must have what stands under this label, or builders to build it."""
    return not NOT_COUNTED.issuperset(label.split("+"))


def is_account(name: str) -> bool:
    """Whether a package is a user or a group."""
    return name.startswith(ACCOUNTS)


def unmet(sections: Iterable[Section]) -> list[Line]:
    """What applies, is counted and is not here; of a choice its heading, if none of it is."""
    found = []
    for section in sections:
        inside = 0
        for line in section.lines if is_counted(section.label) else ():
            if inside and line.depth >= inside:
                continue
            inside = line.depth + 1 if line.is_heading and line.answer is not None else 0
            if line.applies and not line.is_blocker and _is_missing(line):
                found.append(line)
    return found


def _is_missing(line: Line) -> bool:
    return line.answer is not None and line.answer.met not in MET


def _lines(lines: Sequence[Line], shelves: Shelves, mine: Options) -> Iterable[Line]:
    """Each with its answer; a choice has the best of those below it."""
    told = [_told(line, shelves, mine) for line in lines]
    for number, line in enumerate(told):
        if not line.is_choice or not line.applies:
            yield line
            continue
        yield replace(line, answer=_best(_below(told, number)))


def _told(line: Line, shelves: Shelves, mine: Options) -> Line:
    if line.spec is None or not line.package or not line.applies:
        return line
    if line.is_blocker:
        offer = shelves.here.first(line.spec, mine)
        return replace(line, answer=_answer(Met.HERE, offer) if offer else None)
    if is_account(line.package):
        return replace(line, answer=ACCOUNT)
    return replace(line, answer=shelves.answer(line.spec, mine))


def _below(lines: Sequence[Line], number: int) -> Iterable[Line]:
    for line in lines[number + 1 :]:
        if line.depth <= lines[number].depth:
            return
        yield line


def _best(lines: Iterable[Line]) -> Answer | None:
    """None where nothing below applies."""
    order = list(Met)
    answers = [line.answer for line in lines if line.answer is not None and not line.is_blocker]
    return min(answers, key=lambda answer: order.index(answer.met), default=None)


def _answer(met: Met, offer: Offer) -> Answer:
    return Answer(met, offer.version.text, offer.place)
