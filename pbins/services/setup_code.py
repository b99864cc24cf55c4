"""The one-time code of the first-run page: made when the portal starts, until it has been used."""

import secrets
from pathlib import Path

from pbins.services.places import places


def make_setup_code() -> str:
    """The code that is to be told to whoever starts the portal; the same until it is used."""
    path = _path()
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return setup_code()


def setup_code() -> str:
    """The code that the start told, or nothing when the portal was started without one."""
    try:
        return _path().read_text().strip()
    except FileNotFoundError:
        return ""


def forget_setup_code() -> None:
    _path().unlink(missing_ok=True)


def _path() -> Path:
    return places().keys / "setup_code"
