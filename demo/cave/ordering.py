"""The order of changes: what is required comes first, ties by name."""

import heapq

from demo.cave.decisions import Change, Resolvent


def in_order(changes: dict[Resolvent, Change]) -> list[Change]:
    """Topological; a circle is broken at its first member by name."""
    waiting = {key: _required(change, changes) for key, change in changes.items()}
    ready = [key for key, required in waiting.items() if not required]
    heapq.heapify(ready)
    ordered: list[Change] = []
    while waiting:
        key = heapq.heappop(ready) if ready else min(waiting)
        if key not in waiting:
            continue
        del waiting[key]
        ordered.append(changes[key])
        for other, required in waiting.items():
            if key in required:
                required.remove(key)
                if not required:
                    heapq.heappush(ready, other)
    return ordered


def _required(change: Change, changes: dict[Resolvent, Change]) -> set[Resolvent]:
    required = {key for key in change.requires if key in changes}
    twin = change.resolvent.elsewhere()
    if change.resolvent.destination == "install_to_slash" and twin in changes:
        required.add(twin)
    return required - {change.resolvent}
