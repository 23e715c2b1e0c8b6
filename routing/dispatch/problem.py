"""The dispatch problem and its answer, as frozen structs that also travel on the bus.

Instants are integer milliseconds UTC (`ready_ms`, `due_ms`, …), durations integer milliseconds (`pickup_ms`,
`delivery_ms`: time at the station). Places are node ids of the floor graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

Window = tuple[int, int]
StopKind = Literal["pickup", "delivery"]
Cleanliness = Literal["clean", "unclean", "neutral"]

UNREACHABLE_MS = 2**40
"""Travel times from here on mean that there is no way."""
MAX_WEIGHT = 1000.0
AGING_MS = 3_600_000


class TravelTable(Protocol):
    """Travel times between nodes by profile, as `routing.travel_times.TravelTimes` gives them."""

    @property
    def index(self) -> Mapping[str, int]:
        """Row and column of each node."""

    @property
    def ms(self) -> Mapping[str, NDArray[np.int64]]:
        """Square matrix of milliseconds for each profile; `UNREACHABLE_MS` or more where there is no way."""

    def between(self, profile: str, a: str, b: str) -> int:
        """Milliseconds from node `a` to node `b`."""

    def __hash__(self) -> int:
        """A table is read-only and equal to itself alone, so what is made from it may be kept."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Anything that a dispatch problem is made of."""


class Task(Part, frozen=True, kw_only=True):
    """One leg to carry: a load (or a patient) from `origin` to `destination`.

    `weight` is the cost of a minute of lateness, of the end of the delivery after `due_ms`; it grows with lateness by
    `aging_ms` (see `schedule.lateness_cost`). `latest_ms` is hard: never delivered later. A window is when a station
    is open; the whole hand-over lies inside one (none: always open). `profile` is the travel profile that holds from
    pickup to delivery (a bed slows its porter). `crew` 2 needs two carriers at one place and time; such a task travels
    alone, and mass, units and lateness count for each of the two. `alone` bears nothing else aboard.
    """

    id: str
    origin: str
    destination: str
    ready_ms: int
    due_ms: int
    weight: float = 1.0
    mass_kg: float = 0.0
    units: int = 1
    pickup_ms: int = 0
    delivery_ms: int = 0
    requires: tuple[str, ...] = ()
    profile: str | None = None
    crew: int = 1
    pickup_windows: tuple[Window, ...] = ()
    delivery_windows: tuple[Window, ...] = ()
    latest_ms: int | None = None
    clean: Cleanliness = "neutral"
    alone: bool = False
    aging_ms: int = AGING_MS

    @property
    def mass_g(self) -> int:
        """Mass in whole grams, so that sums are exact."""
        return round(self.mass_kg * 1000)

    @property
    def travels_alone(self) -> bool:
        """Nothing else may be aboard between its pickup and its delivery."""
        return self.alone or self.crew > 1


class Vehicle(Part, frozen=True, kw_only=True):
    """A robot or porter: at `node`, free to go from `available_ms`, until `shift_end_ms`.

    `onboard` are tasks already picked up. The first `frozen` stops of its route stay as they are: the stop it drives
    to or works at. `home` is where it goes when done (counted as cost, not against the shift). `cost_per_min` is what
    a minute of its driving and handling costs, in the unit of `Task.weight`. `range_ms` is how long it may drive and
    handle, the way home included, before its battery is down to its reserve (none: as long as it likes). One that is
    not `accepting` finishes what it has and gets nothing new.
    """

    id: str
    profile: str
    node: str
    available_ms: int
    shift_end_ms: int | None = None
    home: str | None = None
    payload_kg: float = 0.0
    units: int = 1
    capabilities: tuple[str, ...] = ()
    cost_per_min: float = 0.1
    onboard: tuple[str, ...] = ()
    frozen: int = 0
    accepting: bool = True
    range_ms: int | None = None

    @property
    def payload_g(self) -> int:
        """Payload in whole grams."""
        return round(self.payload_kg * 1000)


class Stop(Part, frozen=True):
    """A pickup or delivery of a task. It does not start before `not_before_ms`: the appointment of a crew."""

    task: str
    kind: StopKind
    not_before_ms: int = 0


class Route(Part, frozen=True):
    """The stops of a vehicle in order."""

    vehicle: str
    stops: tuple[Stop, ...] = ()


class Plan(Part, frozen=True):
    """Routes of vehicles (at most one each; none is an empty one) and the tasks that nobody has."""

    routes: tuple[Route, ...] = ()
    unassigned: tuple[str, ...] = ()

    def route(self, vehicle: str) -> Route:
        """The route of a vehicle, empty if the plan has none."""
        return next((route for route in self.routes if route.vehicle == vehicle), Route(vehicle))

    def routes_of(self, vehicles: Iterable[Vehicle]) -> list[Route]:
        """The routes of several vehicles, in their order."""
        first = {route.vehicle: route for route in reversed(self.routes)}
        return [first.get(vehicle.id) or Route(vehicle.id) for vehicle in vehicles]


class ProblemErrors(ValueError):
    """A problem that contradicts itself; `errors` holds every broken rule as a sentence."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class Problem(Part, frozen=True, kw_only=True):
    """Everything an engine needs: carriers, tasks and the plan that is being executed now (its warm start).

    `closures` are those the travel times must honour; `versions` is the plan version of each vehicle that the answer
    will be rebased on. Raises `ProblemErrors` when constructed with broken references or impossible figures.
    """

    now_ms: int
    vehicles: tuple[Vehicle, ...]
    tasks: tuple[Task, ...]
    plan: Plan = Plan()
    closures: tuple[str, ...] = ()
    versions: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse broken references and impossible figures, all at once."""
        errors = (*_task_errors(self), *_vehicle_errors(self), *_plan_errors(self))
        if errors:
            raise ProblemErrors(errors)

    def task_by_id(self) -> dict[str, Task]:
        """Tasks by their id."""
        return {task.id: task for task in self.tasks}


def _repeated(ids: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(ids).items() if count > 1]


def _task_errors(problem: Problem) -> Iterator[str]:
    for name in _repeated(task.id for task in problem.tasks):
        yield f"task {name}: given more than once; give each task one id of its own"
    for task in problem.tasks:
        if not 0 < task.weight <= MAX_WEIGHT:
            yield f"task {task.id}: weight {task.weight} lies outside 0 to {MAX_WEIGHT}; scale the priorities"
        if task.crew not in (1, 2):
            yield f"task {task.id}: crew {task.crew} is neither 1 nor 2; split the task"
        if task.mass_kg < 0 or task.units < 0:
            yield f"task {task.id}: mass {task.mass_kg} kg or units {task.units} is negative; give 0 or more"
        if task.pickup_ms < 0 or task.delivery_ms < 0:
            yield f"task {task.id}: a hand-over lasts less than nothing; give 0 ms or more"
        if task.aging_ms < 1000:
            yield f"task {task.id}: ages within {task.aging_ms} ms; give at least 1000 ms"
        for windows in (task.pickup_windows, task.delivery_windows):
            edges = [edge for window in windows for edge in window]
            if edges != sorted(edges) or any(start == end for start, end in windows):
                yield f"task {task.id}: opening hours {windows} overlap or run backwards; sort and join them"


def _vehicle_errors(problem: Problem) -> Iterator[str]:
    tasks = problem.task_by_id()
    for name in _repeated(vehicle.id for vehicle in problem.vehicles):
        yield f"vehicle {name}: given more than once; give each vehicle one id of its own"
    holders = Counter(name for vehicle in problem.vehicles for name in vehicle.onboard)
    for name, count in holders.items():
        if name not in tasks:
            yield f"task {name}: aboard a vehicle but not among the tasks; add it to the tasks"
        elif count > tasks[name].crew:
            yield f"task {name}: aboard {count} vehicles but its crew is {tasks[name].crew}; keep the true holder"
    for vehicle, route in zip(problem.vehicles, problem.plan.routes_of(problem.vehicles), strict=True):
        if vehicle.payload_kg < 0 or vehicle.units < 0 or vehicle.cost_per_min < 0:
            yield f"vehicle {vehicle.id}: payload, units or cost is negative; give 0 or more"
        stops = len(route.stops)
        if not 0 <= vehicle.frozen <= stops:
            yield f"vehicle {vehicle.id}: {vehicle.frozen} stops frozen of {stops}; freeze only what its route has"


def _plan_errors(problem: Problem) -> Iterator[str]:
    tasks = problem.task_by_id()
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for name in _repeated(route.vehicle for route in problem.plan.routes):
        yield f"vehicle {name}: has more than one route; join them"
    for route in problem.plan.routes:
        if route.vehicle not in vehicles:
            yield f"route of {route.vehicle}: no such vehicle; add it or drop the route"
        for stop in route.stops:
            if stop.task not in tasks:
                yield f"route of {route.vehicle}: {stop.kind} of unknown task {stop.task}; add it to the tasks"
    for name in problem.plan.unassigned:
        if name not in tasks:
            yield f"unassigned task {name}: no such task; add it to the tasks"
    for name, _ in problem.versions:
        if name not in vehicles:
            yield f"version of {name}: no such vehicle; add it or drop the version"
