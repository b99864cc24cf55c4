"""Lists of how versions were built: sonames, -march, how old, how slow."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from pbins.models import Channel, IndexedEntry, Soname, SourceVersion, Step, StepAction, StepState
from pbins.services.linkage import fits
from pbins.services.listed import CHUNK, Listed, served_in
from pbins.services.parts import in_parts

Word = tuple[str, int]
"""A soname and its bits."""


def unmet_sonames(channels: Iterable[Channel]) -> Iterator[Listed]:
    """Versions whose files need a soname that nothing in their channel provides."""
    for channel in channels:
        missing = _missing_words(channel)
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for part in in_parts(sorted({name for name, _ in missing})):
            rows = _sonames(channel, is_provided=False).filter(name__in=part)
            fields = ("name", "bits", "tarball__indexed__package__name")
            for name, bits, package, version in rows.values_list(
                *fields, "tarball__indexed__entry__version"
            ):
                if (name, bits) in missing:
                    found[package, version].add(name)
        for (package, version), names in sorted(found.items()):
            yield Listed(channel.pk, package, version, " ".join(sorted(names)), len(names))


def other_marches(channels: Iterable[Channel]) -> Iterator[Listed]:
    """Versions with a -march that is not what most of their channel was built with."""
    for channel in channels:
        rows = IndexedEntry.objects.filter(channel=channel, is_withheld=False)
        rows = rows.exclude(recipe__march="").exclude(recipe=None).order_by("package__name")
        marches = Counter(rows.order_by().values_list("recipe__march", flat=True))
        if len(marches) < 2:
            continue
        usual = max(marches, key=lambda march: (marches[march], march))
        others = rows.exclude(recipe__march=usual)
        for name, version, march in others.values_list(
            "package__name", "entry__version", "recipe__march"
        ):
            yield Listed(channel.pk, name, version, f"{march}, most are {usual}")


def lagging(channels: Iterable[Channel]) -> Iterator[Listed]:
    """The newest served of a slot where the source that it was made from has a newer one."""
    newest: dict[tuple[str, str, str], tuple[str, str]] = {}
    rows = SourceVersion.objects.buildable().order_by("-version_key")
    fields = ("source__name", "category", "package", "slot", "version", "version_key")
    for source, category, package, slot, version, key in rows.values_list(*fields).iterator(
        chunk_size=CHUNK
    ):
        newest.setdefault((source, f"{category}/{package}", slot), (version, key))
    for channel in channels:
        seen: set[tuple[str, str]] = set()
        for one in served_in(channel):
            if (one.name, one.slot) in seen:
                continue
            seen.add((one.name, one.slot))
            version, key = newest.get((one.source, one.name, one.slot), ("", ""))
            if one.version_key < key:
                yield Listed(channel.pk, one.name, one.version, f"{one.source} has {version}")


def slowest() -> Iterator[Listed]:
    """How long the latest successful build of each package took, the longest first.

    Strangers read it, so it names no host.
    """
    steps = Step.objects.filter(
        action=StepAction.CREATE_BINARY,
        state=StepState.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
        run__channel__isnull=False,
    )
    latest: dict[tuple[int, str], Listed] = {}
    fields = ("run__channel", "name", "version", "started_at", "finished_at")
    for channel, name, version, start, end in (
        steps.order_by("-pk").values_list(*fields).iterator(chunk_size=CHUNK)
    ):
        seconds = int((end - start).total_seconds())
        latest.setdefault((channel, name), Listed(channel, name, version, amount=seconds))
    yield from sorted(latest.values(), key=lambda one: (-(one.amount or 0), one.name))


def _missing_words(channel: Channel) -> set[Word]:
    """Sonames that files of the channel need, and that none of it provides."""
    provided: dict[str, set[int]] = defaultdict(set)
    for name, bits in _words(channel, is_provided=True):
        provided[name].add(bits)
    return {
        (name, bits)
        for name, bits in _words(channel, is_provided=False)
        if not any(fits(other, bits) for other in provided.get(name, ()))
    }


def _words(channel: Channel, *, is_provided: bool) -> Iterable[Word]:
    rows = _sonames(channel, is_provided=is_provided)
    return rows.values_list("name", "bits").distinct().iterator(chunk_size=CHUNK)


def _sonames(channel: Channel, *, is_provided: bool) -> QuerySet[Soname]:
    return Soname.objects.filter(
        is_provided=is_provided,
        tarball__indexed__channel=channel,
        tarball__indexed__is_withheld=False,
    ).order_by()
