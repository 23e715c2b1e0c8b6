"""The pool's state and its drafts: plain dicts under a layer of changes, so that a failed commit changes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from equipment_tracking.pool.model import Alarm, Item, Level, Loan, Recall, Reservation, Timer, Transport
from equipment_tracking.register.assets import Asset

Rows = dict[str, dict[str, bytes]]
"""Stored state: kind → id → msgpack."""


class Kept(Protocol):
    """What a table keeps: frozen, with an id."""

    @property
    def id(self) -> str:
        """Its id among its kind."""
        ...


K = TypeVar("K", bound=Kept)


class Table(Generic[K]):
    """Entities of one kind by id; `changes` lies over `base` (None = removed) until it is absorbed or discarded."""

    __slots__ = ("base", "changes")

    def __init__(self, base: dict[str, K]) -> None:
        self.base = base
        self.changes: dict[str, K | None] = {}

    def get(self, id: str) -> K | None:
        """The entity with this id, or None."""
        return self.changes[id] if id in self.changes else self.base.get(id)

    def __getitem__(self, id: str) -> K:
        found = self.get(id)
        if found is None:
            raise KeyError(id)
        return found

    def __contains__(self, id: str) -> bool:
        return self.get(id) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self.unordered())

    def put(self, entity: K) -> None:
        """Add or replace."""
        self.changes[entity.id] = entity

    def remove(self, id: str) -> None:
        """Remove; removing what is not there is no error."""
        self.changes[id] = None

    def ids(self) -> list[str]:
        """All ids, sorted: nothing that decides may lean on dict order."""
        if not self.changes:
            return sorted(self.base)
        return sorted(entity.id for entity in self.unordered())

    def unordered(self) -> Iterator[K]:
        """All entities in any order, for sums and for what is sorted afterwards."""
        if not self.changes:
            yield from self.base.values()
            return
        for id, entity in self.base.items():
            if id not in self.changes:
                yield entity
        for changed in self.changes.values():
            if changed is not None:
                yield changed

    def values(self) -> Iterator[K]:
        """All entities in order of their ids."""
        for id in self.ids():
            yield self[id]

    def absorb(self) -> None:
        """Make the changes part of the base."""
        for id, entity in self.changes.items():
            if entity is None:
                self.base.pop(id, None)
            else:
                self.base[id] = entity
        self.changes.clear()


class State:
    """The whole state of the pool as a draft over what was last committed.

    `commit()` after the transaction, `rollback()` when it failed; `changed()` lists the rows to write.
    """

    def __init__(self, rows: Rows | None = None) -> None:
        rows = rows or {}
        self.assets: Table[Asset] = Table(_decoded(Asset, rows))
        self.items: Table[Item] = Table(_decoded(Item, rows))
        self.loans: Table[Loan] = Table(_decoded(Loan, rows))
        self.reservations: Table[Reservation] = Table(_decoded(Reservation, rows))
        self.levels: Table[Level] = Table(_decoded(Level, rows))
        self.recalls: Table[Recall] = Table(_decoded(Recall, rows))
        self.transports: Table[Transport] = Table(_decoded(Transport, rows))
        self.alarms: Table[Alarm] = Table(_decoded(Alarm, rows))
        self.timers: Table[Timer] = Table(_decoded(Timer, rows))
        self.tables: dict[str, Table[Any]] = {
            Asset.kind: self.assets,
            Item.kind: self.items,
            Loan.kind: self.loans,
            Reservation.kind: self.reservations,
            Level.kind: self.levels,
            Recall.kind: self.recalls,
            Transport.kind: self.transports,
            Alarm.kind: self.alarms,
            Timer.kind: self.timers,
        }
        self._due = [(timer.due_ms, timer.id) for timer in self.timers.base.values()]
        heapq.heapify(self._due)

    def changed(self) -> list[tuple[str, str, bytes | None]]:
        """Rows to write: kind, id, msgpack body (None = delete), in a stable order."""
        encode = msgspec.msgpack.encode
        return [
            (kind, id, None if entity is None else encode(entity))
            for kind, table in self.tables.items()
            for id, entity in table.changes.items()
        ]

    def commit(self) -> None:
        """The transaction holds: the draft becomes the state."""
        for timer in self.timers.changes.values():
            if timer is not None:
                heapq.heappush(self._due, (timer.due_ms, timer.id))
        for table in self.tables.values():
            table.absorb()

    def rollback(self) -> None:
        """The transaction failed: the draft never was."""
        for table in self.tables.values():
            table.changes.clear()

    def next_due_ms(self) -> int | None:
        """When the next committed timer fires."""
        while self._due:
            due_ms, id = self._due[0]
            timer = self.timers.base.get(id)
            if timer is not None and timer.due_ms == due_ms:
                return due_ms
            heapq.heappop(self._due)
        return None

    def due(self, now_ms: int) -> list[Timer]:
        """Committed timers that are due by now, by (instant, id); they stay until the core removes them."""
        found = [timer for timer in self.timers.base.values() if timer.due_ms <= now_ms]
        return sorted(found, key=lambda timer: (timer.due_ms, timer.id))

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Everything by kind and id, for comparison in tests."""
        return {kind: {id: table[id] for id in table.ids()} for kind, table in self.tables.items()}


E = TypeVar("E", bound=msgspec.Struct)


def _decoded(entity: type[E], rows: Rows) -> dict[str, E]:
    decode = msgspec.msgpack.Decoder(entity).decode
    kind: str = entity.kind  # type: ignore[attr-defined]  # every entity names its kind
    return {id: decode(body) for id, body in sorted(rows.get(kind, {}).items())}
