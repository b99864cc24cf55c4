"""What several pages show of the whole: channel heads, what fails, what is new."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Repository,
    Run,
    RunKind,
    Step,
    StepAction,
    StepState,
)
from pbins.models.run_state import BAD_ENDS
from pbins.services.lag import Lag, lag_of


@dataclass(frozen=True, slots=True)
class ChannelHead:
    """A channel, how many versions it holds, and how many of its followers are at its head.

    ``versions`` is None where nobody asked: with 100,000 of them that takes a while.
    """

    channel: Channel
    versions: int | None
    withheld: int
    lag: Lag

    @property
    def followers(self) -> int:
        return self.lag.followers

    @property
    def behind(self) -> int:
        return self.lag.behind

    @property
    def current(self) -> int:
        return self.lag.followers - self.lag.behind


def channel_heads(channels: QuerySet[Channel], *, counted: bool = True) -> list[ChannelHead]:
    """Five queries at the most, however many channels there are."""
    found = list(channels.select_related("repository"))
    entries = Entry.objects.filter(channel__in=found).order_by().values_list("channel_id")
    held = dict(entries.annotate(count=Count("*"))) if counted else {}
    kept_back = dict(entries.exclude(withheld="").annotate(count=Count("*")))
    lags, nobody = lag_of(found), Lag(0, 0, None)
    return [
        ChannelHead(
            channel,
            held.get(channel.pk, 0) if counted else None,
            kept_back.get(channel.pk, 0),
            lags.get(channel.pk, nobody),
        )
        for channel in found
    ]


def latest_changes() -> QuerySet[Change]:
    """New binaries, the newest first."""
    return Change.objects.exclude(kind=ChangeKind.REMOVED).select_related(
        "channel__repository", "pbin__tarball", "publication"
    )


def failing_packages() -> QuerySet[Step]:
    """The last build of a package in a repository, where that one failed; the latest first."""
    later = Step.objects.filter(
        name=OuterRef("name"),
        run__repository=OuterRef("run__repository"),
        state__in=(StepState.SUCCEEDED, StepState.FAILED),
        pk__gt=OuterRef("pk"),
    )
    return (
        Step.objects.filter(~Exists(later), state=StepState.FAILED, run__kind=RunKind.BUILD)
        .select_related("run__repository", "run__host")
        .order_by("-pk")
    )


def failing_first(asker: User, most: int, *, only: Repository | None = None) -> list[Step]:
    """So many of the packages that fail, the asker's own first, each with ``is_mine`` and more.

    ``good_version`` and ``good_run`` are what was made of it before that failed, or what was
    published of it without a run of ours. They are asked for of those few alone.
    """
    # The repository is looked at here: joined to, it leads the databases through all its runs.
    failing = failing_packages().select_related(None)
    rows = failing.values_list("pk", "run__asked_by", "run__repository")
    here = [(pk, who) for pk, who, where in rows if only is None or where == only.pk]
    mine = [pk for pk, who in here if who == asker.pk]
    shown = [*mine, *(pk for pk, who in here if who != asker.pk)][:most]
    found = with_last_good(Step.objects.select_related("run__repository", "run__host"))
    steps = found.annotate(is_mine=_asked_by(asker, "run__asked_by")).in_bulk(shown)
    return [steps[key] for key in shown if key in steps]


def with_last_good(steps: QuerySet[Step]) -> QuerySet[Step]:
    made = Step.objects.filter(
        name=OuterRef("name"),
        run__repository=OuterRef("run__repository"),
        action=StepAction.CREATE_BINARY,
        state=StepState.SUCCEEDED,
        pk__lt=OuterRef("pk"),
    ).order_by("-pk")
    published = (
        Change.objects.filter(
            name=OuterRef("name"), channel__repository=OuterRef("run__repository")
        )
        .exclude(kind=ChangeKind.REMOVED)
        .order_by("-pk")
    )
    return steps.annotate(
        good_version=Coalesce(
            Subquery(made.values("version")[:1]), Subquery(published.values("version")[:1])
        ),
        good_run=Subquery(made.values("run")[:1]),
    )


def failing_runs(asker: User | None = None) -> QuerySet[Run]:
    """Runs that ended badly and that no newer one of the same kind has followed on that host.

    The asker's own come first.
    """
    newer = Run.objects.filter(
        Q(repository=OuterRef("repository")) | Q(repository=None),
        host=OuterRef("host"),
        kind=OuterRef("kind"),
        pk__gt=OuterRef("pk"),
    )
    # The few that are left are read whole, by their keys; the many that are looked at are not.
    failing = Run.objects.filter(~Exists(newer), state__in=BAD_ENDS).order_by()
    return (
        Run.objects.filter(pk__in=list(failing.values_list("pk", flat=True)))
        .select_related("host", "repository", "package_set")
        .annotate(is_mine=_asked_by(asker, "asked_by"))
        .order_by("-is_mine", "-pk")
    )


def _asked_by(asker: User | None, field: str) -> Case:
    """Whether it was this person who asked; nobody's when nobody is given."""
    mine = Q(**{field: asker}) if asker is not None else Q(pk=None)
    return Case(When(mine, then=True), default=False, output_field=BooleanField())
