"""Hosts, repositories, their publications, and package sets, as JSON."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pbins.api.access import for_distfiles, insiders
from pbins.api.answers import PER_PAGE, answer, listed
from pbins.api.fleet_shapes import host_shape, package_set_shape, repository_shape
from pbins.api.publication_shapes import publication_shape, tarball_shape
from pbins.api.shapes import change_shape
from pbins.models import Change, Host, PackageSet, Publication, Repository, Subscription
from pbins.web.hosts import matching_hosts
from pbins.web.paging import page_of

MOST_CHANGES = 1_000


@insiders
def hosts(request: HttpRequest) -> HttpResponse:
    """All hosts, or those that the page's own filters leave."""
    found = matching_hosts(request).select_related("credential").prefetch_related("tags")
    page = page_of(request, found, PER_PAGE)
    return listed(request, page, "hosts", [host_shape(host) for host in page])


@insiders
def host(request: HttpRequest, name: str) -> HttpResponse:
    found = get_object_or_404(Host.objects.select_related("credential"), name=name)
    followed = found.subscriptions.select_related("channel__repository")
    shape = host_shape(found) | {"follows": [_followed(one) for one in followed]}
    return answer(request, shape)


@insiders
def repositories(request: HttpRequest) -> HttpResponse:
    page = page_of(request, Repository.objects.prefetch_related("builders", "channels"), PER_PAGE)
    return listed(request, page, "repositories", [repository_shape(one) for one in page])


@insiders
def repository(request: HttpRequest, name: str) -> HttpResponse:
    return answer(request, repository_shape(get_object_or_404(Repository, name=name)))


@insiders
def publications(request: HttpRequest, name: str) -> HttpResponse:
    """The latest first."""
    of_repository = get_object_or_404(Repository, name=name).publications
    found = of_repository.select_related("repository", "channel", "asked_by").defer("intent")
    page = page_of(request, found, PER_PAGE)
    return listed(request, page, "publications", [publication_shape(one) for one in page])


@insiders
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """With what it changed, at most a thousand versions of it."""
    related = Publication.objects.select_related("repository", "channel", "asked_by")
    found = get_object_or_404(related, pk=pk)
    changes = Change.objects.filter(publication=found).order_by("pk")
    related_changes = changes.select_related("channel__repository", "publication")
    shape = publication_shape(found) | {
        "count": changes.count(),
        "changes": [change_shape(change) for change in related_changes[:MOST_CHANGES]],
    }
    return answer(request, shape)


@for_distfiles
def distfiles(request: HttpRequest, repository: str) -> HttpResponse:
    """The tarballs of a repository, by name."""
    owner = get_object_or_404(Repository, name=repository)
    page = page_of(request, owner.tarballs.filter(is_present=True).order_by("name"), PER_PAGE)
    return listed(request, page, "tarballs", [tarball_shape(one, owner.name) for one in page])


@insiders
def package_sets(request: HttpRequest) -> HttpResponse:
    page = page_of(request, PackageSet.objects.all(), PER_PAGE)
    return listed(request, page, "sets", [package_set_shape(one) for one in page])


@insiders
def package_set(request: HttpRequest, name: str) -> HttpResponse:
    return answer(request, package_set_shape(get_object_or_404(PackageSet, name=name)))


def _followed(subscription: Subscription) -> dict[str, object]:
    return {
        "repository": subscription.channel.repository.name,
        "channel": subscription.channel.name,
        "commit": subscription.commit,
        "current": subscription.is_current,
        "synced_at": subscription.synced_at,
        "installed": subscription.installed,
    }
