"""The editor of package sets: the form, and what it asks for while somebody types."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.models import PackageSet
from pbins.services.known_packages import completions
from pbins.services.package_sets import Line, checked_lines, save_set
from pbins.web.access import PortalRequest, actions, operators, readers

LONGEST_TYPED = 200
EDITOR = {
    "class": "form-control set-text",
    "rows": 18,
    "wrap": "off",
    "spellcheck": "false",
    "autocapitalize": "none",
    "autocomplete": "off",
    "placeholder": "# what every web server needs\nwww-servers/nginx\ndev-libs/openssl[>=3]",
}


class PackageSetForm(forms.ModelForm[PackageSet]):
    class Meta:
        model = PackageSet
        fields = ("name", "description", "specs")
        widgets = {  # noqa: RUF012  # as Django wants it
            "name": forms.TextInput(attrs={"class": "form-control", "autocapitalize": "none"}),
            "description": forms.TextInput(attrs={"class": "form-control"}),
            "specs": forms.Textarea(attrs=EDITOR),
        }
        help_texts = {  # noqa: RUF012
            "name": "As hosts will know it: letters, digits, dashes.",
            "specs": "One package a line: category/name, category/name[&gt;=1.2],"
            " category/name:slot. What stands behind a # is a comment and stays.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specs"].label = "Packages"


@operators
def set_new(request: PortalRequest) -> HttpResponse:
    return _edit(request, None)


@operators
def set_edit(request: PortalRequest, name: str) -> HttpResponse:
    return _edit(request, get_object_or_404(PackageSet, name=name))


@actions
def set_check(request: PortalRequest) -> HttpResponse:
    """What is wrong or odd about the lines that somebody is typing, as a piece of the page."""
    lines = checked_lines(request.POST.get("specs", ""))
    return render(request, "pbins/_set_lines.html", _findings(lines))


@readers
def set_complete(request: PortalRequest) -> JsonResponse:
    """``?q=`` is what was typed of a package's name; the answer names packages like that."""
    typed = request.GET.get("q", "")[:LONGEST_TYPED].strip()
    found = completions(typed) if typed else []
    return JsonResponse(
        [{"name": one.name, "version": one.version, "summary": one.summary} for one in found],
        safe=False,
    )


def _edit(request: PortalRequest, package_set: PackageSet | None) -> HttpResponse:
    form = PackageSetForm(request.POST or None, instance=package_set)
    if request.method == "POST" and form.is_valid():
        save_set(package_set=form.instance, by=request.user)
        _tell_saved(request, form.instance)
        return redirect("set_page", form.instance.name)
    # The instance carries what was typed; the heading shall say what is stored.
    stored = PackageSet.objects.filter(pk=form.instance.pk).first()
    lines = checked_lines(form["specs"].value() or "")
    return render(
        request, "pbins/set_form.html", {"form": form, "package_set": stored, **_findings(lines)}
    )


def _tell_saved(request: PortalRequest, package_set: PackageSet) -> None:
    messages.success(request, f"{package_set.name} is saved.")
    odd = [line.spec for line in checked_lines(package_set.specs) if line.warning]
    if odd:
        more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        messages.warning(request, f"Have a second look at {', '.join(odd[:5])}{more}.")


def _findings(lines: list[Line]) -> dict[str, object]:
    return {
        "errors": [line for line in lines if line.error],
        "warnings": [line for line in lines if line.warning],
        "asked": len(lines),
    }
