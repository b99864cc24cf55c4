"""What every run prints around its jobs: pretending before, hooks and the world file after."""

from demo.cave.choices import undecided_options
from demo.cave.configuration import Configuration
from demo.cave.plan import Plan
from demo.cave.screen import Screen

RED_STAR = " \x1b[31;01m*\x1b[0m "


def pretend(configuration: Configuration, plan: Plan, screen: Screen) -> bool:
    """False when a package's options can't be decided (transcript 03-options-undecided)."""
    if not plan.pretends:
        return True
    total, shown, decided = len(plan.pretends), "", True
    packages = {each.spec: each for each in configuration.packages()}
    screen.say("Executing pretend actions: ")
    for number, (origin, _, _) in enumerate(plan.pretends, 1):
        screen.say("\b" * len(shown))
        shown = f"{number} of {total}"
        screen.say(shown)
        screen.title(shown, "pretend", origin.lstrip("="))
        package = packages.get(origin)
        undecided = undecided_options(configuration, package) if package else []
        if undecided and package:
            decided = False
            screen.say("\r\n\r\n")
            name = f"{package.name}-{package.version}"
            lines = [f"The following option requirements are unmet for {name}:"]
            lines += [f"    Can't work out the state of option '{each}'" for each in undecided]
            screen.say_error("".join(f"{RED_STAR}{line}\n" for line in lines))
        screen.title(shown, "pretend", origin.lstrip("="), completed=True)
    screen.say("\n")
    return decided


def closing_hooks(screen: Screen, *, configuration_files: bool) -> None:
    screen.say("\n")
    screen.message("No unread news items found")
    screen.say("\n")
    if configuration_files:
        screen.message("Searching for configuration files requiring action...")
        screen.message("No configuration file updates required")


def update_world(configuration: Configuration, targets: list[str], screen: Screen) -> None:
    screen.say("\nUpdating world\n\n")
    path = configuration.world_file
    lines = path.read_text().splitlines() if path.is_file() else []
    for target in targets:
        if target in ("world", "system", "security"):
            screen.say(f"* Special set '{target}' does not belong in world\n")
        elif target.startswith(("=", "<", ">", "~")) or target in lines:
            screen.say(f"* Not adding '{target}'\n")
        else:
            screen.say(f"* Added '{target}'\n")
            lines.append(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
