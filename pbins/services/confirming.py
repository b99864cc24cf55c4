"""What cave will not do unpermitted, in words, and what people decide about it."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pbins.models import Confirmation, Decision, Repository, Run, RunState
from pbins.paludis.confirmations import REMEDIES, ConfirmationKind
from pbins.paludis.questions import Question, read_question
from pbins.paludis.remedies import options_line
from pbins.paludis.resolution import Permit
from pbins.paludis.specs import PackageSpec
from pbins.services.errors import Refused
from pbins.services.following import note

UNDECIDED = "undecided_options"
"""The kind of a question about options; cave fails by them and has no word for it."""
UNDECIDED_MEANING = "options of a package have to be chosen, and nobody has"
CONFIGURATION = "/etc/paludis"
KINDS = {kind.value: REMEDIES[kind].meaning for kind in ConfirmationKind}
"""What a policy may allow beforehand, in plain words. A choice of options is a person's."""


def in_plain_words(confirmation: Confirmation) -> str:
    """What allowing it would mean."""
    return KINDS.get(confirmation.kind, UNDECIDED_MEANING)


def question_of(confirmation: Confirmation) -> Question | None:
    """The options to choose from, where it is a question about options."""
    if confirmation.kind != UNDECIDED:
        return None
    return read_question(confirmation.detail.splitlines())


def can_be_allowed(confirmation: Confirmation) -> bool:
    """Whether we know what would permit it: an option of cave, or a line of a file."""
    return bool(confirmation.line) or confirmation.permit.startswith("-")


def file_of(confirmation: Confirmation) -> str:
    """The file on the builder that allowing it changes; empty where an option does it."""
    if not confirmation.permit or confirmation.permit.startswith("-"):
        return ""
    return f"{CONFIGURATION}/{confirmation.permit}"


def allowing_in_words(confirmation: Confirmation) -> str:
    """What exactly changes when it is allowed; empty where nobody knows what would permit it."""
    if confirmation.line:
        host = confirmation.run.host.name
        return f"adds “{confirmation.line}” to {file_of(confirmation)} on {host}"
    if can_be_allowed(confirmation):
        return f"adds {confirmation.permit} to the command line"
    return ""


def decider_of(confirmation: Confirmation) -> str:
    """Who decided, in words; empty while nobody has."""
    if confirmation.by_policy:
        return f"the policy of {confirmation.run.home}"
    if confirmation.decided_by is not None:
        return str(confirmation.decided_by)
    return "the command line" if confirmation.decided_at else ""


def set_policy(*, repository: Repository, kinds: Collection[str]) -> None:
    """From now on builds ask for everything but these kinds. Raises Refused for an unknown one."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise Refused(f"{', '.join(unknown)}: no such kind. There are {', '.join(KINDS)}.")
    repository.allowed_beforehand = [kind for kind in KINDS if kind in kinds]
    repository.save(update_fields=("allowed_beforehand",))


def policy_in_words(repository: Repository) -> list[str]:
    """What the policy allows, each kind in plain words."""
    return [KINDS[kind] for kind in repository.allowed_beforehand if kind in KINDS]


def permits_of(run: Run) -> tuple[Permit, ...]:
    """What was allowed and is permitted by an option; a file's line is written on the builder."""
    allowed = run.confirmations.filter(decision=Decision.ALLOWED, permit__startswith="-")
    return tuple(
        Permit(ConfirmationKind(one.kind), PackageSpec.parse(one.resolvent)) for one in allowed
    )


@transaction.atomic
def decide(*, confirmation: Confirmation, allow: bool, asked_by: User | None) -> Run:
    """Allow or deny one confirmation; after the last the run is planned anew, or cancelled."""
    _take_open(confirmation)
    if allow and question_of(confirmation) is not None:
        raise Refused(f"{confirmation.resolvent} needs an answer: choose which options are on.")
    if allow and not can_be_allowed(confirmation):
        raise Refused(
            f"What would permit this is not known: {confirmation}. Change the builder's"
            " configuration (package_unmask.conf, platforms.conf, licences.conf or options.conf),"
            " then retry the run."
        )
    return _decide(confirmation, Decision.ALLOWED if allow else Decision.DENIED, asked_by)


@transaction.atomic
def decide_all(*, run: Run, allow: bool, count: int, asked_by: User | None) -> Run:
    """Decide everything that is open at once. Refused unless there are as many as were seen."""
    waiting = run.confirmations.select_for_update().filter(decision=Decision.OPEN)
    asked = list(waiting.exclude(kind=UNDECIDED) if allow else waiting)
    if len(asked) != count or not asked:
        raise Refused(
            f"{len(asked)} confirmations are open, not {count}: look at them again, then decide."
        )
    for confirmation in asked:
        if run.state == RunState.CONFIRMING:  # one denied ends the run
            run = decide(confirmation=confirmation, allow=allow, asked_by=asked_by)
    return run


@transaction.atomic
def answer(*, confirmation: Confirmation, on: Collection[str], asked_by: User | None) -> Run:
    """Choose the options of a package: those named are on, all others in question are off."""
    _take_open(confirmation)
    question = question_of(confirmation)
    if question is None:
        raise Refused(f"{confirmation} is no question about options; allow or deny it.")
    others = sorted(set(on) - set(question.options))
    if others:
        choice = ", ".join(question.options)
        raise Refused(f"{', '.join(others)}: not asked about. Choose among {choice}.")
    if unmet := question.unmet(on):
        raise Refused(f"cave would refuse this choice: {'; '.join(unmet)}.")
    confirmation.line = options_line(confirmation.resolvent, question.decided(on))
    return _decide(confirmation, Decision.ALLOWED, asked_by)


def plan_anew(run: Run, reason: str) -> None:
    """Back into the queue, for another plan that knows what was allowed."""
    run.move(RunState.QUEUED, reason=reason, attempt=run.attempt + 1)


def _take_open(confirmation: Confirmation) -> None:
    confirmation.refresh_from_db(from_queryset=Confirmation.objects.select_for_update())
    is_open = confirmation.decision == Decision.OPEN
    if confirmation.run.state != RunState.CONFIRMING or not is_open:
        raise Refused("This was decided already.")


def _decide(confirmation: Confirmation, decision: Decision, asked_by: User | None) -> Run:
    run = confirmation.run
    confirmation.decision = decision
    confirmation.decided_by = asked_by if asked_by and asked_by.pk else None
    confirmation.decided_at = timezone.now()
    confirmation.save()
    note(run, f"{decision.label.capitalize()}: {confirmation}")
    if decision == Decision.DENIED:
        run.move(RunState.CANCELLED, reason=f"Denied: {confirmation}.")
    elif not run.confirmations.filter(decision=Decision.OPEN).exists():
        plan_anew(run, "Planned anew with what was allowed.")
    return run
