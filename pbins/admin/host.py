"""The host inventory."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, ManyToManyField, QuerySet, TextField
from django.forms import CheckboxSelectMultiple, Form, Textarea, TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator

from pbins.admin.asker import asker
from pbins.admin.generic import ModelAdmin, ModelForm
from pbins.admin.host_sync import SyncForm
from pbins.jobs.submission import submit
from pbins.models import Host, HostState, Tag
from pbins.services.credentials import portal_credential
from pbins.services.errors import Refused
from pbins.services.hosts import offered_fingerprint, trusted_fingerprint
from pbins.services.installing import remove_hosts
from pbins.services.queueing import queue_probe, queue_sync
from pbins.services.renaming import note_former_host_name

Choices = list[tuple[str, str]]

# What a probe found holds only while the host is reached in the same way.
WAY_TO_A_HOST = {"address", "port", "user", "credential", "prefix"}


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("builder", "builder"), ("consumer", "consumer"), ("both", "both")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Host]) -> QuerySet[Host]:
        match self.value():
            case "builder":
                return queryset.filter(is_builder=True)
            case "consumer":
                return queryset.filter(is_consumer=True)
            case "both":
                return queryset.filter(is_builder=True, is_consumer=True)
            case _:
                return queryset


class HostAdmin(ModelAdmin[Host]):
    list_display = (
        "name",
        "state",
        "address",
        "is_builder",
        "is_consumer",
        "drained",
        "tag_words",
        "short_reason",
    )
    list_editable = ("address", "is_builder", "is_consumer", "drained")
    list_filter = ("state", RoleFilter, "tags", "drained", "credential")
    list_per_page = 100
    search_fields = ("name", "address", "tags__name", "notes", "state_reason")
    formfield_overrides: ClassVar[Any] = {
        ManyToManyField: {"widget": CheckboxSelectMultiple},
        TextField: {"widget": Textarea(attrs={"rows": 3, "class": "vLargeTextField"})},
    }
    actions = ("probe", "sync", "drain", "undrain")
    readonly_fields = (
        "state",
        "state_reason",
        "trusted",
        "offered",
        "cave_version",
        "repositories_seen",
        "probed_at",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("name", ("is_builder", "is_consumer"), "drained", "tags", "notes")}),
        (
            "How to reach it",
            {
                "fields": ("address", "port", "user", "credential", "prefix"),
                "description": "By SSH, as root or as a user with sudo. After a change here the"
                " host has to be probed again.",
            },
        ),
        (
            "Builds",
            {
                "fields": (("nice", "idle_io"),),
                "description": "How builds on this host give way to other work on it.",
            },
        ),
        (
            "What the last contact told",
            {
                "fields": (
                    "state",
                    "state_reason",
                    "trusted",
                    "offered",
                    "cave_version",
                    "repositories_seen",
                    "probed_at",
                    "created_at",
                ),
            },
        ),
    )

    def delete_model(self, request: HttpRequest, obj: Host) -> None:
        remove_hosts([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Host]) -> None:
        remove_hosts(queryset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Host]:
        return super().get_queryset(request).prefetch_related("tags")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The portal's own key, whose public half the first steps tell to put on every host."""
        return {
            "credential": portal_credential().pk,
            **super().get_changeform_initial_data(request),
        }

    def get_fieldsets(self, request: HttpRequest, obj: Host | None = None) -> Any:
        """Nothing is known of a host that is only being added."""
        return self.fieldsets if obj is not None else self.fieldsets[:-1]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pbins.operate")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm[Host]]:
        """An address field that leaves room for the other columns."""
        widgets = {"address": TextInput(attrs={"size": 16})}
        return super().get_changelist_form(request, **{"widgets": widgets, **kwargs})

    def save_model(self, request: HttpRequest, obj: Host, form: Form, change: bool) -> None:
        """Write only what was edited: a probe may write the rest at the same time."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        edited = set(form.changed_data) - {"tags"}
        if edited & WAY_TO_A_HOST:
            obj.state = HostState.NEW
            obj.state_reason = "It was changed after the last probe; probe it again."
            edited |= {"state", "state_reason"}
        note_former_host_name(obj)
        obj.save(update_fields=edited)

    def response_post_save_add(self, request: HttpRequest, obj: Host) -> HttpResponseRedirect:
        """To its page on the portal, where its key is trusted and it is probed."""
        return redirect("host_page", obj.name)

    def view_on_site(self, host: Host) -> str:
        return reverse("host_page", args=(host.name,))

    @admin.display(description="reason")
    def short_reason(self, host: Host) -> str:
        return Truncator(host.state_reason).chars(80)

    @admin.display(description="tags")
    def tag_words(self, host: Host) -> str:
        return ", ".join(tag.name for tag in host.tags.all())

    @admin.display(description="trusted host key")
    def trusted(self, host: Host) -> str:
        return trusted_fingerprint(host) or "none yet; trust it on the host's page of the portal"

    @admin.display(description="host key offered and not trusted")
    def offered(self, host: Host) -> str:
        return offered_fingerprint(host) or "none"

    @admin.display(description="repositories on it")
    def repositories_seen(self, host: Host) -> str:
        return ", ".join(host.repositories_found) or "not known"

    @admin.action(description="Probe", permissions=["operate"])
    def probe(self, request: HttpRequest, queryset: QuerySet[Host]) -> None:
        runs = [queue_probe(host=host, asked_by=asker(request)) for host in queryset]
        submit(*runs)
        numbers = ", ".join(str(run.pk) for run in runs)
        self.message_user(request, f"{len(runs)} probes are queued: runs {numbers}.")

    @admin.action(description="Sync a repository…", permissions=["operate"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Host]) -> HttpResponse | None:
        """Ask first which repository and how many hosts, then queue."""
        confirmed = "confirmed" in request.POST
        form = SyncForm(request.POST if confirmed else None, hosts=queryset)
        if confirmed and form.is_valid() and self._queue_sync(request, form):
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Sync hosts",
            "opts": self.opts,
            "form": form,
            "hosts": queryset,
        }
        return TemplateResponse(request, "admin/pbins/host/sync.html", context)

    def _queue_sync(self, request: HttpRequest, form: SyncForm) -> bool:
        """Whether the syncs were queued; otherwise the form says why not."""
        target = form.target()
        try:
            rollout = queue_sync(
                repository=target.repository,
                hosts=target.hosts,
                install=form.cleaned_data["install"].split(),
                asked_by=asker(request),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return False
        runs = list(rollout.runs.order_by("pk"))
        submit(*runs)
        self.message_user(request, f"{len(runs)} syncs are queued: rollout {rollout.pk}.")
        return True

    @admin.action(description="Drain: give no new work", permissions=["operate"])
    def drain(self, request: HttpRequest, queryset: QuerySet[Host]) -> None:
        changed = queryset.filter(drained=False).update(drained=True)
        self.message_user(request, f"{changed} hosts are drained; what runs on them goes on.")

    @admin.action(description="Undrain: give work again", permissions=["operate"])
    def undrain(self, request: HttpRequest, queryset: QuerySet[Host]) -> None:
        changed = queryset.filter(drained=True).update(drained=False)
        self.message_user(request, f"{changed} hosts are given work again.")


class TagAdmin(ModelAdmin[Tag]):
    list_display = ("name", "number_of_hosts")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return (
            super()
            .get_queryset(request)
            .annotate(hosts_tagged=Count("hosts"))
            .prefetch_related("hosts")
        )

    @admin.display(description="hosts", ordering="hosts_tagged")
    def number_of_hosts(self, tag: Tag) -> int:
        return len(tag.hosts.all())
