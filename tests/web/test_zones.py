from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from pbins.web.wording import exact_time
from pbins.web.zones import zone_named
from tests.factories import make_run

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "x" * 65, "\0"]
)
def test_nonsense_is_no_zone(name: str) -> None:
    assert zone_named(name) is None


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "2026-11-22 12:00:05 UTC"),
        ("Europe/Berlin", "2026-11-22 13:00:05 UTC+01:00"),
        ("America/St_Johns", "2026-11-22 08:30:05 UTC-03:30"),
    ],
)
def test_exact_times_name_their_distance_from_utc(zone: str, words: str) -> None:
    with timezone.override(zone):
        assert exact_time(NOON) == words


@pytest.mark.django_db
def test_a_page_is_made_in_the_zone_that_the_cookie_names(admin_client: Client) -> None:
    run = make_run()
    run.created_at = NOON
    run.save()
    admin_client.cookies["zone"] = "Europe/Berlin"
    assert "2026-11-22 13:00:05 UTC+01:00" in admin_client.get("/runs/").content.decode()
    admin_client.cookies["zone"] = "nonsense"
    page = admin_client.get("/runs/").content.decode()
    assert "2026-11-22 12:00:05 UTC" in page
    assert timezone.get_current_timezone_name() == "UTC"
