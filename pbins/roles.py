"""The roles that people have: Django groups, made and kept right by every migrate."""

from enum import StrEnum
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps


class Role(StrEnum):
    """Each may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


MEANING = {
    Role.VIEWER: "looks at everything and changes nothing",
    Role.OPERATOR: "builds, syncs, promotes and cleans as well",
    Role.ADMINISTRATOR: "looks after hosts, repositories and people as well",
}
PERMISSION = {
    Role.VIEWER: "pbins.look",
    Role.OPERATOR: "pbins.operate",
    Role.ADMINISTRATOR: "pbins.administer",
}
GIVEN = {Role.VIEWER: ("look",), Role.OPERATOR: ("look", "operate")}
ADMINISTERED = ("pbins", "auth", "django_rq")


def make_roles(*, apps: Apps = installed, **_: Any) -> None:
    """Give the groups their permissions, new ones too; other groups are left alone."""
    groups = apps.get_model("auth", "Group").objects
    permissions = apps.get_model("auth", "Permission").objects
    for role, codenames in GIVEN.items():
        given = permissions.filter(content_type__app_label="pbins", codename__in=codenames)
        groups.get_or_create(name=role)[0].permissions.set(given)
    everything = permissions.filter(content_type__app_label__in=ADMINISTERED)
    groups.get_or_create(name=Role.ADMINISTRATOR)[0].permissions.set(everything)
