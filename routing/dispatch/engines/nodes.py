"""The visits of a dispatch problem as a routing solver sees them, with their travel and cost matrices."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.dispatch.problem import UNREACHABLE_MS, Plan, Problem, Stop, StopKind, Task, TravelTable, Vehicle, Window

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A stop that some vehicle may make. A task of two has two copies of each; `holder` is who has it now, if one.

    `aboard`: the pickup is behind us. `fixed`: nobody but the holder can do it any more.
    """

    task: Task
    kind: StopKind
    copy: int
    holder: int | None
    aboard: bool
    fixed: bool
    not_before_ms: int

    @property
    def place(self) -> str:
        """Where."""
        return self.task.origin if self.kind == "pickup" else self.task.destination

    @property
    def service_ms(self) -> int:
        """How long."""
        return self.task.pickup_ms if self.kind == "pickup" else self.task.delivery_ms

    @property
    def windows(self) -> tuple[Window, ...]:
        """When it is open."""
        return self.task.pickup_windows if self.kind == "pickup" else self.task.delivery_windows

    @property
    def key(self) -> tuple[str, StopKind, int]:
        """What makes it different from all others."""
        return self.task.id, self.kind, self.copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Vehicles and visits of a model; nodes are numbered starts, ends, visits. `routes` is the plan as node lists."""

    vehicles: tuple[Vehicle, ...]
    visits: tuple[Visit, ...]
    routes: tuple[tuple[int, ...], ...]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return 2 * len(self.vehicles) + len(self.visits)

    def node(self, visit: int) -> int:
        """The node of a visit."""
        return 2 * len(self.vehicles) + visit


def visits_of(problem: Problem, plan: Plan, movable: tuple[Vehicle, ...]) -> Visits:
    """The visits of these vehicles' routes in a plan, and of its unassigned tasks."""
    tasks = problem.task_by_id()
    copies: dict[str, int] = defaultdict(int)
    visits: list[Visit] = []
    number: dict[tuple[str, StopKind, int], int] = {}
    routes = []
    for row, vehicle in enumerate(movable):
        stops = plan.route(vehicle.id).stops
        begun = {stop.task for stop in stops[: vehicle.frozen]} | set(vehicle.onboard)
        mine: dict[str, int] = {}
        route = []
        for stop in stops:
            if stop.task not in mine:
                mine[stop.task] = copies[stop.task]
                copies[stop.task] += 1
            visit = Visit(
                task=tasks[stop.task],
                kind=stop.kind,
                copy=mine[stop.task],
                holder=row,
                aboard=stop.task in vehicle.onboard,
                fixed=stop.task in begun,
                not_before_ms=_not_before(tasks[stop.task], stop, stop.task in begun),
            )
            number[visit.key] = len(visits)
            visits.append(visit)
            route.append(2 * len(movable) + number[visit.key])
        routes.append(tuple(route))
    for name in plan.unassigned:
        visits += _loose(tasks[name])
    return Visits(vehicles=movable, visits=tuple(visits), routes=tuple(routes))


def _not_before(task: Task, stop: Stop, begun: bool) -> int:
    """An appointment that nobody waits for yet may move; any other reason to wait stays."""
    return stop.not_before_ms if task.crew == 1 or begun else 0


def _loose(task: Task) -> list[Visit]:
    kinds: tuple[StopKind, StopKind] = ("pickup", "delivery")
    return [
        Visit(task=task, kind=kind, copy=copy, holder=None, aboard=False, fixed=False, not_before_ms=0)
        for copy in range(task.crew)
        for kind in kinds
    ]


def travel_matrix(visits: Visits, times: TravelTable, profile: str) -> Ints:
    """Milliseconds between all nodes for vehicles of a profile; `UNREACHABLE_MS` where there is no way.

    A forced profile holds out of its pickup and into its delivery (and out of the start for what is aboard), which is
    all of the way for what travels alone; between other stops it is not seen here but by the schedule.
    """
    places, forcing_out, forcing_in = _forces(visits, times)
    block = np.ix_(places, places)
    own = times.ms[profile][block]
    forced = np.zeros_like(own)
    for name in sorted(set(forcing_out) | set(forcing_in)):
        mask = np.zeros(own.shape, dtype=np.bool_)
        mask[forcing_out.get(name, []), :] = True
        mask[:, forcing_in.get(name, [])] = True
        forced = np.where(mask, np.maximum(forced, times.ms[name][block] + 1), forced)
    return np.where(forced > 0, forced - 1, own)


def way_home(visits: Visits, times: TravelTable, profile: str) -> Ints:
    """Milliseconds from every node to each vehicle's home, 0 without a home or a way; shape (nodes, vehicles)."""
    places, _, _ = _forces(visits, times)
    ways = np.zeros((visits.nodes, len(visits.vehicles)), dtype=np.int64)
    for row, vehicle in enumerate(visits.vehicles):
        if vehicle.home is not None:
            column = times.ms[profile][places, times.index[vehicle.home]]
            ways[:, row] = np.where(column < UNREACHABLE_MS, column, 0)
    return ways


def _forces(visits: Visits, times: TravelTable) -> tuple[Ints, dict[str, list[int]], dict[str, list[int]]]:
    """Place of every node, and for each profile the nodes out of which and into which it is forced."""
    starts = [times.index[vehicle.node] for vehicle in visits.vehicles]
    places = np.array([*starts, *starts, *(times.index[visit.place] for visit in visits.visits)], dtype=np.int64)
    out: dict[str, list[int]] = defaultdict(list)
    into: dict[str, list[int]] = defaultdict(list)
    for number, visit in enumerate(visits.visits):
        if visit.task.profile is not None:
            (out if visit.kind == "pickup" else into)[visit.task.profile].append(visits.node(number))
            if visit.aboard and visit.holder is not None:
                out[visit.task.profile].append(visit.holder)
    return places, out, into
