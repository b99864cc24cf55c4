"""What a publication says of itself: its commit to everybody, its row to people with a role."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from pbins.models import PublicationKind, Run


@dataclass(frozen=True, slots=True)
class Occasion:
    """The ``message`` goes into the commit, which strangers may clone.

    So it names no host and no person; the ``note`` does, which is kept in the row alone.
    ``sources`` are commits of source repositories; ``history`` is a commit that becomes an
    ancestor of the channel, with its past in the ledger.
    """

    message: str
    run: Run | None = None
    asked_by: User | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    kind: PublicationKind = PublicationKind.ARRIVAL
    history: str = ""
    note: str = ""

    @property
    def told(self) -> str:
        """Both, for the row: the note comes after the title."""
        title, _, rest = self.message.partition("\n")
        return f"{title}\n\n{self.note}\n{rest}" if self.note else self.message
