"""``catalogue list`` and ``catalogue search``: the filters of the page, as options."""

from argparse import Namespace
from typing import Any

from django.core.management.base import CommandParser

from pbins.api.package_shapes import package_shape
from pbins.services.errors import Refused
from pbins.services.listing_packages import Found, PackageRow
from pbins.services.searching import ORDERS, Search

TEXTS = {
    "category": ("CATEGORY", "packages of one category"),
    "repository": ("REPOSITORY", "versions in one repository"),
    "channel": ("CHANNEL", "versions in channels of that name"),
    "platform": ("PLATFORM", "as in amd64"),
    "slot": ("SLOT", "of one slot"),
    "licence": ("LICENCE", "under that licence"),
    "source": ("REPOSITORY", "built from that source repository"),
    "built": ("DAY", "built since then: 2026-11-22, or 30d"),
    "min": ("SIZE", "of at least so many bytes: 500k, 10M"),
    "max": ("SIZE", "of at most so many bytes"),
    "host": ("HOST", "packages that are installed there"),
}
FLAGS = {
    "outdated": "packages of which some host has an older version than its channel",
    "lagging": "packages whose source repository has a newer version than their channel",
    "broken": "versions that are withheld, or that a scrub has found something about",
}


def add_search_arguments(parser: CommandParser, *, with_words: bool) -> None:
    if with_words:
        parser.add_argument("words", nargs="+", metavar="WORD", help="all must be found")
    else:
        parser.set_defaults(words=[])
    for name, (metavar, words) in TEXTS.items():
        parser.add_argument(f"--{name}", metavar=metavar, default="", help=words)
    parser.add_argument(
        "--option",
        metavar="[-]OPTION",
        action="append",
        default=[],
        help="an option that is on; --option=-gtk for one that is off; may come several times",
    )
    for name, words in FLAGS.items():
        parser.add_argument(f"--{name}", action="store_true", help=words)
    parser.add_argument(
        "--order", default="", metavar="ORDER", help=f"{', '.join(ORDERS)}; --order=-size turns it"
    )
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="200 unless told")


def found(chosen: Namespace) -> tuple[dict[str, Any], list[str]]:
    """The shape and the lines of what is found. Raises Refused for what can't be understood."""
    search = _search(chosen)
    problems = list(search.problems)
    if problems:
        raise Refused(" ".join(problems))
    packages = Found(search)
    rows = packages[: max(chosen.limit, 0)]
    lines = [_line(row) for row in rows]
    if len(rows) < len(packages):
        lines.append(f"… and {len(packages) - len(rows)} more; see --limit")
    shape = {"count": len(packages), "packages": [package_shape(row) for row in rows]}
    return shape, lines or ["Nothing is found."]


def _search(chosen: Namespace) -> Search:
    texts = {name: getattr(chosen, name) for name in (*TEXTS, "order")}
    flags = {name: "1" if getattr(chosen, name) else "" for name in FLAGS}
    return Search.from_query(
        {"q": " ".join(chosen.words), "option": " ".join(chosen.option), **texts, **flags}
    )


def _line(row: PackageRow) -> str:
    channel = row.newest.channel
    held = " (withheld)" if row.newest.is_withheld else ""
    words = (f"{row.name}-{row.version}:{row.newest.slot}", f"{channel}{held}")
    return "  ".join(word for word in (*words, row.package.summary, row.file) if word)
