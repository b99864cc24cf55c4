"""A choice among very many: Django's own widgets make a template of each option."""

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

CHOSEN = SafeString(" selected")


class LongSelectMultiple(forms.SelectMultiple):
    """Looks as Django's, without groups."""

    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, object] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chosen = set(self.format_value(value))
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, CHOSEN if str(key) in chosen else "", words) for key, words in self.choices),
        )
        attributes = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select multiple{}>\n{}\n</select>", attributes, options)
