"""From a run's wishes to cave's plan: the resolution, the steps, the confirmations."""

from collections.abc import Iterable

from pbins.models import Confirmation, Decision, Repository, Run, Step, StepAction, StepState
from pbins.paludis import plan_events as said
from pbins.paludis.confirmations import REMEDIES, ConfirmationKind
from pbins.paludis.names import PackageId, RepositoryName, SetName
from pbins.paludis.plan import Destination, FetchJob, InstallJob, Plan
from pbins.paludis.resolution import (
    ContinueOnFailure,
    KeepTargets,
    Make,
    MakeDependencies,
    Permit,
    Resolution,
)
from pbins.paludis.specs import PackageSpec


def build_resolution(run: Run) -> Resolution:
    """What cave is asked for a build run, with what a person has allowed."""
    choices = run.choices
    world = bool(choices["world"])
    return Resolution(
        targets=SetName("world") if world else _specs(run.specs),
        make=Make.BINARIES,
        make_dependencies=MakeDependencies(choices["make_dependencies"]),
        keep_targets=_keep_targets(run),
        continue_on_failure=_continue(run),
        complete=world,
        one_binary_per_slot=bool(choices["one_binary_per_slot"]),
        skip_tests=bool(choices["skip_tests"]),
        permits=_permits(run),
    )


def install_resolution(run: Run, repository: Repository) -> Resolution:
    """What a consumer is asked to install: nothing that would have to be compiled (FACTS 4.10)."""
    return Resolution(
        targets=_specs(run.specs),
        make=Make.INSTALL,
        make_dependencies=MakeDependencies.AUTO,
        keep_targets=KeepTargets.IF_SAME,
        continue_on_failure=ContinueOnFailure.IF_INDEPENDENT,
        hide=source_repositories(repository),
    )


def source_repositories(repository: Repository) -> tuple[RepositoryName, ...]:
    """Where the repository's packages are made from: its masters, and what its pbins say."""
    named = repository.pbins.order_by().values_list("generated_from", flat=True).distinct()
    names = {*repository.master_names, *filter(None, named)} - {repository.name}
    return tuple(RepositoryName(name) for name in sorted(names))


def store_steps(run: Run, plan: Plan, planned: Iterable[said.PlannedStep]) -> None:
    """The plan's jobs as steps, in order, with what the display adds to them."""
    shown = {_shown_as(step.package, step.destination): step for step in planned if step.taken}
    run.steps.all().delete()
    Step.objects.bulk_create(
        _step(run, number, job, shown)
        for number, job in enumerate(plan.jobs, start=1)
        if isinstance(job, FetchJob | InstallJob)
    )


def settle_steps(run: Run, plan: Plan | None) -> None:
    """What the resume file says at the end; None: it was erased, so everything succeeded."""
    if plan is None:
        run.steps.exclude(state=StepState.SUCCEEDED).update(state=StepState.SUCCEEDED)
        return
    for number, job in enumerate(plan.jobs, start=1):
        state = StepState(job.state.value)
        run.steps.filter(number=number).exclude(state=state).update(state=state)


def abandon_steps(run: Run) -> None:
    """What was under way when the run ended has not come to its end."""
    run.steps.filter(state=StepState.ACTIVE).update(
        state=StepState.FAILED, note="The run ended while this was under way."
    )


def store_confirmations(run: Run, wanted: Iterable[said.Confirmation]) -> bool:
    """Ask for each confirmation that was not asked for yet; whether any is open now."""
    for confirmation in wanted:
        Confirmation.objects.get_or_create(
            run=run, kind=confirmation.kind.value, resolvent=confirmation.package
        )
    return run.confirmations.filter(decision=Decision.OPEN).exists()


def in_plain_words(confirmation: Confirmation) -> str:
    """What allowing it would mean."""
    return REMEDIES[ConfirmationKind(confirmation.kind)].meaning


def can_be_allowed(confirmation: Confirmation) -> bool:
    """Whether an option of cave permits it; the others need a file on the builder changed."""
    return bool(REMEDIES[ConfirmationKind(confirmation.kind)].option)


def _specs(specs: Iterable[str]) -> tuple[PackageSpec, ...]:
    return tuple(PackageSpec.parse(spec) for spec in specs)


def _keep_targets(run: Run) -> KeepTargets:
    """cave's own way: a set skips what is there already, a package that is named is made again."""
    if run.choices["rebuild"]:
        return KeepTargets.NEVER
    return KeepTargets.IF_SAME if run.package_set_id else KeepTargets.AUTO


def _continue(run: Run) -> ContinueOnFailure:
    go_on = run.choices["continue_on_failure"]
    return ContinueOnFailure.IF_INDEPENDENT if go_on else ContinueOnFailure.NEVER


def _permits(run: Run) -> tuple[Permit, ...]:
    allowed = run.confirmations.filter(decision=Decision.ALLOWED)
    return tuple(
        Permit(ConfirmationKind(one.kind), PackageSpec.parse(one.resolvent)) for one in allowed
    )


def _step(
    run: Run,
    number: int,
    job: FetchJob | InstallJob,
    shown: dict[str, said.PlannedStep],
) -> Step:
    step = Step(
        run=run,
        number=number,
        action=StepAction.FETCH,
        name=str(job.origin.name),
        version=job.origin.version.text,
        slot=str(job.origin.slot or ""),
        origin=str(job.origin.repository or ""),
    )
    if isinstance(job, FetchJob):
        return step
    step.action = (
        StepAction.CREATE_BINARY if job.destination is Destination.BINARY else StepAction.INSTALL
    )
    step.destination = str(job.destination_repository)
    step.replaces = ", ".join(map(str, job.replacing))
    display = shown.get(_shown_as(job.origin, job.destination_repository))
    if display is not None:
        step.change = display.letter
        step.options = display.options
        step.reasons = ", ".join(display.reasons)
    return step


def _shown_as(package: PackageId, destination: RepositoryName) -> str:
    """What display and plan agree on; a package installed from its binary differs in origin."""
    return f"{package.name}-{package.version.text}:{package.slot} to {destination}"
