"""Where a repository lies on a host, and the addresses under which the portal serves it."""

from pathlib import PurePosixPath

from django.conf import settings

from pbins.models import Channel, Host, Repository
from pbins.paludis.config import (
    render_builder_conf,
    render_consumer_conf,
    render_mirrors_conf,
)
from pbins.paludis.layout import skeleton
from pbins.paludis.names import RepositoryName

CONFIGURATION = "/etc/paludis/repositories"


def location_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(host.prefix + repository.location)


def distdir_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(host.prefix + repository.distdir)


def configuration_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(f"{host.prefix}{CONFIGURATION}/{repository.name}.conf")


def git_url(repository: Repository) -> str:
    return f"{settings.PBINS_BASE_URL}/git/{repository.name}.git"


def tree_url(channel: Channel) -> str:
    """Where a host without git finds the tree of a channel."""
    return f"{settings.PBINS_BASE_URL}/git/{channel.repository.name}/{channel.name}.tar.gz"


def distfiles_url(repository: Repository) -> str:
    return f"{settings.PBINS_BASE_URL}/distfiles/{repository.name}/"


def builder_conf(host: Host, repository: Repository) -> str:
    return render_builder_conf(
        repository=RepositoryName(repository.name),
        location=location_on(host, repository),
        distdir=distdir_on(host, repository),
        platforms=repository.platforms.split(),
    )


def consumer_conf(location: PurePosixPath, channel: Channel) -> str:
    return render_consumer_conf(
        location=location,
        sync=f"git+{git_url(channel.repository)}",
        channel=channel.name,
        importance=channel.repository.importance,
    )


def first_files(repository: Repository) -> dict[str, bytes]:
    """The tree that a repository begins with (FACTS 3.1)."""
    return skeleton(
        name=RepositoryName(repository.name),
        masters=tuple(RepositoryName(name) for name in repository.master_names),
        mirrors={RepositoryName(repository.name): (distfiles_url(repository),)},
    )


def mirrors_conf(repository: Repository, names: set[str]) -> bytes:
    """Every mirror name that pbins of this repository use leads to our distfiles (FACTS 2.3)."""
    addresses = (distfiles_url(repository),)
    mirrors = {RepositoryName(name): addresses for name in {repository.name, *names}}
    return render_mirrors_conf(mirrors).encode()
