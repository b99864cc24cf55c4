"""What is looked after all the time: one repository's trouble keeps no other waiting."""

import pytest

from pbins.jobs import housekeeping
from pbins.models import Finding, FindingKind, Publication, PublicationState, Repository
from pbins.services.publishing import settle_publications
from pbins.services.repositories import add_repository
from pbins.storage.errors import GitError


def test_a_repository_that_can_not_be_settled_says_so_and_the_others_are(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_repository(name="other", masters=["arbor"], platforms=["amd64"])
    Publication.objects.update(state=PublicationState.PREPARED)

    def settles(one: Repository) -> None:
        if one.name == "other":
            raise GitError("for-each-ref", 128, "branch master is broken")
        settle_publications(one)

    with monkeypatch.context() as broken:
        broken.setattr(housekeeping, "settle_publications", settles)
        housekeeping.settle_all_publications()
    left = Publication.objects.filter(state=PublicationState.PREPARED)
    assert {publication.repository.name for publication in left} == {"other"}
    trouble = Finding.objects.get(kind=FindingKind.TROUBLE)
    assert trouble.repository.name == "other"
    assert "branch master is broken" in trouble.details
    housekeeping.settle_all_publications()
    assert not left.all().exists()
    assert not Finding.objects.open().exists()
