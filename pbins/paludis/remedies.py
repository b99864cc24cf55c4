"""What a person who allows something adds to a file below /etc/paludis (FACTS 4.4)."""

from pbins.paludis.config import PLATFORM
from pbins.paludis.confirmations import ConfirmationKind
from pbins.paludis.errors import ParseError
from pbins.paludis.names import OptionName
from pbins.paludis.plan_events import Confirmation
from pbins.paludis.specs import PackageSpec

SUPPORTED = "Supported platforms "


def configuration_line(confirmation: Confirmation) -> str:
    """The line for the file that `confirmation.permit` names.

    Empty where an option permits it, and where cave did not say enough to know the line.
    """
    spec = str(PackageSpec.parse(confirmation.package))
    if confirmation.kind is ConfirmationKind.CHANGED_CHOICES:
        return options_line(spec, confirmation.detail)
    if confirmation.permit == "package_unmask.conf":
        return spec
    if confirmation.permit == "platforms.conf":
        return _platforms_line(spec, confirmation.detail)
    return ""


def _platforms_line(spec: str, mask: str) -> str:
    _, _, platforms = mask.partition(SUPPORTED)
    words = platforms.partition(";")[0].split()
    if not words or not all(PLATFORM.fullmatch(word) for word in words):
        return ""
    return " ".join([spec, *words])


def options_line(spec: str, changes: str) -> str:
    """The line of options.conf for `doc -linguas:de`; empty if one of them is no option.

    Plain options come first; one with a prefix is written `prefix: option`.
    """
    plain: list[str] = []
    prefixed: dict[str, list[str]] = {}
    for change in changes.split():
        sign = "-" if change.startswith("-") else ""
        try:
            option = OptionName(change.removeprefix("-"))
        except ParseError:
            return ""
        group = prefixed.setdefault(option.prefix, []) if option.prefix else plain
        group.append(f"{sign}{option.suffix}")
    words = [*plain]
    for prefix, options in prefixed.items():
        words += [f"{prefix}:", *options]
    return " ".join([spec, *words]) if words else ""
