"""A channel's policy: who may move it, whether it moves by itself, and what it waits for then."""

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from pbins.models import Channel, ChannelPolicy, Host
from pbins.roles import Role
from pbins.services.canaries import outlook_of
from pbins.services.errors import Refused
from pbins.services.people import may
from pbins.services.policies import LONGEST_HOURS, policy_of, set_policy, who_may_move
from pbins.web.access import NO_ADMINISTRATOR, PortalRequest, members
from pbins.web.long_choices import LongSelectMultiple

MOST_CANARIES = 50


class PolicyForm(forms.Form):
    movers = forms.ModelMultipleChoiceField(
        Group.objects.all(),
        label="Who may promote to it and roll it back",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every operator.",
    )
    source = forms.ModelChoiceField(
        Channel.objects.none(),
        label="Promote by itself from",
        required=False,
        empty_label="no channel: people do it",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    hours = forms.IntegerField(
        label="After so many hours",
        min_value=0,
        max_value=LONGEST_HOURS,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text="Counted from when the last canary had what would be promoted. A sync that fails"
        " there holds it up until the host has synced again.",
    )
    canaries = forms.ModelMultipleChoiceField(
        Host.objects.consumers().only("name", "is_consumer"),
        required=False,
        widget=LongSelectMultiple(attrs={"class": "form-select", "size": "8"}),
        help_text="None: all hosts that follow the channel it is promoted from.",
    )

    def __init__(self, entered: QueryDict | None, *, policy: ChannelPolicy) -> None:
        initial = {
            "movers": list(policy.movers.all()) if policy.pk else [],
            "source": policy.source,
            "hours": policy.hours,
            "canaries": list(policy.canaries.all()) if policy.pk else [],
        }
        super().__init__(entered, initial=initial)
        others = policy.channel.repository.channels.exclude(pk=policy.channel.pk)
        self.fields["source"].queryset = others.exclude(commit="")  # type: ignore[attr-defined]


@members
def channel_policy(request: PortalRequest, name: str, channel: str) -> HttpResponse:
    """Everybody sees what it waits for; administrators set it."""
    channels = Channel.objects.select_related("repository")
    found = get_object_or_404(channels, repository__name=name, name=channel)
    policy = policy_of(found)
    is_administrator = may(request.user, Role.ADMINISTRATOR)
    form = PolicyForm(request.POST or None, policy=policy)
    if request.method == "POST":
        if not is_administrator:
            raise PermissionDenied(NO_ADMINISTRATOR)
        if form.is_valid():
            try:
                set_policy(channel=found, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("source", str(refusal))  # all else is checked by the form
            else:
                messages.success(request, f"The policy of {found.name} is set.")
                return redirect("channel_policy", name, channel)
    outlook = outlook_of(policy)
    canaries = outlook.canaries if outlook else ()
    return render(
        request,
        "pbins/channel_policy.html",
        {
            "repository": found.repository,
            "channel": found,
            "policy": policy,
            "who": who_may_move(policy),
            "outlook": outlook,
            "canaries": sorted(canaries, key=lambda one: one.since is not None)[:MOST_CANARIES],
            "canaries_left_out": max(0, len(canaries) - MOST_CANARIES),
            "words": outlook.in_words(timezone.now()) if outlook else "",
            "form": form if is_administrator else None,
        },
    )
