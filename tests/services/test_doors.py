"""How often somebody may try to come in."""

from datetime import timedelta

import pytest

from pbins.models import LogInTries
from pbins.services.doors import PER_ACCOUNT, PER_ADDRESS, WINDOW, come_in, knock, open_again

pytestmark = pytest.mark.django_db
HERE = "192.0.2.7"


def fail(times: int, *, address: str = HERE, account: str = "vera") -> None:
    for _ in range(times):
        assert knock(address, account) is None


def let_time_pass(span: timedelta) -> None:
    for row in LogInTries.objects.all():
        row.since -= span
        row.save()


def test_an_account_may_be_tried_so_often_and_then_it_is_said_until_when() -> None:
    fail(PER_ACCOUNT)
    closed = knock(HERE, "vera")
    assert closed is not None
    assert 0 < closed.seconds <= WINDOW.total_seconds()


def test_the_account_is_closed_from_everywhere_and_others_are_not() -> None:
    fail(PER_ACCOUNT)
    assert knock("198.51.100.9", " VERA ") is not None
    assert knock("198.51.100.9", "otto") is None


def test_an_address_may_try_many_accounts_so_often() -> None:
    for number in range(PER_ADDRESS):
        fail(1, account=f"name{number}")
    assert knock(HERE, "otto") is not None
    assert knock("198.51.100.9", "otto") is None


def test_a_closed_door_is_not_kept_closed_by_knocking() -> None:
    fail(PER_ACCOUNT)
    for _ in range(5):
        assert knock(HERE, "vera") is not None
    let_time_pass(WINDOW)
    assert knock(HERE, "vera") is None


def test_who_comes_in_has_not_failed() -> None:
    for _ in range(PER_ADDRESS + 5):
        fail(1)
        come_in(HERE, "vera")


def test_coming_in_forgets_the_failures_of_the_account_alone() -> None:
    fail(PER_ACCOUNT)
    fail(1, account="otto")
    come_in(HERE, "otto")
    assert knock(HERE, "vera") is not None


def test_somebody_can_be_let_in_again() -> None:
    fail(PER_ACCOUNT)
    open_again("vera")
    fail(1)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.7", "192.0.2.8", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(one: str, other: str, are_one: bool) -> None:
    for number in range(PER_ADDRESS):
        fail(1, address=one, account=f"name{number}")
    assert (knock(other) is not None) == are_one


def test_what_counts_no_more_is_forgotten() -> None:
    fail(1)
    let_time_pass(WINDOW)
    fail(1, address="198.51.100.9", account="otto")
    assert LogInTries.objects.filter(key__contains="vera").count() == 0
