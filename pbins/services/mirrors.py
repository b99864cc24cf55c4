"""Places elsewhere from which hosts may download tarballs too: set up, and read from."""

from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet

from pbins.models import Credential, Mirror, MirrorKind, Repository, Tarball
from pbins.services.credentials import seal
from pbins.services.errors import Refused
from pbins.services.hosts import in_words
from pbins.storage.errors import BadUrl
from pbins.storage.outside_url import OutsideUrl
from pbins.transport.errors import TransportError
from pbins.transport.web import web_download

SCHEMES = {MirrorKind.S3.value: ("https", "http"), MirrorKind.RSYNC.value: ("ssh", "rsync")}
PUBLIC_SCHEMES = ("https", "http")
ENTERED = (
    *("kind", "target", "public_url", "region"),
    *("credential", "username", "sealed_secret", "is_enabled"),
)
OF_THE_PLACE = ("host_key", "offered_host_key", "next_attempt_at", "looked_at")


def add_mirror(
    *,
    repository: Repository,
    kind: MirrorKind,
    target: str,
    public_url: str,
    region: str = "",
    credential: Credential | None = None,
    username: str = "",
    secret: str = "",
) -> Mirror:
    """Have the repository's tarballs copied there from now on. Raises Refused."""
    mirror = Mirror(
        repository=repository,
        kind=kind,
        target=target,
        public_url=public_url,
        region=region,
        credential=credential,
        username=username,
        sealed_secret=seal(secret),
    )
    save_mirror(mirror)
    return mirror


def save_mirror(mirror: Mirror) -> None:
    """Store what was entered, and have it tried soon. Raises Refused with what is wrong."""
    url = target_url(mirror)
    public_url(mirror)
    if mirror.kind == MirrorKind.S3 and not url.path.strip("/"):
        raise Refused(f"{mirror.target} names no bucket: it looks like https://store/bucket.")
    if mirror.kind == MirrorKind.S3 and not (mirror.username and mirror.has_secret):
        raise Refused("An S3 store wants an access key and its secret key.")
    if url.scheme == "ssh" and mirror.has_secret:
        raise Refused("SSH has its key; a password is for rsync:// and S3.")
    try:
        mirror.full_clean()
    except ValidationError as error:
        raise Refused(in_words(error)) from error
    mirror.next_attempt_at = None
    before = Mirror.objects.filter(pk=mirror.pk).first()
    if before is None:
        mirror.save()
        return
    if (before.target, before.public_url) != (mirror.target, mirror.public_url):
        # Another place: what we know of the old one is not true of it.
        mirror.host_key, mirror.offered_host_key, mirror.looked_at = "", "", None
        mirror.tarballs.all().delete()
        mirror.listed_in.clear()
    mirror.save(update_fields=(*ENTERED, *OF_THE_PLACE))


def target_url(mirror: Mirror) -> OutsideUrl:
    """Where it is written to, checked. Raises Refused."""
    return _parsed(mirror.target, SCHEMES.get(mirror.kind, ()))


def public_url(mirror: Mirror) -> OutsideUrl:
    """Where everybody may read from, checked. Raises Refused."""
    return _parsed(mirror.public_url, PUBLIC_SCHEMES)


def public_address(mirror: Mirror, name: str) -> str:
    """Where everybody may read a tarball there. Raises Refused."""
    return f"{public_url(mirror).text.rstrip('/')}/{quote(name)}"


def wanted_at(mirror: Mirror) -> QuerySet[Tarball]:
    """The tarballs that ought to be there."""
    return Tarball.objects.filter(repository=mirror.repository, is_present=True)


def progress_of(mirror: Mirror) -> tuple[int, int]:
    """How many tarballs are there, of how many."""
    return mirror.tarballs.count(), wanted_at(mirror).count()


def mirrors_of(repository: Repository) -> list[tuple[Mirror, int, int]]:
    """Every mirror with how many tarballs are there, of how many: three queries."""
    wanted = repository.tarballs.filter(is_present=True).count()
    mirrors = repository.mirrors.prefetch_related("listed_in").annotate(there=Count("tarballs"))
    return [(mirror, mirror.there, wanted) for mirror in mirrors]


def fetch_from_mirror(*, tarball: Tarball, into: Path) -> Mirror:
    """Download a tarball, the same to the last byte, from a mirror that had it; returns which.

    ``into`` is a file that it may write. Raises Refused, with what each mirror answered.
    """
    troubles = []
    holding = Mirror.objects.filter(is_enabled=True, tarballs__tarball=tarball)
    for mirror in holding.order_by("-delivered_at"):
        try:
            with into.open("wb") as file:
                web_download(public_address(mirror, tarball.name), file)
        except TransportError as error:
            troubles.append(str(error))
            continue
        with into.open("rb") as file:
            if file_digest(file, "sha256").hexdigest() == tarball.sha256:
                return mirror
        troubles.append(f"{mirror} has it with other content")
    with suppress(FileNotFoundError):
        into.unlink()
    raise Refused("; ".join(troubles) or f"No mirror has {tarball.name}.")


def _parsed(text: str, schemes: tuple[str, ...]) -> OutsideUrl:
    try:
        return OutsideUrl.parse(text, schemes=schemes)
    except BadUrl as error:
        raise Refused(f"{error}.") from error
