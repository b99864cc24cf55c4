"""Places elsewhere from which hosts can download tarballs too."""

from django.db import models

from pbins.models.catalogue import Tarball
from pbins.models.outlet import Outlet
from pbins.models.repository import Channel, Repository


class MirrorKind(models.TextChoices):
    S3 = "s3", "S3"
    RSYNC = "rsync", "rsync"


class Mirror(Outlet):
    """A copy of a repository's tarballs, and the address at which everybody may read it.

    ``listed_in``: channels whose hosts are told of it, since all that the channel names was there.
    ``looked_at``: when all that is there was last held against what we believe to be there.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="mirrors")
    kind = models.CharField(max_length=5, choices=MirrorKind)
    target = models.CharField(
        max_length=500,
        help_text="https://s3.example.org/bucket/directory for S3; ssh://user@host/directory or"
        " rsync://host/module/directory for rsync.",
    )
    public_url = models.CharField(
        "public address",
        max_length=500,
        help_text="Where hosts download from: the tarball\u2019s name is put behind it.",
    )
    region = models.CharField(max_length=50, blank=True, help_text="Of S3; most need none.")
    listed_in = models.ManyToManyField(Channel, blank=True, related_name="mirrors", editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("repository__name", "public_url")
        constraints = (
            models.UniqueConstraint(fields=("repository", "target"), name="mirror_target_once"),
        )

    def __str__(self) -> str:
        return self.public_url


class MirroredTarball(models.Model):
    """A tarball that the mirror itself said it has, with that many bytes.

    ``is_doomed``: we have deleted ours for good, so that it is to go there too. One that we lost
    stays there, to be taken back.
    """

    mirror = models.ForeignKey(Mirror, on_delete=models.CASCADE, related_name="tarballs")
    tarball = models.ForeignKey(Tarball, on_delete=models.CASCADE, related_name="mirrored")
    size = models.BigIntegerField(help_text="Bytes.")
    since = models.DateTimeField()
    is_doomed = models.BooleanField(default=False)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("mirror", "tarball"), name="mirrored_tarball_once"),
        )

    def __str__(self) -> str:
        return f"{self.tarball} at {self.mirror}"
