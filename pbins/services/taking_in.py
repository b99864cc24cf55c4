"""Imports as rows: what is to be taken in from where, how far it is, and how it ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.utils import timezone

from pbins.models import Import, ImportState, Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName
from pbins.services.credentials import open_private_key, portal_credential
from pbins.services.errors import Refused
from pbins.services.imports import ImportReport, Origin, directory_origin, import_origin
from pbins.services.other_portals import TheirRepository, their_repository, why_not
from pbins.services.outlets import address_of
from pbins.services.places import git_of, places
from pbins.services.tarball_sources import WEB
from pbins.storage.errors import GitError, StorageError
from pbins.storage.git_fetch import SCHEMES, default_branch, fetch_history
from pbins.storage.git_history import tree_files
from pbins.storage.git_names import check_branch
from pbins.storage.locks import alone, alone_or_not
from pbins.storage.outside import SshLogin
from pbins.storage.outside_url import OutsideUrl
from pbins.transport.address import HostKey
from pbins.transport.agent import agent_of
from pbins.transport.connection import scan_host_key
from pbins.transport.errors import TransportError

FROM_ELSEWHERE = ("https", "http", "ssh", "git")
"""What a person at the web may name; files of this machine only one at its command line."""
MOST_PROBLEMS = 500


def add_import(
    *,
    repository: Repository,
    address: str,
    branch: str = "",
    tarballs: str = "",
    fingerprint: str = "",
    schemes: tuple[str, ...] = FROM_ELSEWHERE,
    asked_by: User | None = None,
) -> Import:
    """A git repository's branch that is to be taken in, with its past. Raises Refused.

    ``fingerprint`` is that of the host's key, for an address that is reached by SSH.
    ``schemes``: which kinds of address may be named; with "file" also directories of this machine.
    """
    try:
        url = OutsideUrl.parse(address.strip(), schemes=schemes)
        if branch:
            check_branch(branch)
        if tarballs.startswith(WEB):
            OutsideUrl.parse(tarballs, schemes=("https", "http"))
    except (StorageError, ValueError) as error:
        raise Refused(str(error)) from error
    if tarballs and not tarballs.startswith(WEB) and "file" not in schemes:
        raise Refused(f"{tarballs}: the address of tarballs begins with https:// or http://.")
    return Import.objects.create(
        repository=repository,
        address=url.text,
        host_key=str(_host_key(url, fingerprint)) if url.scheme == "ssh" else "",
        branch=branch,
        tarballs=tarballs,
        asked_by=asked_by,
    )


def add_import_of_portal(
    *,
    repository: Repository,
    address: str,
    name: str = "",
    branch: str = "",
    schemes: tuple[str, ...] = FROM_ELSEWHERE,
    asked_by: User | None = None,
) -> Import:
    """Another portal's repository, of the same name unless another is given, and its tarballs."""
    parts = urlsplit(address.strip())
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    try:
        theirs = RepositoryName(name or repository.name)
    except ParseError as error:
        raise Refused(f"{name}: {error.reason}") from error
    other = TheirRepository(base, theirs)
    return add_import(
        repository=repository,
        address=other.git,
        branch=branch,
        tarballs=other.tarballs,
        schemes=schemes,
        asked_by=asked_by,
    )


def add_import_of_directory(
    *, repository: Repository, directory: Path, tarballs: str = "", asked_by: User | None = None
) -> Import:
    """A directory or an archive on this machine, without a past."""
    return Import.objects.create(
        repository=repository,
        address=str(directory.absolute()),
        tarballs=tarballs,
        asked_by=asked_by,
    )


def take_in(taking: Import, *, say: Callable[[str], object] | None = None) -> ImportReport:
    """Do it; the row tells how far it is, and in the end how it went. Raises Refused.

    May be repeated after a crash at any point. Where another process is at it already, ``say`` is
    told, and its end is waited for.
    """
    lock = places().import_lock(taking.pk)
    with alone_or_not(lock) as ours:
        if ours is not None:
            return _take_in_once(taking)
    if say is not None:
        say(f"Another process is at {taking} already; its end is waited for.")
    with alone(lock):
        return _take_in_once(taking)


def take_in_unless_taken(taking: Import) -> None:
    """The same, but an import that another process is at is left to that one. Raises Refused."""
    with alone_or_not(places().import_lock(taking.pk)) as ours:
        if ours is not None:
            _take_in_once(taking)


def _take_in_once(taking: Import) -> ImportReport:
    """By whoever holds its lock: what another one has brought to its end is only told."""
    taking.refresh_from_db()
    if taking.state == ImportState.FAILED:
        raise Refused(taking.reason)
    if taking.is_final:
        problems = tuple(taking.problems)
        return ImportReport(taking.found, taking.published, taking.withheld, problems)
    return _take_in(taking)


def _take_in(taking: Import) -> ImportReport:
    def tell(wanted: int, taken: int) -> None:
        _move(taking, ImportState.TAKING, wanted=wanted, taken=taken)

    _move(taking, ImportState.READING, reason="")
    try:
        origin = _origin(taking)
        report = import_origin(
            repository=taking.repository,
            origin=origin,
            asked_by=taking.asked_by,
            tell=tell,
            publishing=lambda: _move(taking, ImportState.PUBLISHING),
        )
    except Refused as refusal:
        _move(taking, ImportState.FAILED, reason=str(refusal))
        raise
    except (StorageError, ValueError) as error:
        _move(taking, ImportState.FAILED, reason=f"{error}.")
        raise Refused(f"{error}.") from error
    _move(
        taking,
        ImportState.DONE,
        reason=f"{report.published} published, {report.withheld} withheld.",
        found=report.found,
        published=report.published,
        withheld=report.withheld,
        problems=list(report.problems[:MOST_PROBLEMS]),
    )
    return report


def _origin(taking: Import) -> Origin:
    """What is to be taken in, read. Raises Refused, StorageError, ValueError."""
    if "://" not in taking.address:
        return directory_origin(Path(taking.address), taking.tarballs)
    try:
        branch, commit = _fetched(taking)
    except GitError as error:
        theirs = their_repository(taking.address, taking.tarballs)
        if theirs is None or error.command != "ls-remote":
            raise
        raise Refused(why_not(theirs, error)) from error
    _move(taking, ImportState.READING, branch=branch, commit=commit)
    tree = tree_files(git_of(taking.repository).path, commit)
    return Origin(taking.address, tree, taking.tarballs, history=commit)


def _fetched(taking: Import) -> tuple[str, str]:
    """The branch, and the commit that it is at, which is among ours now."""
    url = OutsideUrl.parse(taking.address, schemes=SCHEMES)
    with _login(taking, url) as ssh:
        branch = taking.branch or default_branch(url, ssh=ssh)
        scratch = places().import_git(taking.pk)
        git = git_of(taking.repository)
        return branch, fetch_history(git, url, branch, scratch=scratch, ssh=ssh)


def _host_key(url: OutsideUrl, fingerprint: str) -> HostKey:
    """The key that the host shows, when it is the one that is meant. Raises Refused."""
    try:
        offered = scan_host_key(address_of(url))
    except TransportError as error:
        raise Refused(str(error)) from error
    if offered.fingerprint != fingerprint.strip():
        raise Refused(
            f"{url.host} shows the key {offered.fingerprint}. Compare it with `ssh-keygen -lf` on"
            " that host, then give it as its host key."
        )
    return offered


@contextmanager
def _login(taking: Import, url: OutsideUrl) -> Iterator[SshLogin | None]:
    """With the portal's own key, at the host whose key is pinned."""
    if url.scheme != "ssh":
        yield None
        return
    address = address_of(url)
    with agent_of(open_private_key(portal_credential())) as agent:
        yield SshLogin(agent, address.host, address.port, taking.host_key)


def _move(taking: Import, state: ImportState, **values: object) -> None:
    values |= {"state": state, "moved_at": timezone.now()}
    Import.objects.filter(pk=taking.pk).update(**values)
    for name, told in values.items():
        setattr(taking, name, told)
