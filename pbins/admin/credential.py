"""SSH keys: entered or made once, sealed, and from then on only their public half is shown."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pbins.admin.generic import ModelAdmin, ModelForm
from pbins.models import Credential
from pbins.services.credentials import add_credential
from pbins.transport.errors import BadKey
from pbins.transport.keys import check_private_key, generate_private_key


class WriteOnlyText(forms.Textarea):
    """What is typed here is sent once and never comes back, not even when the form has an error."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class NewCredentialForm(ModelForm[Credential]):
    private_key = forms.CharField(
        required=False,
        strip=False,
        widget=WriteOnlyText(
            attrs={
                "rows": 8,
                "class": "vLargeTextField",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        help_text="A private key without a passphrase, as in ~/.ssh/id_ed25519. Empty: a new one is"
        " made. It is stored encrypted and never shown again.",
    )

    class Meta:
        model = Credential
        fields = ("name",)

    def clean_private_key(self) -> str:
        private_key: str = self.cleaned_data["private_key"]
        if not private_key.strip():
            return generate_private_key()
        try:
            check_private_key(private_key)
        except BadKey as problem:
            raise forms.ValidationError(str(problem)) from problem
        return private_key


class CredentialAdmin(ModelAdmin[Credential]):
    list_display = ("name", "kind", "number_of_hosts", "created_at")
    search_fields = ("name", "public_key")
    readonly_fields = ("copyable_public_key", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credential]:
        return super().get_queryset(request).prefetch_related("hosts")

    def get_fields(self, request: HttpRequest, obj: Credential | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "private_key")
        return ("name", "copyable_public_key", "created_at")

    def get_form(
        self,
        request: HttpRequest,
        obj: Credential | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> "type[forms.ModelForm[Credential]]":
        if obj is None:
            return NewCredentialForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        stored = add_credential(name=obj.name, private_key=form.cleaned_data["private_key"])
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description="type")
    def kind(self, credential: Credential) -> str:
        return credential.public_key.partition(" ")[0]

    @admin.display(description="hosts")
    def number_of_hosts(self, credential: Credential) -> int:
        return len(credential.hosts.all())

    @admin.display(description="public key")
    def copyable_public_key(self, credential: Credential) -> SafeString:
        return format_html(
            '<textarea readonly rows="3" class="vLargeTextField copyable" aria-label="public key">'
            "{}</textarea>"
            '<div class="help">Append this line to ~/.ssh/authorized_keys of the user on every'
            " host that has this key.</div>",
            credential.public_key,
        )
