"""What the resolver decides: a change for each wanted package and destination."""

from dataclasses import dataclass, field

from demo.cave.packages import Package

CREATE_BINARY = "create_binary"
INSTALL_TO_SLASH = "install_to_slash"


@dataclass(frozen=True, slots=True, order=True)
class Resolvent:
    """A package and slot on its way to one destination; sorts in the order cave shows ties."""

    name: str
    slot: str
    destination: str

    def __str__(self) -> str:
        return f"{self.name}:{self.slot}::({self.destination})"

    def elsewhere(self) -> "Resolvent":
        other = INSTALL_TO_SLASH if self.destination == CREATE_BINARY else CREATE_BINARY
        return Resolvent(self.name, self.slot, other)


@dataclass(slots=True)
class Change:
    """One taken (or, for suggestions, untaken) change.

    `letter` is cave's: n new, s new slot, v version added, u upgrade, r reinstall, d downgrade.
    `confirmations` are the kinds that someone has to permit (FACTS 4.6).
    """

    resolvent: Resolvent
    origin: Package
    enabled: frozenset[str]
    letter: str
    replacing: list[Package]
    best: bool
    target: bool = False
    via_binary: bool = False
    confirmations: list[str] = field(default_factory=list)
    changed_options: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    requires: list[Resolvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A wish that nothing can meet."""

    wish: str
    reason: str
    candidates: tuple[str, ...]


@dataclass(slots=True)
class Resolution:
    """`changes` in the order in which they have to happen; `destination` of binaries by name."""

    destination: str
    changes: list[Change] = field(default_factory=list)
    untaken: list[Change] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)

    @property
    def unconfirmed(self) -> list[Change]:
        return [each for each in self.changes if each.confirmations]

    @property
    def masked(self) -> list[Change]:
        return [each for each in self.changes if "masked" in each.confirmations]

    @property
    def confirmed(self) -> list[Change]:
        return [each for each in self.changes if not each.confirmations]
