"""Package sets as files on a consumer: which there should be, which are ours, what differs."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings

from pbins.models import Host, PackageSet, Repository
from pbins.paludis.sets import set_file
from pbins.services.drafts import Draft, draft, must, write
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport

DIRECTORY = "/etc/paludis/sets"
MARK = "# A package set of the binary package portal"
HEADING = f"{MARK.removeprefix('# ')} {{url}}\nEdit it there; what is changed here is overwritten."
OURS = "cd {directory} 2>/dev/null || exit 0; grep -l {mark} -- *.conf 2>/dev/null; exit 0"


@dataclass(frozen=True, slots=True)
class SetFiles:
    """The files that a host shall have, and those of ours that it shall no longer have."""

    kept: tuple[Draft, ...]
    gone: tuple[Draft, ...]

    @property
    def differences(self) -> Iterator[str]:
        for drafted in self.kept:
            yield drafted.difference if drafted.is_new else f"{drafted.path}: as it should be"
        for drafted in self.gone:
            yield f"{drafted.path}: is removed, its set is no longer deployed"


def text_of(package_set: PackageSet) -> str:
    """The file as every host gets it."""
    return set_file(package_set.specs, HEADING.format(url=settings.PBINS_BASE_URL))


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def draft_sets(*, host: Host, repository: Repository, transport: Transport) -> SetFiles:
    """What is to be written and removed on a consumer that follows, or shall, the repository.

    Raises HostTrouble where a file of the host's own is in the way.
    """
    directory = f"{host.prefix}{DIRECTORY}"
    ours = _ours(transport, directory)
    kept = []
    for package_set in _wanted(host, repository):
        drafted = draft(transport, f"{directory}/{package_set.name}.conf", text_of(package_set))
        if drafted.before is not None and drafted.path not in ours:
            raise HostTrouble(
                f"{drafted.path} is there already and was not written by the portal. Move it aside,"
                " or end the deployment of that set; nothing was changed."
            )
        kept.append(drafted)
    stale = sorted(ours - {drafted.path for drafted in kept})
    return SetFiles(tuple(kept), tuple(draft(transport, path, "") for path in stale))


def write_sets(*, host: Host, files: SetFiles, transport: Transport) -> None:
    """Make it so, and note what the host has now."""
    for drafted in files.kept:
        if drafted.is_new:
            write(transport, drafted)
    if files.gone:
        must(transport, f"rm -f {' '.join(shlex.quote(one.path) for one in files.gone)}")
    host.sets_found = {_name(one.path): digest_of(one.after) for one in files.kept}
    host.save(update_fields=("sets_found",))


def _wanted(host: Host, repository: Repository) -> list[PackageSet]:
    """Those deployed with anything that the host follows."""
    followed = Repository.objects.filter(channels__subscriptions__host=host)
    deployed = PackageSet.objects.filter(
        deployments__repository__in=[repository.pk, *followed.values_list("pk", flat=True)]
    )
    return list(deployed.distinct())


def _ours(transport: Transport, directory: str) -> set[str]:
    command = OURS.format(directory=shlex.quote(directory), mark=shlex.quote(f"^{MARK}"))
    return {f"{directory}/{name}" for name in must(transport, command).splitlines()}


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".conf")
