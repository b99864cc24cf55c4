"""Numbers, sizes and times as people say them."""

from datetime import datetime, timedelta

from django.utils import timezone

UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
# (from how many seconds on, seconds in one, name)
SPANS = (
    (60, 60, "minute"),
    (3600, 3600, "hour"),
    (2 * 86400, 86400, "day"),
    (60 * 86400, 30 * 86400, "month"),
    (730 * 86400, 365 * 86400, "year"),
)


def size_in_words(count: int) -> str:
    """Binary units, two or three significant digits: 226 kB of tarball are 221 KiB."""
    if count < 1024:
        return f"{count} B"
    power = 1
    while count / 1024**power >= 1023.5 and power < len(UNITS):
        power += 1
    amount, unit = count / 1024**power, UNITS[power - 1]
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def counted(number: int, noun: str) -> str:
    """As in: 1 host, 2 hosts."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ago_in_words(moment: datetime, now: datetime) -> str:
    """Rounded down, so that it never says more than has passed; portal.js says the same."""
    seconds = int((now - moment).total_seconds())
    if seconds < -59:
        return f"in {_span(-seconds)}"
    if seconds < 60:
        return "just now"
    return f"{_span(seconds)} ago"


def exact_time(moment: datetime) -> str:
    """In the viewer's zone, with its distance from UTC; portal.js says the same."""
    local = timezone.localtime(moment)
    distance = f"{local:%z}"
    ahead = f"{distance[:3]}:{distance[3:5]}" if local.utcoffset() else ""
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{ahead}"


def duration_in_words(seconds: float) -> str:
    """The two largest units that matter: 4 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def exact_duration(seconds: float) -> str:
    return f"{timedelta(seconds=round(seconds))} (h:mm:ss)"


def _span(seconds: int) -> str:
    unit_seconds, name = 60, "minute"
    for start, unit, word in SPANS:
        if seconds >= start:
            unit_seconds, name = unit, word
    return counted(seconds // unit_seconds, name)
