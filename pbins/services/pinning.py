"""Versions that a person wants kept, whatever the policy says."""

from django.contrib.auth.models import User

from pbins.models import Pbin, Pin, Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.services.errors import Refused


def pin_version(
    *, repository: Repository, version: str, reason: str = "", asked_by: User | None = None
) -> Pin:
    """Keep ``cat/pkg-version``: it leaves no channel and its tarballs stay. Raises Refused."""
    name, number = _known(repository, version)
    pin, _ = Pin.objects.update_or_create(
        repository=repository,
        name=name,
        version=number,
        defaults={"reason": reason[:200], "pinned_by": asked_by},
    )
    return pin


def unpin_version(*, repository: Repository, version: str) -> None:
    """Raises Refused when it is not pinned."""
    name, number = _parsed(version)
    gone, _ = repository.pins.filter(name=name, version=number).delete()
    if not gone:
        raise Refused(f"{version} is not pinned in {repository.name}.")


def pin_of(repository: Repository, name: str, version: str) -> Pin | None:
    """With who pinned it; None for what the policy decides about."""
    pins = repository.pins.select_related("pinned_by")
    return pins.filter(name=name, version=version).first()


def _known(repository: Repository, version: str) -> tuple[str, str]:
    name, number = _parsed(version)
    category, _, package = name.partition("/")
    pbins = Pbin.objects.filter(
        repository=repository, category=category, package=package, version=number
    )
    if not pbins.exists():
        raise Refused(f"There was never a {version} in {repository.name}.")
    return name, number


def _parsed(version: str) -> tuple[str, str]:
    try:
        parsed = PackageId.parse(version.strip())
    except ParseError as error:
        raise Refused(f"{version}: {error.reason}; it looks like cat/pkg-1.2.") from error
    return str(parsed.name), parsed.version.text
