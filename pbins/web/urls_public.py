"""What anybody may read: the catalogue, the feeds, the distfiles and the git repositories."""

from django.urls import include, path

from pbins.web import (
    catalogue,
    catalogue_comparison,
    catalogue_files,
    catalogue_lists,
    catalogue_package,
    catalogue_version,
    distfiles,
    git_http,
    tree_archives,
)

PACKAGE = "<str:category>/<str:package>"
VERSION = f"packages/<str:repository>/<str:channel>/{PACKAGE}/<str:version>/"

urlpatterns = [
    path("", include("pbins.api.urls")),
    path("", include("pbins.web.urls_programs")),
    path("packages/", catalogue.package_list, name="catalogue"),
    path("packages/suggestions", catalogue.suggestions, name="suggestions"),
    path("packages/choices/<str:kind>.json", catalogue.choices, name="catalogue_choices"),
    path("packages/lists/", catalogue_lists.lists, name="lists"),
    path("packages/lists/<str:name>/", catalogue_lists.list_page, name="list_page"),
    path("packages/compare/", catalogue_comparison.version_comparison, name="version_comparison"),
    path(f"packages/{PACKAGE}/", catalogue_package.package, name="package_page"),
    path(f"packages/{PACKAGE}/hosts/", catalogue_package.package_hosts, name="package_hosts"),
    path(
        f"packages/{PACKAGE}/<str:version>/",
        catalogue_package.package_version,
        name="package_version",
    ),
    path(VERSION, catalogue_version.version, name="version_page"),
    path(f"{VERSION}pbin", catalogue_version.version_text, name="version_text"),
    path(f"{VERSION}files/", catalogue_files.version_files, name="version_files"),
    path(f"{VERSION}needed-by/", catalogue_files.version_dependants, name="version_dependants"),
    path("feeds/", include("pbins.web.urls_feeds")),
    path("distfiles/<str:repository>/", distfiles.listing, name="distfiles"),
    # Names with a slash too: what they may be is for these views to say, and they say it without
    # the database and in plain text.
    path("distfiles/<str:repository>/<path:name>", distfiles.tarball, name="tarball"),
    path("git/allowed_signers", git_http.signers, name="allowed_signers"),
    path("git/<str:repository>/<str:channel>.tar.gz", tree_archives.archive, name="tree_archive"),
    path("git/<path:repository>.git/<path:path>", git_http.fetch, name="git"),
]
