"""Words for the steps of a plan."""

from django import template

from pbins.models import Step

register = template.Library()

CHANGES = {
    "n": "new",
    "s": "new slot",
    "v": "another version",
    "u": "upgrade",
    "r": "again",
    "d": "downgrade",
}


@register.filter
def change_in_words(step: Step) -> str:
    """What cave's letter means (FACTS 4.4); empty where cave shows none."""
    return CHANGES.get(step.change, "")


@register.filter
def own_options(step: Step) -> str:
    """The options of the package itself, without those of every build."""
    return step.options.partition("build_options:")[0].strip()


@register.filter
def wanted_by(step: Step) -> str:
    """For what it is there: that it was asked for, or the packages that need it, each once."""
    reasons = (reason for reason in step.reasons.split(", ") if "(to be like" not in reason)
    names = (reason.partition(":")[0] for reason in reasons)
    asked = ("what was asked for" if name.startswith("target") else name for name in names)
    return ", ".join(dict.fromkeys(asked))
