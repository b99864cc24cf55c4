"""``manage.py catalogue lists`` and ``catalogue sources``."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from pbins.api.catalogue_lists import list_shape, row_shape
from pbins.management.finding import channel_named, repository_named
from pbins.models import Channel, Host, ListKind
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.list_making import make_lists
from pbins.services.lists import UNITS, Overview, Row, overviews, rows_of, shown
from pbins.services.remote import HostTrouble
from pbins.services.source_versions import SourcesRead, read_source_versions
from pbins.transport.errors import TransportError

MOST = 100


def add_list_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "name", nargs="?", metavar="NAME", choices=ListKind.values, help=", ".join(ListKind.values)
    )
    parser.add_argument("--channel", metavar="REPOSITORY/CHANNEL", help="only that channel's part")
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help="rows to print")
    parser.add_argument("--refresh", action="store_true", help="make all lists anew first")


def listed(chosen: Namespace) -> tuple[Any, list[str]]:
    """What was asked for as a shape and as lines. Raises Refused."""
    if chosen.refresh:
        make_lists()
    states = overviews()
    if chosen.name is None:
        return [list_shape(one) for one in states], [_overview(one) for one in states]
    kind = ListKind(chosen.name)
    channel = _channel(chosen.channel) if chosen.channel else None
    rows = shown(rows_of(kind, channel)[: max(chosen.most, 0)])
    state = next(one for one in states if one.kind == kind)
    shape = list_shape(state) | {"rows": [row_shape(kind, row) for row in rows]}
    return shape, list(_lines(state, rows))


def read_sources_of(hosts: list[Host]) -> dict[str, SourcesRead]:
    """Ask these builders now. Raises Refused with the first that can't be asked."""
    read = {}
    for host in hosts:
        try:
            with connected(host) as transport:
                read[host.name] = read_source_versions(host=host, transport=transport)
        except (HostTrouble, TransportError) as trouble:
            raise Refused(f"{host}: {trouble}") from trouble
    return read


def _overview(one: Overview) -> str:
    return f"{one.kind.value:12} {one.count:7}  {one.kind.label}"


def _lines(state: Overview, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        unit = UNITS.get(state.kind)
        amount = f"{row.amount} {unit}" if unit and row.amount is not None else ""
        place = f"::{row.channel}" if row.channel else ""
        words = (f"{row.name}-{row.version}{place}", amount, row.details)
        yield "  ".join(word for word in words if word)
    yield f"{len(rows)} of {state.count}"


def _channel(text: str) -> Channel:
    repository, _, name = text.partition("/")
    return channel_named(repository_named(repository), name)
