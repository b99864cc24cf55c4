"""Git remotes and mirrors. What was entered as a secret is never shown again."""

from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from pbins.admin.generic import ModelForm
from pbins.admin.readonly import ReadOnlyAdmin
from pbins.admin.refusals import RefusingAdmin
from pbins.models import ChannelPolicy, Mirror, Remote
from pbins.services.canaries import outlook_of
from pbins.services.credentials import seal
from pbins.services.mirrors import save_mirror
from pbins.services.outlets import trusted_of
from pbins.services.policies import who_may_move
from pbins.services.remotes import save_remote

STATE = ("state", "delivered_at", "error", "trusted_key")
Place = TypeVar("Place", bound=Model)


def _secret() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown again. Empty: the one that is kept.",
    )


class RemoteForm(ModelForm[Remote]):
    secret = _secret()

    class Meta:
        model = Remote
        fields = ("repository", "url", "credential", "username", "is_forced", "is_enabled")


class MirrorForm(ModelForm[Mirror]):
    secret = _secret()

    class Meta:
        model = Mirror
        fields = (
            *("repository", "kind", "target", "public_url", "region"),
            *("credential", "username", "is_enabled"),
        )


class OutletAdmin(RefusingAdmin[Place]):
    """What is alike for both; a change is checked and stored as on the portal's own pages."""

    list_filter = ("repository", "is_enabled")
    readonly_fields = STATE

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return STATE if obj is None else ("repository", *STATE)

    def view_on_site(self, place: Any) -> str:
        return reverse("elsewhere", args=(place.repository.name,))

    @admin.display(description="state")
    def state(self, place: Any) -> str:
        if not place.is_enabled:
            return "switched off"
        if place.error:
            return "failing"
        return "all well" if place.delivered_at else "not tried yet"

    @admin.display(description="trusted host key")
    def trusted_key(self, place: Any) -> str:
        return trusted_of(place) or "none; it is trusted on the repository's page of the portal"


class RemoteAdmin(OutletAdmin[Remote]):
    form = RemoteForm
    list_display = ("url", "repository", "state", "delivered_at")

    def save_model(self, request: HttpRequest, obj: Remote, form: Any, change: bool) -> None:
        if form.cleaned_data["secret"]:
            obj.sealed_secret = seal(form.cleaned_data["secret"])
        save_remote(obj)


class MirrorAdmin(OutletAdmin[Mirror]):
    form = MirrorForm
    list_display = ("public_url", "repository", "kind", "state", "delivered_at")

    def save_model(self, request: HttpRequest, obj: Mirror, form: Any, change: bool) -> None:
        if form.cleaned_data["secret"]:
            obj.sealed_secret = seal(form.cleaned_data["secret"])
        save_mirror(obj)


class ChannelPolicyAdmin(ReadOnlyAdmin[ChannelPolicy]):
    """They are set on the channel's own page, which also says what they wait for."""

    list_display = ("channel", "who", "source", "hours", "outlook")

    def view_on_site(self, policy: ChannelPolicy) -> str:
        channel = policy.channel
        return reverse("channel_policy", args=(channel.repository.name, channel.name))

    @admin.display(description="moved by")
    def who(self, policy: ChannelPolicy) -> str:
        return who_may_move(policy)

    @admin.display(description="canaries")
    def outlook(self, policy: ChannelPolicy) -> str:
        found = outlook_of(policy)
        return f"{found.well} of {len(found.canaries)}" if found else "–"
