"""The JSON siblings: the address of a page, then ``json``."""

from django.urls import path

from pbins.api import (
    catalogue,
    catalogue_lists,
    catalogue_package,
    catalogue_version,
    comparison,
    feeds,
    fleet,
    work,
)

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
    path("feeds/json", feeds.feeds, name="feeds_json"),
    path("distfiles/<str:repository>/json", fleet.distfiles, name="distfiles_json"),
    path("hosts/json", fleet.hosts, name="hosts_json"),
    path("hosts/<str:name>/json", fleet.host, name="host_json"),
    path("repositories/json", fleet.repositories, name="repositories_json"),
    path("repositories/<str:name>/json", fleet.repository, name="repository_json"),
    path("repositories/<str:name>/publications/json", fleet.publications, name="publications_json"),
    path("repositories/<str:name>/compare/json", comparison.comparison, name="comparison_json"),
    path("publications/<int:pk>/json", fleet.publication, name="publication_json"),
    path("sets/json", fleet.package_sets, name="sets_json"),
    path("sets/<str:name>/json", fleet.package_set, name="set_json"),
    path("runs/json", work.runs, name="runs_json"),
    path("runs/<int:pk>/json", work.run, name="run_json"),
    path("rollouts/json", work.rollouts, name="rollouts_json"),
    path("rollouts/<int:pk>/json", work.rollout, name="rollout_json"),
]
