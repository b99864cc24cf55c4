"""The only reader of the environment: every PBINS_* variable, checked strictly at start-up.

A wrong value ends the start with one sentence that names the variable, the value and what is
accepted. An unknown PBINS_* variable is an error as well: a misspelt setting must not be ignored.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

Network = IPv4Network | IPv6Network

ROOT = Path(__file__).resolve().parent.parent

KNOWN = frozenset(
    {
        "PBINS_DATA_DIR",
        "PBINS_BASE_URL",
        "PBINS_DATABASE_URL",
        "PBINS_REDIS_URL",
        "PBINS_SECRET_KEY_FILE",
        "PBINS_ALLOWED_HOSTS",
        "PBINS_DEBUG",
        "PBINS_DEMO",
        "PBINS_DISK_FLOOR",
        "PBINS_HTTPS",
        "PBINS_PUBLIC_CATALOGUE",
        "PBINS_PUBLIC_DISTFILES",
        "PBINS_PUBLIC_FEEDS",
        "PBINS_PUBLIC_GIT",
        "PBINS_TIME_ZONE",
        "PBINS_TRUSTED_PROXIES",
        "PBINS_WORKERS",
    }
)
TRUE = {"1", "true", "yes", "on"}
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
FALSE = {"0", "false", "no", "off", ""}


class SettingError(ValueError):
    """A variable that cannot be used; the message says which and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Environment:
    """All settings that come from outside, typed and checked."""

    data_dir: Path
    base_url: str
    database_url: str
    redis_url: str
    secret_key_file: Path
    allowed_hosts: tuple[str, ...]
    debug: bool
    demo: bool
    https: bool
    public_catalogue: bool
    public_feeds: bool
    public_distfiles: bool
    public_git: bool
    time_zone: str
    workers: int
    disk_floor: int
    trusted_proxies: tuple[Network, ...]

    @property
    def embedded_redis(self) -> bool:
        """Whether ``manage.py up`` starts the redis itself, on a socket in the data directory."""
        return self.redis_url == redis_socket_url(self.data_dir)


def redis_socket_url(data_dir: Path) -> str:
    return f"unix://{quote(str(data_dir / 'redis' / 'redis.sock'))}"


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Read and check every variable; raises SettingError for the first that is wrong."""
    unknown = sorted(name for name in variables if name.startswith("PBINS_") and name not in KNOWN)
    if unknown:
        raise SettingError(
            f"{unknown[0]} is not a setting of this portal; known are {', '.join(sorted(KNOWN))}"
        )
    data_dir = _absolute(variables, "PBINS_DATA_DIR", ROOT / "data")
    base_url = _base_url(variables)
    public_catalogue = _flag(variables, "PBINS_PUBLIC_CATALOGUE", default=True)
    public_distfiles, public_git = _public_binaries(variables)
    return Environment(
        data_dir=data_dir,
        base_url=base_url,
        database_url=_url(
            variables,
            "PBINS_DATABASE_URL",
            default=f"sqlite:///{quote(str(data_dir / 'db.sqlite3'))}",
            schemes=("sqlite", "postgres", "postgresql"),
        ),
        redis_url=_url(
            variables,
            "PBINS_REDIS_URL",
            default=redis_socket_url(data_dir),
            schemes=("redis", "rediss", "unix"),
        ),
        secret_key_file=_absolute(
            variables, "PBINS_SECRET_KEY_FILE", data_dir / "keys" / "secret_key"
        ),
        allowed_hosts=_names(variables, "PBINS_ALLOWED_HOSTS", default=("*",)),
        debug=_flag(variables, "PBINS_DEBUG", default=False),
        demo=_flag(variables, "PBINS_DEMO", default=False),
        https=_flag(variables, "PBINS_HTTPS", default=base_url.startswith("https:")),
        public_catalogue=public_catalogue,
        public_distfiles=public_distfiles,
        public_git=public_git,
        public_feeds=_flag(variables, "PBINS_PUBLIC_FEEDS", default=public_catalogue),
        time_zone=_time_zone(variables),
        workers=_count(variables, "PBINS_WORKERS", default=3, most=64),
        disk_floor=_size(variables, "PBINS_DISK_FLOOR", default="1G"),
        trusted_proxies=_networks(variables, "PBINS_TRUSTED_PROXIES"),
    )


def read_secret_key(path: Path) -> str:
    """The secret of the file; made on the first start, readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _existing_key(path)
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(64)
        file.write(key)
    return key


def _existing_key(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise SettingError(f"the secret key {path} can be read by others; run: chmod 600 {path}")
    key = path.read_text().strip()
    if len(key) < 50:
        raise SettingError(
            f"the secret key {path} is shorter than 50 characters; remove the file to have a new"
            " one made (of the portal itself: stored SSH keys must then be entered again)"
        )
    return key


def _public_binaries(variables: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether distfiles and git are for everybody; else hosts show a password in their URLs."""
    distfiles = _flag(variables, "PBINS_PUBLIC_DISTFILES", default=True)
    git = _flag(variables, "PBINS_PUBLIC_GIT", default=distfiles)
    if git and not distfiles:
        raise SettingError(
            "PBINS_PUBLIC_DISTFILES=no needs PBINS_PUBLIC_GIT=no: hosts find the password for"
            " tarballs in the published metadata/mirrors.conf, where everybody could read it"
        )
    return distfiles, git


def _absolute(variables: Mapping[str, str], name: str, default: Path) -> Path:
    path = Path(variables.get(name, default))
    if not path.is_absolute():
        raise SettingError(f"{name}={path} is not an absolute path")
    return path


def _base_url(variables: Mapping[str, str]) -> str:
    text = variables.get("PBINS_BASE_URL", "http://127.0.0.1:8000")
    if not _is_address(text):
        raise SettingError(
            f"PBINS_BASE_URL={text} is not the address under which hosts reach the portal;"
            " it looks like http://portal.example.org:8000"
        )
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0  # port: ValueError for what is none
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and not (parts.query or parts.fragment)
    return parts.scheme in {"http", "https"} and named and plain


def _url(variables: Mapping[str, str], name: str, *, default: str, schemes: tuple[str, ...]) -> str:
    text = variables.get(name, default)
    if urlsplit(text).scheme not in schemes:
        raise SettingError(f"{name} must begin with one of {', '.join(schemes)} and ://")
    return text


def _flag(variables: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = variables.get(name)
    if text is None:
        return default
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise SettingError(f"{name}={text} is neither yes nor no")


def _count(variables: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    text = variables.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise SettingError(f"{name}={text} is not a number from 1 to {most}")
    return int(text)


def _time_zone(variables: Mapping[str, str]) -> str:
    name = variables.get("PBINS_TIME_ZONE", "UTC")
    if name not in available_timezones():
        raise SettingError(
            f"PBINS_TIME_ZONE={name} is not a time zone; it looks like Europe/Berlin"
        )
    return name


def _size(variables: Mapping[str, str], name: str, *, default: str) -> int:
    """Bytes, from a number with one of the letters K, M, G and T behind it."""
    text = variables.get(name, default)
    number, unit = text[:-1], UNITS.get(text[-1:].upper())
    if not number.isdecimal() or unit is None:
        raise SettingError(f"{name}={text} is not a size; it looks like 500M or 20G")
    return int(number) * unit


def _networks(variables: Mapping[str, str], name: str) -> tuple[Network, ...]:
    parts = (part.strip() for part in variables.get(name, "").split(","))
    try:
        return tuple(ip_network(part) for part in parts if part)
    except ValueError as error:
        raise SettingError(
            f"{name}: {error}; it lists addresses and networks, as in 127.0.0.1,10.0.0.0/8"
        ) from error


def _names(variables: Mapping[str, str], name: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
    text = variables.get(name)
    if text is None:
        return default
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise SettingError(f"{name} is empty; it lists host names, separated by commas")
    return names
