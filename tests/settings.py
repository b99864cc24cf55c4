"""The portal's settings for tests: a data directory that is theirs alone, gone when they end."""

import atexit
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

# Before portal.settings reads the environment. The real path: hosts compare it with their own.
os.environ["PBINS_DATA_DIR"] = str(Path(mkdtemp(prefix="pbins-tests-")).resolve())
atexit.register(shutil.rmtree, os.environ["PBINS_DATA_DIR"], ignore_errors=True)

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES, ENVIRONMENT, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: workers and publishers of other processes must find it.
    DATABASES["default"]["TEST"] = {"NAME": str(ENVIRONMENT.data_dir / "test.sqlite3")}
STATIC_ROOT = ENVIRONMENT.data_dir / "static"
STATIC_ROOT.mkdir(exist_ok=True)
# By their plain names: nobody has run collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made to be fast
