"""What is available: tarballs, pbins, and which pbin a channel holds."""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Q

from pbins.models.fields import ByteOrderField
from pbins.models.recipe import Recipe
from pbins.models.repository import Channel, Repository


class TarballQuerySet(models.QuerySet["Tarball"]):
    def trashed(self) -> Self:
        """Those that can be put back, the latest first."""
        return self.filter(is_present=False, trashed_at__isnull=False).order_by("-trashed_at")


class Tarball(models.Model):
    """The content of a pbin. ``is_present``: it is whole in our distfiles; we have read it.

    ``file_time`` is the file's modification time in ns when it was last known to be whole.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="tarballs")
    name = ByteOrderField(max_length=300)
    size = models.BigIntegerField(null=True, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    is_present = models.BooleanField(default=False)
    received_at = models.DateTimeField(null=True, blank=True)
    file_time = models.BigIntegerField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True, help_text="Last read and compared.")
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_because = models.CharField(max_length=300, blank=True)
    downloads = models.PositiveBigIntegerField(
        default=0, help_text="How often it was fetched from here, from the first byte to the last."
    )
    suspects = models.JSONField(
        default=list, help_text="Variables of PBIN/environment that look like secrets, masked."
    )
    suspects_allowed_by = models.CharField(max_length=150, blank=True)
    suspects_allowed_at = models.DateTimeField(null=True, blank=True)

    objects = TarballQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        indexes = (
            # The flag stands in it as well, or SQLite looks at every row for it.
            models.Index(
                fields=("repository", "name", "size", "is_present"),
                condition=models.Q(is_present=True),
                name="tarball_present",
            ),
            models.Index(
                fields=("repository", "trashed_at"),
                condition=models.Q(trashed_at__isnull=False),
                name="tarball_trashed",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("repository", "name"), name="tarball_name_once"),
        )

    def __str__(self) -> str:
        return self.name


class TarballListing(models.Model):
    """What a tarball installs, as it was when it was read: compressed, see services.listings."""

    tarball = models.OneToOneField(Tarball, on_delete=models.CASCADE, related_name="listing")
    content = models.BinaryField()
    files = models.PositiveIntegerField(help_text="How many.")

    def __str__(self) -> str:
        return f"{self.files} files of {self.tarball}"


class Pbin(models.Model):
    """One metadata file as a builder wrote it; never altered. Fields are what its text says."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="pbins")
    category = ByteOrderField(max_length=200)
    package = ByteOrderField(max_length=200)
    version = models.CharField(max_length=250)
    version_key = ByteOrderField(max_length=512, help_text="Sorts as Paludis does.")
    slot = models.CharField(max_length=100, blank=True)
    path = models.CharField(max_length=500, help_text="Within the repository.")
    text = models.TextField(help_text="The file itself.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    summary = models.TextField(blank=True)
    description = models.TextField(blank=True)
    generated_from = models.CharField(max_length=100, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    platforms = models.CharField(max_length=300, blank=True)
    licences = models.TextField(blank=True)
    tarball = models.ForeignKey(
        Tarball, null=True, blank=True, on_delete=models.PROTECT, related_name="pbins"
    )
    recipe = models.ForeignKey(
        Recipe, null=True, blank=True, on_delete=models.SET_NULL, related_name="pbins"
    )

    class Meta:
        ordering = ("category", "package", "-version_key")
        indexes = (models.Index(fields=("category", "package"), name="pbin_of_package"),)
        constraints = (
            models.UniqueConstraint(
                fields=("repository", "path", "digest"), name="pbin_content_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"


class EntryQuerySet(models.QuerySet["Entry"]):
    """The reading vocabulary of the catalogue."""

    def served(self) -> Self:
        return self.filter(withheld="")

    def of_package(self, category: str, package: str) -> Self:
        return self.filter(category=category, package=package)

    def near_packages(self, names: Collection[tuple[str, str]]) -> Self:
        """Those of packages (category, package), and of some whose name is alike.

        No more names than one statement can take. Both columns, so that an index is used whole.
        """
        return self.filter(
            category__in={category for category, _ in names},
            package__in={package for _, package in names},
        )

    def with_files(self) -> Self:
        return self.select_related("pbin", "pbin__tarball", "channel", "channel__repository")


class Entry(models.Model):
    """A channel holds this pbin. ``withheld`` says why hosts are not given it; empty: they are."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="entries")
    pbin = models.ForeignKey(Pbin, on_delete=models.PROTECT, related_name="entries")
    category = ByteOrderField(max_length=200)
    package = ByteOrderField(max_length=200)
    version = models.CharField(max_length=250)
    version_key = ByteOrderField(max_length=512)
    withheld = models.TextField(blank=True)
    since = models.DateTimeField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("category", "package", "-version_key")
        verbose_name_plural = "entries"
        indexes = (
            models.Index(fields=("channel",), condition=~Q(withheld=""), name="entry_withheld"),
            models.Index(fields=("category", "package", "-version_key"), name="entry_of_package"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "category", "package", "version_key"),
                name="version_once_in_a_channel",
            ),
        )

    def __str__(self) -> str:
        return f"{self.category}/{self.package}-{self.version} in {self.channel}"

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"
