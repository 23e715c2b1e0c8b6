"""What wards are shown of the pool: what they have against their par levels, and what is to be brought to them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator

import msgspec
import numpy as np

from equipment_tracking.pool.available import held_back, to_be_had
from equipment_tracking.pool.draft import State


class ParLine(msgspec.Struct, frozen=True):
    """A ward's par level of a type: how many ready ones it has, how many are on their way or kept for it."""

    ward: str
    type: str
    par: int
    ready: int
    coming: int

    @property
    def missing(self) -> int:
        """How many are to be brought."""
        return max(0, self.par - self.ready - self.coming)


class ReserveLine(msgspec.Struct, frozen=True):
    """The emergency reserve of a place: how many of a type it is to keep back, and how many it has."""

    place: str
    type: str
    count: int
    ready: int


class Pick(msgspec.Struct, frozen=True):
    """A line of the pick list: bring this asset from where it is to the ward; no asset: there is none to bring."""

    ward: str
    type: str
    asset: str = ""
    place: str = ""


def par_lines(state: State, now_ms: int) -> tuple[ParLine, ...]:
    """Every par level by ward and type. What is overdue or held back for emergencies does not count as ready."""
    ready = state.stock.count(to_be_had(state, now_ms))
    coming: Counter[tuple[str, str]] = Counter()
    for reservation in state.reservations.unordered():
        item = state.items[reservation.asset]
        (ready if reservation.ward == item.ward else coming)[reservation.ward, state.assets[item.id].type] += 1
    return tuple(
        ParLine(level.where, level.type, level.count, ready[level.where, level.type], coming[level.where, level.type])
        for level in state.levels.values()
        if level.of == "par"
    )


def reserve_lines(state: State, now_ms: int) -> tuple[ReserveLine, ...]:
    """Every emergency reserve by place and type, and what there is of it."""
    kept = [state.items[id] for id in held_back(state, now_ms)]
    ready = Counter((item.place, state.assets[item.id].type) for item in kept)
    return tuple(
        ReserveLine(level.where, level.type, level.count, ready[level.where, level.type])
        for level in state.levels.values()
        if level.of == "emergency"
    )


def pick_list(state: State, now_ms: int) -> tuple[Pick, ...]:
    """What to bring to bring every ward up to its par: free ones that no ward's own par needs, each at most once.

    Those that have been unused for longest go first. Lines without an asset say what cannot be met.
    """
    lines = par_lines(state, now_ms)
    shelves = _shelves(state, now_ms, lines)
    return tuple(pick for line in lines if line.missing for pick in _picks(state, line, shelves[line.type]))


class _Shelf(msgspec.Struct):
    """What a ward can do without of a type: `waiting` is (unused since, id) with the last to go first in the list."""

    waiting: list[tuple[int, str]]
    spare: int


def _shelves(state: State, now_ms: int, lines: tuple[ParLine, ...]) -> dict[str, dict[str, _Shelf]]:
    """By type and ward what may be brought elsewhere; a ward without a par level can do without all it has.

    What is being carried already is left alone.
    """
    over = {(line.ward, line.type): line.ready - line.par for line in lines}
    shelves: dict[str, dict[str, _Shelf]] = {line.type: {} for line in lines if line.missing}
    stock = state.stock
    wanted = np.isin(stock.rows["type"], [stock.code(type) for type in shelves])
    rows = np.flatnonzero(to_be_had(state, now_ms) & wanted & ~stock.rows["carried"])
    waiting = [state.items[stock.ids[row]] for row in rows.tolist()]
    waiting.sort(key=lambda item: (item.since_ms, item.id), reverse=True)
    for item in waiting:
        type = state.assets[item.id].type
        spare = over.get((item.ward, type), len(waiting))
        if spare > 0:
            shelves[type].setdefault(item.ward, _Shelf([], spare)).waiting.append((item.since_ms, item.id))
    return shelves


def _picks(state: State, line: ParLine, shelves: dict[str, _Shelf]) -> Iterator[Pick]:
    """The picks of a line, taken from the shelves; from its own ward nothing is brought."""
    heads = [(shelf.waiting[-1], ward) for ward, shelf in shelves.items() if ward != line.ward]
    heapq.heapify(heads)
    for _ in range(line.missing):
        if not heads:
            yield Pick(line.ward, line.type)
            continue
        (_, asset), ward = heads[0]
        shelf = shelves[ward]
        shelf.waiting.pop()
        shelf.spare -= 1
        if shelf.spare and shelf.waiting:
            heapq.heapreplace(heads, (shelf.waiting[-1], ward))
        else:
            heapq.heappop(heads)
            del shelves[ward]
        yield Pick(line.ward, line.type, asset, state.items[asset].place)
