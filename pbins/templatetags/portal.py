"""The small pieces of every page: icons, badges, times, sizes, links of the navigation."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pbins.models import Change, Run
from pbins.paludis.culprit import IN_WORDS, FailureClass
from pbins.web.run_asked import choices_of, title_of
from pbins.web.wording import (
    ago_in_words,
    duration_in_words,
    exact_duration,
    exact_time,
    size_in_words,
)

register = template.Library()

NOTHING = "–"
# The states of hosts, runs, steps, confirmations, publications and changes, by what they mean.
COLOURS = {
    "green": ("ready", "done", "succeeded", "published", "added", "allowed", "current"),
    "blue": (
        *("starting", "planning", "executing", "collecting", "publishing", "active", "replaced"),
        *("reading", "taking"),
    ),
    "orange": ("confirming", "open", "untrusted", "partial", "behind", "prepared"),
    "red": ("failed", "lost", "unreachable", "refused", "unfit", "denied", "withheld"),
}
COLOUR_OF = {state: colour for colour, states in COLOURS.items() for state in states}
# Pages whose addresses do not begin like those of the part that they belong to.
SECTIONS = {"rollouts": "runs", "publications": "repositories", "imports": "repositories"}
MOVING = frozenset(COLOURS["blue"]) - {"replaced"}


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """An icon beside words that say the same, so it is hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def badge(state: str, words: str = "") -> SafeString:
    """A state as a coloured pill; the words say it too, for whoever sees no colours."""
    return format_html(
        '<span class="state state-{}{}"><span class="state-dot"></span>{}</span>',
        COLOUR_OF.get(state, "grey"),
        " is-moving" if state in MOVING else "",
        words or state,
    )


@register.filter
def first_line(text: str) -> str:
    """What a commit message says in short."""
    return text.partition("\n")[0]


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """How long ago; the exact time on hover. The browser brings it into the viewer's zone."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', NOTHING)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        moment.isoformat(timespec="seconds"),
        exact_time(moment),
        ago_in_words(moment, timezone.now()),
    )


@register.filter
def size(count: int | str | None) -> SafeString:
    """Bytes in binary units; the exact number on hover. Text: a template found no such thing."""
    if not isinstance(count, int):
        return format_html('<span class="text-secondary">{}</span>', NOTHING)
    return format_html('<span title="{} bytes">{}</span>', intcomma(count), size_in_words(count))


@register.filter
def duration(seconds: float | None) -> SafeString:
    if seconds is None:
        return format_html('<span class="text-secondary">{}</span>', NOTHING)
    return format_html(
        '<span title="{}">{}</span>', exact_duration(seconds), duration_in_words(seconds)
    )


@register.simple_tag
def elapsed(started: datetime | None, finished: datetime | None) -> SafeString:
    """How long something took; while it is under way, the browser counts on."""
    if started is None:
        return duration(None)
    seconds = ((finished or timezone.now()) - started).total_seconds()
    if finished is not None:
        return duration(seconds)
    return format_html(
        '<time datetime="{}" title="since {}" data-elapsed>{}</time>',
        started.isoformat(timespec="seconds"),
        exact_time(started),
        duration_in_words(seconds),
    )


@register.filter
def commit(name: str) -> SafeString:
    """A commit, short; whole on hover."""
    if not name:
        return format_html('<span class="text-secondary">{}</span>', NOTHING)
    return format_html('<code class="commit" title="{}">{}</code>', name, name[:10])


def _section(path: str) -> str:
    first = path.split("/")[1] if path else ""
    return SECTIONS.get(first, first)


@register.inclusion_tag("pbins/_nav_link.html", takes_context=True)
def nav_link(
    context: template.Context, url_name: str, words: str, icon_name: str, key: str
) -> dict[str, object]:
    """A link of the main navigation; ``key`` is pressed after ``g`` to go there."""
    request: HttpRequest | None = context.get("request")
    address = reverse(url_name)
    path = request.path if request else ""
    here = _section(path) == _section(address)
    return {"address": address, "words": words, "icon": icon_name, "key": key, "here": here}


@register.filter
def run_title(run: Run) -> str:
    return title_of(run)


@register.filter
def failure_in_words(kind: str) -> str:
    """A class of failure as one would say it; empty where there is none."""
    return IN_WORDS[FailureClass(kind)] if kind else ""


@register.filter
def run_choices(run: Run) -> list[str]:
    return choices_of(run)


@register.filter
def colour(state: str) -> str:
    return COLOUR_OF.get(state, "grey")


@register.filter
def version_address(change: Change) -> str:
    """Where the version of a ledger row is shown, or what has become of it."""
    channel = change.channel
    category, _, package = change.name.partition("/")
    place = (channel.repository.name, channel.name, category, package, change.version)
    return reverse("version_page", args=place)


@register.filter
@lru_cache(maxsize=16_384)
def package_address(name: str) -> str:
    """Kept, because some pages and feeds name hundreds of packages, many of them often."""
    return reverse("package_page", args=name.split("/", 1))


@register.filter
def alert(state: str) -> str:
    """The kind of message in which the reason for a state is told."""
    kinds = {"green": "success", "orange": "warning", "red": "danger"}
    return kinds.get(COLOUR_OF.get(state, ""), "info")
