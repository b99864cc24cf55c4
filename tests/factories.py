"""Rows for tests, each valid by itself; what a test cares about it says in the call."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256, sha512
from itertools import count

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Credential,
    Entry,
    Host,
    Pbin,
    Publication,
    PublicationState,
    Repository,
    Run,
    RunKind,
    RunState,
    Tarball,
)
from pbins.paludis.names import QualifiedPackageName, TarballName, pbin_path
from pbins.paludis.names import RepositoryName as PaludisRepositoryName
from pbins.paludis.versions import Version
from pbins.services.indexing import index_packages

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NO_FIELDS: Mapping[str, str] = {}
_numbers = count(1)

PBIN_FIELDS = {
    "CHOST": "x86_64-pc-linux-gnu",
    "DEPENDENCIES": "( )",
    "DESCRIPTION": "",
    "EAPI": "pbin-1+exheres-0",
    "HOMEPAGE": "https://example.org/hello",
    "INHERITED": "",
    "MYOPTIONS": "( ) ",
    "PLATFORMS": "amd64 ~x86",
    "LICENCES": "GPL-2",
    "SLOT": "0",
    "DOWNLOADS": "",
    "OPTIONS": "",
    "GENERATED_USING": "paludis-3.0.1",
    "GENERATED_TIME": "1795350657",
    "SUBOPTIONS": "",
    "HIDDEN_SUBOPTIONS": "",
    "CFLAGS": "-march=x86-64-v2 -O2 -pipe",
    "GENERATED_FROM_REPOSITORY": "arbor",
    "BINARY_PLATFORMS": "amd64",
    "BINARY_URI": "",
    "SUMMARY": "A test program",
}


def make_credential(name: str = "portal") -> Credential:
    """One whose private key is no key: for whatever does not log in."""
    return Credential.objects.get_or_create(
        name=name, defaults={"public_key": "ssh-ed25519 AAAA portal", "sealed_private_key": b"-"}
    )[0]


def make_host(name: str = "builder", *, is_builder: bool = False, is_consumer: bool = True) -> Host:
    return Host.objects.create(
        name=name,
        address=f"{name}.example.org",
        credential=make_credential(),
        is_builder=is_builder,
        is_consumer=is_consumer,
    )


def make_repository(name: str = "pbins") -> Repository:
    return Repository.objects.create(
        name=name,
        masters="arbor",
        platforms="amd64 ~amd64",
        location=f"/var/db/paludis/repositories/{name}",
        distdir=f"/var/cache/paludis/distfiles/{name}",
    )


def make_channel(repository: Repository | None = None, name: str = "master") -> Channel:
    """A channel of the repository given, or of the one named pbins."""
    owner = repository or Repository.objects.filter(name="pbins").first() or make_repository()
    return Channel.objects.create(repository=owner, name=name, commit="c" * 40, moved_at=NOON)


def make_run(
    kind: RunKind = RunKind.BUILD,
    *,
    host: Host | None = None,
    repository: Repository | None = None,
    state: RunState = RunState.SUCCEEDED,
) -> Run:
    host = host or Host.objects.first() or make_host(is_builder=True)
    return Run.objects.create(kind=kind, host=host, repository=repository, state=state)


def make_publication(
    channel: Channel, *, run: Run | None = None, at: datetime = NOON
) -> Publication:
    return Publication.objects.create(
        repository=channel.repository,
        channel=channel,
        commit=f"{next(_numbers):040x}",
        message="Publish",
        state=PublicationState.PUBLISHED,
        run=run,
        created_at=at,
    )


def make_tarball(repository: Repository, name: str, *, size: int = 40_000) -> Tarball:
    content = name.encode()
    return Tarball.objects.create(
        repository=repository,
        name=name,
        size=size,
        sha256=sha256(content).hexdigest(),
        sha512=sha512(content).hexdigest(),
        is_present=True,
        received_at=NOON,
    )


def pbin_text(fields: Mapping[str, str]) -> str:
    """A pbin file as cave writes it (FACTS 1.2)."""
    lines = ["# Created by paludis-3.0.1 on Sun Nov 22 12:30:57 UTC 2026"]
    for key, value in {**PBIN_FIELDS, **fields}.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        lines.append(f'{key}="{escaped}"')
    return "\n".join([*lines, ""])


def make_pbin(
    repository: Repository,
    name: str = "sys-test/hello",
    version: str = "1.0-r3",
    *,
    fields: Mapping[str, str] = NO_FIELDS,
    with_tarball: bool = True,
    size: int = 40_000,
) -> Pbin:
    """A pbin and its tarball of ``size`` bytes; ``fields`` are what is special in the file."""
    parsed, qualified = Version(version), QualifiedPackageName(name)
    cookie = f"C.{next(_numbers)}.1795350657.477048.C"
    owner = PaludisRepositoryName(repository.name)
    tarball_name = str(TarballName(owner, qualified, parsed, cookie))
    text = pbin_text({"BINARY_URI": f"mirror://{owner}/{tarball_name}", **fields})
    said = {**PBIN_FIELDS, **fields}
    return Pbin.objects.create(
        repository=repository,
        category=qualified.category,
        package=qualified.package,
        version=version,
        version_key=parsed.sort_key,
        slot=said["SLOT"],
        path=pbin_path(qualified, parsed, said["EAPI"]),
        text=text,
        digest=sha256(text.encode()).hexdigest(),
        summary=said["SUMMARY"],
        description=said["DESCRIPTION"],
        generated_from=said["GENERATED_FROM_REPOSITORY"],
        generated_at=datetime.fromtimestamp(int(said["GENERATED_TIME"]), UTC),
        platforms=said["BINARY_PLATFORMS"],
        licences=said["LICENCES"],
        tarball=make_tarball(repository, tarball_name, size=size) if with_tarball else None,
    )


def make_entry(
    channel: Channel,
    name: str = "sys-test/hello",
    version: str = "1.0-r3",
    *,
    fields: Mapping[str, str] = NO_FIELDS,
    size: int = 40_000,
    withheld: str = "",
    since: datetime = NOON,
) -> Entry:
    """A version in a channel, with its pbin and tarball."""
    pbin = make_pbin(channel.repository, name, version, fields=fields, size=size)
    entry = Entry.objects.create(
        channel=channel,
        pbin=pbin,
        category=pbin.category,
        package=pbin.package,
        version=version,
        version_key=pbin.version_key,
        withheld=withheld,
        since=since,
    )
    index_packages(channel, [(pbin.category, pbin.package)])
    return entry


def make_change(
    entry: Entry,
    kind: ChangeKind = ChangeKind.ADDED,
    *,
    publication: Publication | None = None,
    at: datetime = NOON,
) -> Change:
    """The ledger row that brought an entry."""
    return Change.objects.create(
        publication=publication or make_publication(entry.channel, at=at),
        repository=entry.channel.repository,
        channel=entry.channel,
        kind=kind,
        category=entry.category,
        name=entry.name,
        version=entry.version,
        slot=entry.pbin.slot,
        summary=entry.pbin.summary,
        pbin=entry.pbin,
        at=at,
        news=None if kind == ChangeKind.REMOVED else 1,
    )
