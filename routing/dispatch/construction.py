"""Plans by insertion: give everything unassigned to somebody, and move single tasks to better places."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from routing.dispatch.insertion import RouteSet
from routing.dispatch.packing import PackedRoute, PackedTasks
from routing.dispatch.places import CrewInsertion, Insertion, inserted, removed
from routing.dispatch.problem import Plan, Problem, Route, Task, TravelTable, Vehicle
from routing.dispatch.schedule import priced, unassigned_cost

ROUNDS = 3
"""So often at most every task is tried in another place."""


def urgency(task: Task) -> tuple[int, float, str]:
    """Order in which tasks are given out: by due time, the heavier first, then by id."""
    return task.due_ms, -task.weight, task.id


def insert_all(problem: Problem, times: TravelTable) -> Plan:
    """The problem's plan with its unassigned tasks in their cheapest places.

    First tasks of two by urgency; then always the task that would lose most if its best vehicle were gone (regret),
    by urgency among equals. What fits nowhere, or costs more than to leave it, stays unassigned.
    """
    return _Work(problem, problem.plan, times).insert(problem.plan.unassigned).plan()


def improve(problem: Problem, plan: Plan, times: TravelTable, rounds: int = ROUNDS) -> Plan:
    """The plan with single tasks moved to cheaper places, until nothing gains or `rounds` are over.

    Frozen stops, what is aboard and tasks of two stay; then what is unassigned is tried again.
    """
    return _Work(problem, plan, times).improve(rounds).plan()


def build(problem: Problem, times: TravelTable) -> Plan:
    """The problem's plan with its unassigned tasks inserted (`insert_all`) and improved (`improve`)."""
    return _Work(problem, problem.plan, times).insert(problem.plan.unassigned).improve().plan()


class _Work:
    """Routes that change, beside their insertion arrays."""

    def __init__(self, problem: Problem, plan: Plan, times: TravelTable) -> None:
        self.problem = problem
        self.times = times
        self.tasks = problem.task_by_id()
        self.vehicles = problem.vehicles
        self.row = {vehicle.id: number for number, vehicle in enumerate(problem.vehicles)}
        self.routes = plan.routes_of(problem.vehicles)
        self.unassigned = list(plan.unassigned)
        self.search = RouteSet(problem.vehicles, self.routes, self.tasks, times)
        self._packed = PackedTasks(self.tasks, self.search.times)
        self._rows: dict[int, tuple[Route, PackedRoute]] = {}
        self._prices: dict[int, tuple[Route, tuple[bool, int]]] = {}

    def plan(self) -> Plan:
        """The routes as they are now."""
        return Plan(tuple(self.routes), tuple(self.unassigned))

    def insert(self, names: Iterable[str]) -> _Work:
        """Insert these tasks where it costs least."""
        wanted = sorted((self.tasks[name] for name in names), key=urgency)
        for task in wanted:
            if task.crew == 2:
                crews = self.search.best_crew(task, self.problem.now_ms, top=1)
                if crews and crews[0].cost_delta < unassigned_cost(task, self.problem.now_ms):
                    self._take_crew(task, crews[0])
        self._insert_by_regret([task for task in wanted if task.crew == 1])
        return self

    def improve(self, rounds: int = ROUNDS) -> _Work:
        """Move single tasks while that gains, then try again what nobody has."""
        for _ in range(rounds):
            if not self._move_once():
                break
        return self.insert(self.unassigned)

    def _move_once(self) -> bool:
        """Try every movable task once in every other place; whether anything gained."""
        gained = False
        for number, vehicle in enumerate(self.vehicles):
            for task in self._movable(number, vehicle):
                gained |= self._move(number, vehicle, task)
        return gained

    def _movable(self, number: int, vehicle: Vehicle) -> list[Task]:
        stops = self.routes[number].stops
        begun = {stop.task for stop in stops[: vehicle.frozen]} | set(vehicle.onboard)
        names = dict.fromkeys(stop.task for stop in stops if stop.task not in begun)
        appointed = {stop.task for stop in stops if stop.not_before_ms}
        return [self.tasks[name] for name in names if self.tasks[name].crew == 1 and name not in appointed]

    def _move(self, number: int, vehicle: Vehicle, task: Task) -> bool:
        old = self.routes[number]
        possible, cost = self._priced_now(number, vehicle)
        self._set(number, removed(old, task.id))
        cost_without = self.search.cost(number, self.problem.now_ms)
        if cost_without is None:
            self._put_back(number, old)
            return False
        places = self.search.best(task, self.problem.now_ms, top=1)
        saved = cost - cost_without
        if places and (places[0].cost_delta < saved or not possible):
            self._take(task, places[0])
            return places[0].cost_delta < saved
        self._put_back(number, old)
        return False

    def _priced_now(self, number: int, vehicle: Vehicle) -> tuple[bool, int]:
        """The price of a vehicle's route, remembered until it has another one."""
        route = self.routes[number]
        known = self._prices.get(number)
        if known is None or known[0] is not route:
            now_ms = self.problem.now_ms
            cost = self.search.cost(number, now_ms)
            price = priced(vehicle, route, self.tasks, self.times, now_ms) if cost is None else (True, cost)
            known = self._prices[number] = (route, price)
        return known[1]

    def _insert_by_regret(self, waiting: list[Task]) -> None:
        now = self.problem.now_ms
        everybody = len(self.vehicles)
        places = {
            task.id: {place.vehicle: place for place in self.search.best(task, now, top=everybody)} for task in waiting
        }
        while waiting:
            regrets = [(-_regret(self._affordable(task, places[task.id])), *urgency(task)) for task in waiting]
            task = waiting.pop(regrets.index(min(regrets)))
            options = self._affordable(task, places[task.id])
            if not options:
                continue
            self._take(task, options[0])
            changed = options[0].vehicle
            for other in waiting:
                places[other.id].pop(changed, None)
                again = self.search.best(other, now, [self.row[changed]], 1)
                places[other.id].update((place.vehicle, place) for place in again)

    def _affordable(self, task: Task, places: dict[str, Insertion]) -> list[Insertion]:
        most = unassigned_cost(task, self.problem.now_ms)
        return sorted((p for p in places.values() if p.cost_delta < most), key=lambda p: (p.cost_delta, p.vehicle))

    def _take_crew(self, task: Task, crew: CrewInsertion) -> None:
        self._take(task, crew.first)
        self._take(task, crew.second)

    def _take(self, task: Task, place: Insertion) -> None:
        number = self.row[place.vehicle]
        self._set(number, inserted(self.routes[number], task, place))
        if task.id in self.unassigned:
            self.unassigned.remove(task.id)

    def _set(self, number: int, route: Route) -> None:
        self.routes[number] = route
        self.search.put(number, self._pack(number, route))

    def _put_back(self, number: int, route: Route) -> None:
        """The route that it had; it is packed once, however often a task is tried elsewhere."""
        known = self._rows.get(number)
        if known is None or known[0] is not route:
            known = self._rows[number] = (route, self._pack(number, route))
        self.routes[number] = route
        self.search.put(number, known[1])

    def _pack(self, number: int, route: Route) -> PackedRoute:
        return PackedRoute(self.vehicles[number], route, self._packed)


def without_tasks(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with these tasks taken out of every route and listed as unassigned."""
    gone = sorted(set(names))
    routes = plan.routes
    for name in gone:
        routes = tuple(removed(route, name) for route in routes)
    kept = tuple(name for name in plan.unassigned if name not in gone)
    return msgspec.structs.replace(plan, routes=routes, unassigned=(*kept, *gone))


def _regret(options: list[Insertion]) -> int:
    if not options:
        return -1
    return 2**60 if len(options) == 1 else options[1].cost_delta - options[0].cost_delta
