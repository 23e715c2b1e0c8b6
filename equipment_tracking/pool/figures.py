"""What wards are shown of the pool: what they have against their par levels, and what is to be brought to them."""

from __future__ import annotations

from collections import Counter, defaultdict

import msgspec

from equipment_tracking.pool.available import free, held_back
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


class Pick(msgspec.Struct, frozen=True):
    """A line of the pick list: bring this asset from where it is to the ward; no asset: there is none to bring."""

    ward: str
    type: str
    asset: str = ""
    place: str = ""


def par_lines(state: State, now_ms: int) -> tuple[ParLine, ...]:
    """Every par level by ward and type. What is overdue or held back for emergencies does not count as ready."""
    kept = held_back(state, now_ms)
    ready: Counter[tuple[str, str]] = Counter()
    coming: Counter[tuple[str, str]] = Counter()
    for item in state.items.values():
        type = state.assets[item.id].type
        reservation = state.reservations.get(item.reservation) if item.reservation else None
        if reservation is not None and reservation.ward != item.ward:
            coming[reservation.ward, type] += 1
        elif reservation is not None or (free(state, item, now_ms) and item.id not in kept):
            ready[item.ward, type] += 1
    return tuple(
        ParLine(level.where, level.type, level.count, ready[level.where, level.type], coming[level.where, level.type])
        for level in state.levels.values()
        if level.of == "par"
    )


def pick_list(state: State, now_ms: int) -> tuple[Pick, ...]:
    """What to bring to bring every ward up to its par: free ones that no ward's own par needs, each at most once.

    Those that have been unused for longest go first. Lines without an asset say what cannot be met.
    """
    lines = par_lines(state, now_ms)
    spare = {(line.ward, line.type): line.ready - line.par for line in lines}
    kept = held_back(state, now_ms)
    pool: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for item in state.items.values():
        if free(state, item, now_ms) and item.id not in kept:
            pool[state.assets[item.id].type].append((item.since_ms, item.id))
    for queue in pool.values():
        queue.sort()
    picks: list[Pick] = []
    for line in lines:
        queue = pool[line.type]
        for _ in range(line.missing):
            found = next(
                (entry for entry in queue if _spare(state.items[entry[1]].ward, line.ward, line.type, spare)), None
            )
            if found is None:
                picks.append(Pick(line.ward, line.type))
                continue
            queue.remove(found)
            item = state.items[found[1]]
            if (item.ward, line.type) in spare:
                spare[item.ward, line.type] -= 1
            picks.append(Pick(line.ward, line.type, item.id, item.place))
    return tuple(picks)


def _spare(ward: str, wanting: str, type: str, spare: dict[tuple[str, str], int]) -> bool:
    """Whether this ward can do without one: it has more than its par, or none is set."""
    return ward != wanting and spare.get((ward, type), 1) > 0
