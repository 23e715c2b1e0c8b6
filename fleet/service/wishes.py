"""What other rooms want carried: rows of their streams become events for the core, what cannot be read is skipped."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

import msgspec

from fleet.draft import State
from fleet.events import Followed
from ledger.follower import Follower
from ledger.read import Recorded
from ledger.vocabulary import TransportWanted, TransportWithdrawn, decode

log = logging.getLogger(__name__)

_TYPES: Final[dict[str, type[TransportWanted] | type[TransportWithdrawn]]] = {
    kind.kind: kind for kind in (TransportWanted, TransportWithdrawn)
}
KINDS: Final = tuple(_TYPES)
"""What is followed."""


class Unreadable(ValueError):
    """A row that says nothing to this program; the text says why."""


def said_in(row: Recorded) -> TransportWanted | TransportWithdrawn:
    """What the row says. Raises `Unreadable` for an erased payload, a later version, another shape or no key."""
    if row.payload is None:
        raise Unreadable("its payload has been erased")
    try:
        said: TransportWanted | TransportWithdrawn = decode(_TYPES[row.kind], row.version, row.payload)
    except (msgspec.MsgspecError, ValueError, LookupError, TypeError) as problem:
        raise Unreadable(str(problem)) from problem
    if not said.key:
        raise Unreadable("it has no key to answer with")
    return said


class Wishes:
    """Reads the wishes of all other rooms; `unreadable` counts, by stream, the rows that were skipped."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self.unreadable: Counter[str] = Counter()

    def read(self, state: State) -> list[Followed]:
        """The next rows after those that the state has taken into account."""
        rows = self._follower.poll(lambda stream: cursor.seq if (cursor := state.cursors.get(stream)) else 0)
        return [self._event(row) for row in rows]

    def _event(self, row: Recorded) -> Followed:
        try:
            return Followed(row.stream, row.seq, said_in(row))
        except Unreadable as problem:
            self.unreadable[row.stream] += 1
            log.warning("row %d of stream %s (%s) is skipped: %s", row.seq, row.stream, row.kind, problem)
            return Followed(row.stream, row.seq)
