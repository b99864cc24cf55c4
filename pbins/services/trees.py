"""What a publication changes in the files that hosts see: pbins, Manifests and metadata."""

from collections.abc import Collection, Iterable, Mapping

from pbins.models import Channel, Pbin
from pbins.paludis.manifest import ManifestEntry, render_manifest
from pbins.services.arrivals import mirror_name
from pbins.services.layouts import mirrors_conf
from pbins.services.parts import in_parts
from pbins.storage.git import GitRepository

CATEGORIES = "metadata/categories.conf"
MIRRORS = "metadata/mirrors.conf"


def tree_changes(
    channel: Channel,
    git: GitRepository,
    head: str,
    pbins: Iterable[Pbin],
    removed: Collection[Pbin] = (),
) -> dict[str, bytes | None]:
    """Path to new content, or None for a file to be deleted; nothing that stays as it is.

    ``removed`` are pbins that hosts see now; one of the same version may come in their place.
    """
    arriving = list(pbins)
    held = _served_pbins(channel, [*arriving, *removed])
    changes: dict[str, bytes | None] = {}
    for pbin in removed:
        held.get(pbin.name, {}).pop(pbin.version_key, None)
        changes[pbin.path] = None
    for pbin in arriving:
        of_package = held.setdefault(pbin.name, {})
        replaced = of_package.get(pbin.version_key)
        if replaced is not None and replaced.path != pbin.path:
            changes[replaced.path] = None
        of_package[pbin.version_key] = pbin
        changes[pbin.path] = pbin.text.encode()
    for name in {pbin.name for pbin in [*arriving, *removed]}:
        left = held.get(name)
        changes[f"packages/{name}/Manifest"] = (
            manifest_text(left.values()).encode() if left else None
        )
    metadata = git.files(head, "metadata")
    return changes | _metadata_changes(channel, metadata, arriving)


def _served_pbins(channel: Channel, pbins: Iterable[Pbin]) -> dict[str, dict[str, Pbin]]:
    """The pbins of these packages that hosts see now: package name to version key to pbin."""
    held: dict[str, dict[str, Pbin]] = {}
    names = sorted({(pbin.category, pbin.package) for pbin in pbins})
    for part in in_parts(names):
        near = channel.entries.served().near_packages(part)
        for entry in near.select_related("pbin__tarball").defer("pbin__text"):
            held.setdefault(entry.name, {})[entry.version_key] = entry.pbin
    return held


def manifest_text(pbins: Iterable[Pbin]) -> str:
    """What consumers check tarballs against; without it they check nothing (FACTS 2.4)."""
    return render_manifest(
        ManifestEntry(
            type="DIST",
            name=pbin.tarball.name,
            size=pbin.tarball.size or 0,
            hashes={"SHA256": pbin.tarball.sha256, "SHA512": pbin.tarball.sha512},
        )
        for pbin in pbins
        if pbin.tarball is not None
    )


def _metadata_changes(
    channel: Channel, metadata: Mapping[str, bytes], served: list[Pbin]
) -> dict[str, bytes | None]:
    categories = set(metadata.get(CATEGORIES, b"").decode().split())
    mirrors = {line.split()[0] for line in metadata.get(MIRRORS, b"").decode().splitlines() if line}
    categories |= {pbin.category for pbin in served}
    mirrors |= {mirror_name(pbin) for pbin in served}
    wanted = {
        CATEGORIES: "".join(f"{name}\n" for name in sorted(categories)).encode(),
        MIRRORS: mirrors_conf(channel, mirrors),
    }
    return {path: text for path, text in wanted.items() if metadata.get(path) != text}
