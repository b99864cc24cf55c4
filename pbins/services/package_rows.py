"""The rows of packages, which everything else that the catalogue is searched by hangs on."""

from collections.abc import Collection

from pbins.models import Package

Name = tuple[str, str]
"""Category and package."""


def package_rows_of(names: Collection[Name]) -> dict[Name, Package]:
    """The rows of packages, made where there are none yet; no more than can be named at once."""
    known = _known_packages(names)
    fresh = [
        Package(category=category, package=package, name=f"{category}/{package}")
        for category, package in sorted(set(names) - known.keys())
    ]
    if not fresh:
        return known
    Package.objects.bulk_create(fresh, ignore_conflicts=True)
    return _known_packages(names)


def _known_packages(names: Collection[Name]) -> dict[Name, Package]:
    wanted = {f"{category}/{package}" for category, package in names}
    rows = Package.objects.filter(name__in=wanted)
    return {(row.category, row.package): row for row in rows}
