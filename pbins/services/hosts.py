"""The inventory: adding hosts, trusting their keys, and what a look at one tells."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pbins.models import Credential, Host, HostState, Tag
from pbins.paludis import cave
from pbins.services.connection import address_of, note_contact_failure
from pbins.services.errors import Refused
from pbins.services.remote import NO_CAVE, HostTrouble, searching
from pbins.transport.address import HostKey
from pbins.transport.connection import scan_host_key
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

OLDEST_CAVE = (2, 0)
LOOK = """\
command -v cave >/dev/null || exit 127
{version} 2>&1 | head -n 1
echo --
{repositories} 2>&1
"""


def add_host(
    *,
    name: str,
    address: str,
    port: int,
    user: str,
    credential: Credential,
    is_builder: bool,
    is_consumer: bool,
    tags: Sequence[str] = (),
    prefix: str = "",
) -> Host:
    """Store a host. Raises Refused with what is wrong, or if the name is taken."""
    host = Host(
        name=name,
        address=address,
        port=port,
        user=user,
        credential=credential,
        is_builder=is_builder,
        is_consumer=is_consumer,
        prefix=prefix,
    )
    words = [Tag(name=tag) for tag in dict.fromkeys(tags)]
    try:
        host.full_clean()
        for word in words:
            word.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Refused(in_words(error)) from error
    with transaction.atomic():
        host.save()
        host.tags.set(Tag.objects.get_or_create(name=word.name)[0] for word in words)
    return host


def trust_host(*, host: Host, fingerprint: str | None = None) -> str:
    """Pin the key that the host offers now, and return its fingerprint.

    With ``fingerprint`` only if it is that one. Raises Refused with both fingerprints.
    """
    try:
        offered = scan_host_key(address_of(host))
    except TransportError as error:
        note_contact_failure(host, error)
        raise Refused(str(error)) from error
    if fingerprint is not None and fingerprint != offered.fingerprint:
        raise Refused(
            f"{host.name} offers the key {offered.fingerprint}, not {fingerprint}; nothing was"
            " trusted. Compare with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on the host."
        )
    host.host_key = str(offered)
    host.offered_host_key = ""
    host.state = HostState.NEW
    host.state_reason = ""
    host.save(update_fields=("host_key", "offered_host_key", "state", "state_reason"))
    return offered.fingerprint


def drain_host(*, host: Host, drained: bool) -> bool:
    """Give a host no new work, or work again; whether that changed anything."""
    changed = Host.objects.filter(pk=host.pk, drained=not drained).update(drained=drained)
    host.drained = drained
    return bool(changed)


def trusted_fingerprint(host: Host) -> str:
    return HostKey.parse(host.host_key).fingerprint if host.host_key else ""


def offered_fingerprint(host: Host) -> str:
    return HostKey.parse(host.offered_host_key).fingerprint if host.offered_host_key else ""


def probe_host(*, host: Host, transport: Transport) -> str:
    """Look at the host and store what was found; returns it in a sentence.

    Raises HostTrouble when the host can't be used as it is.
    """
    look = LOOK.format(
        version=cave.in_shell(cave.version()),
        repositories=cave.in_shell(cave.print_repositories()),
    )
    done = transport.run(searching(look), timeout=120)
    head, _, rest = done.stdout.decode(errors="replace").partition("\n--\n")
    try:
        version = _version(done.exit, head)
        repositories = _repositories(done.exit, rest)
    except HostTrouble as trouble:
        host.state = HostState.UNFIT
        host.state_reason = str(trouble)
        host.probed_at = timezone.now()
        host.save(update_fields=("state", "state_reason", "probed_at"))
        raise
    host.state = HostState.READY
    host.state_reason = ""
    host.cave_version = version
    host.repositories_found = repositories
    host.probed_at = timezone.now()
    host.save(
        update_fields=("state", "state_reason", "cave_version", "repositories_found", "probed_at")
    )
    return f"{version}; repositories: {', '.join(repositories) or 'none'}"


def in_words(error: ValidationError) -> str:
    """A validation error as one sentence a field."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return "; ".join(
        f"{field}: {' '.join(messages)}" if field != "__all__" else " ".join(messages)
        for field, messages in error.message_dict.items()
    )


def _version(exit_status: int, head: str) -> str:
    if exit_status == 127:
        raise HostTrouble(NO_CAVE)
    line = head.strip()
    number = re.search(r"(\d+)\.(\d+)(?:\.\d+)*", line)
    if number is None:
        raise HostTrouble(f"cave does not tell its version; it says: {line or 'nothing'}")
    if (int(number[1]), int(number[2])) < OLDEST_CAVE:
        raise HostTrouble(
            f"cave {number[0]} is too old; binary packages need"
            f" {'.'.join(map(str, OLDEST_CAVE))} or newer."
        )
    return line


def _repositories(exit_status: int, text: str) -> list[str]:
    if exit_status != 0:
        raise HostTrouble(f"cave does not work on this host; it says: {text.strip()[-2000:]}")
    names = [line.strip() for line in text.splitlines()]
    return sorted(name for name in names if name and " " not in name and "@" not in name)
