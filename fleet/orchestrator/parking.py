"""Parking: robots without work wait in the bays from which expected transports are near, spread out over them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fleet.hospital import UNREACHABLE
from fleet.model import Carrier
from fleet.orchestrator.energy import QUIET_BATTERY, SETTLED_BATTERY, berth, goal, is_quiet
from fleet.orchestrator.turn import Turn
from fleet.planner import CHARGED
from fleet.views import Reason
from routing.dispatch.waiting_places import NEVER, Int64, Spread, spread_out

LOOK_EVERY_MS = 5 * 60_000
"""How often the robots that wait are spread anew."""
FORESEEN_MS = 30 * 60_000
"""Transports are expected so far ahead."""
LIKELY = 0.2
"""A transport that is expected with less than this probability draws nobody."""
DRIVING_WEIGHT = 0.25
"""A minute's empty driving counts as so many minutes that a load waits (assumed)."""
GAIN_MS = 15_000
"""No robot leaves for another bay for a smaller gain than this (weighted ms)."""


def expects_work(carrier: Carrier) -> bool:
    """Whether the robot waits where work is expected."""
    return carrier.waiting is not None and carrier.waiting.code == "expects"


def spread_fleets(turn: Turn) -> None:
    """Every so often: look where all robots that stand without work should wait, and who of them should charge."""
    for fleet in (id for id, bays in turn.hospital.parking.items() if bays):
        resting = [carrier for carrier in turn.state.carriers.values() if _is_resting(carrier, fleet)]
        standing = [carrier for carrier in resting if not carrier.steps and _may_park(turn, carrier)]
        if standing:
            turn.parking.update(_places(turn, fleet, standing))
        turn.drive.update(carrier.id for carrier in resting)


def resting_place(turn: Turn, carrier: Carrier) -> tuple[str, Reason | None]:
    """Where a robot without work goes, and what it waits for there: to charge, to where work is expected, or home."""
    place, reason = berth(turn, carrier)
    home = turn.hospital.home_node(carrier.id)
    if place != home or reason is not None or not turn.hospital.parking[carrier.fleet] or not _may_park(turn, carrier):
        return place, reason
    if carrier.id not in turn.parking:
        turn.parking.update(_places(turn, carrier.fleet, [carrier]))
    return turn.parking[carrier.id] or (home, None)


def _is_resting(carrier: Carrier, fleet: str) -> bool:
    """Whether a robot of the fleet has no work."""
    return (carrier.mode, carrier.fleet) == ("robot", fleet) and carrier.heard and not carrier.stops


def _may_park(turn: Turn, carrier: Carrier) -> bool:
    """Whether it is in service, has nothing to do, waits for nothing else, and need not charge first.

    From a charger at home it leaves to park when it is full, from elsewhere with what it fills up to in a quiet hour;
    once parked it stays in a busy hour with what lasts for some hours.
    """
    if carrier.stops or carrier.status != "active" or (carrier.waiting is not None and not expects_work(carrier)):
        return False
    if carrier.battery is None:
        return True
    hospital, there = turn.hospital, goal(carrier)
    if there == hospital.home_node(carrier.id) and there in hospital.chargers:
        return carrier.battery >= SETTLED_BATTERY
    if there in hospital.parking[carrier.fleet] and carrier.battery >= CHARGED and not is_quiet(turn):
        return True
    return carrier.battery >= QUIET_BATTERY


def _places(turn: Turn, fleet: str, robots: Sequence[Carrier]) -> dict[str, tuple[str, Reason | None] | None]:
    """The bay of each of these robots, None for home; all others stay where they are or go."""
    hospital = turn.hospital
    until_ms = turn.now_ms + FORESEEN_MS
    expected = hospital.forecast.expected(fleet, turn.state.pending.values(), turn.now_ms, until_ms)
    bays = hospital.parking[fleet]
    wanted = [(station, chance) for station in sorted(expected) for chance in _chances(expected[station], len(bays))]
    asked = {carrier.id for carrier in robots}
    taken = {goal(other) for other in turn.state.carriers.values() if other.id not in asked}
    staying = [bay for bay in bays if bay in taken]
    found = spread_out(
        Spread(
            home=_home_costs(turn, robots, len(staying)),
            drive=_drive_costs(turn, robots, bays, staying),
            worth=_worth(turn, fleet, wanted),
        )
    )
    places: dict[str, tuple[str, Reason | None] | None] = {}
    for carrier, place in zip(robots, found, strict=False):  # those who stay come last
        if place is None:
            places[carrier.id] = None
            continue
        reason = None
        if place.transport is not None:
            station = wanted[place.transport][0]
            number = max(1, round(expected[station]))
            reason = Reason("expects", {"station": station, "number": number, "until_ms": until_ms})
        places[carrier.id] = bays[place.bay], reason
    return places


def _chances(mean: float, most: int) -> list[float]:
    """The probabilities that there is a first transport, a second and so on, if so many come on average (Poisson)."""
    exactly, fewer = math.exp(-mean), math.exp(-mean)
    found = []
    for number in range(1, most + 1):
        if 1 - fewer < LIKELY:
            break
        found.append(1 - fewer)
        exactly *= mean / number
        fewer += exactly
    return found


def _home_costs(turn: Turn, robots: Sequence[Carrier], staying: int) -> Int64:
    """What it costs to send each of the robots home; who stays cannot."""
    found = [_driving(turn, carrier, turn.hospital.home_node(carrier.id)) for carrier in robots]
    return np.array([*found, *[NEVER] * staying], np.int64)


def _drive_costs(turn: Turn, robots: Sequence[Carrier], bays: Sequence[str], staying: Sequence[str]) -> Int64:
    """What it costs to send each of the robots to each bay; who stays has one bay only."""
    found = np.full((len(robots) + len(staying), len(bays)), NEVER, np.int64)
    for row, carrier in enumerate(robots):
        for column, bay in enumerate(bays):
            if bay not in staying:
                found[row, column] = _driving(turn, carrier, bay) + (0 if bay == goal(carrier) else GAIN_MS)
    for row, bay in enumerate(staying, len(robots)):
        found[row, bays.index(bay)] = 0
    return found


def _driving(turn: Turn, carrier: Carrier, node: str) -> int:
    here = turn.hospital.near_stop(carrier.node)
    return min(NEVER, round(DRIVING_WEIGHT * turn.ways.times.between(carrier.fleet, here, node)))


def _worth(turn: Turn, fleet: str, wanted: Sequence[tuple[str, float]]) -> Int64:
    """How much sooner each transport is fetched from each bay than from the nearest home, times its probability."""
    hospital, times = turn.hospital, turn.ways.times
    homes = [times.index[hospital.home_node(robot)] for robot, (of, _) in hospital.robots.items() if of == fleet]
    bays = [times.index[node] for node in hospital.parking[fleet]]
    stations = [times.index[hospital.node(station)] for station, _ in wanted]
    chances = np.array([chance for _, chance in wanted])
    from_home = times.ms[fleet][np.ix_(homes, stations)].min(axis=0)
    from_bay = times.ms[fleet][np.ix_(bays, stations)]
    saved = np.where(from_home < UNREACHABLE, np.maximum(0, from_home - from_bay), 0)
    worth: Int64 = np.rint(saved * chances).astype(np.int64)
    return worth
