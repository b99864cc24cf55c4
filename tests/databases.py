"""The database of the tests, for processes that they start: SQLite, or what was asked for."""

from urllib.parse import quote

from django.db import connection


def database_url() -> str:
    """What PBINS_DATABASE_URL must say for a process that is to see this test's rows."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    who = f"{settings['USER']}:{quote(settings['PASSWORD'])}"
    where = f"{quote(settings['HOST'], safe='')}:{settings['PORT']}".rstrip(":")
    return f"postgresql://{who}@{where}/{settings['NAME']}"
