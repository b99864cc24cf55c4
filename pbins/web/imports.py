"""Imports of a repository: what was taken in from where, how far it is, and a form for another."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.imports import submit_import
from pbins.models import Import, Repository
from pbins.services.errors import Refused
from pbins.services.taking_in import add_import, add_import_of_portal
from pbins.web.access import PortalRequest, operators, readers
from pbins.web.paging import page_of

GIT, PORTAL = "git", "portal"
SHOWN_PROBLEMS = 100
TEXT = forms.TextInput(attrs={"class": "form-control"})


class ImportForm(forms.Form):
    """Where from; files of the portal's own machine only its command line may name."""

    source = forms.ChoiceField(
        label="From",
        choices=((GIT, "a git repository, with its past"), (PORTAL, "another portal like this")),
        initial=GIT,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    address = forms.CharField(
        max_length=400,
        widget=TEXT,
        help_text="https://git.example.org/bins.git, or https://portal.example.org of a portal.",
    )
    branch = forms.CharField(
        required=False,
        max_length=200,
        widget=TEXT,
        help_text="Empty: the one that a clone begins with.",
    )
    host_key = forms.CharField(
        required=False,
        max_length=100,
        widget=TEXT,
        help_text="SHA256:…, for ssh:// addresses only; the portal’s own key logs in there.",
    )
    theirs = forms.CharField(
        label="Name there",
        required=False,
        max_length=100,
        widget=TEXT,
        help_text="Of another portal’s repository, if it is called differently.",
    )
    tarballs = forms.CharField(
        label="Address of the tarballs",
        required=False,
        max_length=400,
        widget=TEXT,
        help_text="What comes before a tarball’s name: https://example.org/distfiles/. Without it,"
        " versions whose tarballs are not here are withheld from hosts. Of a portal it is known.",
    )


@operators
def repository_imports(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    form = ImportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            taking = _add(repository, form, request)
        except Refused as refusal:
            form.add_error("address", str(refusal))
        else:
            submit_import(taking)
            messages.success(request, "It begins now; how far it is appears here.")
            return redirect("import_page", taking.pk)
    page = page_of(request, repository.imports.select_related("asked_by"))
    context = {"repository": repository, "form": form, "page": page}
    return render(request, "pbins/repository_imports.html", context)


@readers
def import_page(request: PortalRequest, pk: int) -> HttpResponse:
    return render(request, "pbins/import_page.html", _context(pk))


@readers
def import_live(request: PortalRequest, pk: int) -> HttpResponse:
    return render(request, "pbins/_import_live.html", _context(pk))


def _context(pk: int) -> dict[str, object]:
    taking = get_object_or_404(Import.objects.select_related("repository", "asked_by"), pk=pk)
    return {
        "taking": taking,
        "repository": taking.repository,
        "problems": taking.problems[:SHOWN_PROBLEMS],
        "more": max(0, len(taking.problems) - SHOWN_PROBLEMS),
    }


def _add(repository: Repository, form: ImportForm, request: PortalRequest) -> Import:
    told = form.cleaned_data
    if told["source"] == PORTAL:
        return add_import_of_portal(
            repository=repository,
            address=told["address"],
            name=told["theirs"],
            branch=told["branch"],
            asked_by=request.user,
        )
    return add_import(
        repository=repository,
        address=told["address"],
        branch=told["branch"],
        tarballs=told["tarballs"],
        fingerprint=told["host_key"],
        asked_by=request.user,
    )
