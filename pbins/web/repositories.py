"""Repositories: the list, a repository's page, and its publications."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.jobs.submission import submit
from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Publication,
    PublicationKind,
    PublicationState,
    Repository,
    Subscription,
)
from pbins.services.canaries import outlooks_of
from pbins.services.confirming import policy_in_words
from pbins.services.errors import Refused
from pbins.services.layouts import tree_url, without_password
from pbins.services.policies import may_move, movable_channels
from pbins.services.repositories import consumer_snippet
from pbins.services.rollouts import provisionable_hosts, queue_provisions
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.charts import growth_chart
from pbins.web.confirmation import Asked, unless_confirmed
from pbins.web.elsewhere import places_of
from pbins.web.overview import channel_heads, failing_first
from pbins.web.paging import page_of

RECENT = 10


@readers
def repository_list(request: PortalRequest) -> HttpResponse:
    repositories = Repository.objects.prefetch_related("builders").annotate(
        open_findings=Count("findings", filter=Q(findings__settled_at=None))
    )
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


@actions
def repository_provision(request: PortalRequest, name: str) -> HttpResponse:
    """Provision every host that has to do with the repository, or show what would change."""
    repository = get_object_or_404(Repository, name=name)
    dry_run = "dry_run" in request.POST
    try:
        hosts = provisionable_hosts(repository)
        asked = Asked(
            act="Provision the hosts",
            meaning=f"The configuration of {repository} is written to its builders and consumers.",
            count=len(hosts),
            of="the number of hosts that are written to",
            back=reverse("repository_page", args=[name]),
        )
        if not dry_run and (question := unless_confirmed(request, asked)):
            return question
        rollout = queue_provisions(
            repository=repository, hosts=hosts, asked_by=request.user, dry_run=dry_run
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("repository_page", name)
    submit(*rollout.runs.all())
    return redirect("rollout_page", rollout.pk)


@readers
def repository_page(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    followers = Subscription.objects.filter(channel__repository=repository)
    behind = followers.exclude(commit=F("channel__commit"))
    counts = followers.aggregate(
        followers=Count("pk"), behind=Count("pk", filter=~Q(commit=F("channel__commit")))
    )
    heads = channel_heads(repository.channels.all())
    return render(
        request,
        "pbins/repository_page.html",
        {
            "repository": repository,
            "heads": heads,
            "snippets": [
                (channel, consumer_snippet(channel), without_password(tree_url(channel)))
                for channel in (head.channel for head in heads)
            ],
            "builders": repository.builders.all(),
            "movable": movable_channels(request.user, repository),
            "outlooks": outlooks_of(repository),
            "places": places_of(repository),
            "policy": policy_in_words(repository),
            "growth": growth_chart(repository.name),
            "publications": _publications(repository)[:RECENT],
            "behind": behind.select_related("host", "channel")[:RECENT],
            "behind_count": counts["behind"],
            "followers_count": counts["followers"],
            "failing_packages": failing_first(request.user, RECENT, only=repository),
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
    earlier = publication.channel.publications.filter(
        state=PublicationState.PUBLISHED, pk__lt=publication.pk
    )
    context = {
        "publication": publication,
        "page": page_of(request, changes, 200),
        "earlier": earlier.order_by("-pk").first(),
        "may_roll_back": _may_roll_back_to(publication, request.user),
    }
    return render(request, "pbins/publication_page.html", context)


def _may_roll_back_to(publication: Publication, user: User) -> bool:
    """Whether that is possible, and this person may."""
    channel = publication.channel
    return (
        publication.state == PublicationState.PUBLISHED
        and publication.kind != PublicationKind.HISTORY
        and channel.removed_at is None
        and publication.commit != channel.commit
        and may_move(user, channel)
    )


def _publications(repository: Repository) -> QuerySet[Publication]:
    """Those that hosts have seen, with how many versions each added, replaced and removed.

    Each count is a query within the query, so that only what is shown is counted.
    """
    return (
        repository.publications.filter(state=PublicationState.PUBLISHED)
        .select_related("channel", "run", "asked_by")
        .defer("intent")
        .annotate(**{kind.value: _count_of(kind) for kind in ChangeKind})
        .order_by("-pk")
    )


def _count_of(kind: ChangeKind) -> Coalesce:
    changes = Change.objects.filter(publication=OuterRef("pk"), kind=kind).order_by()
    counted = changes.values("publication").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
