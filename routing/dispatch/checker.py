"""The independent judge of plans: every broken rule, found without any code of those who make plans."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from routing.dispatch.problem import UNREACHABLE_MS, Plan, Problem, Route, Task, TravelTable, Vehicle, Window

Rule = Literal[
    "unknown_vehicle",
    "unknown_task",
    "unknown_place",
    "two_routes",
    "frozen",
    "order",
    "twice",
    "onboard",
    "unassigned",
    "payload",
    "units",
    "capability",
    "accepting",
    "clean",
    "alone",
    "unreachable",
    "closed",
    "latest",
    "shift_end",
    "battery",
    "crew",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule: where, and a sentence that says what is wrong and what would be right. "" where none is meant."""

    rule: Rule
    vehicle: str
    task: str
    sentence: str


def violations(problem: Problem, plan: Plan, times: TravelTable) -> list[Violation]:
    """All broken rules of a plan for a problem, by vehicle in the plan's order; empty means that it may be driven."""
    tasks = {task.id: task for task in problem.tasks}
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    found = [*_names(problem, plan), *_places(problem, times)]
    if found:
        return found
    routes, now = plan.routes_of(problem.vehicles), problem.plan.routes_of(problem.vehicles)
    found += _assignment(problem, plan, routes, now)
    events: dict[str, list[_Act]] = {}
    for vehicle, route, begun in zip(problem.vehicles, routes, now, strict=True):
        found += _frozen(vehicle, route, begun)
        found += _sequence(vehicle, route)
        acts = _drive(problem, vehicle, route, tasks, times)
        events[vehicle.id] = acts
        found += _times(vehicle, acts)
        found += _battery(vehicle, acts, times)
        found += _together(vehicle, route, tasks)
    found += _crews(problem, vehicles, events)
    return found


def new_violations(problem: Problem, plan: Plan, times: TravelTable) -> list[Violation]:
    """The rules that a plan breaks and the plan being executed does not: what is late already is not its fault."""
    return beyond(violations(problem, plan, times), violations(problem, problem.plan, times))


def beyond(found: Iterable[Violation], known: Iterable[Violation]) -> list[Violation]:
    """Those that break another rule, or break it elsewhere, than what is known."""
    old = {(fault.rule, fault.vehicle, fault.task) for fault in known}
    return [fault for fault in found if (fault.rule, fault.vehicle, fault.task) not in old]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """A stop as it happens. `opened` is false if the station does not open any more."""

    task: Task
    pickup: bool
    travel_ms: int
    start_ms: int
    end_ms: int
    opened: bool


def _names(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """The plan speaks of nothing that the problem does not know."""
    tasks = {task.id for task in problem.tasks}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for route in plan.routes:
        if route.vehicle not in vehicles:
            yield _fault("unknown_vehicle", route.vehicle, "", "the problem has no such vehicle; drop its route")
        for name in dict.fromkeys(stop.task for stop in route.stops):
            if name not in tasks:
                yield _fault("unknown_task", route.vehicle, name, "the problem has no such task; drop its stops")
    for name in plan.unassigned:
        if name not in tasks:
            yield _fault("unknown_task", "", name, "is listed as unassigned but the problem has no such task")
    for name, count in Counter(route.vehicle for route in plan.routes).items():
        if count > 1:
            yield _fault("two_routes", name, "", f"has {count} routes; a vehicle drives one")


def _places(problem: Problem, times: TravelTable) -> Iterator[Violation]:
    """The travel times know every node and every profile."""
    wanted: list[tuple[str, str, tuple[str | None, ...], str | None]] = [
        (vehicle.id, "", (vehicle.node, vehicle.home), vehicle.profile) for vehicle in problem.vehicles
    ]
    wanted += [("", task.id, (task.origin, task.destination), task.profile) for task in problem.tasks]
    for vehicle_id, task_id, nodes, profile in wanted:
        for node in nodes:
            if node is not None and node not in times.index:
                yield _fault("unknown_place", vehicle_id, task_id, f"{node} is not in the travel times")
        if profile is not None and profile not in times.ms:
            yield _fault("unknown_place", vehicle_id, task_id, f"profile {profile} is not in the travel times")


def _assignment(problem: Problem, plan: Plan, routes: list[Route], now: list[Route]) -> Iterator[Violation]:
    """Every task is with as many vehicles as it needs, or on the list of the unassigned, never both."""
    holders: dict[str, list[str]] = defaultdict(list)
    for vehicle, route in zip(problem.vehicles, routes, strict=True):
        for name in dict.fromkeys(stop.task for stop in route.stops):
            holders[name].append(vehicle.id)
    listed = Counter(plan.unassigned)
    carried = {name: vehicle.id for vehicle in problem.vehicles for name in vehicle.onboard}
    closed = {  # what a vehicle that takes nothing new has
        vehicle.id: {*vehicle.onboard, *(stop.task for stop in route.stops)}
        for vehicle, route in zip(problem.vehicles, now, strict=True)
        if not vehicle.accepting
    }
    for task in problem.tasks:
        held = holders[task.id]
        if listed[task.id] > 1:
            yield _fault("unassigned", "", task.id, "is listed as unassigned more than once")
        if listed[task.id] and held:
            yield _fault("unassigned", held[0], task.id, "is in a route and listed as unassigned; keep one")
        if listed[task.id] and task.id in carried:
            yield _fault("unassigned", carried[task.id], task.id, "is aboard; it cannot be unassigned")
        if not listed[task.id] and not held:
            yield _fault("unassigned", "", task.id, "is in no route; list it as unassigned")
        for name in held:
            if name in closed and task.id not in closed[name]:
                yield _fault("accepting", name, task.id, "is new to a vehicle that takes nothing new")
        if len(held) > task.crew:
            yield _fault("twice", held[task.crew], task.id, f"is also in the route of {held[0]}; once is enough")


def _frozen(vehicle: Vehicle, route: Route, now: Route) -> Iterator[Violation]:
    kept = now.stops[: vehicle.frozen]
    given = route.stops[: vehicle.frozen]
    for number, stop in enumerate(kept):
        same = number < len(given) and (given[number].task, given[number].kind) == (stop.task, stop.kind)
        if not same:
            yield _fault("frozen", vehicle.id, stop.task, f"its {stop.kind} has begun and must stay stop {number + 1}")


def _sequence(vehicle: Vehicle, route: Route) -> Iterator[Violation]:
    """Each task is picked up once and then delivered once; what is aboard is only delivered."""
    aboard = set(vehicle.onboard)
    picked = set(vehicle.onboard)
    delivered: set[str] = set()
    for stop in route.stops:
        if stop.kind == "pickup":
            if stop.task in vehicle.onboard:
                yield _fault("onboard", vehicle.id, stop.task, "is aboard already; only deliver it")
            elif stop.task in picked:
                yield _fault("twice", vehicle.id, stop.task, "is picked up twice")
            picked.add(stop.task)
            aboard.add(stop.task)
        elif stop.task in delivered:
            yield _fault("twice", vehicle.id, stop.task, "is delivered twice")
        elif stop.task not in aboard:
            yield _fault("order", vehicle.id, stop.task, "is delivered before it is picked up")
            delivered.add(stop.task)
        else:
            aboard.remove(stop.task)
            delivered.add(stop.task)
    for name in sorted(aboard):
        rule: Rule = "onboard" if name in vehicle.onboard else "order"
        yield _fault(rule, vehicle.id, name, "is aboard at the end of the route; deliver it")


def _drive(problem: Problem, vehicle: Vehicle, route: Route, tasks: dict[str, Task], times: TravelTable) -> list[_Act]:
    """Every stop as early as it can happen."""
    now, here = max(problem.now_ms, vehicle.available_ms), vehicle.node
    carried = list(vehicle.onboard)
    acts = []
    for stop in route.stops:
        task = tasks[stop.task]
        if stop.kind == "pickup":
            there, service, spans, earliest = task.origin, task.pickup_ms, task.pickup_windows, task.ready_ms
        else:
            there, service, spans, earliest = task.destination, task.delivery_ms, task.delivery_windows, 0
        ruling = {forced for name in carried if (forced := tasks[name].profile) is not None} or {vehicle.profile}
        travel = max(times.between(profile, here, there) for profile in sorted(ruling))
        ready = max(now + travel, earliest, stop.not_before_ms)
        begin = _opening(spans, ready, service)
        start = ready if begin is None else begin
        acts.append(
            _Act(
                task=task,
                pickup=stop.kind == "pickup",
                travel_ms=travel,
                start_ms=start,
                end_ms=start + service,
                opened=begin is not None,
            )
        )
        now, here = start + service, there
        if stop.kind == "pickup":
            carried.append(task.id)
        elif task.id in carried:
            carried.remove(task.id)
    return acts


def _opening(spans: tuple[Window, ...], ready_ms: int, service_ms: int) -> int | None:
    if not spans:
        return ready_ms
    for first, last in spans:
        begin = max(ready_ms, first)
        if begin <= last - service_ms:
            return begin
    return None


def _times(vehicle: Vehicle, acts: list[_Act]) -> Iterator[Violation]:
    for act in acts:
        what = "pickup" if act.pickup else "delivery"
        latest = None if act.pickup else act.task.latest_ms
        if act.travel_ms >= UNREACHABLE_MS:
            yield _fault("unreachable", vehicle.id, act.task.id, f"there is no way to its {what} from the stop before")
        if not act.opened:
            yield _fault("closed", vehicle.id, act.task.id, f"its {what} finds the station closed from then on")
        if latest is not None and act.end_ms > latest:
            over = act.end_ms - latest
            yield _fault("latest", vehicle.id, act.task.id, f"is delivered {over} ms after its hard limit")
        if vehicle.shift_end_ms is not None and act.end_ms > vehicle.shift_end_ms:
            over = act.end_ms - vehicle.shift_end_ms
            yield _fault("shift_end", vehicle.id, act.task.id, f"its {what} ends {over} ms after the end of the shift")


def _battery(vehicle: Vehicle, acts: list[_Act], times: TravelTable) -> Iterator[Violation]:
    """Driving, handling and the way home leave the battery its reserve."""
    if vehicle.range_ms is None or not acts:
        return
    spent = sum(act.travel_ms + act.end_ms - act.start_ms for act in acts)
    here = acts[-1].task.origin if acts[-1].pickup else acts[-1].task.destination
    if vehicle.home is not None:
        home = int(times.between(vehicle.profile, here, vehicle.home))
        spent += home if home < UNREACHABLE_MS else 0
    if spent > vehicle.range_ms:
        over = spent - vehicle.range_ms
        yield _fault("battery", vehicle.id, "", f"drives {over} ms into its reserve; take something from its route")


def _together(vehicle: Vehicle, route: Route, tasks: dict[str, Task]) -> Iterator[Violation]:
    """What is aboard at once: mass, units, clean and unclean, alone; and whether the vehicle is fit for it."""
    carried = [tasks[name] for name in vehicle.onboard]
    yield from _load(vehicle, carried, "" if not carried else carried[-1].id)
    for stop in route.stops:
        task = tasks[stop.task]
        if stop.kind == "delivery":
            carried = [other for other in carried if other.id != task.id]
            continue
        missing = [need for need in task.requires if need not in vehicle.capabilities]
        if missing:
            yield _fault("capability", vehicle.id, task.id, f"needs {', '.join(missing)}; give it to another")
        carried.append(task)
        yield from _load(vehicle, carried, task.id)


def _load(vehicle: Vehicle, carried: list[Task], last: str) -> Iterator[Violation]:
    grams = sum(round(task.mass_kg * 1000) for task in carried)
    if grams > round(vehicle.payload_kg * 1000):
        yield _fault("payload", vehicle.id, last, f"makes {grams / 1000} kg aboard; {vehicle.payload_kg} kg is allowed")
    units = sum(task.units for task in carried)
    if units > vehicle.units:
        yield _fault("units", vehicle.id, last, f"makes {units} units aboard; there is room for {vehicle.units}")
    kinds = [task.clean for task in carried]
    if "clean" in kinds and "unclean" in kinds:
        yield _fault("clean", vehicle.id, last, "brings clean and unclean together; drive them one after the other")
    solitary = [task.id for task in carried if task.alone or task.crew == 2]
    if solitary and len(carried) > 1:
        yield _fault("alone", vehicle.id, last, f"{solitary[0]} must be the only thing aboard")


def _crews(problem: Problem, vehicles: dict[str, Vehicle], events: dict[str, list[_Act]]) -> Iterator[Violation]:
    """A task of two is done by two vehicles that start its pickup and its delivery at the same instants."""
    starts: dict[tuple[str, bool], list[tuple[str, int]]] = defaultdict(list)
    for name, acts in events.items():
        for act in acts:
            starts[act.task.id, act.pickup].append((name, act.start_ms))
    for task in problem.tasks:
        members = {name for pickup in (True, False) for name, _ in starts[task.id, pickup]}
        if task.crew != 2 or not members:
            continue
        first = min(members)
        begun = any(task.id in vehicles[name].onboard for name in members)
        if len(members) == 1 and not begun:
            yield _fault("crew", first, task.id, "needs two carriers and has one")
        for pickup in (True, False):
            when = starts[task.id, pickup]
            if not begun and len({at for _, at in when}) > 1:
                what = "pickup" if pickup else "delivery"
                stamps = ", ".join(f"{name} at {at}" for name, at in when)
                yield _fault("crew", first, task.id, f"its {what} must start together, not {stamps}")


def _fault(rule: Rule, vehicle: str, task: str, sentence: str) -> Violation:
    subject = " · ".join(part for part in (vehicle, task) if part)
    return Violation(rule=rule, vehicle=vehicle, task=task, sentence=f"{subject}: {sentence}")
