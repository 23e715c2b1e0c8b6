"""The first engine: OR-Tools routing with guided local search, started from the plan being executed.

Whatever OR-Tools finds is timed by the schedule, judged by the checker and polished by single moves; the answer breaks
no rule that the plan at hand did not break already, and costs no more, unless it breaks fewer.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.dispatch.checker import Violation, beyond, new_violations, violations
from routing.dispatch.construction import build, improve, insert_all, without_tasks
from routing.dispatch.engines.nodes import Visits, visits_of
from routing.dispatch.engines.routing_model import RoutingModel
from routing.dispatch.problem import Plan, Problem, Route, Stop, TravelTable, Vehicle
from routing.dispatch.schedule import cost, simulate, with_appointments

FAILURES_A_SOLUTION = 50
"""Guided local search never ends by itself when no move is possible; a search limited by count ends with this too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan, what it costs (thousandths) beside its warm start, who made it, and why not OR-Tools if so.

    `engine` is `ortools`, `insertion` (nothing better was found) or `warm_start` (nothing at all was).
    """

    plan: Plan
    cost_before: int
    cost_after: int
    engine: str
    note: str
    solve_ms: int


def solve(
    problem: Problem,
    times: TravelTable,
    *,
    budget_s: float | None = 1.0,
    solution_limit: int | None = None,
    seed: int = 0,
) -> Solution:
    """Think about a problem for `budget_s` of wall time, or until OR-Tools has found `solution_limit` solutions.

    With a limit by count alone the answer does not depend on the machine; with a limit of 0 OR-Tools is not asked, and
    the answer is the best plan by insertion. Raises ValueError without any limit.
    """
    if budget_s is None and solution_limit is None:
        raise ValueError("a search without end: give budget_s or solution_limit")
    known = violations(problem, problem.plan, times)
    agreed = _agreed(problem, times, known)
    built = build(agreed, times)
    broken = violations(problem, built, times)
    if beyond(broken, known):
        built, broken = agreed.plan, violations(problem, agreed.plan, times)
    candidates = [("warm_start", problem.plan, known), ("insertion", built, broken)]
    note, solve_ms = "OR-Tools was not asked", 0
    if solution_limit != 0:
        plan, note, solve_ms = _asked(agreed, built, times, budget_s, solution_limit, seed)
        if plan is not None:
            candidates.append(("ortools", plan, violations(problem, plan, times)))
    costs = [cost(problem, plan, times) for _, plan, _ in candidates]
    faults = [len(broken) for _, _, broken in candidates]
    best = min(range(len(candidates)), key=lambda rank: (faults[rank], costs[rank], rank))
    return Solution(
        plan=candidates[best][1],
        cost_before=costs[0],
        cost_after=costs[best],
        engine=candidates[best][0],
        note=note,
        solve_ms=solve_ms,
    )


def _agreed(problem: Problem, times: TravelTable, known: list[Violation]) -> Problem:
    """The problem with appointments that delays have broken made anew, where that breaks no other rule."""
    plan = with_appointments(problem, problem.plan, times)
    if plan is None or plan == problem.plan or beyond(violations(problem, plan, times), known):
        return problem
    return msgspec.structs.replace(problem, plan=plan)


def _asked(
    problem: Problem, start: Plan, times: TravelTable, budget_s: float | None, solution_limit: int | None, seed: int
) -> tuple[Plan | None, str, int]:
    """A plan by OR-Tools or None, what is to be said of it, and how long it took, ms."""
    visits = visits_of(problem, start, _movable(problem, times))
    if not visits.vehicles or all(visit.fixed for visit in visits.visits):
        return None, "nothing to move", 0
    found, solve_ms = _search(problem, visits, start, times, budget_s, solution_limit, seed)
    if found is None:
        return None, "OR-Tools found no plan", solve_ms
    return *_sound(problem, found, times), solve_ms


def _movable(problem: Problem, times: TravelTable) -> tuple[Vehicle, ...]:
    """Vehicles that break no rule now, nor share a crew with one that does; the others keep their routes."""
    tasks = problem.task_by_id()
    stuck = {fault.vehicle for fault in violations(problem, problem.plan, times) if fault.vehicle}
    members: dict[str, set[str]] = defaultdict(set)
    for route in problem.plan.routes:
        for stop in route.stops:
            if tasks[stop.task].crew == 2:
                members[stop.task].add(route.vehicle)
    for _ in members:
        for crew in members.values():
            if crew & stuck:
                stuck |= crew
    return tuple(vehicle for vehicle in problem.vehicles if vehicle.id not in stuck)


def _search(
    problem: Problem,
    visits: Visits,
    start: Plan,
    times: TravelTable,
    budget_s: float | None,
    solution_limit: int | None,
    seed: int,
) -> tuple[Plan | None, int]:
    model = RoutingModel(problem, visits, times, _lateness(problem, start, times))
    model.solver.ReSeed(seed)
    limits: Any = pywrapcp.DefaultRoutingSearchParameters()
    limits.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    if any(visit.task.crew == 2 for visit in visits.visits):
        limits.use_full_propagation = True
    if budget_s is not None:
        limits.time_limit.FromMilliseconds(max(1, round(budget_s * 1000)))
    if solution_limit is not None:
        limits.solution_limit = solution_limit
        limits.lns_time_limit.FromSeconds(3600)  # its small searches end by themselves, not by the clock
        fruitless = model.solver.FailuresLimit(max(1000, FAILURES_A_SOLUTION * solution_limit))
        model.routing.AddSearchMonitor(fruitless)
    model.routing.CloseModelWithParameters(limits)
    routes = [[model.manager.NodeToIndex(node) for node in route] for route in visits.routes]
    warm = model.routing.ReadAssignmentFromRoutes(routes, True)
    if warm is None:
        answer = model.routing.SolveWithParameters(limits)
    else:
        answer = model.routing.SolveFromAssignmentWithParameters(warm, limits)
    solve_ms = int(model.solver.WallTime())
    return (None if answer is None else _read(model, answer, start)), solve_ms


def _lateness(problem: Problem, plan: Plan, times: TravelTable) -> dict[str, int]:
    """How late each task is delivered in a plan, ms."""
    tasks = problem.task_by_id()
    late = {}
    for vehicle in problem.vehicles:
        route = plan.route(vehicle.id)
        timetable = simulate(vehicle, route, tasks, times, problem.now_ms)
        for stop, time in zip(route.stops, timetable.stops, strict=True):
            if stop.kind == "delivery":
                late[stop.task] = time.late_ms
    return late


def _read(model: RoutingModel, answer: Any, start: Plan) -> Plan:
    """The assignment as a plan; vehicles outside the model keep their routes."""
    visits = model.visits
    routes = {route.vehicle: route for route in start.routes}
    planned = {stop.task for row in start.routes for stop in row.stops}
    for row, vehicle in enumerate(visits.vehicles):
        stops = []
        index = answer.Value(model.routing.NextVar(model.routing.Start(row)))
        while not model.routing.IsEnd(index):
            visit = visits.visits[model.manager.IndexToNode(index) - 2 * len(visits.vehicles)]
            stops.append(Stop(visit.task.id, visit.kind, visit.not_before_ms))
            index = answer.Value(model.routing.NextVar(index))
        routes[vehicle.id] = Route(vehicle.id, tuple(stops))
    found = {stop.task for route in routes.values() for stop in route.stops}
    dropped = sorted(planned - found)
    unassigned = tuple(name for name in start.unassigned if name not in found)
    return Plan(tuple(routes[vehicle] for vehicle in sorted(routes)), (*unassigned, *dropped))


def _sound(problem: Problem, plan: Plan, times: TravelTable) -> tuple[Plan | None, str]:
    """The plan with its appointments, repaired if it breaks a rule, polished; or None and why."""
    agreed = with_appointments(problem, plan, times)
    if agreed is None:
        return None, "OR-Tools left crews waiting for each other"
    faults = new_violations(problem, agreed, times)
    note = ""
    if faults:
        note = f"OR-Tools broke {len(faults)} rules, first {faults[0].sentence}; repaired by insertion"
        loose = _loose(problem, [fault.task for fault in faults if fault.task])
        again = with_appointments(problem, without_tasks(agreed, loose), times)
        if again is None:
            return None, note
        agreed = insert_all(msgspec.structs.replace(problem, plan=again), times)
    polished = improve(problem, agreed, times)
    for candidate in (polished, agreed):
        if not new_violations(problem, candidate, times):
            return candidate, note
    return None, note or "polishing broke a rule"


def _loose(problem: Problem, names: list[str]) -> list[str]:
    """Those of the tasks that have not begun."""
    begun = {name for vehicle in problem.vehicles for name in vehicle.onboard}
    for vehicle in problem.vehicles:
        begun |= {stop.task for stop in problem.plan.route(vehicle.id).stops[: vehicle.frozen]}
    return sorted(set(names) - begun)
