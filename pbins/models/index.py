"""What the catalogue is searched by: derived rows, made anew from pbins and listings at any time.

``services.indexing`` keeps them true. A version is looked up in narrow rows (``IndexedEntry``), and
what versions share that were made alike (options, licences, dependencies) stands once (``Recipe``).
"""

from typing import Self

from django.db import models

from pbins.models.catalogue import Entry, Tarball
from pbins.models.fields import ByteOrderField
from pbins.models.recipe import Recipe
from pbins.models.repository import Channel, Subscription


class PackageQuerySet(models.QuerySet["Package"]):
    """The reading vocabulary of the list of packages."""

    def present(self) -> Self:
        """Those of which some channel holds a version."""
        return self.filter(versions__gt=0)


class Package(models.Model):
    """A package of the catalogue with its newest version, whichever channel holds that.

    It stays when the last version is gone: ``versions`` is 0 then. ``since`` is when a channel
    last was given a version of it.
    """

    category = ByteOrderField(max_length=200)
    package = ByteOrderField(max_length=200)
    name = ByteOrderField(max_length=401, unique=True, help_text="cat/pkg")
    summary = models.TextField(blank=True)
    description = models.TextField(blank=True)
    newest = models.CharField(max_length=250, blank=True)
    newest_key = ByteOrderField(max_length=512, blank=True)
    versions = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(null=True, help_text="Bytes of its largest tarball.")
    since = models.DateTimeField(null=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ("category", "package")
        constraints = (
            models.UniqueConstraint(fields=("category", "package"), name="package_once"),
        )
        indexes = (
            models.Index(fields=("-since", "category", "package"), name="package_newest"),
            models.Index(fields=("-size", "category", "package"), name="package_largest"),
            models.Index(
                fields=("category",), condition=models.Q(versions__gt=0), name="package_present"
            ),
        )

    def __str__(self) -> str:
        return self.name


class IndexedEntry(models.Model):
    """An entry as filters look at it: narrow enough to read all of them for one page."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.CASCADE, related_name="indexed"
    )
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="held")
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="indexed", db_index=False
    )
    recipe = models.ForeignKey(Recipe, null=True, on_delete=models.SET_NULL, related_name="indexed")
    tarball = models.ForeignKey(
        Tarball, null=True, on_delete=models.SET_NULL, related_name="indexed"
    )
    slot = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=100, blank=True, help_text="The source repository.")
    size = models.BigIntegerField(null=True, help_text="Bytes of the tarball.")
    built_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    is_withheld = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "indexed entries"
        indexes = (models.Index(fields=("channel", "package"), name="indexed_of_channel"),)

    def __str__(self) -> str:
        return f"{self.package_id} in {self.channel_id}"


class Spread(models.Model):
    """A slot of a package in a channel: what is served, and the oldest that a follower has of it.

    Versions are empty where there is none. ``hosts`` counts those that have one from there.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="spreads")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="spreads")
    slot = models.CharField(max_length=100, blank=True)
    served = models.CharField(max_length=250, blank=True)
    served_key = ByteOrderField(max_length=512, blank=True)
    oldest = models.CharField(max_length=250, blank=True)
    oldest_key = ByteOrderField(max_length=512, blank=True)
    hosts = models.PositiveIntegerField(default=0)
    is_outdated = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("channel", "package", "slot"), name="spread_once"),
        )
        indexes = (
            models.Index(
                fields=("channel", "package"),
                condition=models.Q(is_outdated=True),
                name="spread_outdated",
            ),
        )

    def __str__(self) -> str:
        return f"{self.package_id}:{self.slot} in {self.channel_id}"


class Installed(models.Model):
    """A version that a host has from the channel it follows, as the host itself told."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="versions"
    )
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="installed")
    version = models.CharField(max_length=250)
    version_key = ByteOrderField(max_length=512)
    slot = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("subscription", "package", "version_key", "slot"), name="installed_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.package_id} {self.version}"


class Soname(models.Model):
    """What a file of a tarball provides to the linker, or needs from it; each once a tarball."""

    tarball = models.ForeignKey(Tarball, on_delete=models.CASCADE, related_name="sonames")
    name = ByteOrderField(max_length=255)
    is_provided = models.BooleanField()
    bits = models.PositiveSmallIntegerField(help_text="32 or 64; 0 where that was not kept.")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name", "is_provided", "bits", "tarball"), name="soname_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Directory(models.Model):
    """A directory that some package installs files into: ``/usr/bin``; the root is ``/``."""

    path = ByteOrderField(max_length=500, unique=True)

    class Meta:
        verbose_name_plural = "directories"

    def __str__(self) -> str:
        return self.path


class FileName(models.Model):
    """A file that some version of a package installs which a channel holds, or is about to."""

    package = models.ForeignKey(
        Package, on_delete=models.CASCADE, related_name="files", db_index=False
    )
    directory = models.ForeignKey(Directory, on_delete=models.CASCADE, db_index=False)
    name = ByteOrderField(max_length=255)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("name", "directory", "package"), name="file_name_once"),
        )
        indexes = (models.Index(fields=("package",), name="file_name_of_package"),)

    def __str__(self) -> str:
        return self.name
