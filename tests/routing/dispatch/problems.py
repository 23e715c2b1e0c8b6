"""Small hospitals for the dispatch tests: places on a line and on a plane, and random problems for properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from routing.dispatch.construction import insert_all
from routing.dispatch.problem import UNREACHABLE_MS, Plan, Problem, Route, Stop, Task, Vehicle, Window
from routing.dispatch.schedule import simulate

MIN = 60_000


class Table:
    """Travel times from matrices of milliseconds, with the attributes of `routing.travel_times.TravelTimes`."""

    def __init__(self, nodes: Sequence[str], ms: Mapping[str, NDArray[np.int64]]) -> None:
        self.index = {node: number for number, node in enumerate(nodes)}
        self.ms = dict(ms)

    def between(self, profile: str, a: str, b: str) -> int:
        return int(self.ms[profile][self.index[a], self.index[b]])


def line(*profiles: tuple[str, int], length: int = 12) -> Table:
    """Places n0, n1, … on a corridor; each profile with its minutes from one to the next."""
    at = np.arange(length, dtype=np.int64)
    steps = np.abs(at[:, None] - at[None, :])
    return Table(
        [f"n{number}" for number in range(length)],
        {name: steps * minutes * MIN for name, minutes in profiles or (("walk", 1),)},
    )


def carrier(name: str = "v", at: str = "n0", **other: object) -> Vehicle:
    """A walker with two hands at n0, free from 0 on."""
    given: dict[str, object] = {"profile": "walk", "available_ms": 0, "payload_kg": 100, "units": 2, "cost_per_min": 1}
    return Vehicle(**{"id": name, "node": at, **given, **other})  # type: ignore[arg-type]  # a test names any field


def load(name: str, origin: str, destination: str, due_min: float = 60, **other: object) -> Task:
    """A load of 1 kg, ready at 0."""
    given: dict[str, object] = {"ready_ms": 0, "due_ms": round(due_min * MIN), "mass_kg": 1}
    return Task(  # type: ignore[arg-type]  # a test names any field
        **{"id": name, "origin": origin, "destination": destination, **given, **other}
    )


def trip(vehicle: str, *stops: str) -> Route:
    """A route from words: `+a` picks a up, `-a` delivers it, `+a@5` not before minute 5."""
    return Route(vehicle, tuple(_stop(word) for word in stops))


def _stop(word: str) -> Stop:
    name, _, minute = word[1:].partition("@")
    return Stop(name, "pickup" if word[0] == "+" else "delivery", int(minute or 0) * MIN)


NODES = tuple(f"n{number}" for number in range(8))
PROFILES = ("bed", "robot", "walk")


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Random travel times (no triangle inequality), a few ways missing."""
    seed = draw(st.integers(0, 10_000))
    gaps = draw(st.sampled_from([0.0, 0.0, 0.05]))
    chance = np.random.default_rng(seed)
    matrices = {}
    for profile in PROFILES:
        matrix = chance.integers(1_000, 6 * MIN, size=(len(NODES), len(NODES)), dtype=np.int64)
        matrix[chance.random(matrix.shape) < gaps] = UNREACHABLE_MS
        np.fill_diagonal(matrix, 0)
        matrices[profile] = matrix
    return Table(NODES, matrices)


instants = st.integers(0, 60 * MIN)
services = st.sampled_from([0, 20_000, MIN])


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Always open (mostly), or one or two openings."""
    count = draw(st.sampled_from([0, 0, 0, 1, 2]))
    edges = draw(st.lists(instants, min_size=2 * count, max_size=2 * count, unique=True).map(sorted))
    return tuple((edges[2 * number], edges[2 * number + 1]) for number in range(count))


@st.composite
def tasks(draw: st.DrawFn, name: str, crew: bool = True) -> Task:
    """A task with any of its rules."""
    nodes = st.sampled_from(NODES)
    ready = draw(instants)
    limited = draw(st.sampled_from([False, False, False, True]))
    return Task(
        id=name,
        origin=draw(nodes),
        destination=draw(nodes),
        ready_ms=ready,
        due_ms=ready + draw(st.integers(0, 40 * MIN)),
        weight=draw(st.sampled_from([0.3, 1.0, 10.0])),
        mass_kg=draw(st.sampled_from([0.1, 0.2, 3.0])),
        units=draw(st.integers(0, 2)),
        pickup_ms=draw(services),
        delivery_ms=draw(services),
        requires=draw(st.sampled_from([(), (), (), ("lock",), ("bed", "lock")])),
        profile=draw(st.sampled_from([None, None, "bed", "walk"])),
        crew=draw(st.sampled_from([1, 1, 1, 2])) if crew else 1,
        pickup_windows=draw(windows()),
        delivery_windows=draw(windows()),
        latest_ms=ready + draw(st.integers(5 * MIN, 60 * MIN)) if limited else None,
        clean=draw(st.sampled_from(["neutral", "neutral", "clean", "unclean"])),
        alone=draw(st.sampled_from([False, False, False, True])),
        aging_ms=draw(st.sampled_from([600_000, 3_600_000])),
    )


@st.composite
def vehicles(draw: st.DrawFn, name: str) -> Vehicle:
    """An empty vehicle with any of its rules."""
    return Vehicle(
        id=name,
        profile=draw(st.sampled_from(["robot", "walk"])),
        node=draw(st.sampled_from(NODES)),
        available_ms=draw(st.integers(0, 20 * MIN)),
        shift_end_ms=draw(st.sampled_from([None, None, 90 * MIN, 180 * MIN])),
        home=draw(st.sampled_from([None, *NODES])),
        payload_kg=draw(st.sampled_from([0.3, 3.2, 10.0])),
        units=draw(st.integers(1, 4)),
        capabilities=draw(st.sampled_from([(), ("lock",), ("bed", "lock")])),
        cost_per_min=draw(st.sampled_from([0.0, 0.1, 1.0])),
        accepting=draw(st.sampled_from([True, True, True, True, False])),
        range_ms=draw(st.sampled_from([None, None, 5 * MIN, 20 * MIN])),
    )


@st.composite
def open_problems(draw: st.DrawFn, most: int = 7, fleet: int = 4, crew: bool = True) -> Problem:
    """A problem with nothing assigned yet."""
    count = draw(st.integers(1, most))
    crowd = draw(st.integers(1, fleet))
    order = draw(st.permutations(range(crowd)))
    wanted = tuple(draw(tasks(f"t{number}", crew)) for number in range(count))
    return Problem(
        now_ms=draw(st.integers(0, 10 * MIN)),
        vehicles=tuple(draw(vehicles(f"v{number}")) for number in order),
        tasks=wanted,
        plan=Plan((), tuple(task.id for task in wanted)),
    )


@st.composite
def plans_under_way(draw: st.DrawFn) -> tuple[Problem, Table]:
    """A plan some minutes after it was made: first stops begun or done, one vehicle late, new tasks come in."""
    problem, table = draw(open_problems(most=6)), draw(tables())
    plan = insert_all(problem, table)
    tasks = problem.task_by_id()
    now = problem.now_ms + draw(st.integers(0, 30 * MIN))
    vehicles, routes = [], []
    delivered: set[str] = set()
    for vehicle in problem.vehicles:
        route = plan.route(vehicle.id)
        times = simulate(vehicle, route, tasks, table, problem.now_ms)
        done = sum(time.end_ms <= now for time in times.stops)
        node, free = vehicle.node, vehicle.available_ms
        for stop, time in zip(route.stops[:done], times.stops, strict=False):
            task = tasks[stop.task]
            node, free = (task.origin if stop.kind == "pickup" else task.destination), time.end_ms
            delivered |= {stop.task} if stop.kind == "delivery" else set()
        rest = route.stops[done:]
        vehicles.append(
            msgspec.structs.replace(
                vehicle,
                node=node,
                available_ms=free + draw(st.sampled_from([0, 0, 10 * MIN])),
                onboard=times.aboard[done],
                frozen=min(len(rest), draw(st.integers(0, 1))),
            )
        )
        routes.append(msgspec.structs.replace(route, stops=rest))
    for name in sorted(delivered):
        if any(stop.task == name for route in routes for stop in route.stops):
            delivered.discard(name)  # the other of a crew is still on its way
    left = tuple(task for task in problem.tasks if task.id not in delivered)
    return (
        Problem(
            now_ms=now,
            vehicles=tuple(vehicles),
            tasks=left,
            plan=Plan(tuple(routes), plan.unassigned),
            versions=tuple((vehicle.id, 7) for vehicle in vehicles),
        ),
        table,
    )
