"""One's own account: the role, the password, the reading token."""

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from pbins.roles import MEANING
from pbins.services.doors import come_in, knock
from pbins.services.people import role_of
from pbins.services.tokens import make_token, revoke_token, token_of
from pbins.web.access import PortalRequest, members, people
from pbins.web.accounts import too_many
from pbins.web.visitor import address_of


class PasswordForm(PasswordChangeForm):
    """Django's, in the portal's words and looks."""

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(user, data)
        labels = {
            "old_password": "Password now",
            "new_password1": "New password",
            "new_password2": "New password again",
        }
        for name, label in labels.items():
            field: forms.Field = self.fields[name]
            field.label, field.help_text = label, ""
            field.widget.attrs["class"] = "form-control"
            field.widget.attrs.pop("autofocus", None)


@require_http_methods(["GET", "HEAD", "POST"])
@people
def account(request: PortalRequest) -> HttpResponse:
    """What one may do here; sending the form changes the password."""
    user, name, address = request.user, request.user.username, address_of(request)
    form = PasswordForm(user, request.POST or None)
    closed = knock(address, name) if request.method == "POST" else None
    if request.method == "POST" and not closed and form.is_valid():
        come_in(address, name)
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other browsers have to log in again.")
        return redirect("account")
    role = role_of(user)
    context = {
        "role": role,
        "meaning": MEANING[role] if role else "",
        "token": token_of(user),
        "form": form,
        "closed": closed,
    }
    return too_many(render(request, "registration/account.html", context), closed)


@require_POST
@members
def token_renew(request: PortalRequest) -> HttpResponse:
    make_token(request.user)
    messages.success(request, "Here is your new reading token. The one before, if any, has ended.")
    return redirect("account")


@require_POST
@members
def token_revoke(request: PortalRequest) -> HttpResponse:
    revoke_token(request.user)
    messages.success(request, "Your reading token is worthless from now on.")
    return redirect("account")
