"""Legs and carriers as the dispatch problem sees them, with the insertion arrays as a cache beside the state."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_

from fleet.battery import range_ms
from fleet.draft import State
from fleet.hospital import Hospital
from fleet.lanes import Lanes
from fleet.model import Carrier, Job, Leg
from fleet.views import ModeName
from routing.dispatch.insertion import RouteSet
from routing.dispatch.problem import Route, Stop, Task, Vehicle

OFFER_MS = 30_000
"""What a porter typically needs to answer an offer: assumed, until it is learned from the ledger."""
MAX_STOPS = 12
"""A carrier with so many stops ahead gets nothing more: what is left waits, and may be taken by whoever is free."""
LOW_MARGIN = 0.10
"""A robot below reserve + this share gets nothing new until it has charged."""
CHARGED = 0.60
"""A charging robot below this share gets nothing new."""


def closed_now(state: State) -> frozenset[str]:
    """Everything that a person has closed."""
    return frozenset(closure.target for closure in state.closures.values())


def task_of(state: State, hospital: Hospital, leg: Leg, job: Job | None = None) -> Task:
    """A leg as a task of the dispatch problem. A specimen's longest time tightens the deadline."""
    job = job or state.jobs[leg.job]
    load = hospital.loads[job.load]
    priority = hospital.priorities[job.priority]
    precaution = hospital.precautions.get(job.precaution) if job.precaution else None
    specimen = hospital.specimens.get(job.specimen) if job.specimen else None
    due_ms = leg.due_ms
    if specimen is not None and specimen.max_min is not None:
        due_ms = min(due_ms, job.ready_ms + round(specimen.max_min * 60_000))
    by_porter = leg.mode == "porter"
    on_wheels = by_porter and (load.person or load.cart)
    return Task(
        id=leg.id,
        origin=hospital.near_stop(hospital.node(leg.origin)),
        destination=hospital.near_stop(hospital.node(leg.destination)),
        ready_ms=leg.ready_ms,
        due_ms=due_ms,
        weight=priority.weight,
        mass_kg=0.0 if on_wheels else job.mass_kg,
        units=1,
        pickup_ms=hospital.handover_ms(leg.origin) + (OFFER_MS if by_porter else 0),
        delivery_ms=hospital.handover_ms(leg.destination)
        + (round(precaution.cleaning_min * 60_000) if precaution else 0),
        requires=_requires(leg, load.skill, load.locked),
        profile="porter_bed" if on_wheels else None,
        crew=leg.crew,
        pickup_windows=state.meta.windows.get(leg.origin, ()),
        delivery_windows=state.meta.windows.get(leg.destination, ()),
        clean=load.clean,
        alone=load.person or job.precaution is not None,
        aging_ms=max(60_000, round(priority.target_min * 60_000)),
    )


def _requires(leg: Leg, skill: str | None, locked: bool) -> tuple[str, ...]:
    needed = [f"by:{leg.mode}"]
    told = leg.carriers[0] if leg.carriers and leg.state in ("offered", "accepted") else None
    if leg.crew == 1 and (leg.only or told):
        needed.append(f"is:{leg.only or told}")  # what somebody was told to fetch stays with them
    if leg.mode == "porter":
        needed += [skill] if skill else []
    elif locked:
        needed.append("locked")
    return tuple(needed)


def vehicle_of(carrier: Carrier, hospital: Hospital, now_ms: int) -> Vehicle:
    """A robot or porter as a vehicle: where and when it is free for what is not frozen.

    While it drives to its first stop the vehicle stands at that stop from the expected arrival on; the stop itself is
    frozen at the head of its route.
    """
    node, available_ms, driving_ms = carrier.node, max(carrier.since_ms, carrier.free_ms), 0
    if carrier.steps:
        node = next((step.node for step in reversed(carrier.steps) if step.node), node)
        handover = carrier.steps[-1].act in ("pick", "drop")
        driving = carrier.steps[:-1] if handover else carrier.steps
        driving_ms = sum(step.expected_ms for step in driving)
        available_ms = max(available_ms, carrier.since_ms + driving_ms)
    frozen = frozen_stops(carrier)
    node = hospital.near_stop(node)
    if carrier.mode == "robot":
        fleet = hospital.fleets[carrier.fleet]
        return Vehicle(
            id=carrier.id,
            profile=carrier.fleet,
            node=node,
            available_ms=available_ms,
            home=hospital.home_node(carrier.id),
            payload_kg=fleet.payload_kg,
            units=fleet.compartments,
            capabilities=("by:robot", f"is:{carrier.id}", *(("locked",) if fleet.locked else ())),
            cost_per_min=hospital.site.mode_cost.robot_per_min,
            onboard=carrier.aboard,
            frozen=frozen,
            range_ms=range_ms(fleet.battery, carrier.battery, driving_ms),
        )
    porters = hospital.site.porters
    return Vehicle(
        id=carrier.id,
        profile="porter",
        node=node,
        available_ms=available_ms,
        shift_end_ms=shift_end_ms(carrier, now_ms),
        payload_kg=porters.carry_kg,
        units=porters.hands,
        capabilities=("by:porter", f"is:{carrier.id}", *hospital.skills[carrier.fleet]),
        cost_per_min=hospital.site.mode_cost.porter_per_min,
        onboard=carrier.aboard,
        frozen=frozen,
    )


def frozen_stops(carrier: Carrier) -> int:
    """How many leading stops of the plan are begun: the one driven to or worked at."""
    return min(len(carrier.stops), 1) if carrier.purpose == "stop" else 0


def shift_end_ms(carrier: Carrier, now_ms: int) -> int:
    """When the porter's present shift ends; before now when there is none."""
    return next((end for start, end in carrier.shifts if start <= now_ms < end), now_ms)


def on_duty(carrier: Carrier, now_ms: int) -> bool:
    """Robots always are; porters inside a shift."""
    return carrier.mode != "porter" or any(start <= now_ms < end for start, end in carrier.shifts)


def available(carrier: Carrier, hospital: Hospital, now_ms: int) -> bool:
    """Whether this carrier may get something new now."""
    if carrier.status != "active" or not carrier.heard or not on_duty(carrier, now_ms):
        return False
    if carrier.mode != "robot" or carrier.battery is None:
        return True
    reserve = hospital.fleets[carrier.fleet].battery.reserve
    return carrier.battery >= (CHARGED if carrier.charging and carrier.battery < CHARGED else reserve + LOW_MARGIN)


class Planner:
    """The insertion arrays of robots and of porters, and traffic.

    A cache outside the state: what is asked of it is always as the state says, so it may be thrown away.
    """

    def __init__(self, hospital: Hospital, lanes: Lanes | None = None) -> None:
        self.hospital = hospital
        self.lanes = lanes or Lanes(hospital)
        self._rows: dict[ModeName, _Rows] = {"robot": _Rows(hospital, "robot"), "porter": _Rows(hospital, "porter")}

    def rows_for(self, state: State, leg: Leg, now_ms: int) -> tuple[RouteSet, list[int]]:
        """The arrays of the leg's mode, and the rows of those that may get it now; only these rows are up to date.

        These are in service, on duty, charged, have not declined it and have not too much ahead.
        """
        rows = self._rows[leg.mode]
        routes = rows.keep_up(state, now_ms)
        carriers = [
            carrier
            for id in rows.ids
            if len((carrier := state.carriers[id]).stops) < MAX_STOPS
            and id not in leg.refused_by
            and (leg.only is None or leg.only == id or leg.crew > 1)
            and available(carrier, self.hospital, now_ms)
        ]
        rows.refresh(routes, state, carriers, now_ms)
        return routes, [rows.ids[carrier.id] for carrier in carriers]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a row was made from."""

    carrier: Carrier
    vehicle: Vehicle
    legs: tuple[Leg, ...]


class _Rows:
    """One row a carrier of a mode, renewed when it is asked for and the carrier or a leg of its plan changed."""

    def __init__(self, hospital: Hospital, mode: ModeName) -> None:
        self.hospital = hospital
        self.mode = mode
        self.ids: dict[str, int] = {}
        self._known: list[str] = []
        self._closures: frozenset[str] = frozenset()
        self._routes: RouteSet | None = None
        self._seen: dict[str, _Seen] = {}

    def keep_up(self, state: State, now_ms: int) -> RouteSet:
        """The arrays, made anew when carriers came or the ways changed."""
        closures, known = closed_now(state), state.carriers.ids()
        if self._routes is not None and closures == self._closures and known == self._known:
            return self._routes
        carriers = [carrier for carrier in state.carriers.values() if carrier.mode == self.mode]
        tasks: dict[str, Task] = {}
        for carrier in carriers:
            tasks.update(self._tasks(state, carrier))
        self._seen = {c.id: _Seen(c, vehicle_of(c, self.hospital, now_ms), _legs(state, c)) for c in carriers}
        vehicles = [seen.vehicle for seen in self._seen.values()]
        times = self.hospital.ways(closures).times
        self._routes = RouteSet(vehicles, [route_of(carrier) for carrier in carriers], tasks, times)
        self.ids = {carrier.id: row for row, carrier in enumerate(carriers)}
        self._closures, self._known = closures, known
        return self._routes

    def refresh(self, routes: RouteSet, state: State, carriers: list[Carrier], now_ms: int) -> None:
        """Bring the rows of these carriers in step with the state."""
        for carrier in carriers:
            seen, legs = self._seen[carrier.id], _legs(state, carrier)
            same_legs = len(legs) == len(seen.legs) and all(map(is_, legs, seen.legs))
            shift_end_ms = seen.vehicle.shift_end_ms
            if carrier is seen.carrier and same_legs and (shift_end_ms is None or now_ms < shift_end_ms):
                continue
            vehicle = vehicle_of(carrier, self.hospital, now_ms)
            if not same_legs or vehicle != seen.vehicle or carrier.stops != seen.carrier.stops:
                tasks = self._tasks(state, carrier)
                routes.set_route(self.ids[carrier.id], vehicle, route_of(carrier), tasks)
            self._seen[carrier.id] = _Seen(carrier, vehicle, legs)

    def _tasks(self, state: State, carrier: Carrier) -> dict[str, Task]:
        return {leg: task_of(state, self.hospital, state.legs[leg]) for leg in legs_of(carrier)}


def _legs(state: State, carrier: Carrier) -> tuple[Leg, ...]:
    return tuple(state.legs[stop.leg] for stop in carrier.stops)


def legs_of(carrier: Carrier) -> list[str]:
    """Legs in the carrier's plan or aboard, each once, in order."""
    return list(dict.fromkeys([*carrier.aboard, *(stop.leg for stop in carrier.stops)]))


def route_of(carrier: Carrier) -> Route:
    """The carrier's plan as a route."""
    return Route(carrier.id, tuple(Stop(stop.leg, stop.act, stop.not_before_ms) for stop in carrier.stops))
