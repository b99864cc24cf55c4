"""What waits for what in a plan: its packages in lanes, each after those it builds upon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from pbins.models import Run, Step, StepState
from pbins.web.access import PortalRequest, readers

OPEN_LANE = 24  # packages; a lane with more is folded until it is wanted
WORST_FIRST = (
    StepState.FAILED,
    StepState.ACTIVE,
    StepState.SKIPPED,
    StepState.PENDING,
    StepState.SUCCEEDED,
)


@dataclass(slots=True)
class Node:
    """A package of the plan with all its steps: fetched, made, installed.

    ``waits_for`` and ``wanted_by`` hold the nodes right before and behind it; ``lane`` counts the
    packages of the longest chain before it.
    """

    name: str
    version: str
    steps: list[Step] = field(default_factory=list)
    waits_for: list["Node"] = field(default_factory=list)
    wanted_by: list["Node"] = field(default_factory=list)
    lane: int = 0

    @property
    def anchor(self) -> str:
        return f"after-{self.steps[0].number}"

    @property
    def state(self) -> StepState:
        """The state of the step that tells most."""
        return min((StepState(step.state) for step in self.steps), key=WORST_FIRST.index)


@dataclass(frozen=True, slots=True)
class Lane:
    """Packages that need nothing of each other, and may be done in any order."""

    number: int
    nodes: tuple[Node, ...]

    @property
    def is_open(self) -> bool:
        return len(self.nodes) <= OPEN_LANE


@readers
def run_graph(request: PortalRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(Run.objects.select_related("host", "repository", "package_set"), pk=pk)
    nodes = nodes_of(run.steps.all())
    shown = {"run": run, "lanes": lanes_of(nodes), "chain": longest_chain(nodes), "nodes": nodes}
    return render(request, "pbins/run_graph.html", shown)


def nodes_of(steps: Iterable[Step]) -> list[Node]:
    """The packages of a plan, in the order in which they are finished."""
    nodes: dict[tuple[str, str, str], Node] = {}
    by_number: dict[int, Node] = {}
    for step in steps:
        key = (step.name, step.version, step.slot)
        node = nodes.setdefault(key, Node(step.name, step.version))
        node.steps.append(step)
        by_number[step.number] = node
    ordered = sorted(nodes.values(), key=lambda node: node.steps[-1].number)
    for node in ordered:
        _connect(node, by_number)
    return ordered


def lanes_of(nodes: Iterable[Node]) -> list[Lane]:
    lanes: dict[int, list[Node]] = {}
    for node in nodes:
        lanes.setdefault(node.lane, []).append(node)
    return [Lane(number, tuple(lanes[number])) for number in sorted(lanes)]


def longest_chain(nodes: list[Node]) -> list[Node]:
    """Packages that can only be done one after the other; so many lanes there are."""
    chain: list[Node] = []
    node = max(nodes, key=lambda each: each.lane, default=None)
    while node is not None:
        chain.append(node)
        before = [each for each in node.waits_for if each.lane == chain[-1].lane - 1]
        node = before[0] if before else None
    return chain[::-1]


def _connect(node: Node, by_number: Mapping[int, Node]) -> None:
    """What a node waits for; packages that need each other are told, and share no order."""
    for step in node.steps:
        for number in step.waits_for:
            before = by_number.get(number)
            if before is None or before is node or before in node.waits_for:
                continue
            node.waits_for.append(before)
            before.wanted_by.append(node)
            if before.steps[-1].number < node.steps[-1].number:
                node.lane = max(node.lane, before.lane + 1)
