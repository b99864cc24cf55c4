"""Publications, rollouts and tarballs as JSON."""

from django.conf import settings
from django.urls import reverse

from pbins.api.shapes import Shape
from pbins.models import Publication, Rollout, Tarball


def publication_shape(publication: Publication) -> Shape:
    """As in a list; ``commit`` is what git shows under the channel's name."""
    asked_by = publication.asked_by
    return {
        "publication": publication.pk,
        "repository": publication.repository.name,
        "channel": publication.channel.name,
        "kind": publication.kind,
        "state": publication.state,
        "commit": publication.commit,
        "parent": publication.parent,
        "signed": publication.is_signed,
        "message": publication.message,
        "run": publication.run_id,
        "asked_by": asked_by.username if asked_by else None,
        "sources": publication.sources,
        "at": publication.created_at,
    }


def rollout_shape(rollout: Rollout) -> Shape:
    return {
        "rollout": rollout.pk,
        "kind": rollout.kind,
        "repository": rollout.repository.name,
        "specs": rollout.specs,
        "created_at": rollout.created_at,
    }


def tarball_shape(tarball: Tarball, repository: str) -> Shape:
    path = reverse("tarball", args=(repository, tarball.name))
    return {
        "name": tarball.name,
        "size": tarball.size,
        "sha256": tarball.sha256,
        "sha512": tarball.sha512,
        "received_at": tarball.received_at,
        "url": settings.PBINS_BASE_URL + path,
    }
