"""What the database knows of its rows."""

import pytest
from django.db import connection

from pbins.services.statistics import renew_statistics
from tests.factories import make_channel, make_entry

pytestmark = pytest.mark.django_db


def test_sqlite_gets_its_statistics_renewed_and_postgresql_renews_its_own() -> None:
    make_entry(make_channel())
    is_sqlite = connection.vendor == "sqlite"
    assert renew_statistics() == is_sqlite
    if is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tbl FROM sqlite_stat1")
            assert ("pbins_entry",) in cursor.fetchall()
