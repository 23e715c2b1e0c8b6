"""State and its drafts: plain dicts with a copy-on-write overlay, so that a failed commit changes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from fleet.model import (
    Agent,
    Carrier,
    Closure,
    Entity,
    Job,
    Leg,
    LiftState,
    Meta,
    OpenCommand,
    PendingJob,
    Slots,
    Timer,
)

E = TypeVar("E", bound=Entity)
Rows = dict[str, dict[str, bytes]]
"""Stored state: kind → id → msgpack."""
META = "fleet"


class Table(Generic[E]):
    """Entities of one kind by id, with an overlay of changes (`None` = removed)."""

    __slots__ = ("base", "changes")

    def __init__(self, base: dict[str, E]) -> None:
        self.base = base
        self.changes: dict[str, E | None] = {}

    def get(self, id: str) -> E | None:
        """The entity with this id, or None."""
        if id in self.changes:
            return self.changes[id]
        return self.base.get(id)

    def __getitem__(self, id: str) -> E:
        found = self.changes[id] if id in self.changes else self.base.get(id)
        if found is None:
            raise KeyError(id)
        return found

    def __contains__(self, id: str) -> bool:
        return self.get(id) is not None

    def put(self, entity: E) -> None:
        """Add or replace."""
        self.changes[entity.id] = entity

    def remove(self, id: str) -> None:
        """Remove; removing what is not there is no error."""
        self.changes[id] = None

    def ids(self) -> list[str]:
        """All ids, sorted: nothing that decides may lean on dict order."""
        if not self.changes:
            return sorted(self.base)
        return sorted(
            {id for id in self.base if id not in self.changes} | {id for id, e in self.changes.items() if e is not None}
        )

    def values(self) -> Iterator[E]:
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

    def discard(self) -> None:
        """Forget the changes."""
        self.changes.clear()


def _table(entity: type[E], rows: Rows) -> Table[E]:
    decode = msgspec.msgpack.Decoder(entity).decode
    return Table({id: decode(body) for id, body in sorted(rows.get(entity.kind, {}).items())})


class State:
    """The whole state of the fleet as a draft over what was last committed.

    `commit()` after the transaction, `rollback()` when it failed; `pending()` lists the rows to write.
    """

    def __init__(self, rows: Rows | None = None) -> None:
        rows = rows or {}
        self.jobs = _table(Job, rows)
        self.legs = _table(Leg, rows)
        self.carriers = _table(Carrier, rows)
        self.lifts = _table(LiftState, rows)
        self.slots = _table(Slots, rows)
        self.agents = _table(Agent, rows)
        self.commands = _table(OpenCommand, rows)
        self.timers = _table(Timer, rows)
        self.closures = _table(Closure, rows)
        self.pending = _table(PendingJob, rows)
        self.metas = _table(Meta, rows)
        self.tables: dict[str, Table[Any]] = {
            Job.kind: self.jobs,
            Leg.kind: self.legs,
            Carrier.kind: self.carriers,
            LiftState.kind: self.lifts,
            Slots.kind: self.slots,
            Agent.kind: self.agents,
            OpenCommand.kind: self.commands,
            Timer.kind: self.timers,
            Closure.kind: self.closures,
            PendingJob.kind: self.pending,
            Meta.kind: self.metas,
        }
        self._due = [(timer.due_ms, timer.id) for timer in self.timers.base.values()]
        heapq.heapify(self._due)

    @property
    def meta(self) -> Meta:
        """The fleet's single facts."""
        return self.metas.get(META) or Meta(id=META)

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
            table.discard()

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
        found: list[Timer] = []
        seen: set[str] = set()
        while self._due and self._due[0][0] <= now_ms:
            due_ms, id = heapq.heappop(self._due)
            timer = self.timers.base.get(id)
            if timer is not None and timer.due_ms == due_ms and id not in seen:
                seen.add(id)
                found.append(timer)
        for timer in found:
            heapq.heappush(self._due, (timer.due_ms, timer.id))
        return found

    def snapshot(self) -> dict[str, dict[str, Entity]]:
        """Everything by kind and id, for comparison in tests."""
        return {kind: {id: table[id] for id in table.ids()} for kind, table in self.tables.items()}
