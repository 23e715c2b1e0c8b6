"""The cheapest place for a task among all routes, in microseconds: the hot path of the dispatcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.dispatch import insertion_kernel as kernels
from routing.dispatch import packing
from routing.dispatch.insertion_kernel import (
    ADDED_LATE,
    DELIVERY_END,
    DELIVERY_POS,
    DELTA,
    PICKUP_POS,
    PICKUP_START,
    Routes,
    Wanted,
)
from routing.dispatch.packing import PackedRoute, PackedTasks, packed_times
from routing.dispatch.places import CrewInsertion, Insertion
from routing.dispatch.problem import Route, Task, TravelTable, Vehicle
from routing.dispatch.schedule import NEVER_MS

Bools = NDArray[np.bool_]
Eligible = Bools | Sequence[int] | None


class RouteSet:
    """All routes as padded arrays, one row a vehicle, ready to be asked where a task fits best.

    Every hard rule holds in an answer: frozen prefix, payload, units, clean and unclean, loads that travel alone,
    opening hours, hard limits, appointments, ends of shift, batteries, capabilities. A route that already breaks a rule
    of time gets nothing more. `insertion_reference` is the readable twin.

    Costs are additive: of equal costs the smaller vehicle id wins, in a route the earlier pickup, then delivery.
    """

    def __init__(
        self,
        vehicles: Sequence[Vehicle],
        routes: Sequence[Route],
        tasks: Mapping[str, Task],
        times: TravelTable,
    ) -> None:
        """`routes` are found by their vehicle; who has none has an empty one.

        Raises ValueError if a place or profile is not in the travel times.
        """
        self.times = packed_times(times)
        self.vehicles = list(vehicles)
        known = PackedTasks(tasks, self.times)
        by_vehicle = {route.vehicle: route for route in routes}
        packed = [PackedRoute(one, by_vehicle.get(one.id, Route(one.id)), known) for one in vehicles]
        rows = len(self.vehicles)
        length = max((len(row.stops) for row in packed), default=0)
        width = max((len(spans) for row in packed for spans in row.windows), default=0)
        self._rows = np.zeros((rows, packing.VEHICLE_COLUMNS), dtype=np.int64)
        self._aboard = np.zeros((rows, length + 1, packing.ABOARD_COLUMNS), dtype=np.int64)
        self._stops = np.zeros((rows, length, packing.STOP_COLUMNS), dtype=np.int64)
        self._windows = np.zeros((rows, length, max(width, 1), 2), dtype=np.int64)
        self._answers = np.empty((rows, kernels.ANSWER_COLUMNS), dtype=np.int64)
        self._capable: dict[tuple[str, ...], Bools] = {}
        for number, (vehicle, row) in enumerate(zip(vehicles, packed, strict=True)):
            self._rows[number] = packing.pack_vehicle(vehicle, len(row.stops), self.times)
            self.put(number, row)

    def set_route(self, index: int, vehicle: Vehicle, route: Route, tasks: Mapping[str, Task]) -> None:
        """Put the state of one vehicle into its row. `tasks` holds at least those of the route and aboard.

        Raises ValueError if a place or profile is not in the travel times; then nothing has changed.
        """
        row = PackedRoute(vehicle, route, PackedTasks(tasks, self.times))
        columns = packing.pack_vehicle(vehicle, len(row.stops), self.times)
        before = self.vehicles[index]
        if (vehicle.capabilities, vehicle.accepting) != (before.capabilities, before.accepting):
            self._capable.clear()
        self.vehicles[index] = vehicle
        self._rows[index] = columns
        self.put(index, row)

    def put(self, index: int, row: PackedRoute) -> None:
        """Give a vehicle another route, packed with the travel times of this set; all else about it stays."""
        count, width = len(row.stops), max(map(len, row.windows), default=0)
        self._grow(count, width)
        self._rows[index, packing.STOPS] = count
        self._aboard[index, : count + 1] = row.aboard
        self._stops[index, :count] = row.stops
        if width:
            self._windows[index, :count] = packing.pack_windows(row.windows, self._windows.shape[2])

    def cost(self, index: int, now_ms: int) -> int | None:
        """Thousandths that a route costs, as `schedule.priced` has it; None if it breaks a rule of time or range."""
        found: int = kernels.route_cost(self._routes(), index, now_ms)
        return None if found == kernels.NONE else found

    def best(self, task: Task, now_ms: int, eligible: Eligible = None, top: int = 3) -> list[Insertion]:
        """The cheapest place in each of the `top` best vehicles, best first; empty if it fits nowhere.

        `eligible` are row numbers or a mask of rows; none is everybody. Raises ValueError for a task of two.
        """
        if task.crew != 1:
            raise ValueError(f"task {task.id}: needs {task.crew} carriers; ask best_crew")
        answers = self._answers
        kernels.best_places(self._routes(), self._pack(task), self._allowed(task, eligible), now_ms, top, answers)
        rows = np.nonzero(answers[:, DELTA] != kernels.NONE)[0].tolist()
        rows.sort(key=lambda row: (int(answers[row, DELTA]), self.vehicles[row].id))
        return [self._insertion(row) for row in rows[:top]]

    def best_crew(self, task: Task, now_ms: int, eligible: Eligible = None, top: int = 3) -> list[CrewInsertion]:
        """The `top` cheapest pairs for a task of two, each with the appointment that both keep.

        A pair travels equally fast from pickup to delivery, so that it also arrives together.
        """
        routes, wanted, allowed = self._routes(), self._pack(task), self._allowed(task, eligible)
        count = len(self.vehicles)
        starts = np.empty((count, self._stops.shape[1] + 1), dtype=np.int64)
        kernels.earliest_starts(routes, wanted, allowed, now_ms, starts)
        appointments = np.unique(starts[starts < NEVER_MS])
        costs = np.empty((count, count), dtype=np.int64)
        when = np.empty((count, count), dtype=np.int64)
        kernels.best_pairs(routes, wanted, allowed, now_ms, appointments, costs, when)
        pairs = []
        for one, other in np.argwhere(costs != kernels.NONE).tolist():
            first, second = sorted((one, other), key=lambda row: self.vehicles[row].id)
            ids = (self.vehicles[first].id, self.vehicles[second].id)
            pairs.append((int(costs[one, other]), *ids, first, second, int(when[one, other])))
        crews = []
        for cost, _, _, first, second, appointment in sorted(pairs)[:top]:
            wanted.stops[0, 0, packing.EARLIEST] = wanted.stops[0, 0, packing.LATEST_START] = appointment
            kernels.best_places(routes, wanted, allowed, now_ms, count, self._answers)
            members = [self._insertion(row, appointment) for row in (first, second)]
            crews.append(
                CrewInsertion(first=members[0], second=members[1], appointment_ms=appointment, cost_delta=cost)
            )
        return crews

    def _routes(self) -> Routes:
        return Routes(self.times.ms, self._rows, self._aboard, self._stops, self._windows)

    def _insertion(self, row: int, appointment_ms: int = 0) -> Insertion:
        answer = self._answers[row].tolist()
        return Insertion(
            vehicle=self.vehicles[row].id,
            pickup_pos=answer[PICKUP_POS],
            delivery_pos=answer[DELIVERY_POS],
            cost_delta=answer[DELTA],
            pickup_ms=answer[PICKUP_START],
            delivery_ms=answer[DELIVERY_END],
            added_late_ms=answer[ADDED_LATE],
            appointment_ms=appointment_ms,
        )

    def _pack(self, task: Task) -> Wanted:
        packed = packing.pack_task(task, self.times)
        spans = (task.pickup_windows, task.delivery_windows)
        windows = packing.pack_windows(spans, max(len(span) for span in spans))
        stops = np.array([[packed.pickup, packed.delivery]], np.int64)
        return Wanted(stops, windows[np.newaxis], np.array(packed.load, np.int64))

    def _allowed(self, task: Task, eligible: Eligible) -> Bools:
        capable = self._capable.get(task.requires)
        if capable is None:
            needed = set(task.requires)
            fit = [vehicle.accepting and needed <= set(vehicle.capabilities) for vehicle in self.vehicles]
            capable = self._capable[task.requires] = np.array(fit, dtype=np.bool_)
        if eligible is None:
            return capable
        if isinstance(eligible, np.ndarray) and eligible.dtype == np.bool_:
            return capable & eligible
        chosen = np.zeros(len(self.vehicles), dtype=np.bool_)
        chosen[np.asarray(eligible, dtype=np.intp)] = True
        return capable & chosen

    def _grow(self, length: int, width: int) -> None:
        more = max(0, length - self._stops.shape[1])
        wider = max(0, width - self._windows.shape[2])
        if more:
            self._aboard = np.pad(self._aboard, ((0, 0), (0, more), (0, 0)))
            self._stops = np.pad(self._stops, ((0, 0), (0, more), (0, 0)))
        if more or wider:
            self._windows = np.pad(self._windows, ((0, 0), (0, more), (0, wider), (0, 0)))


def warm() -> None:
    """Compile every kernel (or load it from the cache), by importing this module, and run each once."""
    matrix = np.zeros((1, 1), dtype=np.int64)
    pair = [Vehicle(id=name, profile="p", node="n", available_ms=0) for name in ("a", "b")]
    routes = RouteSet(pair, [], {}, _Still({"n": 0}, {"p": matrix}))
    routes.best(Task(id="t", origin="n", destination="n", ready_ms=0, due_ms=0), 0)
    routes.best_crew(Task(id="t", origin="n", destination="n", ready_ms=0, due_ms=0, crew=2), 0)


class _Still:
    """A travel table of one place."""

    def __init__(self, index: Mapping[str, int], ms: Mapping[str, NDArray[np.int64]]) -> None:
        self.index = index
        self.ms = ms

    def between(self, profile: str, a: str, b: str) -> int:
        """Milliseconds between two nodes."""
        return int(self.ms[profile][self.index[a], self.index[b]])
