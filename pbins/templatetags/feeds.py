"""Where feeds are: for the head of a page, where readers look, and in pages."""

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag
def feed_address(kind: str, *names: str) -> str:
    """Without the format: ``{% feed_address "channel" "pbins" "master" %}``."""
    return reverse(f"feed_{kind}", args=(*names, "atom")).removesuffix(".atom")


@register.inclusion_tag("pbins/_feed_link.html")
def feed_link(title: str, kind: str, *names: str) -> dict[str, str]:
    """The three formats of a feed: ``{% feed_link "pbins" "repository" "pbins" %}``."""
    return {"title": title, "feed": feed_address(kind, *names)}
