"""Where feeds are: for the head of a page, where readers look, and in pages."""

from django import template
from django.http import HttpRequest
from django.urls import reverse

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


@register.inclusion_tag("pbins/_feed_link.html")
def feed_link(title: str, kind: str, *names: str) -> dict[str, str]:
    """The three formats of a feed: ``{% feed_link "pbins" "repository" "pbins" %}``."""
    return {"title": title, "feed": feed_address(kind, *names)}
