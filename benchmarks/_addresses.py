"""Example addresses of every page: whatever may stand in an address, from the rows that there are.

A page at a place that is known here, under ``hosts/`` with a host's name, needs no word of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

from benchmarks._queries import queries
from benchmarks._sizes import FETCHED
from pbins.models import (
    Channel,
    Confirmation,
    Entry,
    Finding,
    Host,
    Import,
    ListKind,
    Mirror,
    PackageSet,
    Publication,
    Remote,
    Repository,
    Rollout,
    Run,
    RunFile,
    RunKind,
    RunState,
    Tarball,
)

Row = TypeVar("Row", bound=Model)
Place = tuple[str, tuple[str, ...]]
"""The first word of an address, and the names of its parameters."""
Values = list[tuple[str | int, ...]]
FORMS = ("rss", "atom", "json")
OUTLETS: Mapping[str, type[Remote] | type[Mirror]] = {"remote": Remote, "mirror": Mirror}
VERSION = ("repository", "channel", "category", "package", "version")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A page of ours."""

    name: str
    place: Place


def patterns() -> Iterator[Pattern]:
    """Every page of ours; the administration is Django's."""
    yield from _patterns(get_resolver().url_patterns, "")


def _patterns(found: Iterable[URLPattern | URLResolver], before: str) -> Iterator[Pattern]:
    for one in found:
        route = before + str(one.pattern).removeprefix("^")
        if isinstance(one, URLPattern):
            if one.name:  # another only leads to one that has a name
                yield Pattern(one.name, (route.partition("/")[0], _parameters(one)))
        elif one.namespace is None and not route.startswith("admin/"):
            yield from _patterns(one.url_patterns, route)


def _parameters(one: URLPattern) -> tuple[str, ...]:
    if isinstance(one.pattern, RegexPattern):
        return tuple(one.pattern.regex.groupindex)
    return tuple(one.pattern.converters)


def addresses(most: int = 40) -> dict[str, list[str]]:
    """By the name of the pattern, several that differ. KeyError: a place that is not known here."""
    known, asked = _values(), queries()
    made = {}
    for pattern in patterns():
        values = [()] if not pattern.place[1] else known[pattern.place]
        plain = [reverse(pattern.name, args=one) for one in values]
        made[pattern.name] = [
            *(f"{plain[0]}?{urlencode(one)}" for one in asked.get(pattern.name, ())),
            *plain,
        ][:most]
    return made


def spread(rows: QuerySet[Row], count: int) -> list[Row]:
    """So many of the rows, evenly from the first to the last."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    chosen = keys[:: max(1, len(keys) // count)]
    found = rows.order_by().in_bulk(chosen)
    return [found[key] for key in chosen]


def _values() -> Mapping[Place, Values]:
    """What the parameters can be at each place."""
    channels: Values = [
        (one.repository.name, one.name) for one in Channel.objects.select_related("repository")
    ]
    names: Values = [(one.name,) for one in Repository.objects.order_by("pk")]
    return {
        ("hosts", ("name",)): [(host.name,) for host in spread(Host.objects.all(), 20)],
        ("sets", ("name",)): [(one.name,) for one in spread(PackageSet.objects.all(), 10)],
        ("repositories", ("name",)): names,
        ("repositories", ("name", "channel")): channels,
        ("rollouts", ("pk",)): _keys(Rollout.objects.all()),
        ("publications", ("pk",)): _keys(Publication.objects.all()),
        ("findings", ("pk",)): _keys(Finding.objects.all()),
        ("repositories", ("name", "kind")): [(*names[0], kind) for kind in OUTLETS],
        ("elsewhere", ("kind", "pk")): [*_outlets()],
        ("imports", ("pk",)): _keys(Import.objects.all()),
        ("distfiles", ("repository",)): names,
        ("distfiles", ("repository", "name")): _tarballs(),
        ("git", ("repository", "channel")): channels[:1],
        ("git", ("repository", "path")): [(*name, "info/refs") for name in names],
        (SITEMAP, ("kind", "number")): [("packages", 0), ("versions", 0)],
        **_runs(),
        **_versions(),
    }


SITEMAP = next(one.place[0] for one in patterns() if one.name == "sitemap")


def _keys(rows: QuerySet[Row]) -> Values:
    return [(one.pk,) for one in spread(rows, 10)]


def _outlets() -> Iterator[tuple[str | int, ...]]:
    for kind, model in OUTLETS.items():
        yield from ((kind, pk) for pk in model.objects.values_list("pk", flat=True)[:3])


def _tarballs() -> Values:
    rows = Tarball.objects.filter(is_present=True).select_related("repository").order_by("pk")
    return [(row.repository.name, row.name) for row in rows[:FETCHED]]


def _runs() -> Mapping[Place, Values]:
    """Old and new ones; builds that failed, wait for an answer, and are under way."""
    builds = Run.objects.filter(kind=RunKind.BUILD)
    states = (RunState.FAILED, RunState.PARTIAL, RunState.CONFIRMING, RunState.EXECUTING)
    told = [run for state in states for run in builds.filter(state=state)[:3]]
    asked = Confirmation.objects.all()[:5]
    return {
        ("runs", ("pk",)): [(run.pk,) for run in [*told, *spread(Run.objects.all(), 20)]],
        ("runs", ("pk", "number")): [(file.run_id, file.pk) for file in RunFile.objects.all()[:5]],
        ("runs", ("pk", "asked")): [(one.run_id, one.pk) for one in asked],
    }


def _versions() -> Mapping[Place, Values]:
    listed = Entry.objects.filter(pbin__tarball__listing__isnull=False)
    entries = spread(listed.select_related("channel__repository"), 30)
    full: Values = []
    for entry in entries:
        channel = entry.channel
        version = (entry.category, entry.package, entry.version)
        full.append((channel.repository.name, channel.name, *version))
    packages = [one[2:4] for one in full]
    forms: list[tuple[Place, Values]] = []
    for names, values in (
        (("repository",), [one[:1] for one in full]),
        (("repository", "channel"), [one[:2] for one in full]),
        (("category",), [one[:1] for one in packages]),
        (("category", "package"), packages),
        (("scope",), [("all",), ("pbins",)]),
        (("tag",), [("berlin",), ("web",)]),
        ((), [()]),
    ):
        place = ("feeds", (*names, "form"))
        forms.append((place, [(*one, form) for one in values[:4] for form in FORMS]))
    return {
        ("packages", ("kind",)): [("option",), ("slot",), ("host",)],
        ("packages", ("name",)): [(kind.value,) for kind in ListKind],
        ("packages", ("category", "package")): [*packages],
        ("packages", ("category", "package", "version")): [one[2:] for one in full],
        ("packages", VERSION): full,
        **dict(forms),
    }
