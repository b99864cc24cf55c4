"""Whether tarballs are fit to be given to hosts: there, of their size, and not found damaged."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from pbins.models import FindingKind, Pbin, Repository
from pbins.services.errors import Refused
from pbins.services.parts import in_parts
from pbins.services.places import distfiles_of

DAMAGE = (FindingKind.TRUNCATED, FindingKind.ALTERED, FindingKind.UNREADABLE)
"""What only a scrub sees; whether a file is there is looked at itself."""

TOLD = 5


def damage_of(repository: Repository) -> dict[str, str]:
    """Tarballs that a scrub found damaged, and that were not read whole since: name to how."""
    findings = repository.findings.open().filter(kind__in=DAMAGE)
    damage: dict[str, str] = {}
    for part in in_parts(findings.values_list("what", "details", "found_at")):
        named = repository.tarballs.filter(name__in=[name for name, _, _ in part])
        read = dict(named.order_by().values_list("name", "verified_at"))
        damage |= {
            name: details for name, details, at in part if not (seen := read.get(name)) or seen < at
        }
    return damage


def check_whole(repository: Repository, pbins: Collection[Pbin]) -> None:
    """Nothing is given to hosts that they could not fetch, or not install. Raises Refused."""
    unfit = list(_unfit(repository, pbins, damage_of(repository)))
    if not unfit:
        return
    more = f"; and {len(unfit) - TOLD} more" if len(unfit) > TOLD else ""
    raise Refused(
        f"Hosts can't be given {'; '.join(unfit[:TOLD])}{more}. Nothing was changed: take the"
        f" tarballs again or build the versions again (Health of {repository}), or quarantine them."
    )


def _unfit(
    repository: Repository, pbins: Iterable[Pbin], damage: Mapping[str, str]
) -> Iterator[str]:
    distfiles = distfiles_of(repository)
    for pbin in pbins:
        row = pbin.tarball
        state = None if row is None or not row.is_present else distfiles.state(row.name)
        if pbin.pk is None or row is None or state is None:
            yield f"{pbin}: its tarball is not here any more"
        elif row.name in damage:
            yield f"{pbin}: its tarball was found damaged: {damage[row.name].rstrip('.')}"
        elif row.size is not None and state.size != row.size:
            yield f"{pbin}: its tarball has {state.size} bytes, not {row.size}"
