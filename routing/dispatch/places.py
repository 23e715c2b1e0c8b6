"""Where a task may go into a route: the answer of an insertion search, and how it is carried out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from routing.dispatch.problem import Route, Stop, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """A place for a task in the route of a vehicle.

    `pickup_pos` and `delivery_pos` are the indexes that its two stops have in the new route. `cost_delta` is in
    thousandths (`schedule.route_cost` after minus before). `pickup_ms` is the start of the pickup, `delivery_ms` the
    end of the delivery, `added_late_ms` the lateness that it adds to the other tasks of the route, all together.
    `appointment_ms` is what both stops of a crew agree on, else 0.
    """

    vehicle: str
    pickup_pos: int
    delivery_pos: int
    cost_delta: int
    pickup_ms: int
    delivery_ms: int
    added_late_ms: int
    appointment_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewInsertion:
    """Places for a task of two in two routes (by vehicle id), with the appointment that both keep."""

    first: Insertion
    second: Insertion
    appointment_ms: int
    cost_delta: int


def inserted(route: Route, task: Task, place: Insertion) -> Route:
    """The route with the task at that place."""
    stops = list(route.stops)
    stops.insert(place.pickup_pos, Stop(task.id, "pickup", place.appointment_ms))
    stops.insert(place.delivery_pos, Stop(task.id, "delivery"))
    return msgspec.structs.replace(route, stops=tuple(stops))


def removed(route: Route, task: str) -> Route:
    """The route without any stop of the task."""
    return msgspec.structs.replace(route, stops=tuple(stop for stop in route.stops if stop.task != task))
