"""`python -m benchmarks._pages`: every page of a large portal, asked for again and again.

Prints a line of JSON for each: its name, and how many milliseconds it takes at the median and at
the 95th percentile. `benchmarks._fill` has filled the data directory and the database that the
environment names.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models need the settings first
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks._addresses import addresses  # noqa: E402
from benchmarks._queries import WORDS  # noqa: E402

TIMES = 40
POLLS = 400
FEWEST, PATIENCE = 5, 8.0
"""A page that is far too slow, in seconds, is not asked for so often."""


def main(wanted: Sequence[str]) -> None:
    """Measure the pages named, or all."""
    import_module("portal.wsgi")  # as the web server begins
    user, _ = User.objects.get_or_create(username="bench", is_superuser=True, is_staff=True)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    examples = {**addresses(), "search": [*_searches()]}
    for name in wanted or examples:
        _tell(name, sorted(_milliseconds(client, examples[name])))
    if not wanted:
        feed = examples["feed_everything"][0]
        tag = client.get(feed).headers["ETag"]
        _tell("a feed's 304", sorted(_milliseconds(client, [feed] * POLLS, if_none_match=tag)))


def _searches() -> Iterator[str]:
    return (f"{reverse('catalogue')}?{urlencode({'q': words})}" for words in WORDS)


def _tell(name: str, times: list[float]) -> None:
    print(json.dumps([name, median(times), quantiles(times, n=20)[-1]]), flush=True)


def _milliseconds(client: Client, among: list[str], **headers: str) -> Iterator[float]:
    """For each time that a page was asked for, after once in vain for each address."""
    for address in dict.fromkeys(among):
        _ask(client, address, headers)
    began = perf_counter()
    for number in range(max(TIMES, len(among))):
        started = perf_counter()
        if number >= FEWEST and started - began > PATIENCE:
            return
        _ask(client, among[number % len(among)], headers)
        yield (perf_counter() - started) * 1000


def _ask(client: Client, address: str, headers: Mapping[str, str]) -> None:
    response = client.get(address, headers=headers)
    if response.streaming:
        for _ in response:
            pass
    response.close()
    if response.status_code >= 500:
        raise SystemExit(f"{address} answers {response.status_code}")


if __name__ == "__main__":
    main(sys.argv[1:])
