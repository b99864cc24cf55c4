"""Channels, publications and what changes between them, as JSON and as lines for people."""

from collections.abc import Iterable, Iterator

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localtime

from pbins.api.shapes import Shape
from pbins.models import ChangeKind, Channel, Publication
from pbins.services.differences import VersionChange
from pbins.services.moves import Move

SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REPLACED: "~", ChangeKind.REMOVED: "-"}


def with_counts(publications: QuerySet[Publication]) -> QuerySet[Publication]:
    """With how many versions each added, replaced and removed."""
    kinds = {kind.value: Count("changes", filter=Q(changes__kind=kind)) for kind in ChangeKind}
    return publications.annotate(**kinds)


def channel_shape(channel: Channel, hosts: Iterable[str]) -> Shape:
    return {
        "repository": channel.repository.name,
        "channel": channel.name,
        "commit": channel.commit,
        "moved_at": channel.moved_at,
        "versions": channel.entries.served().count(),
        "hosts": list(hosts),
    }


def channel_line(shape: Shape) -> str:
    hosts = f"followed by {', '.join(shape['hosts'])}" if shape["hosts"] else "no host follows it"
    commit = shape["commit"][:12] or "nothing"
    return f"{shape['channel']:<16} {commit:<12}  {shape['versions']} versions; {hosts}"


def change_shape(change: VersionChange) -> Shape:
    return {"kind": change.kind, "name": change.name, "version": change.version}


def change_lines(changes: Iterable[VersionChange]) -> Iterator[str]:
    for change in changes:
        yield f"{SIGNS[change.kind]} {change.name}-{change.version}"


def move_shape(move: Move, publication: Publication | None) -> Shape:
    """A move that was planned, and the publication once it was carried out."""
    return {
        "channel": move.channel.name,
        "hosts": [host.name for host in move.hosts],
        "changes": [change_shape(change) for change in move.changes],
        "left_out": [change_shape(change) for change in move.left_out],
        "publication": publication.pk if publication else None,
        "commit": publication.commit if publication else None,
    }


def move_lines(move: Move, publication: Publication | None) -> Iterator[str]:
    yield from change_lines(move.changes)
    for change in move.left_out:
        yield f"  {change.name}-{change.version} can't come back: withheld, or its tarball is gone"
    counts = ", ".join(f"{move.of_kind(kind)} {kind}" for kind in ChangeKind)
    yield f"{move.message}: {counts}"
    hosts = ", ".join(host.name for host in move.hosts)
    yield f"Hosts that follow {move.channel.name}: {hosts or 'none'}"
    if publication is None:
        yield "Nothing was changed: this was a dry run."
    else:
        yield f"Published as {publication.commit[:12]}, publication {publication.pk}"


def publication_line(publication: Publication, counts: Shape) -> str:
    at = localtime(publication.created_at).strftime("%Y-%m-%d %H:%M")
    changed = " ".join(
        f"{SIGNS[kind]}{counts[kind.value]}" for kind in ChangeKind if counts[kind.value]
    )
    title = publication.message.partition("\n")[0]
    place = f"{publication.channel.name:<12} {publication.commit[:12]}"
    return f"{publication.pk:>6}  {at}  {place}  {changed or 'no version':<12} {title}"
