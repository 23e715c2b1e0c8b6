"""What the rooms decide or observe: facts, of which the ledger keeps a row each, and others that are state only."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ledger.chain import Entry


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change of a room's state. `type` names it in the ledger; `logged` ones are chained, the others are state only.

    How it changes the state is said by each room's own facts.
    """

    type: ClassVar[str]
    version: ClassVar[int] = 1
    logged: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        """The id that the ledger row is about."""
        raise AttributeError("a logged fact names its subject")

    def entry(self, actor: str, at_ms: int, payload: bytes) -> Entry:
        """Its row of the ledger, but for its place in the chain."""
        return Entry(
            at_ms=at_ms, actor=actor, kind=self.type, version=self.version, subject=self.subject, payload=payload
        )
