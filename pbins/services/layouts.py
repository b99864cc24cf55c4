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
FLEET = "fleet"
"""The name under which every host shows the password, where one is needed."""

MOST_ADDRESSES = 5
"""cave takes five of a mirror's addresses, at random; with more, ours might not be among them."""


def location_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(host.prefix + repository.location)


def distdir_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(host.prefix + repository.distdir)


def configuration_on(host: Host, repository: Repository) -> PurePosixPath:
    return PurePosixPath(f"{host.prefix}{CONFIGURATION}/{repository.name}.conf")


def git_url(repository: Repository) -> str:
    """As hosts have it: with their password, where git is not for everybody."""
    return f"{_base(is_public=settings.PBINS_PUBLIC_GIT)}/git/{repository.name}.git"


def tree_url(channel: Channel) -> str:
    """Where a host without git finds the tree of a channel."""
    base = _base(is_public=settings.PBINS_PUBLIC_GIT)
    return f"{base}/git/{channel.repository.name}/{channel.name}.tar.gz"


def distfiles_url(repository: Repository) -> str:
    base = _base(is_public=settings.PBINS_PUBLIC_DISTFILES)
    return f"{base}/distfiles/{repository.name}/"


def without_password(text: str) -> str:
    """What hosts are told, as anybody may see it."""
    password = settings.PBINS_FLEET_PASSWORD
    return text.replace(password, "PASSWORD") if password else text


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


def addresses_of(channel: Channel) -> list[str]:
    """Where hosts that follow a channel are told to look for tarballs.

    cave shuffles them and tries each in turn, but no more than MOST_ADDRESSES.
    """
    listed = channel.mirrors.filter(is_enabled=True).order_by("pk")
    mirrors = listed.values_list("public_url", flat=True)[: MOST_ADDRESSES - 1]
    return [distfiles_url(channel.repository), *mirrors]


def told_addresses(channel: Channel) -> str:
    """The same as one text, to tell whether it is what hosts were last told."""
    return " ".join(addresses_of(channel))


def mirrors_conf(channel: Channel, names: set[str]) -> bytes:
    """Every mirror name that pbins of this repository use leads to the tarballs (FACTS 2.3)."""
    addresses = addresses_of(channel)
    mirrors = {RepositoryName(name): addresses for name in {channel.repository.name, *names}}
    return render_mirrors_conf(mirrors).encode()


def _base(*, is_public: bool) -> str:
    """git and wget take name and password from a URL; cave hands it on to them as it is."""
    address: str = settings.PBINS_BASE_URL
    if is_public:
        return address
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{FLEET}:{settings.PBINS_FLEET_PASSWORD}@{rest}"
