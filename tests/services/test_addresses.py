"""Where hosts find tarballs, when the portal has moved."""

import pytest
from pytest_django import Settings

from pbins.models import Change, Channel, Repository
from pbins.services.addresses import publish_addresses
from pbins.services.places import git_of
from tests.releases import begin

pytestmark = pytest.mark.django_db


def mirrors(repository: Repository) -> str:
    git = git_of(repository)
    return git.read(git.head("master") or "", "metadata/mirrors.conf").decode()


def test_hosts_are_told_of_the_new_address_and_no_package_changes(
    repository: Repository, settings: Settings
) -> None:
    settings.PBINS_BASE_URL = "https://moved.example.org"
    publish_addresses()
    assert mirrors(repository) == "pbins https://moved.example.org/distfiles/pbins/\n"
    newest = repository.publications.first()
    assert newest is not None
    assert newest.message == "Serve tarballs from https://moved.example.org"
    assert repository.channels.get().commit == newest.commit
    assert not Change.objects.exists()


def test_where_the_address_is_known_nothing_is_published(repository: Repository) -> None:
    before = repository.publications.count()
    publish_addresses()
    assert repository.publications.count() == before


@pytest.mark.usefixtures("repository")
def test_nobody_looks_again_where_the_address_was_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PBINS_BASE_URL = "https://moved.example.org"
    publish_addresses()
    monkeypatch.setattr("pbins.services.addresses.publish", None)
    publish_addresses()


def test_a_channel_that_began_from_one_that_says_so_needs_no_publication(
    repository: Repository,
) -> None:
    stable = begin("stable", repository.channels.get())
    publish_addresses()
    assert stable.publications.count() == 1
    assert Channel.objects.get(name="stable").addresses
