"""The stand-in's resolver: depth first, no backtracking but for versions that clash."""

from dataclasses import dataclass, field

from demo.cave.choices import enabled_options, unmet_requirements
from demo.cave.configuration import Configuration
from demo.cave.decisions import (
    CREATE_BINARY,
    INSTALL_TO_SLASH,
    Change,
    Resolution,
    Resolvent,
    Undecided,
)
from demo.cave.ordering import in_order
from demo.cave.packages import Package
from demo.cave.replacing import change_letter, confirmations, replaced
from demo.cave.specs import Dependency, Spec

RUN_LABELS = frozenset({"run", "post", "recommendation"})
SUGGESTED = frozenset({"suggestion"})


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `cave resolve` that change decisions."""

    binaries: bool
    keep_targets: str
    keep: str
    make_dependencies: str
    one_binary_per_slot: bool = False
    hidden: tuple[Spec, ...] = ()
    permitted: dict[str, tuple[Spec, ...]] = field(default_factory=dict)
    without_dependencies_of: tuple[Spec, ...] = ()


class ClashError(Exception):
    """A later wish forbids a version already taken: start again, knowing that."""


class Resolver:
    def __init__(self, configuration: Configuration, request: Request) -> None:
        self.configuration = configuration
        self.request = request
        self.destination = (
            configuration.destination_for_binaries().name if request.binaries else "installed"
        )
        self.everything = configuration.packages()
        self.wishes: list[Spec] = []
        self._clear()

    def _clear(self) -> None:
        self.changes: dict[Resolvent, Change] = {}
        self.untaken: dict[Resolvent, Change] = {}
        self.undecided: list[Undecided] = []

    def resolve(self, targets: list[tuple[Spec, str]]) -> Resolution:
        """Each target with its reason, such as `target` or `target (world::environment)`."""
        while not self._want_all(targets):
            self._clear()
        self._join_binaries_and_installs()
        untaken = [each for key, each in self.untaken.items() if key not in self.changes]
        return Resolution(self.destination, in_order(self.changes), untaken, self.undecided)

    def _want_all(self, targets: list[tuple[Spec, str]]) -> bool:
        """False when a clash was found: `wishes` knows of it then."""
        destination = CREATE_BINARY if self.request.binaries else INSTALL_TO_SLASH
        try:
            for spec, reason in targets:
                self._want(spec, destination, reason, target=True)
        except ClashError:
            return False
        return True

    def _want(
        self, spec: Spec, destination: str, reason: str, *, target: bool = False
    ) -> Resolvent | None:
        origin = self._choose(spec)
        keep = self.request.keep_targets if target else self.request.keep
        if self._is_kept(spec, destination, origin, keep):
            return None
        if origin is None:
            self._give_up(spec, destination, reason)
            return None
        key = Resolvent(origin.name, origin.slot, destination)
        if key in self.changes:
            self._agree(self.changes[key], spec, reason)
            self.changes[key].target |= target
            return key
        change = self._change(key, origin, spec, target=target)
        change.reasons.append(reason)
        self.changes[key] = change
        self._want_dependencies(change)
        return key

    def _agree(self, change: Change, spec: Spec, reason: str) -> None:
        if not change.origin.matches(spec):
            if spec in self.wishes:
                self._give_up(spec, change.resolvent.destination, reason)
                return
            self.wishes.append(spec)
            raise ClashError
        if reason not in change.reasons:
            change.reasons.append(reason)

    def _candidates(self, spec: Spec) -> list[Package]:
        return [
            each
            for each in self.everything
            if each.kind != "installed"
            and each.matches(spec)
            and not (self.request.binaries and each.kind == "binary")
            and not any(map(each.matches, self.request.hidden))
        ]

    def _choose(self, spec: Spec) -> Package | None:
        """The best unmasked one that every wish so far allows, or else a masked one."""
        found = self._candidates(spec)
        allowed = [each for each in found if self._is_allowed(each)] or found
        unmasked = [each for each in allowed if not self.configuration.is_masked(each)]
        pool = unmasked or allowed
        return pool[-1] if pool else None

    def _is_allowed(self, package: Package) -> bool:
        return all(
            package.matches(wish)
            for wish in self.wishes
            if wish.matches_name(package.name) and wish.slot in (None, package.slot)
        )

    def _is_kept(self, spec: Spec, destination: str, origin: Package | None, keep: str) -> bool:
        existing = [each for each in self._existing(destination) if each.matches(spec)]
        existing = [
            each for each in existing if not unmet_requirements(each.recorded_options, spec.options)
        ]
        if keep == "if-possible":
            return bool(existing)
        if origin is None or not keep.startswith("if-same"):
            return False
        wanted = enabled_options(self.configuration, origin)
        return any(
            each.order == origin.order
            and (keep == "if-same-version" or each.recorded_options == wanted)
            for each in existing
        )

    def _existing(self, destination: str) -> list[Package]:
        if destination == INSTALL_TO_SLASH:
            return [each for each in self.everything if each.kind == "installed"]
        return [each for each in self.everything if each.repository == self.destination]

    def _change(self, key: Resolvent, origin: Package, spec: Spec, *, target: bool) -> Change:
        existing = [each for each in self._existing(key.destination) if each.name == key.name]
        rivals = [each for each in self.everything if each.name == key.name]
        best = not any(
            each.order > origin.order
            and each.kind != "installed"
            and not self.configuration.is_masked(each)
            for each in rivals
        )
        enabled = enabled_options(self.configuration, origin)
        change = Change(
            key,
            origin,
            enabled,
            change_letter(key, origin, existing),
            replaced(key, origin, existing, every_version=self.request.one_binary_per_slot),
            best,
            target,
            changed_options=unmet_requirements(enabled, spec.options),
        )
        change.confirmations = confirmations(
            change,
            spec,
            masked=self.configuration.is_masked(origin),
            permitted=self.request.permitted,
        )
        return change

    def _want_dependencies(self, change: Change) -> None:
        if any(map(change.origin.matches, self.request.without_dependencies_of)):
            return
        for dependency in change.origin.dependencies(change.enabled):
            if not dependency.blocks:
                self._want_dependency(change, dependency)

    def _want_dependency(self, change: Change, dependency: Dependency) -> None:
        reason = change.origin.full
        if dependency.labels & SUGGESTED:
            self._suggest(dependency.spec, reason)
            return
        wanted = []
        if change.resolvent.destination == CREATE_BINARY and self._makes(dependency):
            wanted.append(self._want(dependency.spec, CREATE_BINARY, reason))
        wanted.append(self._want(dependency.spec, INSTALL_TO_SLASH, reason))
        change.requires += [key for key in wanted if key is not None and key not in change.requires]

    def _makes(self, dependency: Dependency) -> bool:
        match self.request.make_dependencies:
            case "all":
                return True
            case "none":
                return False
            case _:
                return bool(dependency.labels & RUN_LABELS)

    def _suggest(self, spec: Spec, reason: str) -> None:
        origin = self._choose(spec)
        if origin is None or any(each.matches(spec) for each in self._existing(INSTALL_TO_SLASH)):
            return
        key = Resolvent(origin.name, origin.slot, INSTALL_TO_SLASH)
        if key not in self.untaken:
            self.untaken[key] = self._change(key, origin, spec, target=False)
        self.untaken[key].reasons.append(f"{reason} (sug)")

    def _give_up(self, spec: Spec, destination: str, reason: str) -> None:
        rivals = [each for each in self.everything if spec.matches_name(each.name)]
        candidates = tuple(f"{each.full}\n            Did not meet {spec.text}" for each in rivals)
        self.undecided.append(
            Undecided(
                spec.text,
                reason,
                candidates
                or (f"Found no packages for resolvent {spec.text}:(unknown)::({destination})",),
            )
        )

    def _join_binaries_and_installs(self) -> None:
        """Where both are wanted, what is installed is the binary just made, and each explains
        the other."""
        for key, change in self.changes.items():
            twin = self.changes.get(key.elsewhere())
            if twin is None:
                continue
            own = [each for each in change.reasons if "(to be like" not in each]
            change.reasons = own + [f"{each} (to be like {twin.resolvent})" for each in own]
            change.via_binary = key.destination == INSTALL_TO_SLASH
