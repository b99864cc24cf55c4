"""`python -m benchmarks._fill`: a large portal where the environment says.

It is a process of its own: what it leaves in memory would be in the way of what is measured.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models need the settings first
from django.db import connection  # noqa: E402

from benchmarks._corpus import published, recorded  # noqa: E402
from benchmarks._rows import fill  # noqa: E402
from benchmarks._sizes import LARGE  # noqa: E402
from pbins.services.statistics import renew_statistics  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    fill(LARGE, published() or recorded())
    _settle()


def _settle() -> None:
    """Do now what would be done within the hour."""
    if renew_statistics():
        return
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as its autovacuum does


if __name__ == "__main__":
    main()
