"""What cave says before it does anything, one frozen value per fact."""

from dataclasses import dataclass

from pbins.paludis.confirmations import ConfirmationKind
from pbins.paludis.names import PackageId, QualifiedPackageName, RepositoryName


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A package that cave will install or make, or would if `taken` were true.

    `letter` is n (new), s (new slot), v (another version in the slot), u (upgrade), r (again) or
    d (downgrade). `replacing` holds versions, or whole ids where the package is another one.
    `masks` says by what it is masked, with what is known of it. `download` is a size as cave
    prints it. `change` holds the options that have to change.
    """

    letter: str
    package: PackageId
    destination: RepositoryName
    via_binary: RepositoryName | None = None
    best: bool = True
    replacing: tuple[str, ...] = ()
    taken: bool = True
    orderable: bool = True
    description: str = ""
    options: str = ""
    change: str = ""
    reasons: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    download: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRemoval:
    """A package that cave will uninstall, or break if `breaks`; `versions` as cave prints them."""

    package: QualifiedPackageName
    versions: str
    breaks: bool = False
    taken: bool = True
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanTotal:
    """The line of sums: `2 new installs, 3 binaries`."""

    text: str


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """Cave says that there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Something that cave will not do unpermitted.

    `package` is `cat/pkg`, with `:slot` where there is one. `permit` is the option that permits
    it, or the file that has to be changed. `detail` holds the mask, or the options to change.
    """

    package: str
    kind: ConfirmationKind
    permit: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """A package that cave finds no way to provide; each candidate comes with what is wrong."""

    package: str
    reasons: tuple[str, ...]
    candidates: tuple[str, ...]
    ignorable: bool = False


@dataclass(frozen=True, slots=True)
class UnmetOptions:
    """Requirements on the options of a package that nobody has decided."""

    package: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pretended:
    """So many of the steps were tried out without doing anything."""

    done: int
    of: int
