"""Running a plan's jobs: counters, markers, resume file, summary (FACTS 4.5)."""

import time
from pathlib import Path

from demo.cave.building import build_binary
from demo.cave.children import in_own_process
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.decisions import CREATE_BINARY
from demo.cave.fetching import fetch
from demo.cave.host import Host
from demo.cave.installing import install
from demo.cave.packages import Package
from demo.cave.plan import ACTIVE, FAILED, PENDING, SKIPPED, SUCCEEDED, Job, Plan
from demo.cave.screen import Screen
from demo.cave.wording import Counter, action_name, replacing_text, say_summary, where

SKIP_CONDITIONS = {
    "if-satisfied": "require_for_satisfied",
    "if-independent": "require_for_independent",
    "always": "require_always",
}


class Execution:
    """`policy` is --continue-on-failure; `resume_file` is rewritten after each job."""

    def __init__(
        self,
        configuration: Configuration,
        plan: Plan,
        host: Host,
        screen: Screen,
        *,
        policy: str = "never",
        prefetch: bool = True,
        resume_file: Path | None = None,
    ) -> None:
        self.configuration = configuration
        self.plan = plan
        self.host = host
        self.screen = screen
        self.policy = policy
        self.prefetch = prefetch
        self.resume_file = resume_file
        self.fetches = Counter(sum(job.is_fetch for job in plan.jobs))
        self.installs = Counter(len(plan.jobs) - self.fetches.total)
        self.logs: dict[int, Path] = {}
        self.next_fetch = 0

    @property
    def went_wrong(self) -> bool:
        return any(job.state != SUCCEEDED for job in self.plan.jobs)

    def run(self) -> bool:
        """Execute every job that may be; True when all of them succeeded."""
        for number, job in enumerate(self.plan.jobs):
            if not job.is_fetch:
                self._fetch_up_to(number)
                self._run_install(number, job)
        self._write_resume_file(at_end=True)
        return not self.went_wrong

    def _fetch_up_to(self, number: int) -> None:
        while self.next_fetch < number:
            self._run_fetch(self.next_fetch)
            self.next_fetch += 1

    def _prefetch(self) -> None:
        """What the background fetcher manages meanwhile: in order, up to one that must wait."""
        while self.prefetch and self.next_fetch < len(self.plan.jobs):
            job = self.plan.jobs[self.next_fetch]
            waits = any(
                self.plan.jobs[required].state in (PENDING, ACTIVE)
                for required, _ in job.requirements
            )
            if job.is_fetch:
                if waits:
                    return
                self._run_fetch(self.next_fetch)
            self.next_fetch += 1

    def _run_fetch(self, number: int) -> None:
        job = self.plan.jobs[number]
        if not job.is_fetch or self._is_over(job, self.fetches, "fetch"):
            return
        package = self._package(job)
        job.state = ACTIVE
        self._announce("starting_action.2", "fetch", job, x=self.fetches.next())
        self._log(number, "fetch", job, f"fetch {package.full}")
        fetched = fetch(self.configuration, package, self.screen)
        if not fetched:
            self._complain("fetch", package, "Fetch of '{}' failed", self.fetches)
            self._say_info_directory()
        self._finish(number, job, "fetch", ok=fetched)

    def _run_install(self, number: int, job: Job) -> None:
        if self._is_over(job, self.installs, "install"):
            return
        package = self._package(job)
        job.state = ACTIVE
        self.installs.next()
        x = self.installs.text()
        action = action_name(job)
        self._announce("starting_action.2", action, job, x=x)
        self._prefetch()
        self._log(number, "install", job, f"installing {package.full} to {where(job)}")
        self.screen.title(x, "install", package.full)
        ok = in_own_process(lambda: self._perform(job, package), self.screen)
        if ok:
            self.screen.title(x, "install", package.full, completed=True)
        else:
            self._complain("install", package, "Install failed for '{}'", self.installs)
            self.installs.failed += 1
        if not ok or number == len(self.plan.jobs) - 1:
            self._say_info_directory()
        self._finish(number, job, action, ok=ok)

    def _perform(self, job: Job, package: Package) -> bool:
        replacing = [each for each in self.configuration.packages() if each.spec in job.replacing]
        act = build_binary if job.destination_type == CREATE_BINARY else install
        return act(self.configuration, package, replacing, self.host, self.screen)

    def _say_info_directory(self) -> None:
        """A hook's words, after the last action and after one that failed."""
        self.screen.say("\n\n")
        self.screen.message("Checking whether the GNU info directory needs updating...")
        self.screen.message("No updates needed")

    def _is_over(self, job: Job, counter: Counter, action: str) -> bool:
        """Already ended in an earlier run, or to be skipped now."""
        if job.state in (SUCCEEDED, FAILED, SKIPPED):
            self.screen.announce(
                "already_action.1",
                x=counter.next(),
                s=job.state.lower(),
                t=f"{action} {job.origin.lstrip('=')}",
            )
            return True
        if self._must_skip(job):
            job.state = SKIPPED
            return True
        return False

    def _must_skip(self, job: Job) -> bool:
        if self.policy == "never" and any(each.state == FAILED for each in self.plan.jobs):
            return True
        condition = SKIP_CONDITIONS.get(self.policy, "require_always")
        return any(
            condition in conditions.split(",") and self.plan.jobs[required].state != SUCCEEDED
            for required, conditions in job.requirements
        )

    def _package(self, job: Job) -> Package:
        """Read anew: an earlier job may have just made it."""
        self.configuration = read_configuration(self.host.root, self.configuration.program)
        found = [each for each in self.configuration.packages() if each.spec == job.origin]
        return found[-1]

    def _announce(self, key: str, action: str, job: Job, *, x: str = "") -> None:
        self.screen.announce(key, x=x, a=action, i=job.origin.lstrip("="), r=replacing_text(job))

    def _log(self, number: int, action: str, job: Job, heading: str) -> None:
        name = job.origin.lstrip("=").replace("/", "_").replace(" ", "_")
        self.logs[number] = self.configuration.logs / f"{int(time.time())}-{action}-{name}.out"
        heading += replacing_text(job)
        self.screen.start_log(self.logs[number], heading if self.prefetch else "")

    def _finish(self, number: int, job: Job, action: str, *, ok: bool) -> None:
        self.screen.end_log()
        if ok:
            self.logs.pop(number).unlink(missing_ok=True)
        job.state = SUCCEEDED if ok else FAILED
        self._announce("done_action.1" if ok else "failed_action.1", action, job)
        self._write_resume_file()

    def _write_resume_file(self, *, at_end: bool = False) -> None:
        if self.resume_file is None:
            return
        if at_end and not self.went_wrong:
            self.screen.say(f"Erasing resume file {self.resume_file}...\n\n")
            self.resume_file.unlink(missing_ok=True)
            return
        if self.went_wrong:
            self.screen.say(f"Writing resume information to {self.resume_file}...\n\n")
            self.plan.write(self.resume_file)

    def summary(self) -> None:
        say_summary(self.configuration, self.plan.jobs, self.logs, self.screen)

    def _complain(self, action: str, package: Package, words: str, counter: Counter) -> None:
        phase = "fetching" if action == "fetch" else "installing"
        exclusivity = " --output-exclusivity with-others" if self.prefetch else ""
        self.screen.say_error(
            f"\nError:\n  * In program cave --colour no perform {action} --hooks --managed-output"
            f"{exclusivity} {package.spec} --x-of-y {counter.text()}:\n"
            f"  * When {phase} '{package.full}':\n"
            f"  * {words.format(package.full)} (paludis::ActionFailedError)\n\n"
        )
