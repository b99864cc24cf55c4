"""Package sets: the list, a set's page, its history, and where it is deployed."""

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.jobs.submission import submit
from pbins.models import Channel, PackageSet, Repository
from pbins.services.errors import Refused
from pbins.services.package_sets import delete_set, history
from pbins.services.set_deploying import (
    deploy_set,
    end_deployment,
    followers,
    queue_spreading,
    spreads,
)
from pbins.services.set_files import text_of
from pbins.services.set_meaning import meanings, to_build
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.confirmation import Asked, unless_confirmed
from pbins.web.paging import page_of


@readers
def set_list(request: PortalRequest) -> HttpResponse:
    sets = PackageSet.objects.prefetch_related("deployments__repository")
    return render(request, "pbins/set_list.html", {"sets": sets})


@readers
def set_page(request: PortalRequest, name: str) -> HttpResponse:
    """``?channel=pbins/master`` chooses where to look for what the set asks for."""
    package_set = get_object_or_404(PackageSet, name=name)
    channels = list(Channel.objects.select_related("repository"))
    channel = _chosen(channels, request.GET.get("channel", ""))
    means = meanings(package_set, channel) if channel else []
    deployed = spreads(package_set)
    elsewhere = Repository.objects.exclude(set_deployments__package_set=package_set)
    return render(
        request,
        "pbins/set_page.html",
        {
            "package_set": package_set,
            "channels": channels,
            "channel": channel,
            "means": means,
            "counts": Counter(one.standing.value for one in means),
            "to_build": to_build(means),
            "repositories": Repository.objects.all(),
            "deployed": deployed,
            "not_deployed": elsewhere,
            "file": text_of(package_set),
            "runs": package_set.runs.select_related("host", "repository")[:10],
        },
    )


def _chosen(channels: Sequence[Channel], name: str) -> Channel | None:
    """The one that was asked for, or the first."""
    named = (channel for channel in channels if str(channel) == name)
    return next(named, channels[0] if channels else None)


@readers
def set_history(request: PortalRequest, name: str) -> HttpResponse:
    """Every text that the set had, the latest first, each with what it changed."""
    package_set = get_object_or_404(PackageSet, name=name)
    page = page_of(request, package_set.edits.select_related("by"))
    return render(
        request,
        "pbins/set_history.html",
        {"package_set": package_set, "page": page, "edits": history(list(page))},
    )


@actions
def set_delete(request: PortalRequest, name: str) -> HttpResponse:
    """Runs keep what they were asked for, so history does not suffer."""
    package_set = get_object_or_404(PackageSet, name=name)
    asked = Asked(
        act=f"Remove {name}",
        meaning="The list of packages goes, with its history; binaries and runs stay.",
        count=len(package_set.spec_list),
        of="the number of packages in the set",
        back=reverse("set_page", args=[name]),
    )
    if question := unless_confirmed(request, asked):
        return question
    try:
        delete_set(package_set=package_set)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("set_page", name)
    messages.success(request, f"The package set {name} is gone. Binaries stay as they are.")
    return redirect("sets")


@actions
def set_deploy(request: PortalRequest, name: str) -> HttpResponse:
    """Give the set to the consumers of a repository, take it away, or show what would happen."""
    package_set = get_object_or_404(PackageSet, name=name)
    repository = get_object_or_404(Repository, name=request.POST.get("repository", ""))
    dry_run, is_end = "dry_run" in request.POST, "end" in request.POST
    if is_end and (question := unless_confirmed(request, _end_of(package_set, repository))):
        return question
    try:
        if is_end:
            end_deployment(package_set=package_set, repository=repository)
        elif not dry_run:
            deploy_set(package_set=package_set, repository=repository, by=request.user)
        rollout = queue_spreading(repository=repository, by=request.user, dry_run=dry_run)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("set_page", name)
    submit(*rollout.runs.all())
    return redirect("rollout_page", rollout.pk)


def _end_of(package_set: PackageSet, repository: Repository) -> Asked:
    return Asked(
        act=f"Remove {package_set} from hosts",
        meaning=(
            f"The file of the set goes from the consumers of {repository}; what they have installed"
            " stays, and so does the set."
        ),
        count=followers(repository).count(),
        of=f"the number of hosts that follow {repository}",
        back=reverse("set_page", args=[package_set.name]),
    )
