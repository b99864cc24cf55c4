"""Asking what cave wants to be permitted: of a person, or of the repository's policy."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from pbins.models import Confirmation, Decision, Run, RunKind
from pbins.paludis import plan_events as said
from pbins.paludis.confirmations import REMEDIES
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.paludis.questions import read_question
from pbins.paludis.remedies import configuration_line
from pbins.paludis.specs import PackageSpec
from pbins.services.confirming import UNDECIDED, can_be_allowed
from pbins.services.following import note

OPTIONS_CONF = "options.conf"


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands between a plan and its execution; `allowed_now`: the policy did so just now."""

    rows: tuple[Confirmation, ...]
    allowed_now: bool = False

    @property
    def is_open(self) -> bool:
        return any(row.decision == Decision.OPEN for row in self.rows)


def ask(run: Run, wanted: Iterable[said.Confirmation], shown: Iterable[said.Confirmation]) -> Asked:
    """A row for everything that cave wants now: as it was decided before, by the policy, or open.

    The gate says what is wanted, the display of the plan more about it (FACTS 4.4, 4.6).
    """
    details = {(one.package, one.kind): one for one in shown if one.detail}
    before = {(row.kind, row.resolvent): row for row in run.confirmations.all()}
    rows, new = [], []
    for one in {(one.package, one.kind): one for one in wanted}.values():
        row = before.get((one.kind.value, one.package))
        if row is None:
            row = _store(run, details.get((one.package, one.kind), one))
            new.append(row)
        rows.append(row)
    return Asked(tuple(rows), any(row.by_policy for row in new))


def ask_about_options(
    run: Run, unmet: Iterable[said.UnmetOptions], planned: Iterable[said.PlannedStep]
) -> Asked:
    """A question for each package whose options nobody has decided; none that can't be answered."""
    slots = {(one.package.name, one.package.version): one.package.slot for one in planned}
    rows = []
    for one in unmet:
        if not read_question(one.requirements).options:
            continue
        try:
            package = PackageId.parse(one.package)
        except ParseError:
            continue
        slot = slots.get((package.name, package.version))
        resolvent = f"{package.name}:{slot}" if slot else str(package.name)
        rows.append(_question(run, resolvent, "\n".join(one.requirements)))
    return Asked(tuple(rows))


def _store(run: Run, wanted: said.Confirmation) -> Confirmation:
    """Store what is asked for the first time, decided at once where the policy allows it."""
    remedy = REMEDIES[wanted.kind]
    permit = wanted.permit
    if remedy.option:
        permit = f"{remedy.option} {remedy.argument or PackageSpec.parse(wanted.package)}"
    row = Confirmation(
        run=run,
        kind=wanted.kind.value,
        resolvent=wanted.package,
        detail=wanted.detail,
        permit=permit,
        line="" if remedy.option else configuration_line(wanted),
    )
    row.by_policy = wanted.kind.value in run.home.allowed_beforehand and can_be_allowed(row)
    if run.kind == RunKind.PLAN:
        row.decision = Decision.SHOWN
    elif row.by_policy:
        row.decision, row.decided_at = Decision.ALLOWED, timezone.now()
        note(run, f"Allowed by the policy of {run.home}: {row}")
    row.save()
    return row


def _question(run: Run, resolvent: str, detail: str) -> Confirmation:
    """A question; one that was answered is asked again only if cave asks something else now."""
    row = run.confirmations.filter(kind=UNDECIDED, resolvent=resolvent).first()
    if row is None:
        decision = Decision.SHOWN if run.kind == RunKind.PLAN else Decision.OPEN
        row = Confirmation(run=run, kind=UNDECIDED, resolvent=resolvent, decision=decision)
    elif row.detail != detail:
        row.decision, row.decided_by, row.decided_at, row.line = Decision.OPEN, None, None, ""
    row.detail, row.permit = detail, OPTIONS_CONF
    row.save()
    return row
