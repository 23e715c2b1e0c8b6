"""Which assets may be offered now, and the sentences that say why the others may not."""

from __future__ import annotations

from collections.abc import Iterable

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.steps import StepName, forbidden
from equipment_tracking.pool.stock import STATE, Mask, Stock
from equipment_tracking.register.answers import Violation


def free(state: State, item: Item, now_ms: int) -> bool:
    """Ready, in date and not reserved; it may still be part of an emergency reserve."""
    return item.state == "ready" and not item.reservation and not state.assets[item.id].overdue(now_ms)


def free_rows(stock: Stock, now_ms: int) -> Mask:
    """Which rows are `free`."""
    rows = stock.rows
    free: Mask = (rows["state"] == STATE["ready"]) & ~rows["reserved"] & (rows["service_due_ms"] > now_ms)
    return free


def held_back(state: State, now_ms: int) -> frozenset[str]:
    """The assets that emergency reserves hold back: of the free ones at each place, the first by id."""
    levels = {(level.where, level.type): level.count for level in state.levels.values() if level.of == "emergency"}
    return _first(state, levels, now_ms)


def to_be_had(state: State, now_ms: int) -> Mask:
    """Which rows of the stock are free and not held back for emergencies."""
    which = free_rows(state.stock, now_ms)
    which[state.stock.numbers(sorted(held_back(state, now_ms)))] = False
    return which


def is_held_back(state: State, item: Item, now_ms: int) -> bool:
    """Whether the emergency reserve of the place where it is holds it back."""
    type = state.assets[item.id].type
    level = state.levels.get(f"emergency:{item.place}/{type}")
    return level is not None and item.id in _first(state, {(level.where, type): level.count}, now_ms)


def _first(state: State, levels: dict[tuple[str, str], int], now_ms: int) -> frozenset[str]:
    if not levels:
        return frozenset()
    left = dict(levels)
    first = set()
    for id in state.stock.at({place for place, _ in levels}):
        item = state.items[id]
        key = item.place, state.assets[id].type
        if left.get(key, 0) > 0 and free(state, item, now_ms):
            left[key] -= 1
            first.add(id)
    return frozenset(first)


def hindrances(
    state: State, item: Item, ward: str, now_ms: int, *, step: StepName = "take", emergency: bool = False
) -> list[Violation]:
    """Everything that keeps this ward from having the asset now; `emergency`: the reserve is no hindrance."""
    found = forbidden(step, item)
    if state.assets[item.id].overdue(now_ms):
        found.append(
            Violation(
                "service_overdue",
                "asset",
                f"Servicefristen for {item.id} er overskredet. Meld det til teknisk service og tag et andet.",
                f"The service of {item.id} is overdue. Report it to technical service and take another.",
            )
        )
    reservation = state.reservations.get(item.reservation) if item.reservation else None
    if reservation is not None and reservation.ward != ward:
        found.append(
            Violation(
                "reserved",
                "asset",
                f"{item.id} er reserveret til {reservation.ward}. Tag et af de andre, der foreslås.",
                f"{item.id} is reserved for {reservation.ward}. Take one of the others that are offered.",
            )
        )
    if not emergency and is_held_back(state, item, now_ms):
        found.append(
            Violation(
                "emergency_reserve",
                "asset",
                f"{item.id} er akutreserve på {item.place}. Tag den kun i en akut situation og sig det.",
                f"{item.id} is the emergency reserve of {item.place}. Take it only in an emergency, and say so.",
            )
        )
    return found


def offers(state: State, candidates: Iterable[str], asked: str, now_ms: int) -> tuple[str, ...]:
    """Of the candidates in their order those that may be had at once, without the one that was asked for."""
    kept = held_back(state, now_ms)
    return tuple(
        id
        for id in dict.fromkeys(candidates)
        if id != asked and id not in kept and (item := state.items.get(id)) is not None and free(state, item, now_ms)
    )
