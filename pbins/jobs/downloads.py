"""Counting downloads from their notes."""

from pbins.services.downloads import count_downloads


def count_what_was_noted() -> None:
    count_downloads()
