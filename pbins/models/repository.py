"""Binary repositories, their channels, the hosts that follow those, and package sets."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from pbins.models.fields import RepositoryNameField, SetNameField, SpecListField, WordListField
from pbins.models.host import PREFIX, Host
from pbins.paludis.sets import spec_and_comment

DEFAULT_CHANNEL = "master"
"""Where builds arrive, and what hosts follow unless told otherwise."""


class Repository(models.Model):
    """One binary repository: pbins in a git repository of our own, tarballs in our distfiles.

    ``masters`` are the source repositories it is made from; the first gives profiles (FACTS 3.1).
    ``platforms`` is the builder's binary_keywords_filter (FACTS 3.2).
    """

    name = RepositoryNameField(unique=True)
    masters = WordListField(help_text="Source repositories, the most important first: arbor.")
    platforms = WordListField(help_text="What hosts accept, as in: amd64 ~amd64.")
    builders = models.ManyToManyField(Host, blank=True, related_name="repositories")
    location = models.CharField(
        max_length=255,
        validators=[PREFIX],
        help_text="Where hosts keep it: /var/db/paludis/repositories/NAME.",
    )
    distdir = models.CharField(
        max_length=255,
        validators=[PREFIX],
        help_text="Where builders put its tarballs: /var/cache/paludis/distfiles/NAME.",
    )
    importance = models.IntegerField(
        default=100, help_text="On consumers; decides between equal versions only."
    )
    allowed_beforehand = models.JSONField(
        default=list,
        blank=True,
        help_text="Kinds of confirmation that builds need not ask for: not_best, downgrade, …",
    )
    timeout_minutes = models.PositiveIntegerField(
        default=24 * 60, help_text="A build that takes longer is ended; 0 for no limit."
    )
    silence_minutes = models.PositiveIntegerField(
        default=120, help_text="A build that prints nothing for longer is ended; 0 for no limit."
    )
    keep_logs_days = models.PositiveIntegerField(
        default=180, help_text="Logs of runs that ended longer ago are removed; 0 keeps them."
    )
    scrub_days = models.PositiveIntegerField(
        default=30, help_text="Every tarball is read again once in so many days; 0 for never."
    )
    scrub_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    scrubbed_at = models.DateTimeField(null=True, blank=True, editable=False)
    builders_looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    clean_daily = models.BooleanField(
        default=False, help_text="Clean by itself once a day; otherwise only when asked to."
    )
    keep_versions = models.PositiveIntegerField(
        default=0,
        help_text="Versions of a slot that stay in a channel when it is cleaned; 0 for all.",
    )
    keep_publications = models.PositiveIntegerField(
        default=20, help_text="The latest publications of a channel, kept to roll back to."
    )
    keep_days = models.PositiveIntegerField(
        default=30, help_text="Publications and tarballs younger than so many days are kept."
    )
    trash_days = models.PositiveIntegerField(
        default=14,
        help_text="How long the trash keeps a tarball; longer than any host goes without a sync.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.name

    @property
    def is_scrub_open(self) -> bool:
        """Whether the last scrub has not come to its end: it goes on, or something ended it."""
        began, ended = self.scrub_began_at, self.scrubbed_at
        return began is not None and (ended is None or ended < began)

    @property
    def master_names(self) -> list[str]:
        return self.masters.split()


class LivingChannels(models.Manager["Channel"]):
    """Those that were not removed; what a publication or a change was made in may be another."""

    def get_queryset(self) -> "models.QuerySet[Channel]":
        return super().get_queryset().filter(removed_at=None)


class Channel(models.Model):
    """A branch of a repository that hosts follow.

    One that was removed stays as a row, for the ledger; its name may be used again.
    ``addresses`` is what hosts were last told of where tarballs are.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="channels")
    name = models.CharField(max_length=64, default=DEFAULT_CHANNEL)
    commit = models.CharField(max_length=64, blank=True, help_text="What hosts see now.")
    moved_at = models.DateTimeField(null=True, blank=True)
    addresses = models.TextField(blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LivingChannels()
    ever = models.Manager["Channel"]()

    class Meta:
        ordering = ("repository__name", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("repository", "name"),
                condition=models.Q(removed_at=None),
                name="channel_name_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.repository}/{self.name}"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """The reading vocabulary of who follows what."""

    def behind(self) -> Self:
        """Those whose host is not at the channel's head; ``is_current`` says the same of one."""
        return self.filter(~Q(commit=F("channel__commit")) | Q(commit=""))


class Subscription(models.Model):
    """A consumer that follows a channel: its configuration was written by provisioning."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="subscriptions")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="subscriptions")
    commit = models.CharField(max_length=64, blank=True, help_text="Read from the host itself.")
    synced_at = models.DateTimeField(null=True, blank=True)
    commit_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was first seen to have this commit."
    )
    installed = models.JSONField(default=list, help_text="[[cat/pkg, version], …] from it.")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("host__name",)
        constraints = (
            models.UniqueConstraint(fields=("host", "channel"), name="host_follows_channel_once"),
        )

    def __str__(self) -> str:
        return f"{self.host} follows {self.channel}"

    @property
    def is_current(self) -> bool:
        return bool(self.commit) and self.commit == self.channel.commit


class PackageSet(models.Model):
    """A stored list of package specs, one a line."""

    name = SetNameField(unique=True)
    description = models.CharField(max_length=200, blank=True)
    specs = SpecListField(help_text="One package spec a line: cat/pkg, cat/pkg[>=1.2], cat/pkg:2.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def spec_list(self) -> list[str]:
        """The specs without comments and empty lines."""
        lines = map(spec_and_comment, self.specs.splitlines())
        return [spec for spec, _ in lines if spec]
