"""What cave is asked to resolve, and under which conditions (FACTS 4.2)."""

from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.confirmations import ConfirmationKind
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, SetName
from pbins.paludis.specs import PackageSpec


class Make(StrEnum):
    """What becomes of the targets."""

    BINARIES = "binaries"
    INSTALL = "install"


class MakeDependencies(StrEnum):
    """Which dependencies of the targets are taken along."""

    AUTO = "auto"
    ALL = "all"
    RUNTIME = "runtime"
    NONE = "none"


class KeepTargets(StrEnum):
    """When a target that exists is left alone; `auto`: a set if it is the same, a package never."""

    AUTO = "auto"
    NEVER = "never"
    IF_SAME = "if-same"
    IF_SAME_VERSION = "if-same-version"
    IF_POSSIBLE = "if-possible"


class ContinueOnFailure(StrEnum):
    """What goes on after something failed."""

    NEVER = "never"
    IF_SATISFIED = "if-satisfied"
    IF_INDEPENDENT = "if-independent"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Permit:
    """One confirmation that a person, or a policy, has given."""

    kind: ConfirmationKind
    spec: PackageSpec


@dataclass(frozen=True, slots=True)
class Resolution:
    """What cave is asked to resolve: one set, or some packages (FACTS 4.2: never both).

    `hide` names the repositories whose packages are never chosen, `complete` means -c.
    """

    targets: SetName | tuple[PackageSpec, ...]
    make: Make = Make.BINARIES
    make_dependencies: MakeDependencies = MakeDependencies.ALL
    keep_targets: KeepTargets = KeepTargets.AUTO
    continue_on_failure: ContinueOnFailure = ContinueOnFailure.IF_INDEPENDENT
    complete: bool = False
    one_binary_per_slot: bool = False
    skip_tests: bool = False
    promote_binaries: bool = False
    hide: tuple[RepositoryName, ...] = ()
    permits: tuple[Permit, ...] = ()

    def __post_init__(self) -> None:
        if not self.targets:
            raise ParseError("nothing to resolve: name a set or at least one package")
