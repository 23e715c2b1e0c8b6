"""The readable reference of the insertion search: try every place, simulate the route, compare what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from routing.dispatch.places import CrewInsertion, Insertion
from routing.dispatch.problem import Route, Stop, Task, TravelTable, Vehicle
from routing.dispatch.schedule import RouteTimes, leg_ms, route_cost, simulate


def fits(vehicle: Vehicle, aboard: Sequence[Task]) -> bool:
    """Whether these tasks may be aboard together: payload, units, clean and unclean, loads that travel alone."""
    return (
        sum(task.mass_g for task in aboard) <= vehicle.payload_g
        and sum(task.units for task in aboard) <= vehicle.units
        and not {"clean", "unclean"} <= {task.clean for task in aboard}
        and not (len(aboard) > 1 and any(task.travels_alone for task in aboard))
    )


def best_place(
    vehicle: Vehicle,
    route: Route,
    task: Task,
    tasks: Mapping[str, Task],
    times: TravelTable,
    now_ms: int,
    appointment_ms: int = 0,
) -> Insertion | None:
    """The cheapest place of the task in one route; the first of equals; None if there is none."""
    before = simulate(vehicle, route, tasks, times, now_ms)
    if not before.possible or not vehicle.accepting or not set(task.requires) <= set(vehicle.capabilities):
        return None
    cost = route_cost(vehicle, route, tasks, before)
    known = {**tasks, task.id: task}
    count = len(route.stops)
    best: Insertion | None = None
    for pickup in range(vehicle.frozen, count + 1):
        for delivery in range(pickup + 1, count + 2):
            stops = list(route.stops)
            stops.insert(pickup, Stop(task.id, "pickup", appointment_ms))
            stops.insert(delivery, Stop(task.id, "delivery"))
            longer = Route(vehicle.id, tuple(stops))
            after = simulate(vehicle, longer, known, times, now_ms)
            together = [[known[name] for name in names] for names in after.aboard if task.id in names]
            if not after.possible or not all(fits(vehicle, aboard) for aboard in together):
                continue
            delta = route_cost(vehicle, longer, known, after) - cost
            if best is None or delta < best.cost_delta:
                best = Insertion(
                    vehicle=vehicle.id,
                    pickup_pos=pickup,
                    delivery_pos=delivery,
                    cost_delta=delta,
                    pickup_ms=after.stops[pickup].start_ms,
                    delivery_ms=after.stops[delivery].end_ms,
                    added_late_ms=_late(after) - after.stops[delivery].late_ms - _late(before),
                    appointment_ms=appointment_ms,
                )
    return best


def best_places(
    vehicles: Sequence[Vehicle],
    routes: Sequence[Route],
    task: Task,
    tasks: Mapping[str, Task],
    times: TravelTable,
    now_ms: int,
    top: int = 3,
) -> list[Insertion]:
    """What `RouteSet.best` answers."""
    places = [
        best_place(vehicle, route, task, tasks, times, now_ms) for vehicle, route in zip(vehicles, routes, strict=True)
    ]
    return sorted((p for p in places if p is not None), key=lambda p: (p.cost_delta, p.vehicle))[:top]


def best_crews(
    vehicles: Sequence[Vehicle],
    routes: Sequence[Route],
    task: Task,
    tasks: Mapping[str, Task],
    times: TravelTable,
    now_ms: int,
    top: int = 3,
) -> list[CrewInsertion]:
    """What `RouteSet.best_crew` answers: every appointment at which one of a pair can start first, for every pair."""
    appointments = sorted(
        {
            start
            for vehicle, route in zip(vehicles, routes, strict=True)
            for start in _starts(vehicle, route, task, tasks, times, now_ms)
        }
    )
    crews = []
    members = sorted(zip(vehicles, routes, strict=True), key=lambda member: member[0].id)
    for (one, its), (two, theirs) in combinations(members, 2):
        legs = [leg_ms(v, (task.id,), {task.id: task}, times, task.origin, task.destination) for v in (one, two)]
        if legs[0] != legs[1]:
            continue
        options = []
        for at in appointments:
            first = best_place(one, its, task, tasks, times, now_ms, at)
            second = best_place(two, theirs, task, tasks, times, now_ms, at)
            if first is not None and second is not None:
                delta = first.cost_delta + second.cost_delta
                options.append(CrewInsertion(first=first, second=second, appointment_ms=at, cost_delta=delta))
        if options:
            crews.append(min(options, key=lambda crew: (crew.cost_delta, crew.appointment_ms)))
    return sorted(crews, key=lambda crew: (crew.cost_delta, crew.first.vehicle, crew.second.vehicle))[:top]


def _starts(
    vehicle: Vehicle, route: Route, task: Task, tasks: Mapping[str, Task], times: TravelTable, now_ms: int
) -> list[int]:
    """When the pickup would start at each place where the vehicle is empty, not looking at what comes after."""
    known = {**tasks, task.id: task}
    starts = []
    for pickup in range(vehicle.frozen, len(route.stops) + 1):
        head = Route(vehicle.id, (*route.stops[:pickup], Stop(task.id, "pickup")))
        timetable = simulate(vehicle, head, known, times, now_ms)
        if not timetable.aboard[-2]:
            starts.append(timetable.stops[-1].start_ms)
    return starts


def _late(timetable: RouteTimes) -> int:
    return sum(stop.late_ms for stop in timetable.stops)
