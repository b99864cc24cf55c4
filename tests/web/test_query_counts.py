"""Every page asks the database as often, however many rows there are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from benchmarks._addresses import addresses
from benchmarks._corpus import recorded
from benchmarks._rows import fill
from benchmarks._sizes import Sizes

pytestmark = pytest.mark.django_db

# Runs enough that every kind of end is among both.
FEW = Sizes(versions=60, hosts=8, runs=120, names=4, installed=10)
MANY = Sizes(versions=260, hosts=70, runs=260, names=9, installed=25)
LogIn = Callable[[User], Client]
Count = Callable[[Sizes], dict[str, int]]


@pytest.fixture
def somebody(operator: User) -> User:
    """Who may see everything."""
    operator.is_superuser = operator.is_staff = True
    operator.save()
    return operator


@pytest.fixture
def count(somebody: User, log_in: LogIn, settings: Settings, tmp_path: Path) -> Count:
    """How often each page asks the database, at the most, in a portal of a size."""

    def counted(size: Sizes) -> dict[str, int]:
        settings.PBINS_DATA_DIR = tmp_path / str(size.versions)
        with transaction.atomic():
            fill(size, recorded())
            browser = log_in(somebody)
            asked = {
                name: max(queries(browser, address) for address in examples)
                for name, examples in addresses(most=6).items()
            }
            transaction.set_rollback(True)
        return asked

    return counted


def test_no_page_asks_more_often_where_there_is_more(count: Count) -> None:
    few, many = count(FEW), count(MANY)
    assert few.keys() == many.keys()
    more = {name: (few[name], most) for name, most in many.items() if most > few[name]}
    assert not more, f"with few rows, and with many: {more}"


def queries(browser: Client, address: str) -> int:
    """Also where there is nothing, or a button that nobody can look at."""
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(address)
        if response.streaming:
            list(response)
    assert response.status_code in {200, 301, 302, 404, 405}, f"{address} is {response.status_code}"
    return len(captured)
