"""``manage.py run``: look at runs, read and search their logs, cancel, retry, allow and deny."""

from argparse import Namespace
from functools import partial
from time import sleep

from django.core.management.base import CommandParser
from django.db import transaction

from pbins.api.run_shapes import run_shape, whole_run_shape
from pbins.management.door import Act, Outcome, add_act
from pbins.management.finding import host_named, repository_named, run_numbered
from pbins.management.logs import LogReader
from pbins.management.searching import add_search, search
from pbins.management.texts import run_line, whole_run_lines
from pbins.management.waiting import POLL_SECONDS, RunCommand, add_wait
from pbins.models import Confirmation, Decision, Run, RunState
from pbins.services.collecting_again import collect_again
from pbins.services.confirming import answer, decide, question_of
from pbins.services.errors import Refused
from pbins.services.kept_plans import Resumes
from pbins.services.logs import is_log_removed
from pbins.services.queueing import build_planned, retry_run
from pbins.services.retrying import resume_run
from pbins.services.runs import cancel_run

RETRIED = {Resumes.FAILED: "failed", Resumes.FAILED_AND_SKIPPED: "failed or was skipped"}


class Command(RunCommand):
    help = "Runs: list, show, log, search, cancel, retry, collect, allow, deny."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = verbs.add_parser("list", help="the latest runs")
        listing.add_argument("--host", metavar="H")
        listing.add_argument("--repository", metavar="NAME")
        listing.add_argument("--state", choices=RunState.values)
        listing.add_argument("--limit", type=int, default=20, metavar="N")
        add_act(listing, self.list_all)
        _verb(verbs.add_parser("show", help="state, plan, confirmations, events"), self.show)
        log = verbs.add_parser("log", help="what the host printed")
        log.add_argument("--follow", action="store_true", help="until the run ends")
        _verb(log, self.log)
        searching = verbs.add_parser("search", help="a text in the logs of all runs")
        add_search(searching)
        add_act(searching, partial(search, self))
        _verb(verbs.add_parser("cancel", help="end it on the host"), self.cancel)
        retry = verbs.add_parser("retry", help="the same again, as a new run")
        how = retry.add_mutually_exclusive_group()
        how.add_argument("--fresh", action="store_true", help="with a plan of its own (default)")
        for what in Resumes:
            how.add_argument(
                f"--{what.value}",
                dest="resumes",
                action="store_const",
                const=what,
                help=f"go on with the same plan, with what {RETRIED[what]}",
            )
        add_wait(retry)
        _verb(retry, self.retry)
        for name, act in (("allow", self.allow), ("deny", self.deny)):
            verb = verbs.add_parser(name, help=f"{name} what the run asks to be confirmed")
            verb.add_argument(
                "--confirmation", type=int, action="append", metavar="N", help="default: all"
            )
            add_wait(verb)
            _verb(verb, act)
        choose = verbs.add_parser("answer", help="choose options that nobody has decided")
        add_wait(choose)
        _verb(choose, self.choose)
        choose.add_argument("options", metavar="OPTION", nargs="*", help="on; all others are off")
        choose.add_argument("--confirmation", type=int, metavar="N", help="if several are open")
        collect = verbs.add_parser(
            "collect", help="take in what it has made, where that has not been done"
        )
        add_wait(collect)
        _verb(collect, self.collect)
        build = verbs.add_parser("build", help="build what a plan-only run has planned")
        add_wait(build)
        _verb(build, self.build)

    def list_all(self, chosen: Namespace) -> Outcome:
        runs = Run.objects.select_related("host", "repository")
        if chosen.host is not None:
            runs = runs.filter(host=host_named(chosen.host))
        if chosen.repository is not None:
            runs = runs.filter(repository=repository_named(chosen.repository))
        if chosen.state is not None:
            runs = runs.filter(state=chosen.state)
        latest = list(runs[: max(chosen.limit, 0)])
        lines = [run_line(run) for run in latest] or ["There are no such runs."]
        self.answer(chosen, [run_shape(run) for run in latest], lines)
        return Outcome.WORKED

    def show(self, chosen: Namespace) -> Outcome:
        run = run_numbered(chosen.id)
        self.answer(chosen, whole_run_shape(run), whole_run_lines(run))
        return Outcome.WORKED

    def log(self, chosen: Namespace) -> Outcome:
        run = run_numbered(chosen.id)
        if is_log_removed(run):
            raise Refused(f"The log of run {run.pk} is kept no longer.")
        if chosen.json:
            text = "".join(LogReader(run).pieces())
            self.answer(chosen, run_shape(run) | {"log": text}, ())
            return Outcome.WORKED
        try:
            self._print_log(run, follow=chosen.follow)
        except KeyboardInterrupt:
            self.complain(f"\nRun {run.pk} goes on without you.")
            return Outcome.INTERRUPTED
        return Outcome.WORKED

    def _print_log(self, run: Run, *, follow: bool) -> None:
        reader = LogReader(run)
        while True:
            ended = run.is_final or not follow  # asked before reading, so that nothing is missed
            for piece in reader.pieces():
                self.stdout.write(piece, ending="")
            self.stdout.flush()
            if ended:
                return
            sleep(POLL_SECONDS)
            run.refresh_from_db(fields=("state", "reason"))

    def cancel(self, chosen: Namespace) -> Outcome:
        run = run_numbered(chosen.id)
        cancel_run(run=run, asked_by=None)
        run.refresh_from_db()
        self.answer(chosen, run_shape(run), [f"run {run.pk}", _cancelled(run)])
        return Outcome.WORKED

    def retry(self, chosen: Namespace) -> Outcome:
        run = run_numbered(chosen.id)
        if chosen.resumes is None:
            retried = retry_run(run=run, asked_by=None)
        else:
            retried = resume_run(run=run, what=chosen.resumes, asked_by=None)
        return self.begin(chosen, [retried])

    def allow(self, chosen: Namespace) -> Outcome:
        return self._decide(chosen, allow=True)

    def deny(self, chosen: Namespace) -> Outcome:
        return self._decide(chosen, allow=False)

    def choose(self, chosen: Namespace) -> Outcome:
        run = run_numbered(chosen.id)
        numbers = None if chosen.confirmation is None else [chosen.confirmation]
        asked = [one for one in _asked(run, numbers) if question_of(one) is not None]
        if len(asked) != 1:
            names = ", ".join(f"--confirmation {one.pk} ({one.resolvent})" for one in asked)
            raise Refused(f"Say which question is answered: {names or 'none is open'}.")
        run = answer(confirmation=asked[0], on=set(chosen.options), asked_by=None)
        return self._after_deciding(chosen, run)

    def collect(self, chosen: Namespace) -> Outcome:
        run = collect_again(run=run_numbered(chosen.id), asked_by=None)
        return self.begin(chosen, [run])

    def build(self, chosen: Namespace) -> Outcome:
        run = build_planned(run=run_numbered(chosen.id), asked_by=None)
        return self.begin(chosen, [run])

    def _decide(self, chosen: Namespace, *, allow: bool) -> Outcome:
        run = run_numbered(chosen.id)
        with transaction.atomic():  # all or none of them
            for confirmation in _asked(run, chosen.confirmation):
                if run.state == RunState.CONFIRMING:  # one denied ends the run
                    run = decide(confirmation=confirmation, allow=allow, asked_by=None)
        return self._after_deciding(chosen, run)

    def _after_deciding(self, chosen: Namespace, run: Run) -> Outcome:
        if run.state == RunState.QUEUED:
            return self.begin(chosen, [run])
        self.answer(chosen, run_shape(run), [f"run {run.pk}", run_line(run)])
        return Outcome.WORKED


def _verb(parser: CommandParser, act: Act) -> None:
    parser.add_argument("id", metavar="ID", type=int)
    add_act(parser, act)


def _asked(run: Run, numbers: list[int] | None) -> list[Confirmation]:
    """The open confirmations, all or those numbered; refused when there is none such."""
    asked = list(run.confirmations.filter(decision=Decision.OPEN))
    if numbers is not None:
        asked = [one for one in asked if one.pk in numbers]
    if not asked:
        raise Refused(f"Run {run.pk} asks for no such confirmation; it is {run.state}.")
    return asked


def _cancelled(run: Run) -> str:
    if run.is_final:
        return run_line(run)
    return f"{run_line(run)}; it is told to stop, manage.py run show {run.pk} tells when it has"
