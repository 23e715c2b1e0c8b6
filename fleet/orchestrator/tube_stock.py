"""The capsules of the stations: baskets are emptied, and empty capsules are sent where they will be missing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from fleet.facts.tubes import HOUR_MS, BasketEmptied, StockKnown
from fleet.orchestrator.tube_plan import SOURCES, Departure, Plan, Rooms
from fleet.orchestrator.turn import Turn
from fleet.tubes import TubeStock

AHEAD_MS = 30 * 60_000
"""A station should have what it sends in this time; an empty capsule takes some minutes to come (assumed)."""
MOST_AT_ONCE = 3
"""So many of the stations that are shortest of capsules are looked after in a turn."""


def keep_stock(turn: Turn, system: str) -> None:
    """Know the stock of every station, and note the capsules that somebody has emptied by now."""
    for station, capsules in turn.hospital.tube_homes[system].items():
        stock = turn.state.stocks.get(station)
        if stock is None:
            turn.emit(StockKnown(TubeStock(id=station, capsules=capsules)))
        elif stock.basket and stock.basket[0] <= turn.now_ms:
            turn.emit(BasketEmptied(station, until_ms=turn.now_ms))


def next_emptied_ms(turn: Turn) -> int | None:
    """When the next capsule in a basket will have been emptied."""
    return min((stock.basket[0] for stock in turn.state.stocks.values() if stock.basket), default=None)


def empties(turn: Turn, system: str, plan: Plan, waiting: Sequence[Departure]) -> list[Departure]:
    """Empty capsules for the stations that are shortest of what they need, and when each could go.

    They go last: only where nothing that waits is held up, since the plan holds all of that already.
    """
    rooms = Rooms(turn, system)
    loads = Counter(departure.capsule.origin for departure in waiting)
    short: list[tuple[float, str]] = []
    spare: list[tuple[int, str]] = []
    for station, home in turn.hospital.tube_homes[system].items():
        stock = turn.state.stocks[station]
        low = max(math.ceil(home / 2), _soon(stock, turn.now_ms) + 1)
        free = stock.capsules - loads[station]
        there = free + len(stock.basket) + rooms.coming(station)
        if there < low:
            short.append(((there - low) / low, station))
        if free > max(home, low):
            spare.append((max(home, low) - free, station))
    found: list[Departure] = []
    for _, station in sorted(short)[:MOST_AT_ONCE]:
        sources = [source for _, source in sorted(spare)[:SOURCES]]
        empty = plan.empty(sources, station, turn.now_ms) if rooms.room(station) > 0 else None
        if empty is not None:
            spare = [(left + (id == empty.capsule.origin), id) for left, id in spare]
            spare = [(left, id) for left, id in spare if left < 0]
            found.append(empty)
    return found


def _soon(stock: TubeStock, now_ms: int) -> int:
    """How many a station is thought to send in the time ahead: as many as in the last, or as the hour's average."""
    if not stock.sent_ms:
        return 0
    hour = sum(1 for at in stock.sent_ms if at > now_ms - HOUR_MS)
    last = sum(1 for at in stock.sent_ms if at > now_ms - AHEAD_MS)
    return max(last, math.ceil(hour * AHEAD_MS / HOUR_MS))
