"""`cave resume`: execute a written plan. It does not ask for confirmations (FACTS 0.1b)."""

from dataclasses import replace
from pathlib import Path

from demo.cave.arguments import Known, parse_arguments
from demo.cave.configuration import read_configuration
from demo.cave.endings import closing_hooks, pretend
from demo.cave.errors import UsageError
from demo.cave.execution import Execution
from demo.cave.host import Host
from demo.cave.plan import ACTIVE, FAILED, PENDING, SKIPPED, read_plan
from demo.cave.resolve import POLICY_LETTERS, execute
from demo.cave.screen import Screen, is_block_buffered

OPTIONS = (
    Known("resume-file", valued=True),
    Known("continue-on-failure", "C", valued=True),
    Known("fetch-jobs", "J", valued=True),
    Known("retry-failed"),
    Known("retry-skipped"),
    Known("skip-failed"),
    Known("skip-phase", valued=True),
)


def run(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, OPTIONS)
    if not arguments.has("resume-file"):
        raise UsageError("Must specify --resume-file")
    path = Path(arguments.get("resume-file"))
    host = replace(host, skipped_phases=frozenset(arguments.all("skip-phase")))
    configuration = read_configuration(host.root, program)
    plan = read_plan(path)
    for job in plan.jobs:
        if (
            job.state == ACTIVE
            or (job.state == FAILED and arguments.has("retry-failed"))
            or (job.state == SKIPPED and arguments.has("retry-skipped"))
        ):
            job.state = PENDING
        elif job.state == FAILED and arguments.has("skip-failed"):
            job.state = SKIPPED
    screen = Screen(block_buffered=is_block_buffered(arguments.get("fetch-jobs", "1")))
    policy = arguments.get("continue-on-failure", "never")
    execution = Execution(
        configuration,
        plan,
        host,
        screen,
        policy=POLICY_LETTERS.get(policy, policy),
        prefetch=arguments.get("fetch-jobs", "1") != "0",
        resume_file=path,
    )
    if not pretend(configuration, plan, screen):
        closing_hooks(screen, configuration_files=True)
        execution.summary()
        return 1
    return execute(execution)
