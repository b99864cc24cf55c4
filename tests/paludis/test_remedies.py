"""Lines for configuration files, out of what cave wants."""

import pytest

from pbins.paludis.confirmations import ConfirmationKind, kinds_in_words, unmasking_file
from pbins.paludis.plan_events import Confirmation
from pbins.paludis.remedies import configuration_line

FOO = "dev-libs/libfoo:0"
MASKED = ConfirmationKind.MASKED
CHANGED = ConfirmationKind.CHANGED_CHOICES


@pytest.mark.parametrize(
    ("confirmation", "line"),
    [
        (
            Confirmation(FOO, MASKED, "platforms.conf", "platform: Supported platforms ~a -b"),
            "dev-libs/libfoo:0 ~a -b",
        ),
        (
            Confirmation(FOO, MASKED, "platforms.conf", "platform: Supported platforms ~a; user"),
            "dev-libs/libfoo:0 ~a",
        ),
        (Confirmation(FOO, MASKED, "platforms.conf", "platform"), ""),
        (Confirmation(FOO, MASKED, "platforms.conf", "platform: Supported platforms $x"), ""),
        (Confirmation(FOO, MASKED, "package_unmask.conf", "repository"), "dev-libs/libfoo:0"),
        (Confirmation(FOO, MASKED, "licences.conf", "licence"), ""),
        (
            Confirmation(FOO, CHANGED, "options.conf", "-doc linguas:de bar -linguas:en x:1"),
            "dev-libs/libfoo:0 -doc bar linguas: de -en x: 1",
        ),
        (Confirmation(FOO, CHANGED, "options.conf", ""), ""),
        (Confirmation(FOO, CHANGED, "options.conf", "doc $(reboot)"), ""),
        (Confirmation(FOO, ConfirmationKind.DOWNGRADE, "--permit-downgrade"), ""),
    ],
)
def test_the_line_is_what_an_administrator_would_write(
    confirmation: Confirmation, line: str
) -> None:
    assert configuration_line(confirmation) == line


@pytest.mark.parametrize(
    ("mask", "file"),
    [
        ("platform", "platforms.conf"),
        ("keyword (~x86)", "platforms.conf"),
        ("licence", "licences.conf"),
        ("license", "licences.conf"),
        ("repository [p.mask]", "package_unmask.conf"),
        ("user", "package_unmask.conf"),
    ],
)
def test_every_mask_is_lifted_in_a_file(mask: str, file: str) -> None:
    assert unmasking_file(mask) == file


def test_words_that_nobody_knows_name_no_kind() -> None:
    assert kinds_in_words("--permit-downgrade, a pony") == (ConfirmationKind.DOWNGRADE,)
    assert kinds_in_words("") == ()
