"""Binary repositories. Adding one makes its git repository; nothing here takes history away."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from pbins.admin.generic import ModelForm
from pbins.admin.readonly import ReadOnlyInline
from pbins.admin.refusals import RefusingAdmin
from pbins.models import Channel, Host, Repository
from pbins.services.confirming import KINDS
from pbins.services.repositories import add_repository


class NewRepositoryForm(ModelForm[Repository]):
    location = forms.CharField(
        required=False,
        help_text="Where hosts keep it; empty: /var/db/paludis/repositories/NAME.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    distdir = forms.CharField(
        required=False,
        help_text="Its tarballs on builders; empty: /var/cache/paludis/distfiles/NAME.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Repository
        fields = ("name", "masters", "platforms", "builders", "location", "distdir")


class RepositoryForm(ModelForm[Repository]):
    allowed_beforehand = forms.MultipleChoiceField(
        required=False,
        choices=[(kind, f"{meaning} ({kind})") for kind, meaning in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="What builds of this repository need not ask for. It is told on every run.",
    )

    class Meta:
        model = Repository
        fields = (
            *("platforms", "builders", "location", "distdir", "importance", "allowed_beforehand"),
            *("timeout_minutes", "silence_minutes", "keep_logs_days"),
            *("scrub_days", "clean_daily", "keep_versions", "keep_publications"),
            *("keep_days", "trash_days"),
        )


class ChannelInline(ReadOnlyInline[Channel, Repository]):
    model = Channel
    fields = readonly_fields = ("name", "commit", "moved_at")


class RepositoryAdmin(RefusingAdmin[Repository]):
    """Name and masters stand in what is published already, so they can't be changed afterwards."""

    list_display = ("name", "masters", "platforms", "builder_names", "heads", "created_at")
    search_fields = ("name", "masters")
    formfield_overrides: ClassVar[Any] = {ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    fieldsets = (
        (None, {"fields": ("name", "masters", "platforms", "builders")}),
        (
            "On hosts",
            {
                "fields": ("location", "distdir", "importance"),
                "description": "A change reaches hosts when the repository is provisioned again.",
            },
        ),
        (
            "Builds",
            {
                "fields": (
                    *("allowed_beforehand", "timeout_minutes"),
                    *("silence_minutes", "keep_logs_days"),
                )
            },
        ),
        (
            "Looking after and cleaning",
            {
                "fields": (
                    *("scrub_days", "clean_daily", "keep_versions"),
                    *("keep_publications", "keep_days", "trash_days"),
                ),
                "description": "What channels, hosts and pins need always stays.",
            },
        ),
    )
    fieldsets_when_added = (
        (None, {"fields": ("name", "masters", "platforms", "builders")}),
        ("On hosts", {"fields": ("location", "distdir")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repository]:
        return super().get_queryset(request).prefetch_related("builders", "channels")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Repository | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("name", "masters")

    def get_fieldsets(self, request: HttpRequest, obj: Repository | None = None) -> Any:
        return self.fieldsets_when_added if obj is None else self.fieldsets

    def get_inlines(self, request: HttpRequest, obj: Repository | None) -> Any:
        return () if obj is None else (ChannelInline,)

    def get_form(
        self,
        request: HttpRequest,
        obj: Repository | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> "type[forms.ModelForm[Repository]]":
        kwargs["form"] = NewRepositoryForm if obj is None else RepositoryForm
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Host.objects.builders()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Repository, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        stored = add_repository(
            name=obj.name,
            masters=obj.masters.split(),
            platforms=obj.platforms.split(),
            builders=list(form.cleaned_data["builders"]),
            location=obj.location,
            distdir=obj.distdir,
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    def response_post_save_add(self, request: HttpRequest, obj: Repository) -> HttpResponseRedirect:
        """To its page on the portal, where hosts are provisioned for it."""
        return redirect("repository_page", obj.name)

    def has_delete_permission(self, request: HttpRequest, obj: Repository | None = None) -> bool:
        """Hosts follow it and the ledger tells of it."""
        return False

    def view_on_site(self, repository: Repository) -> str:
        return reverse("repository_page", args=(repository.name,))

    @admin.display(description="builders")
    def builder_names(self, repository: Repository) -> str:
        return ", ".join(host.name for host in repository.builders.all()) or "none"

    @admin.display(description="channels")
    def heads(self, repository: Repository) -> str:
        heads = (
            f"{one.name} at {one.commit[:12] or 'nothing'}" for one in repository.channels.all()
        )
        return ", ".join(heads)
