"""What could be built: the versions in the source repositories, as builders have them synced."""

from typing import Self

from django.db import models

from pbins.models.fields import ByteOrderField
from pbins.models.host import Host


class SourceRepository(models.Model):
    """A source repository (arbor) as one builder had it when it was last asked."""

    name = models.CharField(max_length=100, unique=True)
    host = models.ForeignKey(
        Host, null=True, on_delete=models.SET_NULL, related_name="source_repositories"
    )
    read_at = models.DateTimeField()
    versions_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "source repositories"

    def __str__(self) -> str:
        return self.name


class SourceVersionQuerySet(models.QuerySet["SourceVersion"]):
    """The reading vocabulary of what could be built."""

    def of_package(self, category: str, package: str) -> Self:
        return self.filter(category=category, package=package)

    def buildable(self) -> Self:
        """What a builder would take by itself: not masked there, and no scm version."""
        return self.filter(is_masked=False, is_scm=False)


class SourceVersion(models.Model):
    """One version in a source repository. ``is_masked``: on the builder that was asked."""

    source = models.ForeignKey(SourceRepository, on_delete=models.CASCADE, related_name="versions")
    category = ByteOrderField(max_length=200)
    package = ByteOrderField(max_length=200)
    version = models.CharField(max_length=250)
    version_key = ByteOrderField(max_length=512, help_text="Sorts as Paludis does.")
    slot = models.CharField(max_length=100, blank=True)
    is_scm = models.BooleanField(default=False)
    is_masked = models.BooleanField(default=False)

    objects = SourceVersionQuerySet.as_manager()

    class Meta:
        ordering = ("category", "package", "-version_key")
        indexes = (
            models.Index(
                fields=("category", "package", "-version_key"), name="source_version_of_package"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("source", "category", "package", "version"), name="source_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}-{self.version}::{self.source}"

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"
