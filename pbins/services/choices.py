"""What the catalogue can be filtered by: only what some version has."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from pbins.models import Channel, Host, IndexedEntry, Package, Repository, Term, TermKind

MOST = 2000
"""Of one kind; a longer list helps nobody."""


def categories() -> list[str]:
    found = Package.objects.present().order_by("category").values_list("category", flat=True)
    return list(found.distinct())


def repositories() -> list[str]:
    return list(Repository.objects.order_by("name").values_list("name", flat=True))


def channels() -> list[str]:
    """Each name once: several repositories have a channel of the same name."""
    return list(Channel.objects.order_by("name").values_list("name", flat=True).distinct())


def terms(*kinds: TermKind) -> dict[str, list[str]]:
    """By kind, in their order; every kind is there."""
    found: dict[str, list[str]] = {kind.value: [] for kind in kinds}
    for kind, value in _held(kinds).values_list("kind", "value"):
        found[kind].append(value)
    return found


def options() -> list[str]:
    """Every option of some version, whether on or off."""
    found = _held((TermKind.OPTION_ON, TermKind.OPTION_OFF)).order_by("value")
    return list(found.values_list("value", flat=True).distinct()[:MOST])


def slots() -> list[str]:
    return list(_held((TermKind.SLOT,)).values_list("value", flat=True)[:MOST])


def hosts() -> list[str]:
    """Those that follow a channel."""
    found = Host.objects.filter(subscriptions__isnull=False).order_by("name")
    return list(found.values_list("name", flat=True).distinct()[:MOST])


def _held(kinds: Sequence[TermKind]) -> QuerySet[Term]:
    held = IndexedEntry.objects.filter(recipe__facets__term=OuterRef("pk"))
    return Term.objects.filter(Exists(held), kind__in=kinds).order_by("kind", "value")
