"""Package sets."""

from django.contrib import admin

from pbins.admin.generic import ModelAdmin
from pbins.models import PackageSet


class PackageSetAdmin(ModelAdmin[PackageSet]):
    list_display = ("name", "description", "number_of_specs", "changed_at")
    search_fields = ("name", "description", "specs")
    fields = ("name", "description", "specs")

    @admin.display(description="specs")
    def number_of_specs(self, package_set: PackageSet) -> int:
        return len(package_set.spec_list)
