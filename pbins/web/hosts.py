"""Hosts: the list, a host's page, and what can be asked of a host."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.submission import submit
from pbins.models import Host, HostState, Installed, Repository, Subscription, Tag
from pbins.services.errors import Refused
from pbins.services.hosts import drain_host, offered_fingerprint, trust_host, trusted_fingerprint
from pbins.services.pending import followers, pending
from pbins.services.queueing import queue_probe, queue_provision
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.filters import Filter, filled_in, in_words, is_filtered, named
from pbins.web.paging import page_of

MOST_UPDATES = 20
ROLES = {"builder": Q(is_builder=True), "consumer": Q(is_consumer=True)}


@readers
def host_list(request: PortalRequest) -> HttpResponse:
    """All hosts, or those that the filters in the query leave."""
    filters = _filters(request)
    # What a host has installed is long, and not shown here.
    followed = Subscription.objects.defer("installed").select_related("channel__repository")
    hosts = _matching(filters).prefetch_related("tags", Prefetch("subscriptions", followed))
    return render(
        request,
        "pbins/host_list.html",
        {
            "filters": filters,
            "is_filtered": is_filtered(filters),
            "page": page_of(request, hosts),
            "tag": Tag.objects.filter(name=request.GET.get("tag", "").strip()).first(),
        },
    )


def matching_hosts(request: HttpRequest) -> QuerySet[Host]:
    """The hosts that the filters in a query leave."""
    return _matching(_filters(request))


def _filters(request: HttpRequest) -> tuple[Filter, ...]:
    return filled_in(
        request,
        Filter("q", "name or address", kind="search"),
        Filter("role", "role", [("builder", "Builders"), ("consumer", "Consumers")]),
        Filter("state", "state", in_words(HostState.choices)),
        Filter(
            "is", "standing", [("behind", "Behind"), ("current", "Current"), ("drained", "Drained")]
        ),
        Filter("tag", "tag", named(Tag.objects.values_list("name", flat=True))),
    )


def _matching(filters: Sequence[Filter]) -> QuerySet[Host]:
    chosen = {one.name: one.value for one in filters if one.value}
    hosts = Host.objects.filter(ROLES.get(chosen.get("role", ""), Q()))
    if "state" in chosen:
        hosts = hosts.filter(state=chosen["state"])
    if "is" in chosen:
        hosts = hosts.filter(_standing(chosen["is"]))
    if "tag" in chosen:
        hosts = hosts.tagged(chosen["tag"])
    if words := chosen.get("q", ""):
        hosts = hosts.filter(Q(name__icontains=words) | Q(address__icontains=words))
    return hosts


def _standing(word: str) -> Q:
    """How a host stands to what it follows, or whether it is left in peace."""
    if word == "drained":
        return Q(drained=True)
    behind = Q(pk__in=Subscription.objects.behind().values("host"))
    if word == "behind":
        return behind
    return Q(pk__in=Subscription.objects.values("host")) & ~behind


@readers
def host_page(request: PortalRequest, name: str) -> HttpResponse:
    host = get_object_or_404(Host.objects.select_related("credential"), name=name)
    return render(
        request,
        "pbins/host_page.html",
        {
            "host": host,
            "trusted": trusted_fingerprint(host),
            "offered": offered_fingerprint(host),
            "subscriptions": host.subscriptions.select_related("channel__repository"),
            "builds": host.repositories.all(),
            "repositories": _provisionable(host),
            "runs": host.runs.select_related("repository", "asked_by")[:10],
            "sets_found": sorted(host.sets_found),
            **_versions(request, host),
        },
    )


def _versions(request: PortalRequest, host: Host) -> dict[str, object]:
    """What the host has, page by page, and which of that its channels serve a newer version of."""
    updates = [
        (one.subscription.channel, update)
        for one in pending(followers().filter(host=host))
        for update in one.updates
    ]
    newer = {(channel.pk, one.name, one.installed): one.served for channel, one in updates}
    found = Installed.objects.filter(subscription__host=host)
    found = found.select_related("package", "subscription__channel__repository")
    page = page_of(request, found.order_by("package__name", "version_key", "pk"))
    return {
        "updates": updates[:MOST_UPDATES],
        "more_updates": max(len(updates) - MOST_UPDATES, 0),
        "page": page,
        "installed": [
            (one, newer.get((one.subscription.channel_id, one.package.name, one.version), ""))
            for one in page
        ],
    }


def _provisionable(host: Host) -> QuerySet[Repository]:
    """A builder is provisioned for what it builds, a consumer for anything it might follow."""
    return Repository.objects.all() if host.is_consumer else host.repositories.all()


@actions
def host_trust(request: PortalRequest, name: str) -> HttpResponse:
    """Pin the key whose fingerprint was shown; if the host offers another now, nothing is."""
    host = get_object_or_404(Host, name=name)
    shown = request.POST.get("fingerprint", "").strip()
    if not shown:
        messages.error(request, "Compare the fingerprint with the host's own, then trust that one.")
        return redirect("host_page", name)
    try:
        pinned = trust_host(host=host, fingerprint=shown)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("host_page", name)
    messages.success(request, f"{name} is trusted with the key {pinned}.")
    return _probe(request, host)


@actions
def host_probe(request: PortalRequest, name: str) -> HttpResponse:
    return _probe(request, get_object_or_404(Host, name=name))


@actions
def host_drain(request: PortalRequest, name: str) -> HttpResponse:
    """Give the host no new work, or with ``undrain`` work again."""
    drain_host(host=get_object_or_404(Host, name=name), drained="undrain" not in request.POST)
    return redirect("host_page", name)


@actions
def host_provision(request: PortalRequest, name: str) -> HttpResponse:
    """Write the repository's configuration to the host, or show the difference only."""
    host = get_object_or_404(Host, name=name)
    repository = get_object_or_404(Repository, name=request.POST.get("repository", ""))
    try:
        run = queue_provision(
            repository=repository,
            host=host,
            asked_by=request.user,
            dry_run="dry_run" in request.POST,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("host_page", name)
    submit(run)
    return redirect("run_page", run.pk)


def _probe(request: PortalRequest, host: Host) -> HttpResponse:
    run = queue_probe(host=host, asked_by=request.user)
    submit(run)
    return redirect("run_page", run.pk)
