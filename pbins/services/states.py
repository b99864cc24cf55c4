"""Channels, and states of a repository, by the names that people give them."""

from pbins.models import Channel, Publication, PublicationState, Repository


def commit_of(repository: Repository, name: str) -> str | None:
    """Of a channel, or of a publication by its number; None where there is neither."""
    channel = repository.channels.filter(name=name).first()
    if channel is not None:
        return channel.commit
    if not name.isdecimal() or len(name) >= 18:
        return None
    published = Publication.objects.filter(repository=repository, state=PublicationState.PUBLISHED)
    found = published.filter(pk=name).values_list("commit", flat=True)
    return found.first()


def channel_called(text: str) -> Channel | None:
    """Of a channel's name with its repository before it, "pbins/master"; None where it is none."""
    repository, _, name = text.partition("/")
    named = Channel.objects.filter(repository__name=repository, name=name)
    return named.select_related("repository").first()
