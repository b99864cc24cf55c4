"""Whether what hosts see in git is what the catalogue says that they see."""

from collections.abc import Iterator

from pbins.models import Channel, Entry, FindingKind, Pbin, Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import parse_manifest
from pbins.services.findings import Seen
from pbins.services.places import git_of
from pbins.services.publishing import repository_lock, settle_publications
from pbins.services.trees import manifest_text
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blob_id, blobs

PACKAGES = "packages"
MANIFEST = "/Manifest"


def check_channels(repository: Repository) -> list[Seen]:
    """Hold every channel's tree against its entries; no publication moves it meanwhile."""
    git = git_of(repository)
    with repository_lock(repository):
        settle_publications(repository)
        heads = git.heads()
        seen: list[Seen] = []
        for channel in repository.channels.all():
            head = heads.get(channel.name, "")
            if head != channel.commit:
                known = channel.commit[:12] or "nothing"
                told = f"Git is at {head[:12] or 'nothing'}, the catalogue at {known}."
                seen.append(Seen(FindingKind.CHANNEL, channel.name, told))
            if head:
                seen += _check_tree(channel, git, head)
    return seen


def _check_tree(channel: Channel, git: GitRepository, head: str) -> Iterator[Seen]:
    found = {
        path: blob
        for path, blob in blobs(git.path, head, PACKAGES).items()
        if path.endswith(MANIFEST) or ".pbin-" in path.rpartition("/")[2]
    }
    manifests = _expected_manifests(channel)
    expected = _expected_pbins(channel) | {
        path: blob_id(text.encode()) for path, text in manifests.items()
    }
    for path in sorted(expected.keys() | found.keys()):
        if found.get(path) == expected.get(path):
            continue
        if path in manifests and path in found and _agree(git, head, path, manifests[path]):
            continue
        kind = FindingKind.MANIFEST if path.endswith(MANIFEST) else FindingKind.TREE
        yield Seen(kind, f"{channel.name}:{path}", _difference(path, expected, found))


def _difference(path: str, expected: dict[str, str], found: dict[str, str]) -> str:
    if path not in found:
        return "The catalogue has it, but hosts do not see it."
    if path not in expected:
        return "Hosts see it, but the catalogue does not have it."
    return "What hosts see is not what the catalogue has."


def _expected_pbins(channel: Channel) -> dict[str, str]:
    served = channel.entries.served().values_list("pbin__path", "pbin__text")
    return {path: blob_id(text.encode()) for path, text in served.iterator(chunk_size=2000)}


def _expected_manifests(channel: Channel) -> dict[str, str]:
    """Path to text, for every package that hosts see."""
    of_package: dict[str, list[Pbin]] = {}
    served: Iterator[Entry] = (
        channel.entries.served()
        .select_related("pbin__tarball")
        .defer("pbin__text")
        .iterator(chunk_size=2000)
    )
    for entry in served:
        of_package.setdefault(entry.name, []).append(entry.pbin)
    return {
        f"{PACKAGES}/{name}{MANIFEST}": manifest_text(pbins) for name, pbins in of_package.items()
    }


def _agree(git: GitRepository, head: str, path: str, expected: str) -> bool:
    """Whether two Manifests say the same, however they are written."""
    try:
        found = parse_manifest(git.read(head, path).decode(errors="replace"))
    except ParseError:
        return False
    return sorted(found, key=str) == sorted(parse_manifest(expected), key=str)
