"""Coming in: log-in, and the first administrator on a portal that has no user yet."""

from django import forms
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare

from pbins.services.doors import Closed, come_in, knock
from pbins.services.setup_code import forget_setup_code, setup_code
from pbins.web.visitor import address_of

LOOPBACK = frozenset(("127.0.0.1", "::1"))


class LogInForm(AuthenticationForm):
    """Django's, which looks at no password after too many tries; ``closed`` says until when."""

    closed: Closed | None = None

    def clean(self) -> dict[str, object]:
        name, request = self.cleaned_data.get("username"), self.request
        if not name or request is None:
            return super().clean()
        self.closed = knock(address_of(request), name)
        if self.closed:
            raise ValidationError("There were too many tries.")
        cleaned: dict[str, object] = super().clean()
        come_in(address_of(request), name)
        return cleaned


class PortalLogin(LoginView):
    """Django's log-in; where nobody could log in yet, it leads to the first-run page."""

    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not has_users():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        return too_many(response, form.closed) if isinstance(form, LogInForm) else response


class FirstAdministratorForm(UserCreationForm[User]):
    """The first user, who may do everything. ``expected``: the code that has to be given."""

    code = forms.CharField(
        label="One-time code",
        help_text="Printed where the portal was started.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control mono"}),
    )

    class Meta:
        model = User
        fields = ("username",)
        labels = {"username": "User name"}  # noqa: RUF012  # as Django wants it
        help_texts = {"username": ""}  # noqa: RUF012

    def __init__(self, data: object = None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected
        if not expected:
            del self.fields["code"]
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if not constant_time_compare(code, self.expected):
            raise ValidationError("That is not the code that was printed at the last start.")
        return code

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = True
        self.instance.is_superuser = True
        return super().save(commit)


def setup(request: HttpRequest) -> HttpResponse:
    """Make the first administrator; gone as soon as there is any user."""
    if has_users():
        return redirect("login")
    expected = setup_code()
    if not expected and not is_local(request):
        return render(request, "pbins/setup_closed.html", status=403)
    form = FirstAdministratorForm(request.POST or None, expected=expected)
    closed = knock(address_of(request)) if request.method == "POST" else None
    if request.method == "POST" and not closed and form.is_valid():
        return _first_log_in(request, form)
    return too_many(render(request, "pbins/setup.html", {"form": form, "closed": closed}), closed)


def has_users() -> bool:
    return get_user_model().objects.exists()


def is_local(request: HttpRequest) -> bool:
    """From this very machine, and not handed on by a proxy that runs on it."""
    return request.META["REMOTE_ADDR"] in LOOPBACK and "X-Forwarded-For" not in request.headers


def too_many(response: HttpResponse, closed: Closed | None) -> HttpResponse:
    """429 with the time to wait, when there were too many tries."""
    if closed:
        response.status_code = 429
        response.headers["Retry-After"] = str(closed.seconds)
    return response


def _first_log_in(request: HttpRequest, form: FirstAdministratorForm) -> HttpResponse:
    with transaction.atomic():
        if has_users():  # somebody was quicker
            return redirect("login")
        user = form.save()
    forget_setup_code()
    login(request, user)
    return redirect("dashboard")
