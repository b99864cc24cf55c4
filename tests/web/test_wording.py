from datetime import UTC, datetime, timedelta

import pytest

from pbins.web.wording import ago_in_words, counted, duration_in_words, size_in_words

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10_188, "9.9 KiB"),
        (226_000, "221 KiB"),
        (1_048_575, "1.0 MiB"),
        (52_428_800, "50 MiB"),
        (5 * 2**40, "5.0 TiB"),
        (2**70, "1048576 PiB"),
    ],
)
def test_sizes_are_in_binary_units(count: int, words: str) -> None:
    assert size_in_words(count) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts")])
def test_what_is_counted_is_named_as_one_or_as_several(number: int, words: str) -> None:
    assert counted(number, "host") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (47 * 3600, "47 hours ago"),
        (48 * 3600, "2 days ago"),
        (59 * 86400, "59 days ago"),
        (60 * 86400, "2 months ago"),
        (730 * 86400, "2 years ago"),
        (-30, "just now"),
        (-120, "in 2 minutes"),
    ],
)
def test_a_time_is_told_by_how_long_ago_it_was(seconds: int, words: str) -> None:
    assert ago_in_words(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.9, "59 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words
