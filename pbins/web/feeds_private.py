"""Feeds that tell of hosts and runs, for people with a role: updates that wait, failed builds."""

import re
from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from pbins.models import Run, RunKind, Step, StepState, Subscription, Tag
from pbins.models.run_state import BAD_ENDS
from pbins.services.pending import Pending, followers, pending, state_of
from pbins.web.feeds_access import insiders
from pbins.web.feeds_answers import Told, address_of, answer, conditional, key_of
from pbins.web.feeds_formats import Feed, Item
from pbins.web.feeds_pages import EPOCH, Ledger

HOSTS_PER_PAGE = 20  # each tells of its packages
NAMED = 25
NUMBER = re.compile("[0-9]{1,18}")


@insiders
def of_hosts(request: HttpRequest, form: str, tag: str = "") -> HttpResponse:
    """The updates that wait on each host with a tag, or on every host.

    It tells what is so now: who synced is not in it any more. More than fit a page go on at
    ``?after=`` (RFC 5005, 3); it is complete where there is one page only.
    """
    after = _after(request)
    if tag and not Tag.objects.filter(name=tag).exists():
        raise Http404("There is no such tag.")
    followed = followers(tag)
    state, at = state_of(followed)
    title = f"Pending updates of hosts tagged {tag}" if tag else "Pending updates of all hosts"
    asked = f"?{urlencode({'tag': tag})}" if tag else ""

    def write() -> Feed:
        waiting = _waiting(followed, after)
        told = waiting[:HOSTS_PER_PAGE]
        next_after = told[-1].subscription.pk if len(waiting) > HOSTS_PER_PAGE else None
        return Feed(
            key=key_of(request),
            title=title,
            description=f"{title}, those of the channel that moved last first.",
            page=f"{settings.PBINS_BASE_URL}{reverse('hosts')}{asked}",
            address=address_of(request, after=after),
            updated=at or EPOCH,
            items=tuple(_of_host(one) for one in told),
            links=_pages(request, after, next_after),
            is_complete=after is None and next_after is None,
        )

    return conditional(request, form, state, at, write)


@insiders
def of_failures(request: HttpRequest, form: str) -> HttpResponse:
    """Builds that failed, wholly or in part: each run with the packages and the reasons."""
    failed = Run.objects.filter(kind=RunKind.BUILD, state__in=BAD_ENDS, finished_at__isnull=False)
    ledger = Ledger(failed, "finished_at", by_time=True)
    page = f"{reverse('runs')}?{urlencode({'kind': RunKind.BUILD.value, 'state': 'bad'})}"
    return answer(request, form, Told("Failed builds", page, ledger, _of_runs))


def _after(request: HttpRequest) -> int | None:
    """The key of the subscription that a page begins after; raises Http404 for what is none."""
    asked = request.GET.get("after")
    if asked is None:
        return None
    if NUMBER.fullmatch(asked) is None:
        raise Http404("There is no such page.")
    return int(asked)


def _waiting(followed: QuerySet[Subscription], after: int | None) -> list[Pending]:
    """One more than fit the page, if there are so many; raises Http404 where none begins."""
    try:
        waiting = pending(followed, after=after, most=HOSTS_PER_PAGE + 1)
    except ValueError as error:
        raise Http404("There is no such page.") from error
    if not waiting and after is not None:
        raise Http404("There is no such page.")
    return waiting


def _pages(request: HttpRequest, after: int | None, next_after: int | None) -> dict[str, str]:
    """The addresses of the pages beside this one; none where there is only one."""
    links: dict[str, str] = {}
    if after is not None or next_after is not None:
        links["first"] = address_of(request)
    if next_after is not None:
        links["next"] = address_of(request, after=next_after)
    return links


def _of_host(waiting: Pending) -> Item:
    subscription, updates = waiting.subscription, waiting.updates
    host, channel = subscription.host, subscription.channel
    count = len(updates)
    what = f"{count} update{'' if count == 1 else 's'} from" if count else "not synced with"
    address = settings.PBINS_BASE_URL + reverse("host_page", args=(host.name,))
    context = {
        "subscription": subscription,
        "updates": updates[:NAMED],
        "unnamed": count - NAMED,
        "base_url": settings.PBINS_BASE_URL,
    }
    # The same host is told of anew when the channel moves on, and not when it only syncs.
    place = f"{host.name}/{channel}/{channel.commit}"
    return Item(
        key=uuid5(NAMESPACE_URL, place).urn,
        title=f"{host.name}: {what} {channel}",
        address=address,
        summary=", ".join(f"{one.name} {one.served}" for one in updates[:5]) or "Not synced yet.",
        content=render_to_string("pbins/feeds_item_of_host.html", context),
        at=waiting.since or EPOCH,
        tags=(host.name, str(channel)),
    )


def _of_runs(runs: QuerySet[Run]) -> tuple[Item, ...]:
    failed = Prefetch("steps", Step.objects.filter(state=StepState.FAILED), to_attr="failed")
    found = runs.select_related("host", "repository").prefetch_related(failed)
    return tuple(_of_run(run, getattr(run, "failed", [])) for run in found)


def _of_run(run: Run, failed: Sequence[Step]) -> Item:
    names = [f"{step.name} {step.version}" for step in failed]
    what = names[0] if names else f"build in {run.repository}"
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    context = {"run": run, "failed": failed[:NAMED], "base_url": settings.PBINS_BASE_URL}
    return Item(
        key=uuid5(NAMESPACE_URL, f"run/{run.uuid}").urn,
        title=f"{what}{more} failed on {run.host}",
        address=settings.PBINS_BASE_URL + reverse("run_page", args=(run.pk,)),
        summary=run.reason,
        content=render_to_string("pbins/feeds_item_of_run.html", context),
        at=run.finished_at or EPOCH,
        tags=tuple(sorted({step.name.partition("/")[0] for step in failed})),
    )
