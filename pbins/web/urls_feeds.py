"""The addresses of the feeds, below ``feeds/``."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from pbins.web import feeds, feeds_list, feeds_private, feeds_search


class FeedFormatConverter(StringConverter):
    """The ending of a feed's address: what it is written in."""

    regex = "rss|atom|json"


register_converter(FeedFormatConverter, "feed_format")

FORM = "<feed_format:form>"

urlpatterns = [
    path("", feeds_list.overview, name="feeds"),
    path(f"all.{FORM}", feeds.of_everything, name="feed_everything"),
    path(f"repositories/<str:repository>.{FORM}", feeds.of_repository, name="feed_repository"),
    path(
        f"repositories/<str:repository>/<str:channel>.{FORM}",
        feeds.of_channel,
        name="feed_channel",
    ),
    path(f"categories/<str:category>.{FORM}", feeds.of_category, name="feed_category"),
    path(f"packages/<str:category>/<str:package>.{FORM}", feeds.of_package, name="feed_package"),
    path(f"search.{FORM}", feeds_search.of_search, name="feed_search"),
    path(f"hosts.{FORM}", feeds_private.of_hosts, name="feed_hosts"),
    path(f"hosts/<str:tag>.{FORM}", feeds_private.of_hosts, name="feed_host_group"),
    path(f"failures.{FORM}", feeds_private.of_failures, name="feed_failures"),
]
