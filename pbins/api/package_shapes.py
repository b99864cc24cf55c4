"""How a package of a list looks as JSON."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from pbins.services.listing_packages import PackageRow


def package_shape(row: PackageRow) -> dict[str, Any]:
    """With the newest of the versions that were looked for, and the channel that holds it."""
    package, newest = row.package, row.newest
    path = reverse("package_page", args=(package.category, package.package))
    return {
        "name": row.name,
        "summary": package.summary,
        "newest": row.version,
        "slot": newest.slot,
        "versions": row.versions,
        "repositories": list(row.repositories),
        "channel": newest.channel.name,
        "served": not newest.is_withheld,
        "size": row.size,
        "built": newest.built_at.isoformat() if newest.built_at else None,
        "since": row.since.isoformat(),
        "file": row.file or None,
        "url": settings.PBINS_BASE_URL + path,
    }
