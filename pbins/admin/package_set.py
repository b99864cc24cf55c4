"""Package sets."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from pbins.admin.generic import ModelAdmin
from pbins.models import PackageSet
from pbins.services.package_sets import save_set


class PackageSetAdmin(ModelAdmin[PackageSet]):
    list_display = ("name", "description", "number_of_specs", "changed_at")
    search_fields = ("name", "description", "specs")
    fields = ("name", "description", "specs")

    def save_model(self, request: HttpRequest, obj: PackageSet, form: Any, change: bool) -> None:
        save_set(package_set=obj, by=cast("User", request.user))

    def view_on_site(self, package_set: PackageSet) -> str:
        return reverse("set_page", args=(package_set.name,))

    @admin.display(description="specs")
    def number_of_specs(self, package_set: PackageSet) -> int:
        return len(package_set.spec_list)
