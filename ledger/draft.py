"""State as a draft over what was last committed: dicts under a layer of changes, so a failed commit changes nothing.

A room's state holds one table a kind of entity; what was changed is written in the transaction of its ledger rows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

Rows = Mapping[str, Mapping[str, bytes]]
"""Stored state: kind → id → msgpack."""


class Kept(Protocol):
    """What a table keeps: a frozen struct with an id among its kind."""

    kind: ClassVar[str]

    @property
    def id(self) -> str:
        """Its id."""
        ...


class Timed(Kept, Protocol):
    """Something to do at an instant."""

    @property
    def due_ms(self) -> int:
        """The instant, ms UTC of site time."""
        ...


K = TypeVar("K", bound=Kept)
T = TypeVar("T", bound=Timed)


class Table(Generic[K]):
    """Entities of one kind by id; `changes` lies over `base` (None: removed) until it is absorbed or discarded."""

    __slots__ = ("_selections", "base", "changes")

    def __init__(self, base: dict[str, K]) -> None:
        self.base = base
        self.changes: dict[str, K | None] = {}
        self._selections: list[Selection[K]] = []

    @staticmethod
    def of(entity: type[K], rows: Rows) -> Table[K]:
        """The table of what is stored of a kind."""
        decode = msgspec.msgpack.Decoder(entity).decode
        return Table({id: decode(body) for id, body in sorted(rows.get(entity.kind, {}).items())})

    def get(self, id: str) -> K | None:
        """The entity with this id, or None."""
        return self.changes[id] if id in self.changes else self.base.get(id)

    def __getitem__(self, id: str) -> K:
        found = self.changes[id] if id in self.changes else self.base.get(id)
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

    def values(self) -> Iterator[K]:
        """All entities in order of their ids."""
        for id in self.ids():
            yield self[id]

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

    def select(self, test: Callable[[K], bool]) -> Selection[K]:
        """Those entities that pass a test, kept up to date: for the few that are looked for again and again."""
        selection = Selection(self, test)
        self._selections.append(selection)
        return selection

    def absorb(self) -> None:
        """Make the changes part of the base."""
        for selection in self._selections:
            selection.absorb()
        for id, entity in self.changes.items():
            if entity is None:
                self.base.pop(id, None)
            else:
                self.base[id] = entity
        self.changes.clear()

    def discard(self) -> None:
        """Forget the changes."""
        self.changes.clear()


class Selection(Generic[K]):
    """The entities of a table that pass a test; iterated over in any order."""

    __slots__ = ("_chosen", "_table", "_test")

    def __init__(self, table: Table[K], test: Callable[[K], bool]) -> None:
        self._table = table
        self._test = test
        self._chosen = {id: entity for id, entity in table.base.items() if test(entity)}

    def __iter__(self) -> Iterator[K]:
        changes = self._table.changes
        yield from (entity for id, entity in self._chosen.items() if id not in changes)
        yield from (entity for entity in changes.values() if entity is not None and self._test(entity))

    def absorb(self) -> None:
        """Take the table's changes in, before the table does."""
        for id, entity in self._table.changes.items():
            if entity is not None and self._test(entity):
                self._chosen[id] = entity
            else:
                self._chosen.pop(id, None)


class Draft(Generic[T]):
    """A room's whole state: its tables by kind, of which one holds timers.

    `commit()` after the transaction, `rollback()` when it failed; `changed()` lists the rows to write.
    """

    def __init__(self, tables: dict[str, Table[Any]], timers: Table[T]) -> None:
        self.tables = tables
        self._timers = timers
        self._due = [(timer.due_ms, timer.id) for timer in timers.base.values()]
        heapq.heapify(self._due)

    def changed(self) -> list[tuple[str, str, bytes | None]]:
        """Rows to write: kind, id, msgpack body (None: delete), in a stable order."""
        encode = msgspec.msgpack.encode
        return [
            (kind, id, None if entity is None else encode(entity))
            for kind, table in self.tables.items()
            for id, entity in table.changes.items()
        ]

    def commit(self) -> None:
        """The transaction holds: the draft becomes the state."""
        for timer in self._timers.changes.values():
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
            timer = self._timers.base.get(id)
            if timer is not None and timer.due_ms == due_ms:
                return due_ms
            heapq.heappop(self._due)
        return None

    def due(self, now_ms: int) -> list[T]:
        """Committed timers that are due by now, by (instant, id); they stay until the core removes them."""
        found: list[T] = []
        seen: set[str] = set()
        while self._due and self._due[0][0] <= now_ms:
            due_ms, id = heapq.heappop(self._due)
            timer = self._timers.base.get(id)
            if timer is not None and timer.due_ms == due_ms and id not in seen:
                seen.add(id)
                found.append(timer)
        for timer in found:
            heapq.heappush(self._due, (timer.due_ms, timer.id))
        return found

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Everything by kind and id, for comparison."""
        return {kind: {id: table[id] for id in table.ids()} for kind, table in self.tables.items()}
