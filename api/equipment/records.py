"""What the ledger says of equipment: what has happened to an asset, and how much of the time equipment is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.facts.cycle import AssetChanged, AssetRegistered, AssetRetired, StateFact
from equipment_tracking.pool.facts.holding import Lent
from equipment_tracking.pool.facts.reading import FACTS, read_fact
from equipment_tracking.pool.utilisation import Utilisation, utilisation
from equipment_tracking.store.writer import STREAM
from fleet.views import HistoryEntry
from ledger.figures import figures
from ledger.read import about, follow

T = TypeVar("T")

SHOWN = 500
"""So many events of an asset are told; one that is moved about all day has many."""
AT_ONCE = 5_000
"""Rows that are read at a time."""
_TELLING = (AssetRegistered, AssetChanged, AssetRetired, StateFact, Lent)
KINDS = tuple(name for name, kind in FACTS.items() if issubclass(kind, _TELLING))
"""The events that say whether an asset is in use, and whose."""


class Store(Protocol):
    """A database that is read away from the event loop."""

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What the query finds. Raises `Problem` 503 without a database."""
        ...


class EquipmentRecords:
    """Reads the stream of equipment tracking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def history(self, asset: str) -> tuple[HistoryEntry, ...]:
        """What has happened to an asset, oldest first: its last events. Raises `Problem` 503 without a database."""

        def told(connection: Connection) -> tuple[HistoryEntry, ...]:
            return tuple(
                HistoryEntry(at_ms=row.at_ms, actor=row.actor, kind=row.kind, seq=row.seq, args=figures(row))
                for row in about(connection, STREAM, asset, newest=SHOWN)
            )

        return await self._store.read(told)

    async def utilisation(self, since_ms: int, until_ms: int) -> Utilisation:
        """How long equipment was in use between two instants. Raises `Problem` 503 without a database."""
        return await self._store.read(lambda connection: utilisation(_facts(connection, until_ms), since_ms, until_ms))


def _facts(connection: Connection, until_ms: int) -> Iterator[Fact]:
    """The facts that tell of use, from the first one on."""
    after = 0
    while rows := follow(connection, STREAM, after=after, kinds=KINDS, limit=AT_ONCE):
        for row in rows:
            if row.at_ms > until_ms:
                return
            fact = None if row.payload is None else read_fact(row.kind, row.version, row.payload)
            if fact is not None:
                yield fact
        after = rows[-1].seq
