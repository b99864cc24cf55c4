"""Addresses that programs know without being told."""

from django.urls import path, re_path

from pbins.web import opensearch, sitemap

urlpatterns = [
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemaps, name="sitemaps"),
    re_path(
        r"^sitemap-(?P<kind>packages|versions)-(?P<number>[0-9]{1,9})\.xml$",
        sitemap.sitemap,
        name="sitemap",
    ),
    path("opensearch.xml", opensearch.description, name="opensearch"),
]
