"""Binary repositories: making one, and what people copy from its pages."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.db import transaction

from pbins.models import DEFAULT_CHANNEL, Channel, Entry, Host, Repository
from pbins.paludis.config import render_builder_conf
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.services.errors import Refused
from pbins.services.hosts import in_words
from pbins.services.layouts import consumer_conf, distdir_on, location_on, without_password
from pbins.services.publishing import publish_first
from pbins.storage.errors import StorageError

LOCATIONS = "/var/db/paludis/repositories"
DISTDIRS = "/var/cache/paludis/distfiles"


def add_repository(
    *,
    name: str,
    masters: Sequence[str],
    platforms: Sequence[str],
    builders: Sequence[Host] = (),
    location: str = "",
    distdir: str = "",
) -> Repository:
    """Make a repository with its first, empty publication. Raises Refused with what is wrong."""
    repository = Repository(
        name=name,
        masters=" ".join(masters),
        platforms=" ".join(platforms),
        location=location or f"{LOCATIONS}/{name}",
        distdir=distdir or f"{DISTDIRS}/{name}",
    )
    _check(repository, builders)
    with transaction.atomic():
        repository.save()
        repository.builders.set(builders)
        channel = Channel.objects.create(repository=repository, name=DEFAULT_CHANNEL)
    try:
        publish_first(channel=channel)
    except StorageError as error:
        repository.delete()
        raise Refused(f"{name} was not made: {error}.") from error
    return repository


def install_command(entry: Entry) -> str:
    """What installs exactly this version, from this repository (FACTS 4.10)."""
    repository = entry.channel.repository.name
    return f"cave resolve -x ={entry.name}-{entry.version}::{repository}"


def consumer_snippet(channel: Channel) -> str:
    """The configuration that a consumer needs, for those who write it by hand."""
    return without_password(consumer_conf(PurePosixPath(channel.repository.location), channel))


def _check(repository: Repository, builders: Sequence[Host]) -> None:
    try:
        repository.full_clean()
        _check_configuration(repository)
    except ValidationError as error:
        raise Refused(in_words(error)) from error
    except ParseError as error:
        raise Refused(error.reason) from error
    others = [host.name for host in builders if not host.is_builder]
    if others:
        raise Refused(f"{', '.join(others)}: not a builder; make it one in the host inventory.")


def _check_configuration(repository: Repository) -> None:
    """Whatever can't be written into a configuration file must not be stored either."""
    for master in repository.master_names:
        RepositoryName(master)
    if not repository.master_names:
        raise ParseError("masters: name at least one source repository, such as arbor")
    render_builder_conf(
        repository=RepositoryName(repository.name),
        location=location_on(Host(), repository),
        distdir=distdir_on(Host(), repository),
        platforms=repository.platforms.split(),
    )
