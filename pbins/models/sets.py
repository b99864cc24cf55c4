"""What becomes of a package set: who edited it, and on whose consumers it is deployed."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from pbins.models.repository import PackageSet, Repository


class SetEdit(models.Model):
    """The whole text of a set as somebody left it; never altered."""

    package_set = models.ForeignKey(PackageSet, on_delete=models.CASCADE, related_name="edits")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    specs = models.TextField(blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.package_set} as of {self.at:%Y-%m-%d %H:%M}"


class SetDeployment(models.Model):
    """Every consumer of the repository shall have the set as a file (FACTS 4.9)."""

    package_set = models.ForeignKey(
        PackageSet, on_delete=models.CASCADE, related_name="deployments"
    )
    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="set_deployments"
    )
    since = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ("repository__name",)
        constraints = (
            models.UniqueConstraint(
                fields=("package_set", "repository"), name="set_deployed_once_per_repository"
            ),
        )

    def __str__(self) -> str:
        return f"{self.package_set} on consumers of {self.repository}"
