"""Git repositories elsewhere, whose branches become what our channels are."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError

from pbins.models import Credential, Remote, Repository
from pbins.services.credentials import seal
from pbins.services.errors import Refused
from pbins.services.hosts import in_words
from pbins.services.outlets import (
    alone_with,
    is_due,
    note_delivered,
    note_failed,
    secret_of,
    ssh_login,
)
from pbins.services.places import git_of, places
from pbins.storage.errors import BadUrl, StorageError
from pbins.storage.git_push import SCHEMES, GitPlace, Push
from pbins.storage.outside_url import OutsideUrl
from pbins.transport.errors import TransportError

HTTP_USER = "git"  # forges take any name beside a token
ENTERED = ("url", "credential", "username", "sealed_secret", "is_forced", "is_enabled")
OF_THE_PLACE = ("host_key", "offered_host_key", "heads", "next_attempt_at")


def add_remote(
    *,
    repository: Repository,
    url: str,
    credential: Credential | None = None,
    username: str = "",
    secret: str = "",
    is_forced: bool = False,
) -> Remote:
    """Have the repository pushed there from now on. Raises Refused with what is wrong."""
    remote = Remote(
        repository=repository,
        url=url,
        credential=credential,
        username=username,
        sealed_secret=seal(secret),
        is_forced=is_forced,
    )
    save_remote(remote)
    return remote


def save_remote(remote: Remote) -> None:
    """Store what was entered, and have it tried soon. Raises Refused with what is wrong."""
    url = remote_url(remote)
    if url.scheme == "file" and Path(url.path).resolve().is_relative_to(places().root.resolve()):
        raise Refused(f"{url.text} lies in the portal's own data directory; choose another place.")
    if remote.has_secret and url.scheme not in {"http", "https"}:
        raise Refused("A password or token is for https:// only; SSH has its key.")
    try:
        remote.full_clean()
    except ValidationError as error:
        raise Refused(in_words(error)) from error
    remote.next_attempt_at = None
    before = Remote.objects.filter(pk=remote.pk).first()
    if before is None:
        remote.save()
        return
    if before.url != remote.url:  # another place: what we know of the old one is not true of it
        remote.host_key, remote.offered_host_key, remote.heads = "", "", {}
    remote.save(update_fields=(*ENTERED, *OF_THE_PLACE))


def remote_url(remote: Remote) -> OutsideUrl:
    """Its address, checked. Raises Refused."""
    try:
        return OutsideUrl.parse(remote.url, schemes=SCHEMES)
    except BadUrl as error:
        raise Refused(f"{error}.") from error


def is_remote_due(remote: Remote, now: datetime) -> bool:
    """Whether it is to be visited now; asks the database only."""
    return is_due(remote, now, has_news=remote.heads != _wanted(remote))


def push_remote(remote: Remote) -> None:
    """Make its branches what our channels are, and note how that went.

    Nothing happens while another process is there.
    """
    with alone_with(remote) as lock:
        if lock is None:
            return
        remote.refresh_from_db()
        try:
            troubles = _push(remote, lock)
        except (StorageError, TransportError, Refused) as error:
            note_failed(remote, str(error))
            return
        if troubles:
            note_failed(remote, "\n".join(troubles))
        else:
            note_delivered(remote)


def _push(remote: Remote, lock: int) -> list[str]:
    """What could not be done, branch by branch."""
    url = remote_url(remote)
    with ExitStack() as stack:
        ssh = stack.enter_context(ssh_login(remote, url)) if url.scheme == "ssh" else None
        secret = secret_of(remote)
        login = f"{remote.username or HTTP_USER}:{secret}" if secret else ""
        place = GitPlace(url, ssh, login)
        wanted, found = _wanted(remote), place.heads()
        pushes, troubles = _plan(remote, wanted, found)
        if pushes:
            git = git_of(remote.repository)
            refused = place.push(git.path, pushes, keep_open=[lock])
            troubles += [f"{branch}: {reason}" for branch, reason in sorted(refused.items())]
            found = place.heads()
    ours = {*wanted, *remote.heads}
    remote.heads = {branch: commit for branch, commit in found.items() if branch in ours}
    remote.save(update_fields=("heads",))
    left = sorted(name for name, commit in wanted.items() if found.get(name) != commit)
    if left and not troubles:
        troubles = [f"{name} is not there although git said so; look at its log." for name in left]
    return troubles


def _wanted(remote: Remote) -> dict[str, str]:
    channels = remote.repository.channels.exclude(commit="")
    return dict(channels.values_list("name", "commit"))


def _plan(
    remote: Remote, wanted: dict[str, str], found: dict[str, str]
) -> tuple[list[Push], list[str]]:
    """What is to be pushed, and what must not be: what somebody else did is not overwritten."""
    pushes, troubles = [], []
    git = git_of(remote.repository)
    for name, commit in wanted.items():
        there = found.get(name)
        if there == commit:
            continue
        if there is None or remote.is_forced or git.leads_to(there, commit):
            pushes.append(Push(name, commit, there))
        else:
            troubles.append(_moved_on(name, there))
    for name in remote.heads.keys() - wanted.keys():
        there = found.get(name)
        if there is None:
            continue
        if remote.is_forced or there == remote.heads[name]:
            pushes.append(Push(name, None, there))
        else:
            troubles.append(_moved_on(name, there))
    return pushes, troubles


def _moved_on(name: str, there: str) -> str:
    return (
        f"{name}: somebody else pushed to it there, it is at {there[:12]}, which does not lead to"
        f" what {name} is here. It was left alone; have it overwritten by setting “forced”, or"
        " remove the branch there."
    )
