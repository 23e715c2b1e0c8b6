"""A dispatch problem as an OR-Tools routing model: pickups and deliveries with windows, deadlines and resources.

Times are milliseconds from the problem's now. The objective is `schedule.cost` × 60,000, with lateness linear at the
slope that each task has by its lateness in the plan at hand.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routing.dispatch.engines.nodes import Ints, Visit, Visits, travel_matrix, way_home
from routing.dispatch.problem import UNREACHABLE_MS, Problem, TravelTable
from routing.dispatch.schedule import DAY_MS, MINUTE_MS, milli, unassigned_cost

SOLITARY = 1000
"""Room of the dimension in which a load that travels alone fills everything."""
CLEAN, UNCLEAN = 1, 2


class RoutingModel:
    """The model with its time dimension; `late_ms` is how late each task is in the plan at hand."""

    def __init__(self, problem: Problem, visits: Visits, times: TravelTable, late_ms: dict[str, int]) -> None:
        self.problem = problem
        self.visits = visits
        self.late_ms = late_ms
        fleet = len(visits.vehicles)
        self.manager = pywrapcp.RoutingIndexManager(
            visits.nodes, fleet, list(range(fleet)), list(range(fleet, 2 * fleet))
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver: Any = self.routing.solver()
        self.horizon_ms = self._horizon()
        self.index = [self.manager.NodeToIndex(visits.node(number)) for number in range(len(visits.visits))]
        self._number = {visit.key: number for number, visit in enumerate(visits.visits)}
        self._drive(times)
        self._carry()
        for number, visit in enumerate(visits.visits):
            self._visit(number, visit)
        self._pair()
        self._keep_frozen()

    def _horizon(self) -> int:
        instants = [self.problem.now_ms, *(vehicle.available_ms for vehicle in self.visits.vehicles)]
        for visit in self.visits.visits:
            instants += [visit.task.ready_ms, visit.not_before_ms, *(start for start, _ in visit.windows)]
        return max(instants) - self.problem.now_ms + 7 * DAY_MS

    def _drive(self, times: TravelTable) -> None:
        """Arc costs and the time dimension, one matrix for every kind of vehicle."""
        fleet = self.visits.vehicles
        service = np.zeros(self.visits.nodes, dtype=np.int64)
        for number, visit in enumerate(self.visits.visits):
            service[self.visits.node(number)] = visit.service_ms
        durations: dict[str, tuple[int, Ints]] = {}
        costs: dict[tuple[str, int], int] = {}
        transits = []
        ends = slice(len(fleet), 2 * len(fleet))
        for row, vehicle in enumerate(fleet):
            if vehicle.profile not in durations:
                travel = travel_matrix(self.visits, times, vehicle.profile)
                travel = np.where(travel < UNREACHABLE_MS, travel, 2 * self.horizon_ms)
                travel[:, ends] = 0
                busy = travel + service[:, None]
                number = self.routing.RegisterTransitMatrix(busy.tolist())
                busy[:, ends] += way_home(self.visits, times, vehicle.profile)
                durations[vehicle.profile] = (number, busy)
            transits.append(durations[vehicle.profile][0])
            kind = (vehicle.profile, milli(vehicle.cost_per_min))
            if kind not in costs:
                costs[kind] = self.routing.RegisterTransitMatrix((durations[vehicle.profile][1] * kind[1]).tolist())
            self.routing.SetArcCostEvaluatorOfVehicle(costs[kind], row)
            self.routing.SetVehicleUsedWhenEmpty(True, row)
        self._last({profile: busy for profile, (_, busy) in durations.items()})
        room = self.horizon_ms
        self.routing.AddDimensionWithVehicleTransits(transits, room, room, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for row, vehicle in enumerate(fleet):
            start = max(vehicle.available_ms - self.problem.now_ms, 0)
            self.time.CumulVar(self.routing.Start(row)).SetRange(start, start)
            if vehicle.shift_end_ms is not None:
                end = max(vehicle.shift_end_ms - self.problem.now_ms, start)
                self.time.CumulVar(self.routing.End(row)).SetRange(start, min(end, room))

    def _last(self, busy: dict[str, Ints]) -> None:
        """Driving, handling and the way home (`busy`, by profile) within what the battery allows; home always."""
        fleet = self.visits.vehicles
        if all(vehicle.range_ms is None for vehicle in fleet):
            return
        numbers = {profile: self.routing.RegisterTransitMatrix(matrix.tolist()) for profile, matrix in busy.items()}
        longest = 4 * self.horizon_ms
        room = [
            longest
            if vehicle.range_ms is None
            else max(min(vehicle.range_ms, longest), int(busy[vehicle.profile][row, len(fleet) + row]))
            for row, vehicle in enumerate(fleet)
        ]
        transits = [numbers[vehicle.profile] for vehicle in fleet]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(transits, 0, room, True, "battery")

    def _carry(self) -> None:
        """Mass, units, what travels alone, clean and unclean."""
        fleet = self.visits.vehicles
        mass = {visit.key: visit.task.mass_g for visit in self.visits.visits}
        units = {visit.key: visit.task.units for visit in self.visits.visits}
        alone = {visit.key: SOLITARY if visit.task.travels_alone else 1 for visit in self.visits.visits}
        self._resource("mass", mass, [vehicle.payload_g for vehicle in fleet])
        self._resource("units", units, [vehicle.units for vehicle in fleet])
        self._resource("alone", alone, [SOLITARY] * len(fleet))
        for number, visit in enumerate(self.visits.visits):
            if visit.task.clean == "neutral":
                continue
            policy = self.routing.ADDED_TYPE_REMOVED_FROM_VEHICLE
            if visit.kind == "pickup":
                policy = self.routing.TYPE_ADDED_TO_VEHICLE
            elif visit.aboard:
                policy = self.routing.TYPE_ON_VEHICLE_UP_TO_VISIT
            self.routing.SetVisitType(self.index[number], CLEAN if visit.task.clean == "clean" else UNCLEAN, policy)
        if {"clean", "unclean"} <= {visit.task.clean for visit in self.visits.visits}:
            self.routing.AddTemporalTypeIncompatibility(CLEAN, UNCLEAN)

    def _resource(self, name: str, amount: dict[Any, int], room: list[int]) -> None:
        demand = [0] * self.visits.nodes
        aboard = [0] * len(room)
        for number, visit in enumerate(self.visits.visits):
            sign = 1 if visit.kind == "pickup" else -1
            demand[self.visits.node(number)] = sign * amount[visit.key]
            if visit.aboard and visit.holder is not None:
                aboard[visit.holder] += amount[visit.key]
        vector = self.routing.RegisterUnaryTransitVector(demand)
        self.routing.AddDimensionWithVehicleCapacity(vector, 0, room, False, name)
        dimension = self.routing.GetDimensionOrDie(name)
        for row, load in enumerate(aboard):
            dimension.CumulVar(self.routing.Start(row)).SetRange(load, load)

    def _visit(self, number: int, visit: Visit) -> None:
        """Who may make a visit, and when."""
        index = self.index[number]
        spans = self._starts(visit)
        if visit.fixed:
            self.routing.VehicleVar(index).SetValue(visit.holder)
        else:
            fit = [
                row
                for row, vehicle in enumerate(self.visits.vehicles)
                if spans
                and set(visit.task.requires) <= set(vehicle.capabilities)
                and (vehicle.accepting or row == visit.holder)
            ]
            self.routing.VehicleVar(index).SetValues([-1, *fit])
            penalty = 0
            if visit.kind == "pickup":
                penalty = unassigned_cost(visit.task, self.problem.now_ms) // visit.task.crew * MINUTE_MS
            self.routing.AddDisjunction([index], penalty)
        if visit.kind == "delivery":
            self._deadline(index, visit)
        start = self.time.CumulVar(index)
        if spans:
            start.SetRange(spans[0][0], spans[-1][1])
            if len(spans) > 1:  # a constraint over spans: RemoveInterval would keep a bit for every millisecond
                closed = [last + 1 for _, last in spans[:-1]]
                opened = [first - 1 for first, _ in spans[1:]]
                self.solver.Add(self.solver.NotMemberCt(start, closed, opened))
        self.routing.AddVariableMinimizedByFinalizer(start)

    def _starts(self, visit: Visit) -> list[tuple[int, int]]:
        """Spans in which the visit may start, from the problem's now on."""
        now = self.problem.now_ms
        earliest = max(visit.not_before_ms, visit.task.ready_ms if visit.kind == "pickup" else 0, now)
        latest = now + self.horizon_ms
        if visit.kind == "delivery" and visit.task.latest_ms is not None:
            latest = min(latest, visit.task.latest_ms - visit.service_ms)
        spans = [(first, last - visit.service_ms) for first, last in visit.windows] or [(earliest, latest)]
        cut = [(max(first, earliest) - now, min(last, latest) - now) for first, last in spans]
        return [(first, last) for first, last in cut if first <= last]

    def _deadline(self, index: int, visit: Visit) -> None:
        task = visit.task
        due = max(task.due_ms - self.problem.now_ms - visit.service_ms, 0)
        late_s = self.late_ms.get(task.id, 0) // 1000
        slope = milli(task.weight) * (task.aging_ms // 1000 + 2 * late_s) // (task.aging_ms // 1000)
        self.time.SetCumulVarSoftUpperBound(index, min(due, self.horizon_ms), slope)

    def _pair(self) -> None:
        """Pickup before delivery on one vehicle; the copies of a crew task together, on two vehicles."""
        crews: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, visit in enumerate(self.visits.visits):
            if visit.kind != "delivery" or visit.aboard:
                continue
            pickup = self.index[self._number[visit.task.id, "pickup", visit.copy]]
            delivery = self.index[number]
            self.routing.AddPickupAndDelivery(pickup, delivery)
            self.solver.Add(self.routing.VehicleVar(pickup) == self.routing.VehicleVar(delivery))
            self.solver.Add(self.time.CumulVar(pickup) <= self.time.CumulVar(delivery))
            if visit.task.crew == 2:
                crews[visit.task.id].append((pickup, delivery))
        for pairs in crews.values():
            if len(pairs) == 2:
                (one, there), (other, also) = pairs
                active = self.routing.ActiveVar(one)
                self.solver.Add(active == self.routing.ActiveVar(other))
                self.solver.Add(self.time.CumulVar(one) == self.time.CumulVar(other))
                self.solver.Add(self.time.CumulVar(there) == self.time.CumulVar(also))
                apart = self.routing.VehicleVar(one) != self.routing.VehicleVar(other)
                self.solver.Add(apart + (1 - active) >= 1)

    def _keep_frozen(self) -> None:
        for row, vehicle in enumerate(self.visits.vehicles):
            before = self.routing.Start(row)
            for node in self.visits.routes[row][: vehicle.frozen]:
                index = self.manager.NodeToIndex(node)
                self.routing.NextVar(before).SetValue(index)
                before = index
