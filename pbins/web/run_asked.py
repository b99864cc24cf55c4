"""What a run was asked to do, in an administrator's words."""

from pbins.models import Run, RunKind

DEPENDENCIES = {
    "all": "binaries of all dependencies",
    "runtime": "binaries of the dependencies needed to run",
    "none": "no binaries of dependencies",
}
KEPT = {
    "never": "builds again what is there already",
    "if-same": "leaves alone what has the same version and options",
    "if-same-version": "leaves alone what has the same version",
    "if-possible": "leaves alone whatever will do",
}
RESUMED = {
    "failed": "goes on with the same plan, tries again what failed",
    "failed-and-skipped": "goes on with the same plan, tries again what failed or was skipped",
}
ON = {
    "collects_again": "builds nothing, takes in what was built before",
    "continue_on_failure": "goes on after a failure",
    "one_binary_per_slot": "keeps one version in a slot",
    "skip_tests": "skips the packages' own tests",
    "sync_first": "syncs the source repositories first",
    "dry_run": "only shows the difference",
}


def title_of(run: Run) -> str:
    """One line: what is done, with what."""
    if run.kind == RunKind.BUILD:
        return f"Build {_what(run)}"
    if run.kind == RunKind.PLAN:
        return f"Plan {_what(run)}"
    if run.kind == RunKind.SYNC:
        return f"Sync and install {_several(run.specs)}" if run.specs else "Sync"
    return run.get_kind_display().capitalize()


def choices_of(run: Run) -> list[str]:
    """The choices that were made, each as a few words."""
    words = [RESUMED[resumed]] if (resumed := run.choices.get("resumes")) in RESUMED else []
    words += [text for name, text in ON.items() if run.choices.get(name)]
    dependencies = DEPENDENCIES.get(str(run.choices.get("make_dependencies")))
    kept = KEPT.get(str(run.choices.get("keep_targets")))
    return [word for word in (dependencies, kept, *words) if word]


def _what(run: Run) -> str:
    if run.choices.get("world"):
        return "world"
    if run.package_set is not None:
        return f"the set {run.package_set}"
    return _several(run.specs)


def _several(specs: list[str]) -> str:
    if len(specs) <= 2:
        return " and ".join(specs)
    return f"{specs[0]} and {len(specs) - 1} more"
