"""What a publication says of itself: its commit to everybody, its row to people with a role."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from pbins.models import PublicationKind, Run
from pbins.services.people import asked_for


@dataclass(frozen=True, slots=True)
class Occasion:
    """The ``message`` goes into the commit, and by whom it was; strangers may clone that.

    So the message names no host; the ``note`` may, which is kept in the row alone. ``by`` says by
    whom, or why, where that is more than the person who asked. ``sources`` are commits of source
    repositories; ``history`` is a commit that becomes an ancestor of the channel, with its past in
    the ledger.
    """

    message: str
    run: Run | None = None
    asked_by: User | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    kind: PublicationKind = PublicationKind.ARRIVAL
    history: str = ""
    by: str = ""
    note: str = ""

    @property
    def committed(self) -> str:
        """What the commit says."""
        return self._with(self._by)

    @property
    def told(self) -> str:
        """What the row says."""
        return self._with(f"{self.note} {self._by}".strip())

    @property
    def _by(self) -> str:
        return self.by or (asked_for(self.asked_by) if self.asked_by else "")

    def _with(self, more: str) -> str:
        """The message with more after its title."""
        title, _, rest = self.message.partition("\n")
        return f"{title}\n\n{more}\n{rest}" if more else self.message
