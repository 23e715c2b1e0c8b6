"""Even wear: of robots that cost as good as the same the one that has driven least."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.orchestrator.turn import Turn
from routing.dispatch.places import Insertion
from routing.dispatch.schedule import milli

RESTED = "rested"
ALIKE_MIN = 0.5
"""Costs that differ by less than so many minutes of a robot's driving are as good as the same."""
WEIGHED = 6
"""So many of the cheapest are compared."""


def least_worn(turn: Turn, places: Sequence[Insertion]) -> Insertion:
    """The place (of some, the cheapest first) to be taken, so that work is spread over the robots.

    Only robots that stand at home or parked, without work, change places: who comes by anyway, or has the full for the
    empty, goes.
    """
    alike = places[0].cost_delta + round(milli(turn.hospital.site.mode_cost.robot_per_min) * ALIKE_MIN)
    idle = [place for place in places if place.cost_delta <= alike and _is_idle(turn, place)]
    if places[0] not in idle:
        return places[0]
    return min(idle, key=lambda place: _driven_m(turn, place))


def _is_idle(turn: Turn, place: Insertion) -> bool:
    carrier = turn.state.carriers[place.vehicle]
    resting = (turn.hospital.home_node(carrier.id), *turn.hospital.parking[carrier.fleet])
    return not carrier.stops and not carrier.steps and carrier.node in resting


def _driven_m(turn: Turn, place: Insertion) -> float:
    carrier = turn.state.carriers[place.vehicle]
    return carrier.loaded_m + carrier.empty_m
