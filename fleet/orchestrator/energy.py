"""Energy: no plan goes below the reserve, and robots without a charger of their own take turns at the shared ones."""

from __future__ import annotations

from fleet.facts.legs import LegUnassigned
from fleet.model import Carrier, Leg
from fleet.orchestrator.orders import HORIZON_MS
from fleet.orchestrator.replan import plans_without
from fleet.orchestrator.turn import Turn
from fleet.planner import CHARGED, LOW_MARGIN, frozen_stops, legs_of, route_of, task_of, vehicle_of
from fleet.views import Reason
from routing.dispatch.schedule import simulate

SETTLED_BATTERY = 0.95
"""A robot with more than this needs no charging."""
QUIET_BATTERY = 0.80
"""Below this a robot goes to charge in a quiet hour."""
QUIET_SHARE = 0.25
"""It is quiet when there is work for at most this share of the robots, also in the time that can be foreseen."""


def spare_reserve(turn: Turn, id: str) -> None:
    """Give what a robot's battery does not last for to others: the last of its plan that it has not begun."""
    carrier = turn.state.carriers[id]
    while (leg := _beyond_range(turn, carrier)) is not None:
        reason = Reason("battery_low", {"carrier": id, "battery": carrier.battery or 0.0})
        turn.emit(LegUnassigned(leg.job, leg=leg.id, reason=reason, plans=plans_without(turn, leg)))
        turn.assign.add(leg.id)
        carrier = turn.state.carriers[id]


def _beyond_range(turn: Turn, carrier: Carrier) -> Leg | None:
    """The last leg of a plan that goes below the reserve, if any may still go to others."""
    vehicle = vehicle_of(carrier, turn.hospital, turn.now_ms)
    if vehicle.range_ms is None or not carrier.stops:
        return None
    begun = {stop.leg for stop in carrier.stops[: frozen_stops(carrier)]}
    legs = [turn.state.legs[stop.leg] for stop in carrier.stops if stop.leg not in begun]
    free = [leg for leg in legs if leg.state == "planned"]
    tasks = {leg: task_of(turn.state, turn.hospital, turn.state.legs[leg]) for leg in legs_of(carrier)}
    busy_ms = simulate(vehicle, route_of(carrier), tasks, turn.ways.times, turn.now_ms).busy_ms
    return free[-1] if free and busy_ms > vehicle.range_ms else None


def berth(turn: Turn, carrier: Carrier) -> tuple[str, Reason | None]:
    """Where a robot without work goes, and what it waits for there: home, or a shared charger when it is its turn.

    A robot whose home has a charger charges there. Of the others the emptiest comes first; who stands at a charger is
    asked to look again when somebody waits, and makes room for one with less if it has enough for the next hours.
    """
    home = turn.hospital.home_node(carrier.id)
    shared = turn.hospital.shared_chargers[carrier.fleet]
    if home in turn.hospital.chargers or not shared or carrier.battery is None:
        return home, None
    waiting = _queue(turn, carrier.fleet)
    if carrier.node in shared:
        enough = CHARGED if any((other.battery or 0.0) < CHARGED for other in waiting) else SETTLED_BATTERY
        return (carrier.node if carrier.battery < enough else home), None
    queue = [other.id for other in waiting]
    if carrier.id not in queue:
        return home, None
    taken = {goal(other) for other in turn.state.carriers.values() if other.id != carrier.id}
    free = [node for node in shared if node not in taken]
    place = queue.index(carrier.id)
    if place < len(free):
        return free[place], None
    turn.drive.update(other.id for other in turn.state.carriers.values() if other.node in shared and not other.steps)
    return home, Reason("waiting_for_charger", {"number": place - len(free) + 1})


def call_next(turn: Turn, carrier: Carrier) -> None:
    """A robot leaves a shared charger: those who wait for one look again."""
    if carrier.mode == "robot" and carrier.node in turn.hospital.shared_chargers[carrier.fleet]:
        turn.drive.update(other.id for other in turn.state.carriers.values() if waits_for_charger(other))


def waits_for_charger(carrier: Carrier) -> bool:
    """Whether the robot stands at home because the chargers are taken."""
    return carrier.waiting is not None and carrier.waiting.code == "waiting_for_charger"


def _queue(turn: Turn, fleet: str) -> list[Carrier]:
    """Robots of a fleet that are to charge, have no charger and are not on their way to one; the emptiest first."""
    hospital = turn.hospital
    shared = hospital.shared_chargers[fleet]
    below = QUIET_BATTERY if is_quiet(turn) else hospital.fleets[fleet].battery.reserve + LOW_MARGIN
    found = [
        (carrier.battery, carrier.id, carrier)
        for carrier in turn.state.carriers.values()
        if (carrier.mode, carrier.fleet, carrier.status) == ("robot", fleet, "active")
        and carrier.heard
        and not carrier.stops
        and carrier.battery is not None
        and carrier.battery < below
        and goal(carrier) not in shared
        and hospital.home_node(carrier.id) not in hospital.chargers
    ]
    return [carrier for _, _, carrier in sorted(found, key=lambda one: one[:2])]


def goal(carrier: Carrier) -> str:
    """The node where a carrier will stand when its drive is over."""
    return next((step.node for step in reversed(carrier.steps) if step.node), carrier.node)


def is_quiet(turn: Turn) -> bool:
    """Whether few robots have work, counting what is foreseen within the time in which jobs are planned."""
    state, hospital = turn.state, turn.hospital
    work = sum(leg.mode == "robot" and leg.state not in ("delivered", "failed") for leg in state.legs.values())
    work += sum(
        "robot" in hospital.loads[pending.load].modes and pending.ready_ms <= turn.now_ms + HORIZON_MS
        for pending in state.pending.values()
    )
    return work <= QUIET_SHARE * len(hospital.robots)
