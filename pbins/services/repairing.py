"""What can be done about a finding. A repair settles it, or says why it could not."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from django.contrib.auth.models import User

from pbins.models import Entry, Finding, FindingKind, Pbin, Run, Tarball
from pbins.services.arrivals import tarball_name
from pbins.services.builder_checks import REMOVABLE, clean_builder
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.findings import settle
from pbins.services.keeping import kept_tarballs
from pbins.services.leftovers import check_leftovers
from pbins.services.mending import take_again
from pbins.services.places import places
from pbins.services.publishing import repository_lock
from pbins.services.queueing import BuildChoices, queue_build
from pbins.services.realigning import realign
from pbins.services.remote import HostTrouble
from pbins.services.trashing import throw_away
from pbins.services.withdrawing import give_back, quarantine
from pbins.storage.errors import StorageError
from pbins.transport.errors import TransportError


class Repair(StrEnum):
    TAKE_AGAIN = "take-again"
    REBUILD = "rebuild"
    QUARANTINE = "quarantine"
    GIVE_UP = "give-up"
    TRASH = "trash"
    PUBLISH = "publish"
    DELETE = "delete"
    CLEAN = "clean"


WORDS = {
    Repair.TAKE_AGAIN: "Take it again from a builder or a mirror",
    Repair.REBUILD: "Build it again",
    Repair.QUARANTINE: "Quarantine: no host is given it any more",
    Repair.GIVE_UP: "Give it up: only older publications name it",
    Repair.TRASH: "Into the trash",
    Repair.PUBLISH: "Publish what the catalogue has",
    Repair.DELETE: "Delete it",
    Repair.CLEAN: "Remove it from the builder",
}
OF_TARBALL = (Repair.TAKE_AGAIN, Repair.REBUILD, Repair.QUARANTINE)
OFFERED: dict[str, Sequence[Repair]] = {
    FindingKind.MISSING: OF_TARBALL,
    FindingKind.TRUNCATED: OF_TARBALL,
    FindingKind.ALTERED: OF_TARBALL,
    FindingKind.UNREADABLE: OF_TARBALL,
    FindingKind.NO_TARBALL: OF_TARBALL,
    FindingKind.NO_PBIN: (Repair.TRASH,),
    FindingKind.MANIFEST: (Repair.PUBLISH,),
    FindingKind.TREE: (Repair.PUBLISH,),
    FindingKind.CHANNEL: (Repair.PUBLISH,),
    FindingKind.LEFTOVER: (Repair.DELETE,),
    **dict.fromkeys(REMOVABLE, (Repair.CLEAN,)),
}


def repairs_of(finding: Finding) -> Sequence[Repair]:
    """What helps against findings of this kind; of a tarball, by whether hosts are given it."""
    return repairs_of_each([finding])[0]


def repairs_of_each(findings: Sequence[Finding]) -> list[Sequence[Repair]]:
    """In the order of the findings, which are of one repository; one query for all."""
    damaged = [one.what for one in findings if _is_of_damage(one)]
    served = _served(findings[0].repository_id, damaged) if damaged else frozenset()
    return [
        (Repair.TAKE_AGAIN, Repair.GIVE_UP)
        if _is_of_damage(one) and one.what not in served
        else OFFERED.get(one.kind, ())
        for one in findings
    ]


def _is_of_damage(finding: Finding) -> bool:
    is_of_tarball = OFFERED.get(finding.kind) is OF_TARBALL
    return is_of_tarball and finding.kind != FindingKind.NO_TARBALL


def repair(*, finding: Finding, how: Repair, asked_by: User | None) -> Run | None:
    """Repair a finding. A rebuild is a queued run, and settles nothing before the next scrub.

    Raises Refused after noting on the finding what the attempt told.
    """
    if finding.settled_at is not None:
        raise Refused(f"“{finding}” is settled already: {finding.settled}")
    if how not in repairs_of(finding):
        offered = ", ".join(repairs_of(finding)) or "nothing"
        raise Refused(f"“{finding}”: {how} does not help; there is {offered}.")
    try:
        return _repair(finding, how, asked_by)
    except (Refused, StorageError, OSError, TransportError, HostTrouble) as error:
        finding.attempt = str(error)
        finding.save(update_fields=("attempt",))
        raise Refused(str(error)) from error


def _repair(finding: Finding, how: Repair, asked_by: User | None) -> Run | None:
    match how:
        case Repair.TAKE_AGAIN:
            _take_again(finding, asked_by)
        case Repair.REBUILD:
            return _rebuild(finding, asked_by)
        case Repair.QUARANTINE:
            _quarantine(finding, asked_by)
        case Repair.GIVE_UP:
            _set_aside(finding, "given up")
            settle(finding, "Given up; nobody is given it any more.")
        case Repair.TRASH:
            _throw_away(finding)
        case Repair.PUBLISH:
            settle(finding, realign(finding, asked_by))
        case Repair.DELETE:
            _delete(finding)
        case Repair.CLEAN:
            _clean(finding)
    return None


def _take_again(finding: Finding, asked_by: User | None) -> None:
    name, pbins = _tarball(finding), _pbins(finding)
    source = take_again(repository=finding.repository, name=name)
    row = Tarball.objects.get(repository=finding.repository, name=name)
    Pbin.objects.filter(pk__in=[pbin.pk for pbin in pbins]).update(tarball=row)
    about = finding.repository.findings.open().filter(what=finding.what, kind__in=OFFERED)
    for one in about:
        if Repair.TAKE_AGAIN in repairs_of(one):
            settle(one, f"Taken again from {source}.")
    give_back(pbins=pbins, asked_by=asked_by)
    if finding.kind == FindingKind.NO_TARBALL:
        realign(finding, asked_by)


def _rebuild(finding: Finding, asked_by: User | None) -> Run:
    pbins = _pbins(finding)
    if not pbins:
        raise Refused(f"No pbin names {finding.what}, so nobody knows what to build.")
    specs = sorted({f"={pbin.name}-{pbin.version}" for pbin in pbins})
    choices = BuildChoices(make_dependencies="none", keep_targets="never")
    run = queue_build(
        repository=finding.repository, specs=specs, choices=choices, asked_by=asked_by
    )
    finding.attempt = f"Run {run.pk} builds it again."
    finding.save(update_fields=("attempt",))
    return run


def _quarantine(finding: Finding, asked_by: User | None) -> None:
    made = quarantine(pbins=_pbins(finding), reason=finding.details, asked_by=asked_by)
    if not made:
        raise Refused(f"No channel gives hosts {finding.what}; there is nothing to withdraw.")
    if finding.kind != FindingKind.NO_TARBALL:
        _set_aside(finding, "quarantined")
    channels = ", ".join(sorted({publication.channel.name for publication in made}))
    settle(finding, f"Quarantined: withdrawn from {channels}.")


def _set_aside(finding: Finding, why: str) -> None:
    """What is left of a damaged tarball goes to the trash; we do not claim to have it any more.

    One that can't be read can't be moved safely either: it stays, and nobody is led to it.
    """
    with repository_lock(finding.repository):
        if finding.kind != FindingKind.UNREADABLE:
            throw_away(finding.repository, [finding.what], f"{why}: {finding.details}"[:300])
        rows = Tarball.objects.filter(repository=finding.repository, name=finding.what)
        rows.update(is_present=False)


def _served(repository: int, names: Collection[str]) -> Collection[str]:
    """Those tarballs that a channel leads hosts to."""
    served = Entry.objects.served().filter(channel__repository=repository).order_by()
    found = served.filter(pbin__tarball__repository=repository, pbin__tarball__name__in=names)
    return set(found.values_list("pbin__tarball__name", flat=True))


def _throw_away(finding: Finding) -> None:
    with repository_lock(finding.repository):
        why = kept_tarballs(finding.repository).get(finding.what)
        if why:
            raise Refused(f"{finding.what} is kept: {why}.")
        throw_away(finding.repository, [finding.what], "no pbin names it")
    settle(finding, "It is in the trash.")


def _delete(finding: Finding) -> None:
    """Only what is still seen to be a leftover, and only a file."""
    if finding.what not in {one.what for one in check_leftovers(finding.repository)}:
        raise Refused(f"{finding.what} is in use, or gone; scrub again.")
    path = places().root / finding.what
    if path.is_dir() and not path.is_symlink():
        raise Refused(f"{path} is a directory that the portal did not make; see for yourself.")
    path.unlink()
    settle(finding, "Deleted.")


def _clean(finding: Finding) -> None:
    host, _, name = finding.what.partition(":")
    builder = finding.repository.builders.filter(name=host).first()
    if builder is None:
        raise Refused(f"{host} does not build {finding.repository.name} any more.")
    with connected(builder) as transport:
        gone = clean_builder(finding.repository, builder, transport, {name})
    if not gone:
        raise Refused(
            f"{name} is left alone: it is needed there, or the portal's own copy is not whole. Look"
            " at the builders again."
        )
    settle(finding, f"Removed from {host}.")


def _pbins(finding: Finding) -> list[Pbin]:
    """Those that the finding is about: of its tarball, or the one that has none."""
    pbins = Pbin.objects.filter(repository=finding.repository)
    if finding.kind == FindingKind.NO_TARBALL:
        return [_entry(finding).pbin]
    return list(pbins.filter(tarball__name=finding.what))


def _tarball(finding: Finding) -> str:
    if finding.kind != FindingKind.NO_TARBALL:
        return finding.what
    return tarball_name(_entry(finding).pbin)


def _entry(finding: Finding) -> Entry:
    channel, _, path = finding.what.partition(":")
    entry = (
        Entry.objects.filter(
            channel__repository=finding.repository, channel__name=channel, pbin__path=path
        )
        .with_files()
        .first()
    )
    if entry is None:
        raise Refused(f"{finding.what} is not in the catalogue any more; scrub again.")
    return entry
