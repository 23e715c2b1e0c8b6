"""The readable reference: when each stop of a route happens, and what a plan costs.

Costs are whole thousandths (1000 is one minute of lateness at weight 1), so sums and comparisons are exact.

    cost(plan)  = Σ routes (travel and service) + Σ deliveries lateness + Σ unassigned penalty
    travel and service = cost_per_min × (driving + handling + way home) minutes; waiting is free
    lateness(L) = weight × L × (1 + L / aging) for L minutes from due time to the end of the delivery
    penalty     = crew × (1000 min at weight 1 + lateness if delivered a day from now, or from its due time)

Lateness is convex: its price per minute doubles within half of `aging`, so an old routine task outweighs a young
urgent one in the end and none starves; nor is it ever cheaper to leave a task than to deliver it late the same day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from routing.dispatch.problem import (
    UNREACHABLE_MS,
    Plan,
    Problem,
    Route,
    Stop,
    Task,
    TravelTable,
    Vehicle,
    Window,
)

MINUTE_MS = 60_000
DAY_MS = 86_400_000
NEVER_MS = 2**50
"""An instant after everything: no deadline, no end of shift."""
MAX_LATE_MS = 30 * DAY_MS
"""Lateness is priced up to here; it keeps the compiled twin within 64 bits."""
UNASSIGNED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTime:
    """When a stop happens. `slack_ms`: how much longer it may take before it adds lateness here or later."""

    arrival_ms: int
    start_ms: int
    end_ms: int
    late_ms: int
    slack_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTimes:
    """A route on the clock. `aboard` holds the tasks aboard before the first stop and after each stop.

    `busy_ms` is driving, handling and the way home. `possible` is false if a hard rule of time is broken: a leg
    without a way, a closed station, a missed appointment, a hard limit, the end of the shift, a battery's reserve.
    """

    stops: tuple[StopTime, ...]
    aboard: tuple[tuple[str, ...], ...]
    busy_ms: int
    possible: bool


def milli(figure: float) -> int:
    """A weight or a cost per minute in whole thousandths."""
    return round(figure * 1000)


def lateness_cost(task: Task, late_ms: int) -> int:
    """Thousandths for delivering `late_ms` after due: weight × L × (1 + L / aging), rounded down."""
    late = min(max(late_ms, 0), MAX_LATE_MS)
    linear = milli(task.weight) * late // MINUTE_MS
    return linear + linear * (late // 1000) // (task.aging_ms // 1000)


def unassigned_cost(task: Task, now_ms: int) -> int:
    """Thousandths for leaving a task to nobody: more than delivering it a day from now."""
    return task.crew * (UNASSIGNED + lateness_cost(task, max(now_ms - task.due_ms, 0) + DAY_MS))


def leg_ms(
    vehicle: Vehicle, aboard: tuple[str, ...], tasks: Mapping[str, Task], times: TravelTable, a: str, b: str
) -> int:
    """Travel time with these tasks aboard: by the slowest profile that they force, else by the vehicle's own."""
    forced = {profile for name in aboard if (profile := tasks[name].profile) is not None}
    if not forced:
        return int(times.between(vehicle.profile, a, b))
    return max(int(times.between(profile, a, b)) for profile in sorted(forced))


def open_from(windows: tuple[Window, ...], at_ms: int, service_ms: int) -> int | None:
    """The first instant from `at_ms` on when a hand-over of this length fits into the opening hours."""
    if not windows:
        return at_ms
    return next((max(at_ms, start) for start, end in windows if max(at_ms, start) + service_ms <= end), None)


def range_ms(vehicle: Vehicle) -> int:
    """How long a vehicle may be busy: as its battery allows, or without end."""
    return NEVER_MS if vehicle.range_ms is None else vehicle.range_ms


def appointment_ms(task: Task, stop: Stop) -> int:
    """When this stop must start at the latest: a crew starts at its appointment, anybody else whenever."""
    return stop.not_before_ms if task.crew > 1 and stop.kind == "pickup" else NEVER_MS


def simulate(vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], times: TravelTable, now_ms: int) -> RouteTimes:
    """Drive a route as early as possible from `now_ms` on and note when everything happens."""
    driven = _drive(vehicle, route, tasks, times, now_ms)
    return RouteTimes(
        stops=tuple(_with_slack(driven.stamps, [_due(tasks[stop.task], stop) for stop in route.stops])),
        aboard=tuple(driven.aboard),
        busy_ms=driven.busy_ms,
        possible=driven.possible,
    )


class _Driven(NamedTuple):
    """A drive along a route: arrival, start and end of each stop, and the rest as in `RouteTimes`."""

    stamps: list[tuple[int, int, int]]
    aboard: list[tuple[str, ...]]
    busy_ms: int
    possible: bool


def _drive(vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], times: TravelTable, now_ms: int) -> _Driven:
    clock, node = max(vehicle.available_ms, now_ms), vehicle.node
    shift_end = NEVER_MS if vehicle.shift_end_ms is None else vehicle.shift_end_ms
    aboard = [tuple(vehicle.onboard)]
    stamps: list[tuple[int, int, int]] = []
    busy, possible = 0, True
    for stop in route.stops:
        task = tasks[stop.task]
        pickup = stop.kind == "pickup"
        place = task.origin if pickup else task.destination
        service = task.pickup_ms if pickup else task.delivery_ms
        travel = leg_ms(vehicle, aboard[-1], tasks, times, node, place)
        arrival = clock + travel
        wanted = max(arrival, stop.not_before_ms, task.ready_ms if pickup else 0)
        opened = open_from(task.pickup_windows if pickup else task.delivery_windows, wanted, service)
        start = wanted if opened is None else opened
        end = start + service
        limit = task.latest_ms if task.latest_ms is not None and not pickup else NEVER_MS
        possible &= travel < UNREACHABLE_MS and opened is not None
        possible &= start <= appointment_ms(task, stop) and end <= min(limit, shift_end)
        stamps.append((arrival, start, end))
        busy += travel + service
        clock, node = end, place
        without = tuple(name for name in aboard[-1] if name != task.id)
        aboard.append((*without, task.id) if pickup else without)
    home = 0 if vehicle.home is None else int(times.between(vehicle.profile, node, vehicle.home))
    busy += home if home < UNREACHABLE_MS else 0
    lasts = not route.stops or busy <= range_ms(vehicle)  # that the way home is too long is no plan's fault
    return _Driven(stamps, aboard, busy, possible and lasts)


def route_cost(vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], timetable: RouteTimes) -> int:
    """Thousandths that a route costs: travel, service and lateness."""
    return _price(vehicle, route, tasks, (time.end_ms for time in timetable.stops), timetable.busy_ms)


def priced(
    vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], times: TravelTable, now_ms: int
) -> tuple[bool, int]:
    """Whether a route is possible, and what it costs: as `simulate` and `route_cost` say, without the timetable."""
    driven = _drive(vehicle, route, tasks, times, now_ms)
    return driven.possible, _price(vehicle, route, tasks, (end for _, _, end in driven.stamps), driven.busy_ms)


def _price(vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], ends_ms: Iterable[int], busy_ms: int) -> int:
    late = 0
    for stop, end_ms in zip(route.stops, ends_ms, strict=True):
        if stop.kind == "delivery" and end_ms > (task := tasks[stop.task]).due_ms:
            late += lateness_cost(task, end_ms - task.due_ms)
    return milli(vehicle.cost_per_min) * busy_ms // MINUTE_MS + late


def cost(problem: Problem, plan: Plan, times: TravelTable) -> int:
    """Thousandths that a plan costs; what it holds is not checked here (see `checker.violations`)."""
    tasks = problem.task_by_id()
    total = sum(unassigned_cost(tasks[name], problem.now_ms) for name in plan.unassigned)
    for vehicle, route in zip(problem.vehicles, plan.routes_of(problem.vehicles), strict=True):
        total += priced(vehicle, route, tasks, times, problem.now_ms)[1]
    return total


def with_appointments(problem: Problem, plan: Plan, times: TravelTable) -> Plan | None:
    """The plan with every crew's appointment at the first instant that suits all of its members.

    One that a frozen stop waits for is never brought forward. None if the crews wait for each other in a circle.
    """
    tasks = problem.task_by_id()
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    frozen = {
        stop.task: stop.not_before_ms
        for route in plan.routes
        for stop in route.stops[: vehicles[route.vehicle].frozen]
        if stop.kind == "pickup"
    }
    crews = {stop.task for route in plan.routes for stop in route.stops if tasks[stop.task].crew > 1}
    if not crews:
        return plan
    agreed: dict[str, int] = {name: frozen.get(name, 0) for name in sorted(crews)}
    for _ in range(len(agreed) + 1):
        plan = msgspec.structs.replace(plan, routes=tuple(_at(route, agreed) for route in plan.routes))
        wanted = dict(agreed)
        for route in plan.routes:
            timetable = simulate(vehicles[route.vehicle], route, tasks, times, problem.now_ms)
            for stop, time in zip(route.stops, timetable.stops, strict=True):
                if stop.kind == "pickup" and stop.task in wanted:
                    wanted[stop.task] = max(wanted[stop.task], time.start_ms)
        if wanted == agreed:
            return plan
        agreed = wanted
    return None


def _at(route: Route, agreed: Mapping[str, int]) -> Route:
    stops = tuple(
        msgspec.structs.replace(stop, not_before_ms=agreed[stop.task])
        if stop.kind == "pickup" and stop.task in agreed
        else stop
        for stop in route.stops
    )
    return Route(route.vehicle, stops)


def _due(task: Task, stop: Stop) -> int:
    return task.due_ms if stop.kind == "delivery" else NEVER_MS


def _with_slack(stamps: list[tuple[int, int, int]], dues: list[int]) -> Iterator[StopTime]:
    slacks: list[int] = []
    slack, wait = NEVER_MS, 0
    for (arrival, start, end), due in zip(reversed(stamps), reversed(dues), strict=True):
        slack = min(due - end, slack + wait)
        slacks.append(slack)
        wait = start - arrival
    for (arrival, start, end), due, room in zip(stamps, dues, reversed(slacks), strict=True):
        yield StopTime(arrival_ms=arrival, start_ms=start, end_ms=end, late_ms=max(0, end - due), slack_ms=room)
