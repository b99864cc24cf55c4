"""Where a version comes from: who built it, out of what, and who published it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pbins.models import Change, ChangeKind, Entry, Publication, Run
from pbins.paludis.pbin import Pbin as PbinFile

TOOLCHAIN = ("CBUILD", "CTARGET", "CC", "CXX", "CFLAGS", "CXXFLAGS", "ASFLAGS", "LDFLAGS")
"""What the pbin tells of the tools that made it, in this order."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """``publication`` is the one that brought it into this channel, ``first`` into any.

    A version that was promoted was built by the run of the first.
    """

    publication: Publication | None
    first: Publication | None
    source_commit: str
    toolchain: tuple[tuple[str, str], ...]

    @property
    def run(self) -> Run | None:
        return self.first.run if self.first else None

    @property
    def is_promoted(self) -> bool:
        return self.publication != self.first


def provenance_of(entry: Entry, file: PbinFile, changes: Sequence[Change]) -> Provenance:
    """``changes`` are the channel's own of this version; one query."""
    brought = next((change for change in changes if change.pbin_id == entry.pbin_id), None)
    first = (
        Change.objects.filter(pbin=entry.pbin_id)
        .exclude(kind=ChangeKind.REMOVED)
        .select_related("publication__run__host", "publication__asked_by", "channel__repository")
        .order_by("pk")
        .first()
    )
    publication = first.publication if first else None
    return Provenance(
        brought.publication if brought else None,
        publication,
        publication.sources.get(entry.pbin.generated_from, "") if publication else "",
        tuple((name, file.get(name)) for name in TOOLCHAIN if file.get(name)),
    )
