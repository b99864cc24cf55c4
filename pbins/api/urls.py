"""The JSON siblings: the address of a page, then ``json``."""

from django.urls import path

from pbins.api import catalogue, catalogue_lists, catalogue_package, catalogue_version

VERSION = "packages/<str:repository>/<str:channel>/<str:category>/<str:package>/<str:version>/json"

urlpatterns = [
    path("packages/json", catalogue.package_list, name="catalogue_json"),
    path("packages/lists/json", catalogue_lists.lists, name="lists_json"),
    path("packages/lists/<str:name>/json", catalogue_lists.list_page, name="list_json"),
    path("packages/compare/json", catalogue_version.comparison, name="version_comparison_json"),
    path(
        "packages/<str:category>/<str:package>/json", catalogue_package.package, name="package_json"
    ),
    path(VERSION, catalogue_version.version, name="version_json"),
]
