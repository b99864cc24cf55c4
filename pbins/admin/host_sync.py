"""The page between "sync these hosts" and the syncs: which repository, and exactly how many."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet

from pbins.models import Host, Repository


@dataclass(frozen=True, slots=True)
class Target:
    """What would be synced if this repository were chosen."""

    repository: Repository
    hosts: tuple[Host, ...]


def targets_among(hosts: QuerySet[Host]) -> list[Target]:
    """Every repository that some of these hosts follow, with those; drained ones get no work."""
    repositories = Repository.objects.filter(channels__subscriptions__host__in=hosts).distinct()
    willing = hosts.filter(drained=False, is_consumer=True)
    return [
        Target(repository, tuple(_followers(willing, repository))) for repository in repositories
    ]


class SyncForm(forms.Form):
    """``hosts`` were chosen in the list; ``count`` must be the number that would be synced."""

    field_order = ("repository", "install", "count")
    install = forms.CharField(
        required=False,
        label="Then install or update",
        help_text="Package specs, separated by spaces; empty for none.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    count = forms.IntegerField(
        min_value=1, label="Number of hosts", help_text="Type it, to be sure which hosts are meant."
    )

    def __init__(self, *args: Any, hosts: QuerySet[Host], **options: Any) -> None:
        super().__init__(*args, **options)
        self.targets = [target for target in targets_among(hosts) if target.hosts]
        known = Repository.objects.filter(pk__in=[one.repository.pk for one in self.targets])
        self.fields["repository"] = forms.ModelChoiceField(known, empty_label=None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "repository" in cleaned and "count" in cleaned:
            number = len(self.target().hosts)
            if cleaned["count"] != number:
                self.add_error("count", f"It would be {number}.")
        return cleaned

    def target(self) -> Target:
        """What was chosen, in a form whose repository is valid."""
        repository = self.cleaned_data["repository"]
        return next(target for target in self.targets if target.repository == repository)


def _followers(hosts: QuerySet[Host], repository: Repository) -> QuerySet[Host]:
    return hosts.filter(subscriptions__channel__repository=repository).distinct()
