"""The capsules of the stations: baskets are emptied, and empty capsules are sent where they will be missing."""

from __future__ import annotations

from fleet.facts.tubes import BasketEmptied, StockKnown
from fleet.orchestrator.tube_plan import Departure, Projection, fetched
from fleet.orchestrator.turn import Turn
from fleet.tubes import TubeStock

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


def empties(turn: Turn, system: str, projection: Projection) -> list[Departure]:
    """Empty capsules for the stations that are shortest of what they need, and when each could go.

    They go last: only where nothing that waits is held up, since the plan holds all of that already.
    """
    plan, rooms = projection.plan, projection.rooms
    short: list[tuple[float, str]] = []
    for station in turn.hospital.tube_homes[system]:
        low = rooms.needs(station)
        if (there := rooms.there(station)) < low:
            short.append(((there - low) / low, station))
    wanting = [station for _, station in sorted(short)[:MOST_AT_ONCE] if rooms.room(station)]
    found = (fetched(plan, rooms, rooms.spare(station), station, turn.now_ms) for station in wanting)
    return [empty for empty in found if empty is not None]
