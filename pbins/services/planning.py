"""From a run's wishes to cave's plan: the resolution, and the steps."""

from collections.abc import Iterable, Mapping

from pbins.models import Repository, Run, Step, StepAction, StepState
from pbins.paludis import plan_events as said
from pbins.paludis.names import PackageId, RepositoryName, SetName
from pbins.paludis.plan import Destination, FetchJob, InstallJob, Plan, UninstallJob
from pbins.paludis.resolution import (
    ContinueOnFailure,
    KeepTargets,
    Make,
    MakeDependencies,
    Resolution,
)
from pbins.paludis.specs import PackageSpec
from pbins.services.confirming import permits_of


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
        permits=permits_of(run),
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
    taken = [step for step in planned if step.taken]
    shown = {_shown_as(step.package, step.destination): step for step in taken}
    downloads = {str(step.package): step.download for step in taken}
    run.steps.all().delete()
    steps = []
    for index, job in enumerate(plan.jobs):
        step = _step(job, shown, downloads)
        step.run, step.number = run, index + 1
        step.waits_for = [before + 1 for before in plan.waits_for(index)]
        steps.append(step)
    Step.objects.bulk_create(steps)


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


def _specs(specs: Iterable[str]) -> tuple[PackageSpec, ...]:
    return tuple(PackageSpec.parse(spec) for spec in specs)


def _keep_targets(run: Run) -> KeepTargets:
    """cave's own way: a set skips what is there already, a package that is named is made again.

    Our sets reach cave as the packages in them, so for these we say it.
    """
    chosen = KeepTargets(run.choices.get("keep_targets", "auto"))
    if chosen is KeepTargets.AUTO and run.package_set_id:
        return KeepTargets.IF_SAME
    return chosen


def _continue(run: Run) -> ContinueOnFailure:
    go_on = run.choices["continue_on_failure"]
    return ContinueOnFailure.IF_INDEPENDENT if go_on else ContinueOnFailure.NEVER


def _step(
    job: FetchJob | InstallJob | UninstallJob,
    shown: Mapping[str, said.PlannedStep],
    downloads: Mapping[str, str],
) -> Step:
    match job:
        case FetchJob():
            step = _step_of(job.origin, StepAction.FETCH)
            step.download = downloads.get(str(job.origin), "")
            return step
        case UninstallJob():
            step = _step_of(job.removing[0], StepAction.UNINSTALL)
            step.note = ", ".join(map(str, job.removing[1:]))
            return step
        case InstallJob():
            is_binary = job.destination is Destination.BINARY
            action = StepAction.CREATE_BINARY if is_binary else StepAction.INSTALL
            step = _step_of(job.origin, action)
            step.destination = str(job.destination_repository)
            step.replaces = ", ".join(map(str, job.replacing))
            _add_display(step, shown.get(_shown_as(job.origin, job.destination_repository)))
            return step


def _step_of(package: PackageId, action: StepAction) -> Step:
    return Step(
        action=action,
        name=str(package.name),
        version=package.version.text,
        slot=str(package.slot or ""),
        origin=str(package.repository or ""),
    )


def _add_display(step: Step, display: said.PlannedStep | None) -> None:
    if display is None:
        return
    step.change = display.letter
    step.options = display.options
    step.reasons = ", ".join(display.reasons)


def _shown_as(package: PackageId, destination: RepositoryName) -> str:
    """What display and plan agree on; a package installed from its binary differs in origin."""
    return f"{package.name}-{package.version.text}:{package.slot} to {destination}"
