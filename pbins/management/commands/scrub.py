"""``manage.py scrub REPOSITORY``: find what is wrong with its files, and repair it."""

from argparse import Namespace
from collections.abc import Iterable

from django.core.management.base import CommandParser

from pbins.api.health_shapes import finding_shape
from pbins.api.shapes import Shape
from pbins.jobs.submission import submit
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import repository_named
from pbins.models import Finding, FindingKind, Repository, Run
from pbins.services.builder_checks import KINDS as BUILDER_KINDS
from pbins.services.builder_checks import REMOVABLE, check_builders
from pbins.services.builder_cleaning import clean_builders
from pbins.services.errors import Refused
from pbins.services.repairing import Repair, repair, repairs_of
from pbins.services.scrubbing import scrub
from pbins.web.wording import size_in_words


class Command(DoorCommand):
    help = "Hold a repository's tarballs, catalogue and git against each other; repair."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", metavar="REPOSITORY")
        parser.add_argument(
            "--full", action="store_true", help="read every tarball whole, not only the changed"
        )
        parser.add_argument(
            "--builders",
            action="store_true",
            help="also look for what lies about in the distdirs of its builders",
        )
        parser.add_argument(
            "--repair",
            choices=[one.value for one in Repair],
            help="repair what was found in this way, wherever it applies",
        )
        parser.add_argument(
            "--finding",
            action="append",
            type=int,
            default=[],
            metavar="ID",
            help="repair only this one; may be repeated",
        )
        add_act(parser, self.scrub)

    def scrub(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        if chosen.finding and not chosen.repair:
            raise Refused("Say with --repair what is to be done about it.")
        report = scrub(repository=repository, full=chosen.full)
        troubles = check_builders(repository) if chosen.builders else []
        findings = list(report.findings)
        if chosen.builders:
            findings += repository.findings.open().filter(kind__in=BUILDER_KINDS)
        told, runs = list[str](), list[Run]()
        if chosen.repair:
            told, runs = self._repair(repository, Repair(chosen.repair), chosen.finding, findings)
            findings = list(repository.findings.open().filter(pk__in=[one.pk for one in findings]))
        found = f"{len(report.findings)} findings ({report.new} new)"
        told = [*troubles, *told]
        summary = f"{report.files} tarballs, {size_in_words(report.read)} read, {found}"
        shape: Shape = {
            "files": report.files,
            "read": report.read,
            "new": report.new,
            "troubles": troubles,
            "runs": [run.pk for run in runs],
            "findings": [finding_shape(one) for one in findings],
        }
        self.answer(chosen, shape, [summary, *told, *_lines(findings)])
        return Outcome.FAILED if findings or troubles else Outcome.WORKED

    def _repair(
        self, repository: Repository, how: Repair, chosen: list[int], findings: list[Finding]
    ) -> tuple[list[str], list[Run]]:
        """What became of each, and the runs that are to do the rest."""
        if how == Repair.CLEAN and not chosen:  # one look at each builder for all of them
            kinds = {FindingKind(one.kind) for one in findings}.intersection(REMOVABLE)
            removed = clean_builders(repository=repository, kinds=kinds)
            return [*(f"{what}: removed" for what in removed.gone), *removed.left], []
        unknown = set(chosen) - {one.pk for one in findings}
        if unknown:
            raise Refused(f"{min(unknown)} is no open finding of {repository.name}.")
        told, runs = list[str](), list[Run]()
        for finding in findings:
            if (chosen and finding.pk not in chosen) or how not in repairs_of(finding):
                continue
            finding.refresh_from_db()
            if finding.settled_at is not None:
                continue
            try:
                run = repair(finding=finding, how=how, asked_by=None)
            except Refused as refusal:
                told.append(f"not repaired: {refusal}")
                continue
            if run is not None:
                submit(run)
                runs.append(run)
                told.append(f"run {run.pk} builds {' '.join(run.specs)}")
            else:
                finding.refresh_from_db()
                told.append(f"{finding.what}: {finding.settled}")
        return told, runs


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for one in findings:
        yield f"{one.pk:>6}  {one}. {one.details}"
        if one.attempt:
            yield f"        last attempt: {one.attempt}"
        if repairs := repairs_of(one):
            yield f"        --repair {'|'.join(repairs)} --finding {one.pk}"
