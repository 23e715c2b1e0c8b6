"""From the pool's decisions to rows: ledger entries, state rows, and the answer under its key."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked
from equipment_tracking.pool.turn import Decision
from equipment_tracking.register.answers import Accepted
from ledger.chain import Entry
from ledger.writer import StateChange

_JSON: Final = msgspec.json.Encoder()
_MSGPACK: Final = msgspec.msgpack.Encoder()


class Answered(msgspec.Struct, frozen=True):
    """The id that was granted to a request under its idempotency key; `request` is the digest of what was asked.

    Refusals changed nothing and are not kept: asked again, they are judged anew.
    """

    key: str
    at_ms: int
    request: bytes
    answer: Accepted


def digest(asked: Asked) -> bytes:
    """SHA-256 of the request and who asked: equal for the same wish of the same person."""
    return sha256(_MSGPACK.encode(asked)).digest()


def entries(decision: Decision, at_ms: int) -> list[Entry]:
    """The ledger rows of a decision; positions in a room are among them, batteries and timers are not."""
    return [fact.entry(actor, at_ms, _JSON.encode(fact)) for actor, fact in decision.logged()]


def changes(state: State) -> list[StateChange]:
    """The rows that the draft wants written."""
    return [StateChange(kind, id, body) for kind, id, body in state.changed()]
