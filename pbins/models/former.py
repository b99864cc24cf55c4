"""What hosts and package sets were called before, for whoever kept an old address."""

from django.db import models

from pbins.models.host import Host
from pbins.models.repository import PackageSet


class FormerName(models.Model):
    """A name that a host, or a package set, no longer has."""

    name = models.CharField(max_length=255)
    host = models.ForeignKey(Host, null=True, on_delete=models.CASCADE, related_name="former_names")
    package_set = models.ForeignKey(
        PackageSet, null=True, on_delete=models.CASCADE, related_name="former_names"
    )
    given_up_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("name",), condition=models.Q(host__isnull=False), name="former_host_once"
            ),
            models.UniqueConstraint(
                fields=("name",),
                condition=models.Q(package_set__isnull=False),
                name="former_set_once",
            ),
        )

    def __str__(self) -> str:
        return self.name
