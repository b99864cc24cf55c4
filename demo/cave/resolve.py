"""`cave resolve`: the plan, and with -x its execution."""

import sys
from dataclasses import replace
from pathlib import Path

from demo.cave.arguments import Arguments, Known, parse_arguments
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.decisions import Resolution
from demo.cave.display import Display, required_confirmations
from demo.cave.endings import closing_hooks, pretend, update_world
from demo.cave.errors import UsageError, nothing_matching
from demo.cave.execution import Execution
from demo.cave.host import Host
from demo.cave.plan import Plan, make_plan
from demo.cave.resolver import Request, Resolver
from demo.cave.screen import Screen, is_block_buffered
from demo.cave.sets import is_set, set_specs
from demo.cave.specs import Spec, parse_spec

OPTIONS = (
    Known("execute", "x"),
    Known("complete", "c"),
    Known("lazy", "z"),
    Known("everything", "e"),
    Known("make", "m", valued=True),
    Known("make-dependencies", "M", valued=True),
    Known("dependencies-to-slash", "/", valued=True),
    Known("via-binary", "b", valued=True),
    Known("one-binary-per-slot"),
    Known("keep-targets", "K", valued=True),
    Known("keep", "k", valued=True),
    Known("reinstall-scm", "R", valued=True),
    Known("preserve-world", "1"),
    Known("continue-on-failure", "C", valued=True),
    Known("resume-file", valued=True),
    Known("fetch", "f"),
    Known("fetch-jobs", "J", valued=True),
    Known("skip-phase", valued=True),
    Known("abort-at-phase", valued=True),
    Known("skip-until-phase", valued=True),
    Known("change-phases-for", valued=True),
    Known("permit-uninstall", "U", valued=True),
    Known("permit-downgrade", "d", valued=True),
    Known("permit-old-version", "o", valued=True),
    Known("uninstalls-may-break", "u", valued=True),
    Known("remove-if-dependent", "r", valued=True),
    Known("purge", "P", valued=True),
    Known("hide", "H", valued=True),
    Known("no-dependencies-from", "0", valued=True),
    Known("suggestions", valued=True),
    Known("recommendations", valued=True),
    Known("promote-binaries", valued=True),
    Known("explain", "X", valued=True),
    Known("show-descriptions", valued=True),
    Known("show-option-descriptions", valued=True),
    Known("display-resolution-program", valued=True),
)
KEEP_LETTERS = {
    "n": "never",
    "t": "if-transient",
    "m": "if-same-metadata",
    "s": "if-same",
    "v": "if-same-version",
    "p": "if-possible",
}
POLICY_LETTERS = {"n": "never", "s": "if-satisfied", "i": "if-independent", "a": "always"}
BLOCKED_BY_OPTIONS = 3


def run(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, OPTIONS)
    host = replace(host, skipped_phases=frozenset(arguments.all("skip-phase")))
    configuration = read_configuration(host.root, program)
    set_target = _check_targets(configuration, arguments.targets)
    screen = Screen(block_buffered=is_block_buffered(arguments.get("fetch-jobs", "1")))
    request = _request(arguments, set_target=set_target)
    resolver = Resolver(configuration, request)
    resolution = resolver.resolve(_targets(configuration, arguments.targets))
    _display(configuration, resolution, arguments, screen)
    if resolution.undecided:
        return 1
    plan = make_plan(
        resolution,
        _plain_targets(configuration, arguments.targets),
        preserve_world=arguments.has("preserve-world"),
        target_is_set=set_target,
    )
    return _finish(configuration, resolution, plan, arguments, host, screen)


def _finish(
    configuration: Configuration,
    resolution: Resolution,
    plan: Plan,
    arguments: Arguments,
    host: Host,
    screen: Screen,
) -> int:
    """Pretend, then execute; what needs a permission ends here, with 0 all the same (FACTS 0.1)."""
    resume_file = Path(arguments.get("resume-file")) if arguments.has("resume-file") else None
    decided = pretend(configuration, plan, screen)
    execution = Execution(
        configuration,
        plan,
        host,
        screen,
        policy=_letter(arguments.get("continue-on-failure", "never"), POLICY_LETTERS),
        prefetch=arguments.get("fetch-jobs", "1") != "0",
        resume_file=resume_file,
    )
    executes = arguments.has("execute") and not resolution.unconfirmed
    if not decided:
        closing_hooks(screen, configuration_files=executes)
        execution.summary()
        return 1
    if executes:
        return execute(execution)
    closing_hooks(screen, configuration_files=False)
    if resume_file is not None:
        screen.say(f"Writing resume information to {resume_file}...\n")
        plan.write(resume_file)
    changed = any(each.changed_options for each in resolution.unconfirmed)
    return BLOCKED_BY_OPTIONS if changed else 0


def execute(execution: Execution) -> int:
    """The jobs, the world file when all went well, else the summary."""
    screen, plan = execution.screen, execution.plan
    if not plan.jobs:
        screen.say("\n")
        screen.message("Checking whether the GNU info directory needs updating...")
        screen.message("No updates needed")
    ok = execution.run()
    if ok and not plan.preserve_world:
        update_world(execution.configuration, plan.targets, screen)
    closing_hooks(screen, configuration_files=True)
    if not ok:
        execution.summary()
    return 0 if ok else 1


def _request(arguments: Arguments, *, set_target: bool) -> Request:
    binaries = arguments.get("make", "auto").startswith("b")
    keep_targets = _letter(arguments.get("keep-targets", "auto"), KEEP_LETTERS)
    if keep_targets in ("auto", "a"):
        keep_targets = "if-same" if set_target else "never"
    keep = "if-same" if arguments.has("complete") else "if-possible"
    make_dependencies = arguments.get("make-dependencies", "auto")
    return Request(
        binaries=binaries,
        keep_targets=keep_targets,
        keep=_letter(arguments.get("keep", keep), KEEP_LETTERS),
        make_dependencies={"a": "all", "n": "none"}.get(make_dependencies, make_dependencies),
        one_binary_per_slot=arguments.has("one-binary-per-slot"),
        hidden=_specs(arguments, "hide"),
        permitted={
            "downgrade": _specs(arguments, "permit-downgrade"),
            "not_best": _specs(arguments, "permit-old-version"),
        },
        without_dependencies_of=_specs(arguments, "no-dependencies-from"),
    )


def _letter(value: str, letters: dict[str, str]) -> str:
    return letters.get(value, value)


def _specs(arguments: Arguments, name: str) -> tuple[Spec, ...]:
    return tuple(parse_spec(text) for text in arguments.all(name))


def _check_targets(configuration: Configuration, targets: list[str]) -> bool:
    """Whether the target is a set; raises UsageError for mixtures."""
    if not targets:
        raise UsageError("Must specify at least one target")
    sets = [target for target in targets if is_set(configuration, target)]
    if len(sets) > 1:
        raise UsageError("Cannot specify multiple set targets")
    if sets and len(targets) > 1:
        raise UsageError("Cannot specify set and non-set targets simultaneously")
    return bool(sets)


def _targets(configuration: Configuration, targets: list[str]) -> list[tuple[Spec, str]]:
    found: list[tuple[Spec, str]] = []
    for target in targets:
        if is_set(configuration, target):
            where = "world::environment" if target == "world" else target
            found += [(spec, f"target ({where})") for spec in set_specs(configuration, target)]
        else:
            found.append((parse_spec(_qualified(configuration, target)), "target"))
    return found


def _plain_targets(configuration: Configuration, targets: list[str]) -> list[str]:
    return [
        target if is_set(configuration, target) else _qualified(configuration, target)
        for target in targets
    ]


def _qualified(configuration: Configuration, target: str) -> str:
    """`hush` as `app-shells/hush` when only one category has it."""
    if "/" in target:
        return target
    names = {each.name for each in configuration.packages() if each.package == target}
    if len(names) != 1:
        raise nothing_matching(target, ("When adding targets from commandline",))
    return names.pop()


def _display(
    configuration: Configuration, resolution: Resolution, arguments: Arguments, screen: Screen
) -> None:
    if "required-confirmations" in arguments.get("display-resolution-program"):
        screen.say(required_confirmations(resolution))
        return
    display = Display(
        configuration,
        resolution,
        descriptions=arguments.get("show-descriptions", "new"),
        option_descriptions=arguments.get("show-option-descriptions", "new"),
    )
    screen.say(display.render(to_terminal=sys.stdout.isatty()))
