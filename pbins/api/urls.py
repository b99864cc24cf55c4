"""The JSON siblings: the address of a page, then ``json``."""

from django.urls import path

from pbins.api import catalogue

VERSION = "packages/<str:repository>/<str:channel>/<str:category>/<str:package>/<str:version>/json"

urlpatterns = [
    path("packages/json", catalogue.package_list, name="catalogue_json"),
    path("packages/<str:category>/<str:package>/json", catalogue.package, name="package_json"),
    path(VERSION, catalogue.version, name="version_json"),
]
