"""Python processes beside the test: they have its data directory and its database."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.databases import database_url

ROOT = Path(__file__).parents[1]
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
BEGIN = "import django\ndjango.setup()\n"


def start(work: str, *arguments: str) -> subprocess.Popen[str]:
    """Begin ``work``, a text of Python that finds the arguments in ``sys.argv``."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + work, *arguments],
        cwd=ROOT,
        env={
            "PATH": SEARCH_PATH,
            "PBINS_DATA_DIR": str(settings.PBINS_DATA_DIR),
            "PBINS_DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
