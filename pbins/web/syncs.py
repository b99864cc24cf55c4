"""Asking hosts to take what was published."""

from typing import Any, cast

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.submission import queue_health, submit
from pbins.models import Host, PackageSet, Repository, Subscription, Tag
from pbins.services.batches import queue_sync_in_batches
from pbins.services.errors import Refused
from pbins.web.access import PortalRequest, operators
from pbins.web.spec_field import SpecsField


class SyncForm(forms.Form):
    """Which of ``followers`` shall sync, and what they install afterwards."""

    which = forms.ChoiceField(
        choices=(("all", "all"), ("tag", "tag"), ("hosts", "hosts")),
        initial="all",
        widget=forms.RadioSelect,
    )
    tag = forms.ModelChoiceField(
        Tag.objects.none(),
        required=False,
        empty_label="Choose a tag",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    hosts = forms.ModelMultipleChoiceField(
        Host.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    install = SpecsField(
        label="Then install or update",
        required=False,
        help_text="Packages of this repository; nothing, to make the new versions known only.",
    )
    install_set = forms.ModelChoiceField(
        PackageSet.objects.all(),
        label="And all of a package set",
        required=False,
        empty_label="No set",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    batch = forms.IntegerField(
        label="Hosts at a time",
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="The next ones begin when these have ended; nothing, for all at once.",
    )
    stop_after = forms.IntegerField(
        label="Stop when so many have ended badly",
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="No further batch begins then, until somebody lets it; nothing, for never.",
    )

    def __init__(self, *args: Any, followers: QuerySet[Host], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.followers = followers
        tags = cast("forms.ModelChoiceField[Tag]", self.fields["tag"])
        tags.queryset = Tag.objects.filter(hosts__in=followers).distinct()
        hosts = cast("forms.ModelMultipleChoiceField[Host]", self.fields["hosts"])
        hosts.queryset = followers

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("which") == "tag" and not cleaned.get("tag"):
            self.add_error("tag", "Choose the tag whose hosts shall sync.")
        if cleaned.get("which") == "hosts" and not cleaned.get("hosts"):
            self.add_error("hosts", "Choose at least one host.")
        return cleaned

    def installed(self) -> list[str]:
        package_set = self.cleaned_data["install_set"]
        return [*self.cleaned_data["install"], *(package_set.spec_list if package_set else ())]

    def chosen(self) -> list[Host]:
        if self.cleaned_data["which"] == "hosts":
            return list(self.cleaned_data["hosts"])
        if self.cleaned_data["which"] == "tag":
            return list(self.followers.filter(tags=self.cleaned_data["tag"]))
        return list(self.followers)

    def ticks(self) -> list[tuple[int, str, bool]]:
        """The key and name of each host, and whether it is among the chosen ones."""
        ticked = {str(key) for key in self["hosts"].value() or ()}
        rows = self.followers.values_list("pk", "name")
        return [(key, name, str(key) in ticked) for key, name in rows]


@operators
def sync_form(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    following = Subscription.objects.filter(channel__repository=repository)
    followers = Host.objects.filter(pk__in=following.values("host"))
    form = SyncForm(request.POST or None, followers=followers, initial=_wished(request))
    if request.method == "POST" and form.is_valid():
        try:
            rollout = queue_sync_in_batches(
                repository=repository,
                hosts=form.chosen(),
                install=form.installed(),
                size=form.cleaned_data["batch"],
                stop_after=form.cleaned_data["stop_after"],
                asked_by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            submit(*rollout.runs.all())
            return redirect("rollout_page", rollout.pk)
    tags = Tag.objects.filter(hosts__in=followers).annotate(count=Count("hosts")).order_by("name")
    return render(
        request,
        "pbins/sync_form.html",
        {
            "repository": repository,
            "form": form,
            "followers": form.ticks(),
            "tags": tags,
            "health": queue_health(),
        },
    )


def _wished(request: PortalRequest) -> dict[str, object]:
    """``?host=`` chooses one host, ``?install=`` and ``?set=`` what it gets, for links to here."""
    wished: dict[str, object] = {"install": "\n".join(request.GET.get("install", "").split())}
    if host := Host.objects.filter(name=request.GET.get("host", "")).first():
        wished |= {"which": "hosts", "hosts": [host]}
    if package_set := PackageSet.objects.filter(name=request.GET.get("set", "")).first():
        wished["install_set"] = package_set
    return wished
