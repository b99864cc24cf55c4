"""Git and catalogue brought together again: hosts are given what the catalogue has."""

from django.contrib.auth.models import User

from pbins.models import Channel, Finding, FindingKind, Pbin
from pbins.services.arrivals import Arrival, Refusal, read_arrival, store_pbins
from pbins.services.errors import Refused
from pbins.services.places import git_of
from pbins.services.publishing import move_channel, repository_lock, settle_publications
from pbins.storage.errors import FileMissing


def realign(finding: Finding, asked_by: User | None) -> str:
    """Publish the catalogue's side of a finding; returns what was done. Raises Refused."""
    name, _, path = finding.what.partition(":")
    channel = finding.repository.channels.filter(name=name).first()
    if channel is None:
        raise Refused(f"There is no channel {name} any more; scrub again.")
    _follow_git(channel)
    if finding.kind == FindingKind.CHANNEL:
        return f"The catalogue knows now that hosts are at {channel.commit[:12]}."
    served, removed = _catalogue_side(channel, path)
    publication = move_channel(
        channel=channel,
        expected=channel.commit,
        arrivals=[Arrival(pbin, "") for pbin in served],
        removed=removed,
        message=f"Publish {path} again\n\n{finding.details}\n",
        asked_by=asked_by,
    )
    if publication is None:
        raise Refused(f"Publishing again does not change {path}; scrub again.")
    return f"Published again as {publication.commit[:12]}."


def _follow_git(channel: Channel) -> None:
    """Git is the truth of what hosts see; the row follows."""
    with repository_lock(channel.repository):
        settle_publications(channel.repository)
        channel.commit = git_of(channel.repository).head(channel.name) or ""
        channel.save(update_fields=("commit",))


def _catalogue_side(channel: Channel, path: str) -> tuple[list[Pbin], list[Pbin]]:
    """What the catalogue serves of the path's package, and what only git has at the path."""
    parts = path.split("/")
    if len(parts) != 4:
        raise Refused(f"{path} is not a file of a package; see for yourself.")
    of_package = channel.entries.served().of_package(parts[1], parts[2]).with_files()
    served = [entry.pbin for entry in of_package]
    if parts[3] == "Manifest":
        if not served:
            raise Refused(f"No version of {parts[1]}/{parts[2]} is served; see for yourself.")
        return served, []
    wanted = [pbin for pbin in served if pbin.path == path]
    return (wanted, []) if wanted else ([], [_stranger(channel, path)])


def _stranger(channel: Channel, path: str) -> Pbin:
    """The row of a pbin that git has and the catalogue has not."""
    try:
        content = git_of(channel.repository).read(channel.commit, path)
    except FileMissing as error:
        raise Refused(f"{path} is gone by now; scrub again.") from error
    pbin = read_arrival(channel.repository, path, content)
    if isinstance(pbin, Refusal):
        raise Refused(f"{pbin}; see for yourself.")
    return store_pbins([pbin])[0]
