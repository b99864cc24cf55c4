"""The ledger: publications and their changes."""

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString

from pbins.admin.readonly import ReadOnlyAdmin, listing_link
from pbins.models import Change, Publication


class PublicationAdmin(ReadOnlyAdmin[Publication]):
    list_display = ("id", "channel", "short_commit", "message", "state", "created_at", "run")
    list_filter = ("state", "repository")
    list_select_related = ("channel__repository", "run__host")
    search_fields = ("commit", "message")
    date_hierarchy = "created_at"
    fields = (
        "repository",
        "channel",
        "commit",
        "parent",
        "message",
        "state",
        "run",
        "asked_by",
        "created_at",
        "linked_changes",
    )
    readonly_fields = ("linked_changes",)

    def view_on_site(self, publication: Publication) -> str:
        return reverse("publication_page", args=(publication.pk,))

    @admin.display(description="changes")
    def linked_changes(self, publication: Publication) -> SafeString:
        number = publication.changes.count()
        return listing_link("change", f"{number} changes", publication=publication.pk)

    @admin.display(description="commit")
    def short_commit(self, publication: Publication) -> str:
        return publication.commit[:12]


class ChangeAdmin(ReadOnlyAdmin[Change]):
    list_display = ("kind", "name", "version", "slot", "channel", "at")
    list_display_links = ("name",)
    list_filter = ("kind", "channel")
    list_select_related = ("channel__repository",)
    search_fields = ("name", "version", "summary")
    date_hierarchy = "at"
    fields = ("publication", "channel", "kind", "name", "version", "slot", "summary", "at")
