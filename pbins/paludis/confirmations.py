"""What cave will not do unless it is permitted (FACTS 4.4, 4.6), and how a person permits it."""

from dataclasses import dataclass
from enum import StrEnum


class ConfirmationKind(StrEnum):
    """The values are the words that `print-resolution-required-confirmations` prints."""

    DOWNGRADE = "downgrade"
    NOT_BEST = "not_best"
    BREAK = "break"
    REMOVE_SYSTEM_PACKAGE = "remove_system_package"
    UNINSTALL = "uninstall"
    MASKED = "masked"
    CHANGED_CHOICES = "changed_choices"


@dataclass(frozen=True, slots=True)
class Remedy:
    """How a kind is permitted: by an option of `cave resolve`, or by a line in a file.

    `option` takes a package specification, unless `argument` is the only thing it can take;
    `file` is below /etc/paludis, and empty where an option does. `wording` is what cave prints
    behind "Cannot proceed without:", `meaning` what it comes to, in plain words.
    """

    wording: str
    meaning: str
    option: str = ""
    argument: str = ""
    file: str = ""


REMEDIES = {
    ConfirmationKind.DOWNGRADE: Remedy(
        "--permit-downgrade", "an older version would replace a newer one", "--permit-downgrade"
    ),
    ConfirmationKind.NOT_BEST: Remedy(
        "--permit-old-version", "a better version exists but is not chosen", "--permit-old-version"
    ),
    ConfirmationKind.BREAK: Remedy(
        "--uninstalls-may-break or --remove-if-dependent",
        "an installed package would lose something that it needs",
        "--uninstalls-may-break",
    ),
    ConfirmationKind.REMOVE_SYSTEM_PACKAGE: Remedy(
        "--uninstalls-may-break system",
        "a package of the system set would be removed",
        "--uninstalls-may-break",
        argument="system",
    ),
    ConfirmationKind.UNINSTALL: Remedy(
        "--permit-uninstall (check this very carefully!)",
        "an installed package would be removed",
        "--permit-uninstall",
    ),
    ConfirmationKind.MASKED: Remedy(
        "being unmasked", "the package is masked", file="package_unmask.conf"
    ),
    ConfirmationKind.CHANGED_CHOICES: Remedy(
        "user configuration changes", "the options of a package have to change", file="options.conf"
    ),
}


def kinds_in_words(text: str) -> tuple[ConfirmationKind, ...]:
    """The kinds named behind "Cannot proceed without:"; several are separated by commas.

    Words that nobody knows are left out, so an empty result means that cave has learnt a new one.
    """
    by_wording = {remedy.wording: kind for kind, remedy in REMEDIES.items()}
    return tuple(by_wording[part] for part in text.split(", ") if part in by_wording)


UNMASKED_IN = {"platform": "platforms.conf", "keyword": "platforms.conf", "licen": "licences.conf"}


def unmasking_file(mask: str) -> str:
    """The file below /etc/paludis that lifts a mask, by what cave prints behind "Masked by"."""
    for beginning, file in UNMASKED_IN.items():
        if mask.startswith(beginning):
            return file
    return REMEDIES[ConfirmationKind.MASKED].file
