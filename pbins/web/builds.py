"""Asking for a build: what, and how."""

from typing import Any, cast

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.submission import queue_health, submit
from pbins.models import Host, PackageSet, Repository, Run
from pbins.services.errors import Refused
from pbins.services.queueing import LONGEST_MINUTES, PRIORITIES, BuildChoices, Terms, queue_build
from pbins.web.access import PortalRequest, operators
from pbins.web.spec_field import SpecsField

SELECT = forms.Select(attrs={"class": "form-select"})
NUMBER = forms.NumberInput(attrs={"class": "form-control"})


class BuildForm(forms.Form):
    """What to build in ``repository``, on which of its builders, and how."""

    what = forms.ChoiceField(
        choices=(
            ("packages", "These packages"),
            ("set", "A package set"),
            ("world", "The builder's world"),
        ),
        initial="packages",
        widget=forms.RadioSelect,
    )
    specs = SpecsField(
        label="Packages",
        required=False,
        help_text="Category and name, with a version or slot where it matters.",
    )
    package_set = forms.ModelChoiceField(
        PackageSet.objects.all(), required=False, empty_label="Choose a set", widget=SELECT
    )
    host = forms.ModelChoiceField(
        Host.objects.none(),
        label="Builder",
        required=False,
        empty_label="The one with the least to do",
        widget=SELECT,
    )
    make_dependencies = forms.ChoiceField(
        label="Binaries of dependencies",
        choices=(
            ("all", "All that are needed, to build and to run"),
            ("runtime", "Only those needed to run"),
            ("none", "None"),
        ),
        initial="all",
        widget=SELECT,
    )
    continue_on_failure = forms.BooleanField(
        label="Go on after a failure",
        help_text="with whatever does not depend on what failed",
        required=False,
        initial=True,
    )
    keep_targets = forms.ChoiceField(
        label="What is there already",
        choices=(
            ("auto", "Build named packages again, leave a set's alone if they are the same"),
            ("never", "Build all of it again"),
            ("if-same", "Leave alone what has the same version and options"),
            ("if-same-version", "Leave alone what has the same version"),
            ("if-possible", "Leave alone whatever will do"),
        ),
        initial="auto",
        widget=SELECT,
    )
    sync_first = forms.BooleanField(
        label="Sync the source repositories first",
        help_text="so that the newest versions are seen; never the binary repository",
        required=False,
    )
    one_binary_per_slot = forms.BooleanField(
        label="Keep one version in a slot",
        help_text="older versions in the same slot are removed from the repository",
        required=False,
    )
    skip_tests = forms.BooleanField(
        label="Skip the packages' own tests", required=False, help_text="faster, and riskier"
    )
    priority = forms.IntegerField(
        required=False,
        min_value=-PRIORITIES,
        max_value=PRIORITIES,
        widget=NUMBER,
        help_text="A higher one goes first. Ten minutes of waiting count as 1. Usually 0.",
    )
    timeout_minutes = forms.IntegerField(
        label="Ends after at most (minutes)",
        required=False,
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=NUMBER,
    )
    silence_minutes = forms.IntegerField(
        label="Ended when silent for (minutes)",
        required=False,
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=NUMBER,
    )

    def __init__(self, *args: Any, repository: Repository, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.repository = repository
        host = cast("forms.ModelChoiceField[Host]", self.fields["host"])
        host.queryset = repository.builders.all()
        for name in ("timeout_minutes", "silence_minutes"):
            usual = getattr(repository, name)
            words = f"{usual} unless told otherwise" if usual else "No limit unless told otherwise"
            self.fields[name].help_text = f"{words}; 0 for no limit."

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        what = cleaned.get("what")
        if what == "packages" and "specs" in cleaned and not cleaned["specs"]:
            self.add_error("specs", "Name at least one package, as in dev-libs/libfoo.")
        if what == "set" and "package_set" in cleaned and cleaned["package_set"] is None:
            self.add_error("package_set", "Choose the set to build.")
        return cleaned

    def ask(self, request: PortalRequest) -> Run:
        """Queue the build. Raises Refused."""
        cleaned = self.cleaned_data
        return queue_build(
            repository=self.repository,
            specs=cleaned["specs"] if cleaned["what"] == "packages" else (),
            package_set=cleaned["package_set"] if cleaned["what"] == "set" else None,
            world=cleaned["what"] == "world",
            choices=BuildChoices(
                make_dependencies=cleaned["make_dependencies"],
                continue_on_failure=cleaned["continue_on_failure"],
                keep_targets=cleaned["keep_targets"],
                one_binary_per_slot=cleaned["one_binary_per_slot"],
                skip_tests=cleaned["skip_tests"],
                sync_first=cleaned["sync_first"],
            ),
            host=cleaned["host"],
            terms=Terms(
                priority=cleaned["priority"] or 0,
                timeout_minutes=cleaned["timeout_minutes"],
                silence_minutes=cleaned["silence_minutes"],
            ),
            plan_only="plan" in request.POST,
            asked_by=request.user,
        )


@operators
def build_form(request: PortalRequest, name: str) -> HttpResponse:
    """``?specs=`` and ``?set=`` fill the form in, for links from other pages."""
    repository = get_object_or_404(Repository, name=name)
    if request.method == "POST":
        form = BuildForm(request.POST, repository=repository)
        if form.is_valid():
            try:
                run = form.ask(request)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                submit(run)
                return redirect("run_page", run.pk)
    else:
        form = BuildForm(initial=_wished(request), repository=repository)
    return render(
        request,
        "pbins/build_form.html",
        {
            "repository": repository,
            "form": form,
            "builders": repository.builders.all(),
            "others": Repository.objects.exclude(pk=repository.pk),
            "health": queue_health(),
        },
    )


def _wished(request: PortalRequest) -> dict[str, object]:
    wished = PackageSet.objects.filter(name=request.GET.get("set", "")).first()
    if wished is not None:
        return {"what": "set", "package_set": wished}
    return {"specs": "\n".join(request.GET.get("specs", "").split())}
