"""Where feeds are: for the head of a page, where readers look, and in pages."""

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from pbins.roles import Role
from pbins.services.people import may
from pbins.services.searching import Search

register = template.Library()

# Pages that don't say by themselves where their JSON is: those that take the same names.
WITH_JSON = {
    "hosts": "hosts_json",
    "host_page": "host_json",
    "repositories": "repositories_json",
    "repository_page": "repository_json",
    "publications": "publications_json",
    "comparison": "comparison_json",
    "publication_page": "publication_json",
    "sets": "sets_json",
    "set_page": "set_json",
    "runs": "runs_json",
    "run_page": "run_json",
    "rollouts": "rollouts_json",
    "rollout_page": "rollout_json",
    "distfiles": "distfiles_json",
    "feeds": "feeds_json",
}
# Feeds that tell of hosts and runs, and never are for everybody.
PRIVATE = frozenset(("hosts", "host_group", "failures"))
# What has to be asked for; a page that asks nothing yet is a form.
NEEDED = {"comparison": ("before", "after")}


@register.simple_tag
def json_address(request: HttpRequest) -> str:
    """Of the page that is asked for, with its query; nothing where there is none."""
    found = request.resolver_match
    if found is None or found.url_name not in WITH_JSON:
        return ""
    if not all(request.GET.get(name) for name in NEEDED.get(found.url_name, ())):
        return ""
    address = reverse(WITH_JSON[found.url_name], kwargs=found.kwargs)
    return f"{address}?{request.GET.urlencode()}" if request.GET else address


@register.simple_tag
def feed_address(kind: str, *names: str) -> str:
    """Without the format: ``{% feed_address "channel" "pbins" "master" %}``."""
    return reverse(f"feed_{kind}", args=(*names, "atom")).removesuffix(".atom")


@register.inclusion_tag("pbins/_feed_link.html", takes_context=True)
def feed_link(context: Context, title: str, kind: str, *names: str) -> dict[str, str]:
    """The three formats of a feed, for the head of a page: ``{% feed_link "x" "hosts" %}``.

    Nothing where the reader may not have it.
    """
    query = _query(context, is_private=kind in PRIVATE)
    if query is None:
        return {}
    return {"title": title, "feed": feed_address(kind, *names), "query": query}


@register.simple_tag(takes_context=True)
def feed_page(context: Context, kind: str, *names: str) -> str:
    """The address of a feed in Atom, for a link in a page; nothing where it is not for the reader.

    ``{% feed_page "package" "sys-test" "hello" as feed %}``
    """
    query = _query(context, is_private=kind in PRIVATE)
    return "" if query is None else f"{feed_address(kind, *names)}.atom{query}"


@register.simple_tag(takes_context=True)
def feed_of_search(context: Context, search: Search) -> str:
    """The same of the feed of a search."""
    query = _query(context, is_private=search.asks_about_hosts)
    if query is None:
        return ""
    return f"{feed_address('search')}.atom?{search.query}{query.replace('?', '&', 1)}"


def _query(context: Context, *, is_private: bool) -> str | None:
    """What the feed's address ends in for this reader; None where it is not for them."""
    if settings.PBINS_PUBLIC_FEEDS and not is_private:
        return ""
    if not may(context["request"].user, Role.VIEWER):
        return None
    return str(context["portal"]["feed_query"])
