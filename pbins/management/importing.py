"""``manage.py repository import``: what it may be asked, and what it tells."""

from argparse import Namespace
from pathlib import Path

from django.core.management.base import CommandParser

from pbins.models import Import, Repository
from pbins.services.imports import ImportReport
from pbins.services.taking_in import add_import, add_import_of_directory, add_import_of_portal
from pbins.services.tarball_sources import WEB

SCHEMES = ("https", "http", "ssh", "git", "file")


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the repository of ours that it goes into")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--git", metavar="URL", help="a git repository, with its past")
    source.add_argument("--portal", metavar="URL", help="another portal, with its tarballs")
    source.add_argument("--directory", metavar="PATH", type=Path, help="a directory, or a .tar.xz")
    parser.add_argument("--branch", default="", help="default: the one that a clone begins with")
    parser.add_argument(
        "--host-key", default="", metavar="SHA256:…", help="the host's key, for ssh:// addresses"
    )
    parser.add_argument("--theirs", default="", metavar="NAME", help="its name at the other portal")
    parser.add_argument(
        "--tarballs", default="", metavar="WHERE", help="a directory, or an address that begins so"
    )


def import_asked_for(repository: Repository, chosen: Namespace) -> Import:
    """The row of what the command line asks for. Raises Refused."""
    tarballs = chosen.tarballs
    if tarballs and not tarballs.startswith(WEB):
        tarballs = str(Path(tarballs).absolute())
    if chosen.portal:
        return add_import_of_portal(
            repository=repository,
            address=chosen.portal,
            name=chosen.theirs,
            branch=chosen.branch,
        )
    if chosen.directory:
        return add_import_of_directory(
            repository=repository, directory=chosen.directory, tarballs=tarballs
        )
    return add_import(
        repository=repository,
        address=chosen.git,
        branch=chosen.branch,
        tarballs=tarballs,
        fingerprint=chosen.host_key,
        schemes=SCHEMES,
    )


def report_lines(report: ImportReport) -> list[str]:
    counts = (
        f"{report.published} published, {report.withheld} withheld, {left_out(report)} left out"
    )
    return [f"{report.found} pbins found: {counts}", *report.problems]


def report_shape(report: ImportReport) -> dict[str, object]:
    return {
        "found": report.found,
        "published": report.published,
        "withheld": report.withheld,
        "problems": list(report.problems),
    }


def left_out(report: ImportReport) -> int:
    return report.found - report.published - report.withheld
