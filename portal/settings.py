"""Django's settings, all derived from portal.env; nothing here reads the environment."""

import sys
from typing import Any

import dj_database_url
import django_stubs_ext

from portal.env import ROOT, SettingError, read_environment, read_secret_key

try:
    ENVIRONMENT = read_environment()
    SECRET_KEY = read_secret_key(ENVIRONMENT.secret_key_file)
    # Hosts show it where git or distfiles are not for everybody.
    PBINS_FLEET_PASSWORD = (
        ""
        if ENVIRONMENT.public_git
        else read_secret_key(ENVIRONMENT.data_dir / "keys" / "fleet_password")
    )
except (SettingError, OSError) as problem:
    sys.exit(f"The portal cannot start: {problem}")

# Lets generic classes be named with their types at run time: ModelAdmin[Host].
django_stubs_ext.monkeypatch()

DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)

# What the rooms of pbins/ know of the world outside.
PBINS_DATA_DIR = ENVIRONMENT.data_dir
PBINS_BASE_URL = ENVIRONMENT.base_url
PBINS_REDIS_URL = ENVIRONMENT.redis_url
PBINS_EMBEDDED_REDIS = ENVIRONMENT.embedded_redis
PBINS_WORKERS = ENVIRONMENT.workers
PBINS_DEMO = ENVIRONMENT.demo
PBINS_PUBLIC_CATALOGUE = ENVIRONMENT.public_catalogue
PBINS_PUBLIC_FEEDS = ENVIRONMENT.public_feeds
PBINS_PUBLIC_DISTFILES = ENVIRONMENT.public_distfiles
PBINS_PUBLIC_GIT = ENVIRONMENT.public_git
PBINS_TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
PBINS_DISK_FLOOR = ENVIRONMENT.disk_floor

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_rq",
    "pbins.apps.PbinsConfig",
    "pbins.admin.apps.PortalAdminConfig",
]

MIDDLEWARE = [
    "pbins.web.middleware.content_security_policy",  # first, so that no answer goes without it
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pbins.web.zones.viewers_zone",
    "pbins.web.errors.explained",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pbins.web.context.portal",
            ],
        },
    }
]

DATABASES: dict[str, Any] = {"default": dj_database_url.parse(ENVIRONMENT.database_url)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at the start of a
    # transaction, where waiting for it (timeout, seconds) works.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        " PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000;",
    }
# Opening anew for each page takes milliseconds, and what was read last is forgotten.
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

RQ_QUEUES = {
    name: {"URL": ENVIRONMENT.redis_url, "DEFAULT_TIMEOUT": 3600}
    for name in ("builds", "syncs", "housekeeping", "deliveries")
}
RQ = {"WORKER_CLASS": "pbins.jobs.worker.PortalWorker"}
RQ_SHOW_ADMIN_LINK = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "pbins.web.errors.form_refused"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = ENVIRONMENT.time_zone
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = ENVIRONMENT.data_dir / "static"
STATICFILES_DIRS = [ROOT / "portal" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = ENVIRONMENT.https
CSRF_COOKIE_SECURE = ENVIRONMENT.https
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.base_url]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20000  # a list edited in the admin may have a thousand hosts

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "paramiko": {"level": "CRITICAL"},  # our own errors say it better
        "rq": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
