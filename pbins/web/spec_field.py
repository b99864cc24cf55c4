"""The field into which people type package names."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pbins.paludis.errors import ParseError
from pbins.paludis.sets import spec_and_comment
from pbins.paludis.specs import PackageSpec


class SpecsField(forms.CharField):
    """Package specs between spaces or line ends, # begins a comment; cleans to a list of them."""

    def __init__(self, **options: Any) -> None:
        attributes = {
            "class": "form-control",
            "rows": 4,
            "spellcheck": "false",
            "autocapitalize": "none",
            "placeholder": "dev-libs/libfoo\nsys-apps/bar[>=1.2]",
        }
        super().__init__(**{"widget": forms.Textarea(attrs=attributes), **options})

    def clean(self, value: object) -> list[str]:
        text = super().clean(value)
        typed = [word for line in text.splitlines() for word in spec_and_comment(line)[0].split()]
        problems = []
        for spec in typed:
            try:
                PackageSpec.parse(spec)
            except ParseError as error:
                problems.append(f"{spec}: {error.reason}")
        if problems:
            raise ValidationError(problems)
        return list(dict.fromkeys(typed))
