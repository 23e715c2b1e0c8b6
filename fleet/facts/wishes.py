"""Facts about what other rooms want carried: refused, and how far their streams have been read."""

from __future__ import annotations

from typing import ClassVar

from fleet.draft import State
from fleet.facts.base import Fact, Note
from fleet.model import Cursor, Withdrawal


class TransportRefused(Fact, frozen=True):
    """No job can be made of a wish. The fields are those of `ledger.vocabulary.TransportRefused`."""

    type: ClassVar[str] = "transport.refused"
    key: str
    rules: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.key

    def apply(self, _state: State) -> None:
        """Nothing is kept of it: it is said for the room that wished."""


class StreamFollowed(Note, frozen=True):
    """A stream has been read up to this row, and what the row led to is decided."""

    type: ClassVar[str] = "stream.followed"
    stream: str
    seq: int

    def apply(self, state: State) -> None:
        state.cursors.put(Cursor(self.stream, seq=self.seq))


class WishWithdrawn(Note, frozen=True):
    """A wish was withdrawn of which there is no job: none is to be made of it later either."""

    type: ClassVar[str] = "wish.withdrawn"
    id: str
    at_ms: int

    def apply(self, state: State) -> None:
        state.withdrawals.put(Withdrawal(self.id, at_ms=self.at_ms))


class WithdrawalForgotten(Note, frozen=True):
    """It was withdrawn so long ago that nobody wishes for it any more."""

    type: ClassVar[str] = "wish.forgotten"
    id: str

    def apply(self, state: State) -> None:
        state.withdrawals.remove(self.id)
