"""Repositories: the list, a repository's page, and its publications."""

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Publication,
    PublicationState,
    Repository,
    Subscription,
)
from pbins.services.confirming import policy_in_words
from pbins.services.repositories import consumer_snippet
from pbins.web.access import PortalRequest, readers
from pbins.web.overview import channel_heads, failing_packages
from pbins.web.paging import page_of

RECENT = 10


@readers
def repository_list(request: PortalRequest) -> HttpResponse:
    repositories = Repository.objects.prefetch_related("builders")
    heads = channel_heads(Channel.objects.all())
    rows = [
        (repository, [head for head in heads if head.channel.repository_id == repository.pk])
        for repository in repositories
    ]
    return render(request, "pbins/repository_list.html", {"rows": rows})


@readers
def first_repository(request: PortalRequest, url_name: str) -> HttpResponse:
    """To the form of the first repository, which leads to the others; to the list without any."""
    first = Repository.objects.first()
    return redirect(url_name, first.name) if first else redirect("repositories")


@readers
def repository_page(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    followers = Subscription.objects.filter(channel__repository=repository)
    behind = followers.exclude(commit=F("channel__commit"))
    return render(
        request,
        "pbins/repository_page.html",
        {
            "repository": repository,
            "heads": channel_heads(repository.channels.all()),
            "snippets": [
                (channel, consumer_snippet(channel))
                for channel in repository.channels.select_related("repository")
            ],
            "builders": repository.builders.all(),
            "policy": policy_in_words(repository),
            "publications": _publications(repository)[:RECENT],
            "behind": behind.select_related("host", "channel")[:RECENT],
            "behind_count": behind.count(),
            "followers_count": followers.count(),
            "failing": failing_packages().filter(run__repository=repository)[:RECENT],
            "runs": repository.runs.select_related("host", "repository", "package_set")[:RECENT],
        },
    )


@readers
def publication_list(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    page = page_of(request, _publications(repository))
    return render(request, "pbins/publication_list.html", {"repository": repository, "page": page})


@readers
def publication_page(request: PortalRequest, pk: int) -> HttpResponse:
    publication = get_object_or_404(
        Publication.objects.select_related("repository", "channel", "run__host", "asked_by"), pk=pk
    )
    changes = (
        Change.objects.filter(publication=publication)
        .select_related("channel__repository", "pbin__tarball")
        .order_by("name", "pk")
    )
    return render(
        request,
        "pbins/publication_page.html",
        {"publication": publication, "page": page_of(request, changes, 200)},
    )


def _publications(repository: Repository) -> QuerySet[Publication]:
    """Those that hosts have seen, with how many versions each added, replaced and removed."""
    kinds = {kind.value: Count("changes", filter=Q(changes__kind=kind)) for kind in ChangeKind}
    return (
        repository.publications.filter(state=PublicationState.PUBLISHED)
        .select_related("channel", "run", "asked_by")
        .annotate(**kinds)
        .order_by("-pk")
    )
