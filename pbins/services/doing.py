"""What a run is doing now, in words, told from its steps."""

from pbins.models import Run, RunState, Step, StepAction, StepState

VERBS = {
    StepAction.FETCH.value: "fetches",
    StepAction.CREATE_BINARY.value: "builds",
    StepAction.INSTALL.value: "installs",
    StepAction.UNINSTALL.value: "uninstalls",
}


def what_is_done(run: Run) -> str:
    """As “builds dev-libs/libfoo-1.3, 3 of 15”; empty between steps, and where there are none.

    Fetches are counted by themselves, as cave does (FACTS 4.5).
    """
    if run.state != RunState.EXECUTING:
        return ""
    active = run.steps.filter(state=StepState.ACTIVE).last()
    if active is None:
        return ""
    place, total = _place_of(active)
    return f"{VERBS[active.action]} {active.name}-{active.version}, {place} of {total}"


def tell_what_is_done(run: Run) -> None:
    """Keep it as the run's reason; between two steps the last one stands."""
    reason = what_is_done(run)
    if reason and reason != run.reason:
        Run.objects.filter(pk=run.pk, state=RunState.EXECUTING).update(reason=reason)
        run.reason = reason


def _place_of(step: Step) -> tuple[int, int]:
    alike = step.run.steps.all()
    if step.action == StepAction.FETCH:
        alike = alike.filter(action=StepAction.FETCH)
    else:
        alike = alike.exclude(action=StepAction.FETCH)
    return alike.filter(number__lte=step.number).count(), alike.count()
