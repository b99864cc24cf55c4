"""Real publications for tests: a pbin and its tarball, taken in and published like a build's."""

from pbins.models import Channel, Publication
from pbins.services.arrivals import Arrival, Refusal, read_arrival, store_pbins
from pbins.services.channels import create_channel
from pbins.services.places import git_of, places
from pbins.services.publishing import publish
from pbins.storage.git_history import messages
from tests.factories import pbin_text
from tests.storage.archives import ENVIRONMENT, tarball
from tests.taking import take_tarball


def release(
    channel: Channel, name: str, version: str = "1.0", *, build: int = 1, run: str = ""
) -> Publication:
    """Publish one version; ``build`` tells builds of a version apart, ``run`` is what it needs."""
    package = name.partition("/")[2]
    file = f"pbins--{name.replace('/', '--')}-{version}--C.{build}.1.1.C.tar.bz2"
    text = pbin_text(
        {
            "BINARY_URI": f"mirror://pbins/{file}",
            "GENERATED_TIME": f"17953{build}",
            "DEPENDENCIES": f"( build: sys-test/compiler run: {run} )" if run else "( )",
        }
    )
    path = f"packages/{name}/{package}-{version}.pbin-1+exheres-0"
    pbin = read_arrival(channel.repository, path, text.encode())
    assert not isinstance(pbin, Refusal)
    places().incoming.mkdir(parents=True, exist_ok=True)
    source = places().incoming / file
    source.write_bytes(tarball(ENVIRONMENT))
    pbin.tarball = take_tarball(channel.repository, source)
    arrivals = [Arrival(store_pbins([pbin])[0], "")]
    made = publish(channel=channel, arrivals=arrivals, message=f"Add {name}")
    assert made is not None
    return made


def commit_message(publication: Publication) -> str:
    """What everybody who clones the repository is told of it."""
    git = git_of(publication.repository)
    return messages(git.path, [publication.commit])[publication.commit]


def begin(name: str, source: Channel) -> Channel:
    """A channel made from another one."""
    source.refresh_from_db()
    create_channel(repository=source.repository, name=name, source=source, asked_by=None)
    return source.repository.channels.get(name=name)
