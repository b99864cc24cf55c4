"""What a change replaces, the letter that says so, and what it needs permission for."""

from demo.cave.decisions import CREATE_BINARY, INSTALL_TO_SLASH, Change, Resolvent
from demo.cave.packages import Package
from demo.cave.specs import Spec


def change_letter(key: Resolvent, origin: Package, existing: list[Package]) -> str:
    """`existing` are the versions of this name at the destination."""
    same_slot = [each for each in existing if each.slot == key.slot]
    if not existing:
        return "n"
    if not same_slot:
        return "s"
    if any(each.order == origin.order for each in same_slot):
        return "r"
    if key.destination == CREATE_BINARY:
        return "v"
    return "u" if all(each.order < origin.order for each in same_slot) else "d"


def replaced(
    key: Resolvent, origin: Package, existing: list[Package], *, every_version: bool
) -> list[Package]:
    """On `/` the slot is replaced; a binary replaces its own version, or its slot when asked."""
    same_slot = [each for each in existing if each.slot == key.slot]
    if key.destination == INSTALL_TO_SLASH or every_version:
        return same_slot
    return [each for each in same_slot if each.order == origin.order]


def confirmations(
    change: Change, spec: Spec, *, masked: bool, permitted: dict[str, tuple[Spec, ...]]
) -> list[str]:
    """The kinds that someone has to permit; a target given as `=cat/pkg-ver` says it already."""
    named = change.target and spec.exact
    needed = []
    if change.letter == "d" and not named:
        needed.append("downgrade")
    if change.target and not change.best and not named and (spec.versions or spec.repository):
        needed.append("not_best")
    if masked:
        needed.append("masked")
    if change.changed_options:
        needed.append("changed_choices")
    return [kind for kind in needed if not any(map(change.origin.matches, permitted.get(kind, ())))]
