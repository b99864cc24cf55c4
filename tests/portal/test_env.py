"""The environment is read strictly: what can't be used ends the start with words about it."""

import stat
from pathlib import Path

import pytest

from portal.env import ROOT, SettingError, read_environment, read_secret_key


def test_everything_has_a_default_that_works_on_one_machine() -> None:
    found = read_environment({})
    assert found.data_dir == ROOT / "data"
    assert found.base_url == "http://127.0.0.1:8000"
    assert found.database_url == f"sqlite:///{ROOT}/data/db.sqlite3"
    assert found.redis_url == f"unix://{ROOT}/data/redis/redis.sock"
    assert found.embedded_redis
    assert (found.debug, found.demo, found.https, found.public_catalogue) == (False,) * 3 + (True,)
    assert (found.allowed_hosts, found.time_zone, found.workers) == (("*",), "UTC", 3)
    assert found.disk_floor == 2**30


@pytest.mark.parametrize(("text", "size"), [("500M", 500 * 2**20), ("2t", 2**41), ("0K", 0)])
def test_a_size_is_a_number_and_a_letter(text: str, size: int) -> None:
    assert read_environment({"PBINS_DISK_FLOOR": text}).disk_floor == size


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PBINS_DATA_DIRECTORY", "/srv", "is not a setting of this portal; known are"),
        ("PBINS_DATA_DIR", "data", "is not an absolute path"),
        ("PBINS_DATA_DIR", "", "is not an absolute path"),
        ("PBINS_SECRET_KEY_FILE", "key", "is not an absolute path"),
        ("PBINS_BASE_URL", "portal.example.org", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "ftp://portal.example.org", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://portal/?a=b", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://portal:port", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://portal:99999", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://[portal", "the address under which hosts reach"),
        ("PBINS_BASE_URL", "http://por tal/", "the address under which hosts reach"),
        ("PBINS_DATABASE_URL", "mysql://db/portal", "sqlite, postgres, postgresql"),
        ("PBINS_DATABASE_URL", "/srv/db.sqlite3", "sqlite, postgres, postgresql"),
        ("PBINS_REDIS_URL", "localhost:6379", "redis, rediss, unix"),
        ("PBINS_ALLOWED_HOSTS", " , ", "is empty"),
        ("PBINS_DEBUG", "maybe", "neither yes nor no"),
        ("PBINS_WORKERS", "0", "not a number from 1 to 64"),
        ("PBINS_WORKERS", "65", "not a number from 1 to 64"),
        ("PBINS_WORKERS", "many", "not a number from 1 to 64"),
        ("PBINS_DISK_FLOOR", "", "is not a size; it looks like 500M or 20G"),
        ("PBINS_DISK_FLOOR", "20", "is not a size; it looks like 500M or 20G"),
        ("PBINS_DISK_FLOOR", "-1G", "is not a size; it looks like 500M or 20G"),
        ("PBINS_DISK_FLOOR", "1.5G", "is not a size; it looks like 500M or 20G"),
        ("PBINS_TIME_ZONE", "Middle/Earth", "not a time zone"),
        ("PBINS_TIME_ZONE", "../../etc/passwd", "not a time zone"),
    ],
)
def test_a_value_that_can_not_be_used_is_refused_by_name(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_environment({name: value})
    assert name in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "is_on"),
    [
        *((text, True) for text in ("1", "yes", "On", "TRUE")),
        *((text, False) for text in ("0", "no", "off", "")),
    ],
)
def test_yes_and_no_may_be_said_in_several_ways(text: str, *, is_on: bool) -> None:
    assert read_environment({"PBINS_DEBUG": text}).debug is is_on


def test_what_follows_from_other_settings() -> None:
    found = read_environment(
        {
            "PBINS_DATA_DIR": "/srv/portal",
            "PBINS_BASE_URL": "https://portal.example.org/",
            "PBINS_REDIS_URL": "redis://queue:6379/0",
            "PBINS_ALLOWED_HOSTS": "portal.example.org, portal",
        }
    )
    assert found.base_url == "https://portal.example.org"
    assert found.https
    assert not found.embedded_redis
    assert found.secret_key_file == Path("/srv/portal/keys/secret_key")
    assert found.database_url == "sqlite:////srv/portal/db.sqlite3"
    assert found.allowed_hosts == ("portal.example.org", "portal")


def test_parts_are_public_or_private_each_by_itself() -> None:
    everything = read_environment({})
    assert (everything.public_feeds, everything.public_distfiles, everything.public_git) == (
        (True,) * 3
    )
    catalogue = read_environment({"PBINS_PUBLIC_CATALOGUE": "no"})
    assert (catalogue.public_feeds, catalogue.public_distfiles) == (False, True)
    feeds = read_environment({"PBINS_PUBLIC_CATALOGUE": "no", "PBINS_PUBLIC_FEEDS": "yes"})
    assert feeds.public_feeds
    git = read_environment({"PBINS_PUBLIC_GIT": "no"})
    assert (git.public_git, git.public_distfiles) == (False, True)
    assert not read_environment({"PBINS_PUBLIC_DISTFILES": "no"}).public_git


def test_a_password_that_everybody_could_read_is_none() -> None:
    with pytest.raises(SettingError, match="needs PBINS_PUBLIC_GIT=no"):
        read_environment({"PBINS_PUBLIC_DISTFILES": "no", "PBINS_PUBLIC_GIT": "yes"})


def test_trusted_proxies_are_addresses_and_networks() -> None:
    assert read_environment({}).trusted_proxies == ()
    named = read_environment({"PBINS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,2001:db8::/32"})
    assert [str(one) for one in named.trusted_proxies] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "2001:db8::/32",
    ]
    with pytest.raises(SettingError, match="PBINS_TRUSTED_PROXIES"):
        read_environment({"PBINS_TRUSTED_PROXIES": "proxy.example.org"})


def test_other_variables_are_none_of_our_business() -> None:
    assert read_environment({"HOME": "/root", "PBIN": "x"}) == read_environment({})


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "secret_key"
    key = read_secret_key(file)
    assert len(key) >= 50
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert read_secret_key(file) == key


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [("x" * 60, 0o644, "chmod 600"), ("x" * 60, 0o640, "chmod 600"), ("short", 0o600, "shorter")],
)
def test_a_secret_key_that_is_none_is_refused(
    tmp_path: Path, content: str, mode: int, words: str
) -> None:
    file = tmp_path / "secret_key"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(SettingError, match=words):
        read_secret_key(file)
