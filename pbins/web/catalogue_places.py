"""What the address of a version names."""

from dataclasses import dataclass

from django.http import Http404

from pbins.models import Channel, Entry
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.browsing import entry_at
from pbins.services.gone import channel_ever_at


@dataclass(frozen=True, slots=True)
class Place:
    """A version in a channel, whether there is one or not."""

    channel: Channel
    category: str
    package: str
    version: Version

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"

    @property
    def entry(self) -> Entry | None:
        return entry_at(self.channel, self.category, self.package, self.version)


def find_place(repository: str, channel: str, category: str, package: str, version: str) -> Place:
    """Raises Http404 where there never was such a channel, or the version can't be one."""
    found = channel_ever_at(repository, channel)
    if found is None:
        raise Http404(f"There is no channel {repository}/{channel}.")
    try:
        return Place(found, category, package, Version(version))
    except ParseError as error:
        raise Http404(f"{version} is not a version.") from error


def find_entry(place: Place) -> Entry:
    """Raises Http404 where the channel does not hold it."""
    entry = place.entry
    if entry is None:
        raise Http404(f"There is no {place.name}-{place.version} in {place.channel}.")
    return entry
