"""What hosts have installed from the channels they follow, as rows to be searched."""

from collections.abc import Collection, Iterable

from django.db import transaction

from pbins.models import Host, Installed, Package, Pbin, Subscription
from pbins.paludis.versions import Version
from pbins.services.package_rows import package_rows_of
from pbins.services.parts import in_parts
from pbins.services.spreading import note_installed

Place = tuple[str, str, str]
"""cat/pkg, version as the host writes it, and slot."""


@transaction.atomic
def note_installed_on(subscription: Subscription) -> None:
    """Bring the rows up to what ``subscription.installed`` says, and what depends on them."""
    note_installed(subscription.channel, write_installed(subscription))


def write_installed(subscription: Subscription) -> set[int]:
    """The rows alone; returns the packages of which the host has another version than before."""
    wanted = set(_with_slots(subscription))
    known = {(row.package.name, row.version, row.slot): row for row in _rows(subscription)}
    gone = [row for place, row in known.items() if place not in wanted]
    fresh = sorted(wanted - known.keys())
    for part in in_parts(gone):
        Installed.objects.filter(pk__in=[row.pk for row in part]).delete()
    packages = _packages({name for name, _, _ in fresh})
    Installed.objects.bulk_create(
        [
            Installed(
                subscription=subscription,
                package=packages[name],
                version=version,
                version_key=Version(version).sort_key,
                slot=slot,
            )
            for name, version, slot in fresh
        ],
        batch_size=500,
    )
    return {row.package_id for row in gone} | {package.pk for package in packages.values()}


def forget_installed_on(subscription: Subscription) -> None:
    """The host follows the channel no more; call before the row goes."""
    changed = set(subscription.versions.values_list("package", flat=True))
    subscription.versions.all().delete()
    note_installed(subscription.channel, changed)


@transaction.atomic
def remove_hosts(hosts: Iterable[Host]) -> None:
    """Forget hosts; what a channel's followers have is counted without them from now on."""
    keys = [host.pk for host in hosts]
    for subscription in Subscription.objects.filter(host__in=keys).select_related("channel"):
        forget_installed_on(subscription)
    Host.objects.filter(pk__in=keys).delete()


def _rows(subscription: Subscription) -> list[Installed]:
    return list(subscription.versions.select_related("package"))


def _packages(names: Collection[str]) -> dict[str, Package]:
    found: dict[str, Package] = {}
    for part in in_parts(sorted(names)):
        pairs = [_pair(name) for name in part]
        found |= {package.name: package for package in package_rows_of(pairs).values()}
    return found


def _with_slots(subscription: Subscription) -> list[Place]:
    """Slots are what the pbins say that it was installed from; empty where those are gone."""
    installed = [(name, version) for name, version in subscription.installed]
    slots: dict[tuple[str, str], str] = {}
    for part in in_parts(installed):
        pairs = [_pair(name) for name, _ in part]
        pbins = Pbin.objects.filter(
            repository=subscription.channel.repository_id,
            category__in={category for category, _ in pairs},
            package__in={package for _, package in pairs},
        )
        for category, package, version, slot in pbins.values_list(
            "category", "package", "version", "slot"
        ):
            slots[f"{category}/{package}", version] = slot
    return [(name, version, slots.get((name, version), "")) for name, version in installed]


def _pair(name: str) -> tuple[str, str]:
    category, _, package = name.partition("/")
    return category, package
