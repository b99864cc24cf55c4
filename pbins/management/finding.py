"""From a name or number as an administrator types it to the row; unknown ones are refused."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.contrib.auth.models import User

from pbins.models import (
    Channel,
    Host,
    PackageSet,
    Publication,
    PublicationState,
    Repository,
    Run,
    Tag,
)
from pbins.services.errors import Refused


def host_named(name: str) -> Host:
    host = Host.objects.filter(name=name).first()
    if host is None:
        raise _unknown("host", name, Host.objects.values_list("name", flat=True))
    return host


def repository_named(name: str) -> Repository:
    repository = Repository.objects.filter(name=name).first()
    if repository is None:
        raise _unknown("repository", name, Repository.objects.values_list("name", flat=True))
    return repository


def package_set_named(name: str) -> PackageSet:
    package_set = PackageSet.objects.filter(name=name).first()
    if package_set is None:
        raise _unknown("package set", name, PackageSet.objects.values_list("name", flat=True))
    return package_set


def tag_named(name: str) -> Tag:
    tag = Tag.objects.filter(name=name).first()
    if tag is None:
        raise _unknown("tag", name, Tag.objects.values_list("name", flat=True))
    return tag


def channel_named(repository: Repository, name: str) -> Channel:
    channel = repository.channels.select_related("repository").filter(name=name).first()
    if channel is None:
        noun = f"channel of {repository}"
        raise _unknown(noun, name, repository.channels.values_list("name", flat=True))
    return channel


def publication_numbered(number: int) -> Publication:
    published = Publication.objects.filter(state=PublicationState.PUBLISHED)
    related = ("repository", "channel__repository", "run", "asked_by")
    publication = published.select_related(*related).filter(pk=number).first()
    if publication is None:
        raise Refused(f"There is no publication {number}; manage.py publication list shows them.")
    return publication


def run_numbered(number: int) -> Run:
    run = Run.objects.select_related("host", "repository").filter(pk=number).first()
    if run is None:
        raise Refused(f"There is no run {number}; manage.py run list shows the latest.")
    return run


def user_named(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise _unknown("user", name, User.objects.values_list("username", flat=True))
    return user


def _unknown(noun: str, name: str, known: Iterable[str]) -> Refused:
    names = sorted(known)
    if not names:
        return Refused(f"There is no {noun} {name}; there is no {noun} at all yet.")
    close = get_close_matches(name, names, n=3)
    meant = f"Did you mean {', '.join(close)}?" if close else f"Known: {_some(names)}."
    return Refused(f"There is no {noun} {name}. {meant}")


def _some(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
