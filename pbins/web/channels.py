"""Channels: begun, promoted to, rolled back, compared; shown first, the count asked back."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.jobs.delivery_asking import submit_deliveries
from pbins.models import ChangeKind, Channel, PublicationState, Repository
from pbins.services.channels import create_channel, remove_channel
from pbins.services.errors import Refused
from pbins.services.keeping import retained_of
from pbins.services.moves import (
    Move,
    carry_out,
    check_as_seen,
    followers_of,
    plan_promotion,
    plan_rollback,
)
from pbins.services.policies import may_move, policy_of, who_may_move
from pbins.storage.errors import StorageError
from pbins.web.access import PortalRequest, actions, members, operators
from pbins.web.confirmation import Asked, unless_confirmed
from pbins.web.spec_field import SpecsField

SHOWN = 100
CHOICES = 100


class NewChannelForm(forms.Form):
    name = forms.CharField(max_length=64, widget=forms.TextInput(attrs={"class": "form-control"}))
    source = forms.ModelChoiceField(
        Channel.objects.none(),
        label="Begins with what is in",
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, repository: Repository, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = repository.channels.exclude(commit="")  # type: ignore[attr-defined]


class PromotionForm(forms.Form):
    """What is to be promoted; asked with GET, so that a preview has an address."""

    source = forms.ModelChoiceField(
        Channel.objects.none(),
        label="From",
        empty_label="Choose a channel",
        to_field_name="name",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    specs = SpecsField(
        label="Only these packages",
        required=False,
        help_text="With what they need at run time. Nothing, to promote everything.",
    )

    def __init__(self, *args: Any, target: Channel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = target.repository.channels.exclude(pk=target.pk).exclude(commit="")
        source = cast("forms.ModelChoiceField[Channel]", self.fields["source"])
        source.queryset = others
        if others.count() == 1:
            source.empty_label = None  # there is nothing to choose


@operators
def channel_new(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    form = NewChannelForm(request.POST or None, repository=repository)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_channel(
                repository=repository,
                name=form.cleaned_data["name"],
                source=form.cleaned_data["source"],
                asked_by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.channel} begins; no host follows it yet.")
            return redirect("repository_page", repository.name)
    return render(request, "pbins/channel_new.html", {"repository": repository, "form": form})


@members
def channel_promote(request: PortalRequest, name: str, channel: str) -> HttpResponse:
    target = _movable(request, name, channel)
    form = PromotionForm(request.GET or None, target=target)
    others = form.fields["source"].queryset.exists()  # type: ignore[attr-defined]
    context = {"form": form, "is_possible": others, "verb": "Promote"}
    if not form.is_valid():
        return _page(request, target, "pbins/channel_promote.html", None, context)
    try:
        move = plan_promotion(
            source=form.cleaned_data["source"], target=target, specs=form.cleaned_data["specs"]
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, target, "pbins/channel_promote.html", None, context)
    return _moved(request, move) or _page(
        request, target, "pbins/channel_promote.html", move, context
    )


@members
def channel_rollback(request: PortalRequest, name: str, channel: str) -> HttpResponse:
    target = _movable(request, name, channel)
    published = target.publications.filter(state=PublicationState.PUBLISHED)
    retained = retained_of(target).exclude(commit=target.commit)
    number = request.GET.get("to", "")
    context: dict[str, Any] = {
        "choices": retained[:CHOICES],
        "to": number,
        "is_possible": bool(retained or number),
        "verb": "Roll back",
    }
    if not number:
        return _page(request, target, "pbins/channel_rollback.html", None, context)
    publication = get_object_or_404(published, pk=number if number.isdecimal() else 0)
    context["publication"] = publication
    try:
        move = plan_rollback(channel=target, publication=publication)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, target, "pbins/channel_rollback.html", None, context)
    return _moved(request, move) or _page(
        request, target, "pbins/channel_rollback.html", move, context
    )


@actions
def channel_remove(request: PortalRequest, name: str, channel: str) -> HttpResponse:
    found = _channel(name, channel)
    asked = Asked(
        act=f"Remove the channel {channel}",
        meaning="What it serves can no longer be had by that name; tarballs stay as they are.",
        count=found.entries.count(),
        of="the number of versions that it holds",
        back=reverse("repository_page", args=[name]),
    )
    if question := unless_confirmed(request, asked):
        return question
    try:
        remove_channel(channel=found)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The channel {channel} is gone. Tarballs stay as they are.")
    return redirect("repository_page", name)


def _channel(repository: str, name: str) -> Channel:
    found = Channel.objects.select_related("repository")
    return get_object_or_404(found, repository__name=repository, name=name)


def _movable(request: PortalRequest, repository: str, name: str) -> Channel:
    """A channel that this person may move; anybody else is told who may."""
    found = _channel(repository, name)
    if not may_move(request.user, found):
        who = who_may_move(policy_of(found))
        raise PermissionDenied(f"{found.name} may be promoted to and rolled back by {who}.")
    return found


def _moved(request: PortalRequest, move: Move) -> HttpResponse | None:
    """To the new publication, when this very move was sent back with its count."""
    if request.method != "POST":
        return None
    sent = {name: request.POST.get(name, "") for name in ("head", "source", "count")}
    try:
        check_as_seen(move, **sent)
        publication = carry_out(move, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return None
    submit_deliveries()
    messages.success(request, f"{move.message.partition(chr(10))[0]}: done.")
    return redirect("publication_page", publication.pk)


def _page(
    request: PortalRequest,
    target: Channel,
    template: str,
    move: Move | None,
    context: dict[str, Any],
) -> HttpResponse:
    shown: dict[str, Any] = {
        "repository": target.repository,
        "channel": target,
        "move": move,
        "hosts": list(followers_of(target).only("name")),
    }
    if move is not None:
        try:
            shown |= _preview(move)
        except StorageError as error:
            messages.error(request, f"What would change can't be shown: {error}.")
            shown["move"] = None
    return render(request, template, shown | context)


def _preview(move: Move) -> dict[str, Any]:
    """All that changes is counted; only so much of it is read as is shown."""
    return {
        "changes": move.changes[:SHOWN],
        "more": max(len(move.changes) - SHOWN, 0),
        "left_out": move.left_out[:SHOWN],
        "more_left_out": max(len(move.left_out) - SHOWN, 0),
        "counts": [(kind.value, move.of_kind(kind)) for kind in ChangeKind],
    }
