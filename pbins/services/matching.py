"""Which packages and versions a search finds, as conditions for the database."""

from collections.abc import Iterator
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Concat

from pbins.models import (
    Channel,
    Facet,
    Finding,
    IndexedEntry,
    Installed,
    ListedVersion,
    ListKind,
    Package,
    Repository,
    Spread,
    Tarball,
    Term,
    TermKind,
)
from pbins.models.index import PackageQuerySet
from pbins.services.searching import Search
from pbins.services.word_search import has_word


def matching_packages(search: Search) -> PackageQuerySet:
    """Packages that are found, in no order; good for counting."""
    found = _by_words(search)
    if search.category:
        found = found.filter(category=search.category)
    versions = matching_versions(search)
    return found if versions is None else found.filter(pk__in=versions.values("package"))


def count_packages(search: Search) -> int:
    versions = matching_versions(search)
    if versions is None or search.q or search.category:
        return matching_packages(search).count()
    return versions.values("package").distinct().count()


def matching_versions(search: Search) -> QuerySet[IndexedEntry] | None:
    """Versions for which every filter holds; None when there is none that asks of versions."""
    wanted = list(_filters(search))
    return IndexedEntry.objects.filter(*wanted) if wanted else None


def _by_words(search: Search) -> PackageQuerySet:
    found = Package.objects.order_by().present()
    for word in search.words:
        found = found.filter(has_word(word))
    return found


def _filters(search: Search) -> Iterator[Q]:
    if search.repository or search.channel:
        yield Q(channel__in=list(_channels(search)))
    for kind, value in _terms(search):
        # By its key: only so does PostgreSQL foresee whether a few or nearly all have it.
        term = Term.objects.filter(kind=kind, value=value).values_list("pk", flat=True).first()
        yield Q(recipe__in=Facet.objects.filter(term=term).values("recipe"))
    if search.slot:
        yield Q(slot=search.slot)
    if search.source:
        yield Q(source=search.source)
    if search.built_since:
        yield Q(built_at__gte=search.built_since)
    if search.smallest is not None:
        yield Q(size__gte=search.smallest)
    if search.largest is not None:
        yield Q(size__lte=search.largest)
    yield from _filters_of_state(search)


def _filters_of_state(search: Search) -> Iterator[Q]:
    if search.host:
        installed = Installed.objects.filter(subscription__host__name=search.host)
        yield Q(package__in=installed.values("package"))
    if search.outdated:
        spreads = Spread.objects.filter(is_outdated=True)
        if search.repository or search.channel:
            spreads = spreads.filter(channel__in=list(_channels(search)))
        yield Q(package__in=spreads.values("package"))
    if search.lagging:
        yield Q(package__in=_lagging(search).values("pk"))
    if search.broken:
        yield Q(is_withheld=True) | Q(tarball__in=_tarballs_in_trouble())


def _lagging(search: Search) -> PackageQuerySet:
    """Packages that were behind their source when the list of those was made last."""
    listed = ListedVersion.objects.filter(kind=ListKind.LAGGING).order_by()
    if search.repository or search.channel:
        listed = listed.filter(channel__in=list(_channels(search)))
    name = Concat("category", Value("/"), "package", output_field=CharField())
    names = listed.values_list(name)
    return Package.objects.order_by().filter(name__in=names)


def _channels(search: Search) -> QuerySet[Channel, int]:
    found = Channel.objects.order_by()
    if search.repository:
        found = found.filter(repository__name=search.repository)
    if search.channel:
        found = found.filter(name=search.channel)
    return found.values_list("pk", flat=True)


def _terms(search: Search) -> Iterator[tuple[str, str]]:
    if search.platform:
        yield TermKind.PLATFORM, search.platform
    if search.licence:
        yield TermKind.LICENCE, search.licence
    for option in search.options:
        kind = TermKind.OPTION_OFF if option[0] == "-" else TermKind.OPTION_ON
        yield kind, option.lstrip("-")


def _tarballs_in_trouble() -> QuerySet[Any, Any]:
    """Those that an open finding is about."""
    # Tarballs are indexed by repository and name: without the first the second finds none quickly.
    repositories = list(Repository.objects.values_list("pk", flat=True))
    named = Finding.objects.open().values("what")
    found = Tarball.objects.order_by().filter(repository__in=repositories, name__in=named)
    return found.values("pk")
