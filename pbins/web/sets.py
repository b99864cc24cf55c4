"""Package sets: the list and the editor."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.models import PackageSet, Repository
from pbins.web.access import PortalRequest, actions, operators, readers


class PackageSetForm(forms.ModelForm[PackageSet]):
    class Meta:
        model = PackageSet
        fields = ("name", "description", "specs")
        widgets = {  # noqa: RUF012  # as Django wants it
            "name": forms.TextInput(attrs={"class": "form-control", "autocapitalize": "none"}),
            "description": forms.TextInput(attrs={"class": "form-control"}),
            "specs": forms.Textarea(
                attrs={"class": "form-control", "rows": 14, "spellcheck": "false"}
            ),
        }
        help_texts = {  # noqa: RUF012
            "name": "As hosts will know it: letters, digits, dashes.",
            "specs": "One package a line; # begins a comment.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["specs"].label = "Packages"


@readers
def set_list(request: PortalRequest) -> HttpResponse:
    return render(
        request,
        "pbins/set_list.html",
        {"sets": PackageSet.objects.all(), "repositories": Repository.objects.all()},
    )


@operators
def set_new(request: PortalRequest) -> HttpResponse:
    return _edit(request, None)


@operators
def set_edit(request: PortalRequest, name: str) -> HttpResponse:
    return _edit(request, get_object_or_404(PackageSet, name=name))


@readers
def set_page(request: PortalRequest, name: str) -> HttpResponse:
    package_set = get_object_or_404(PackageSet, name=name)
    return render(
        request,
        "pbins/set_page.html",
        {
            "package_set": package_set,
            "repositories": Repository.objects.all(),
            "runs": package_set.runs.select_related("host", "repository")[:10],
        },
    )


@actions
def set_delete(request: PortalRequest, name: str) -> HttpResponse:
    """Runs keep what they were asked for, so history does not suffer."""
    get_object_or_404(PackageSet, name=name).delete()
    messages.success(request, f"The package set {name} is gone. Binaries stay as they are.")
    return redirect("sets")


def _edit(request: PortalRequest, package_set: PackageSet | None) -> HttpResponse:
    form = PackageSetForm(request.POST or None, instance=package_set)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved.name} is saved.")
        return redirect("set_page", saved.name)
    # The instance carries what was typed; the heading shall say what is stored.
    stored = PackageSet.objects.filter(pk=form.instance.pk).first()
    return render(request, "pbins/set_form.html", {"form": form, "package_set": stored})
