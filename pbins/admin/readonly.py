"""Rows that only the portal writes: people may look, and the history stays as it is."""

from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from pbins.admin.generic import ModelAdmin, TabularInline

Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)


def listing_link(model: str, text: str, **of: int) -> SafeString:
    """A link to the list of those rows that belong to one row: ``"run", …, rollout=12``.

    They may be thousands, too many to be shown within the page.
    """
    query = urlencode({f"{name}__id__exact": pk for name, pk in of.items()})
    url = reverse(f"admin:pbins_{model}_changelist")
    return format_html('<a href="{}?{}">{}</a>', url, query, text)


class ReadOnlyAdmin(ModelAdmin[Row]):
    actions = None
    list_per_page = 50
    show_full_result_count = False  # ledgers are long, and counting them twice is slow

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


class ReadOnlyInline(TabularInline[Row, Parent]):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may see the row may see what belongs to it
