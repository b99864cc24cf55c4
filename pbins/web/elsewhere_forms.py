"""The forms of git remotes and mirrors. What was entered as a secret is never shown again."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.delivery_asking import submit_deliveries
from pbins.models import Credential, Mirror, MirrorKind, Remote, Repository
from pbins.services.credentials import seal
from pbins.services.errors import Refused
from pbins.services.mirrors import public_url, save_mirror, target_url
from pbins.services.remotes import remote_url, save_remote
from pbins.web.access import PortalRequest, administrators
from pbins.web.elsewhere import Place, place_of


def _text(**attributes: str) -> forms.TextInput:
    plain = {"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
    return forms.TextInput(attrs={**plain, **attributes})


class PlaceForm(forms.Form):
    """What both have; fields are named as those of the models."""

    username = forms.CharField(max_length=200, required=False, widget=_text())
    secret = forms.CharField(
        max_length=1000,
        required=False,
        strip=True,
        widget=forms.PasswordInput(
            attrs={"class": "form-control", "autocomplete": "new-password"}, render_value=False
        ),
    )
    credential = forms.ModelChoiceField(
        Credential.objects.all(),
        label="SSH key",
        required=False,
        empty_label="The portal's own",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="For ssh:// only.",
    )
    is_enabled = forms.BooleanField(
        label="Switched on", required=False, help_text="Off, nothing is delivered there."
    )

    def __init__(self, entered: QueryDict | None, *, place: Place) -> None:
        names = [name for name in self.base_fields if name != "secret"]
        super().__init__(entered, initial={name: getattr(place, name) for name in names})
        self.place = place
        if place.has_secret:
            self.fields["secret"].help_text = "One is kept; leave this empty to go on with it."

    def entered(self) -> Place:
        """The place with what was entered, not stored yet."""
        for name, entered in self.cleaned_data.items():
            if name != "secret":
                setattr(self.place, name, entered)
        if self.cleaned_data["secret"]:
            self.place.sealed_secret = seal(self.cleaned_data["secret"])
        return self.place


class RemoteForm(PlaceForm):
    url = forms.CharField(
        max_length=500,
        label="Address",
        widget=_text(placeholder="ssh://git@forge.example.org/pbins.git"),
        help_text="ssh://user@host/path.git, https://host/path.git or file:///path.git.",
    )
    is_forced = forms.BooleanField(
        label="Forced",
        required=False,
        help_text="Overwrite what somebody else pushed to our branches there.",
    )
    field_order = ("url", "credential", "username", "secret", "is_forced", "is_enabled")

    def __init__(self, entered: QueryDict | None, *, place: Place) -> None:
        super().__init__(entered, place=place)
        self.fields["username"].help_text = "For https:// only; git when there is none."
        self.fields["secret"].label = "Password or token"

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        return _accepted(url, lambda: remote_url(Remote(url=url)))


class MirrorForm(PlaceForm):
    kind = forms.ChoiceField(
        choices=MirrorKind.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    target = forms.CharField(
        max_length=500,
        label="Written to",
        widget=_text(placeholder="https://s3.example.org/bucket/pbins"),
        help_text="https://store/bucket/directory for S3; ssh://user@host/directory or"
        " rsync://user@host/module/directory for rsync.",
    )
    public_url = forms.CharField(
        max_length=500,
        label="Public address",
        widget=_text(placeholder="https://cdn.example.org/pbins/"),
        help_text="Where hosts download from. They are told of it once everything is there.",
    )
    region = forms.CharField(
        max_length=50, required=False, widget=_text(), help_text="Of S3; most need none."
    )
    field_order = (
        *("kind", "target", "public_url", "username", "secret"),
        *("region", "credential", "is_enabled"),
    )

    def __init__(self, entered: QueryDict | None, *, place: Place) -> None:
        super().__init__(entered, place=place)
        self.fields["username"].label = "Access key"
        self.fields["username"].help_text = "For S3."
        self.fields["secret"].label = "Secret key or password"

    def clean_target(self) -> str:
        target: str = self.cleaned_data["target"]
        kind = self.cleaned_data.get("kind", "")  # which comes before it
        return _accepted(target, lambda: kind and target_url(Mirror(kind=kind, target=target)))

    def clean_public_url(self) -> str:
        url: str = self.cleaned_data["public_url"]
        return _accepted(url, lambda: public_url(Mirror(public_url=url)))


def _accepted(text: str, check: Callable[[], object]) -> str:
    """What was entered; what a service refuses about it is told beside its field."""
    try:
        check()
    except Refused as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
    return text


@administrators
def place_new(request: PortalRequest, name: str, kind: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    place: Place = Mirror(repository=repository)
    if kind == "remote":
        place = Remote(repository=repository)
    return _form(request, place)


@administrators
def place_edit(request: PortalRequest, kind: str, pk: int) -> HttpResponse:
    return _form(request, place_of(kind, pk))


def _form(request: PortalRequest, place: Place) -> HttpResponse:
    is_remote = isinstance(place, Remote)
    form = (RemoteForm if is_remote else MirrorForm)(request.POST or None, place=place)
    title = str(place) if place.pk else f"New {'remote' if is_remote else 'mirror'}"
    repository = place.repository
    if request.method == "POST" and form.is_valid():
        try:
            _save(form.entered())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            submit_deliveries()
            told = (
                "is tried now; how that goes is told here"
                if place.is_enabled
                else "is switched off"
            )
            messages.success(request, f"{place} {told}.")
            return redirect("elsewhere", repository.name)
    return render(
        request, "pbins/place_form.html", {"repository": repository, "form": form, "title": title}
    )


def _save(place: Place) -> None:
    if isinstance(place, Remote):
        save_remote(place)
    else:
        save_mirror(place)
