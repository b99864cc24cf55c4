"""Machines reached by SSH, and the tags by which they are picked."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from pbins.models.credential import Credential

HOST_NAME = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z", "Letters, digits, dots, dashes and underscores only."
)
ADDRESS = RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9.:_-]*\Z", "A host name or an IP address.")
USER = RegexValidator(r"\A[A-Za-z_][A-Za-z0-9_.-]*\Z", "A user name as in /etc/passwd.")
TAG = RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z", "Small letters, digits, dots and dashes only.")
PREFIX = RegexValidator(r"\A(/[A-Za-z0-9._+-]+)*\Z", "An absolute path without spaces, or nothing.")


class Tag(models.Model):
    """A word that hosts share, to pick them by: a site, a role, a stage."""

    name = models.CharField(max_length=50, unique=True, validators=[TAG])

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class HostState(models.TextChoices):
    """What the last contact with the host told."""

    NEW = "new", "never probed"
    READY = "ready", "ready"
    UNTRUSTED = "untrusted", "host key not trusted"
    UNREACHABLE = "unreachable", "unreachable"
    REFUSED = "refused", "log-in refused"
    UNFIT = "unfit", "not usable"


class HostQuerySet(models.QuerySet["Host"]):
    """The reading vocabulary of the fleet."""

    def builders(self) -> Self:
        return self.filter(is_builder=True)

    def consumers(self) -> Self:
        return self.filter(is_consumer=True)

    def tagged(self, tag: str) -> Self:
        return self.filter(tags__name=tag)


class Host(models.Model):
    """A machine reached by SSH: a builder, a consumer, or both."""

    name = models.CharField(max_length=100, unique=True, validators=[HOST_NAME])
    address = models.CharField(max_length=255, validators=[ADDRESS])
    port = models.PositiveIntegerField(
        default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    user = models.CharField(
        max_length=64,
        default="root",
        validators=[USER],
        help_text="root, or a user that may run everything by sudo without a password.",
    )
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="hosts")
    is_builder = models.BooleanField("builder", default=False)
    is_consumer = models.BooleanField("consumer", default=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="hosts")
    prefix = models.CharField(
        max_length=255,
        blank=True,
        validators=[PREFIX],
        help_text="The directory under which this host keeps its Paludis (/etc/paludis and so on);"
        " empty unless it lives in a tree of its own.",
    )
    drained = models.BooleanField(
        default=False, help_text="A drained host is given no new work; what runs goes on."
    )
    nice = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(19)],
        help_text="How much builds give way to other work: 0 not at all, 19 as much as can be.",
    )
    idle_io = models.BooleanField(
        "idle I/O", default=False, help_text="Builds use the disk only when nobody else does."
    )
    notes = models.TextField(blank=True)

    host_key = models.TextField(blank=True, editable=False, help_text="The trusted key.")
    offered_host_key = models.TextField(blank=True, editable=False)
    state = models.CharField(
        max_length=12, choices=HostState, default=HostState.NEW, editable=False, db_index=True
    )
    state_reason = models.TextField(blank=True, editable=False)
    cave_version = models.CharField(max_length=100, blank=True, editable=False)
    repositories_found = models.JSONField(default=list, editable=False)
    sets_found = models.JSONField(
        default=dict, editable=False, help_text="Package sets that we put there: name to digest."
    )
    probed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sources_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HostQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        permissions = (
            ("look", "Can look at hosts, runs and all the rest"),
            ("operate", "Can build, sync and provision"),
            ("administer", "Can enter the administration"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def roles(self) -> str:
        roles = [("builder", self.is_builder), ("consumer", self.is_consumer)]
        return ", ".join(role for role, held in roles if held) or "none"

    @property
    def login(self) -> str:
        return f"{self.user}@{self.address}:{self.port}"
