"""Having the database look at its rows now and then."""

from pbins.services.statistics import renew_statistics


def look_at_rows() -> None:
    renew_statistics()
