"""The administration: who comes in, what stands in it, and in which order."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django_rq.models import Dashboard

from pbins.admin.credential import CredentialAdmin
from pbins.admin.host import HostAdmin, TagAdmin
from pbins.admin.outlets import ChannelPolicyAdmin, MirrorAdmin, RemoteAdmin
from pbins.admin.package_set import PackageSetAdmin
from pbins.admin.publication import ChangeAdmin, PublicationAdmin
from pbins.admin.queues import QueuesAdmin
from pbins.admin.repository import RepositoryAdmin
from pbins.admin.rollout import RolloutAdmin
from pbins.admin.run import RunAdmin
from pbins.models import (
    Change,
    ChannelPolicy,
    Credential,
    Host,
    Mirror,
    PackageSet,
    Publication,
    Remote,
    Repository,
    Rollout,
    Run,
    Tag,
)

# Sections of the index, with the models in them; Dashboard is that of the queues.
SECTIONS = (
    ("Fleet", ("Host", "Tag", "Credential")),
    ("Packages", ("Repository", "PackageSet", "Publication", "Change")),
    ("Delivery", ("ChannelPolicy", "Remote", "Mirror")),
    ("Work", ("Run", "Rollout", "Dashboard")),
    ("People", ("User", "Group")),
)
NAMES = {"Dashboard": "Queues and workers"}


class PortalAdminSite(AdminSite):
    site_title = "portal administration"
    site_header = "Portal administration"
    index_title = "Inventory and history"
    enable_nav_sidebar = False  # lists of hosts need the width

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.register(Host, HostAdmin)
        self.register(Tag, TagAdmin)
        self.register(Credential, CredentialAdmin)
        self.register(Repository, RepositoryAdmin)
        self.register(PackageSet, PackageSetAdmin)
        self.register(Run, RunAdmin)
        self.register(Rollout, RolloutAdmin)
        self.register(Dashboard, QueuesAdmin)
        self.register(Publication, PublicationAdmin)
        self.register(Change, ChangeAdmin)
        self.register(ChannelPolicy, ChannelPolicyAdmin)
        self.register(Remote, RemoteAdmin)
        self.register(Mirror, MirrorAdmin)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and whoever was put into the group of administrators by hand."""
        return super().has_permission(request) or request.user.has_perm("pbins.administer")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """The portal's own login; somebody who is logged in already is told to whom this opens."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied(
                "The administration is for staff. An administrator can make you one of them."
            )
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """By what they are about, not by the Django app in which they happen to be."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        visible = {model["object_name"]: model for app in apps for model in app["models"]}
        sections = [_section(name, models, visible) for name, models in SECTIONS]
        return [section for section in sections if section["models"]]


def _section(
    name: str, models: tuple[str, ...], visible: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What Django's templates want to know of an app."""
    shown = [visible[model] for model in models if model in visible]
    for model in shown:
        model["name"] = NAMES.get(model["object_name"], model["name"])
    return {
        "name": name,
        "app_label": name.lower(),
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": shown,
    }
