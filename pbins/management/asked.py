"""What a run asks, for people, and how it is answered."""

from collections.abc import Iterable, Iterator

from pbins.models import Confirmation, Run
from pbins.services.confirming import (
    allowing_in_words,
    can_be_allowed,
    decider_of,
    in_plain_words,
    question_of,
)


def confirmation_lines(asked: Confirmation) -> Iterator[str]:
    """What is asked, more of it where cave said more, and what allowing does."""
    yield f"{asked}, {in_plain_words(asked)}"
    for line in asked.detail.splitlines():
        yield f"    {line}"
    if allowing := allowing_in_words(asked):
        yield f"    allowing it {allowing}"


def decision_of(asked: Confirmation) -> str:
    by = decider_of(asked)
    return f"{asked.get_decision_display()} by {by}" if by else asked.get_decision_display()


def ways_to_answer(run: Run, asked: Iterable[Confirmation]) -> Iterator[str]:
    """The commands by which a person decides."""
    asked = list(asked)
    allow, deny, retry = (f"manage.py run {verb} {run.pk}" for verb in ("allow", "deny", "retry"))
    for one in asked:
        question = question_of(one)
        if question is not None:
            options = ", ".join(question.options)
            command = f"manage.py run answer {run.pk} --confirmation {one.pk} OPTION…"
            yield f"Choose with {command}, those to be on of {options},"
    others = [one for one in asked if question_of(one) is None]
    if not others:
        yield f"or end the run with {deny}."
    elif all(can_be_allowed(one) for one in others):
        yield f"Answer with {allow} or {deny}."
    else:
        yield "What would permit that is not known: change the builder's configuration, then"
        yield f"{deny} and {retry}."
