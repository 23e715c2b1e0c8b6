"""Robots at work in simulated time: a simple dispatcher, delays by chance, and every move judged.

The dispatcher gives each job in turn to the free robot that is nearest; a robot goes to a free slot of its station,
stays as long as the hand-over takes, and home when there is nothing to do. Who finds no slot or no way waits where it
stands; if somebody waits for that very station it goes home first and on from there.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.traffic.jobs import DAY_MS, Carriage, carried_by_robots, day_of_jobs
from benchmarks.traffic.judge import Judge
from benchmarks.traffic.roads import Roads
from routing.ground import Ground
from routing.traffic.cells import SiteNetwork
from routing.traffic.control import Drive
from routing.traffic.distances import Distances

AGAIN_MS = 5_000
"""Who found no way asks again after so long."""
LOOK_MS = 600_000
"""So often it is looked for robots that wait for one another in a circle."""
SLOW_SHARE, SLOWEST = 0.1, 1.5
"""So many moves are slowed, by people mostly, up to so much. Source: assumed."""
STOPPED_SHARE, STOPPED_MS = 0.001, (20_000, 180_000)
"""So many moves wait for something in the way, for so long. Source: assumed."""


@dataclass(slots=True, kw_only=True)
class Task:
    """A job on its way."""

    job: Carriage
    planning_s: float = 0.0
    loaded: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Robot:
    """`goal` is the station (or the home bay, "") that it drives to or waits for; `drive` is over when `at` its end."""

    name: str
    fleet: str
    profile: int
    home: int
    chance: np.random.Generator
    task: Task | None = None
    goal: str | None = None
    drive: Drive | None = None
    index: int = 0
    moving: bool = False
    slot: int
    slot_name: str = ""
    asking: bool = False
    since_ms: int = 0


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    ordered: int = 0
    minutes: list[float] = field(default_factory=list)
    planning_ms: list[float] = field(default_factory=list)
    plans: int = 0
    refused: int = 0
    waited_s: float = 0.0
    moved_s: float = 0.0
    longest_wait_s: float = 0.0
    circles: int = 0
    detours: int = 0
    stuck: int = 0


class Run:
    """One run. The same seed and roads give the same run."""

    def __init__(self, ground: Ground, cells: SiteNetwork, roads: Roads, scale: float, seed: int) -> None:
        self.site = ground.site
        self.network = cells.network
        self.judge = Judge(cells.network.cell)
        self.outcome = Outcome()
        self._roads = roads
        self._scale, self._seed = scale, seed
        self._distances = Distances(cells.network)
        self._loads = carried_by_robots(self.site)
        layout = ground.layout
        self._slots = {id: cells.at[node] for id, node in layout.station_node.items() if node in cells.at}
        self._handover_ms = {id: round(station.handover_s * 1000) for id, station in layout.stations.items()}
        self._taken: dict[int, str] = {}
        self._events: list[tuple[int, int, str, Any]] = []
        self._count = 0
        self._pending: deque[Task] = deque()
        self.robots: dict[str, Robot] = {}
        fleets = {fleet.id: k for k, fleet in enumerate(self.site.fleets)}
        self._may = {fleet.id: {load.id for load in self._loads.values() if load.mass_kg <= fleet.payload_kg
                                and (fleet.locked or not load.locked)} for fleet in self.site.fleets}  # fmt: skip
        for k, one in enumerate(layout.robots):
            home = cells.at[layout.bay_node[one.bay]][0]
            robot = Robot(name=one.id, fleet=one.fleet, profile=fleets[one.fleet], home=home, slot=home,
                          chance=np.random.default_rng([seed, k]))  # fmt: skip
            self.robots[one.id] = robot
            roads.place(one.id, robot.profile, home)
            self.judge.stands(one.id, home)

    def until(self, begin_ms: int, end_ms: int) -> None:
        """Simulate up to an instant; the jobs of the days that begin meanwhile are drawn."""
        for day in range(-(-begin_ms // DAY_MS), -(-end_ms // DAY_MS)):
            for job in day_of_jobs(self.site, day, self._scale, self._seed):
                self._at(job.at_ms, "order", job)
        for at_ms in range(begin_ms, end_ms, LOOK_MS):
            self._at(at_ms, "look", None)
        while self._events and self._events[0][0] < end_ms:
            now_ms, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(what, now_ms)

    def finish(self, end_ms: int) -> None:
        """No more orders: let everybody end what it does; who has not by then, a day later, is stuck."""
        self._events = [event for event in self._events if event[2] != "order"]
        heapq.heapify(self._events)
        self._pending.clear()
        self._loads = {}
        while self._events and self._events[0][0] < end_ms + DAY_MS:
            now_ms, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(what, now_ms)
        self.outcome.stuck = sum(robot.drive is not None or robot.slot != robot.home for robot in self.robots.values())

    def _at(self, at_ms: int, kind: str, what: object) -> None:
        self._count += 1
        heapq.heappush(self._events, (at_ms, self._count, kind, what))

    def _order(self, job: Carriage, now_ms: int) -> None:
        self.outcome.ordered += 1
        self._pending.append(Task(job=job))
        self._assign(now_ms)

    def _assign(self, now_ms: int) -> None:
        """Give every waiting job to the nearest free robot that may carry it."""
        free = [robot for robot in self.robots.values() if robot.task is None and robot.goal is None]
        for task in list(self._pending):
            able = [robot for robot in free if task.job.load in self._may[robot.fleet]]
            if not able:
                continue
            goal = self._slots[task.job.origin][0]
            robot = min(able, key=lambda one: (int(self._distances.to(one.profile, goal)[one.slot]), one.name))
            free.remove(robot)
            self._pending.remove(task)
            robot.task = task
            self._send(robot, task.job.origin, now_ms)

    def _send(self, robot: Robot, goal: str, now_ms: int) -> None:
        robot.goal = goal
        if goal == robot.slot_name and goal:
            self._begin_handover(robot, now_ms)
        else:
            robot.since_ms = now_ms
            self._ask(robot, now_ms)

    def _ask(self, robot: Robot, now_ms: int) -> None:
        """Find a way to a free slot of the goal."""
        robot.asking = False
        if robot.goal is None or robot.drive is not None:
            return
        goal = robot.goal
        free = [slot for slot in self._slots[goal] if slot not in self._taken] if goal else [robot.home]
        for slot in free[:2]:
            begin = time.perf_counter()
            drive, grown = self._roads.go(robot.name, slot, now_ms)
            took_s = time.perf_counter() - begin
            self.outcome.plans += 1
            if robot.task is not None:
                robot.task.planning_s += took_s
            if drive is not None:
                self._leave(robot, slot, drive, now_ms)
                self._step_all(grown, now_ms)
                self._step(robot, now_ms)
                return
            self.outcome.refused += 1
        if goal and robot.slot != robot.home and self._is_wanted(robot):
            self.outcome.detours += 1
            robot.goal = ""
            self._ask(robot, now_ms)
            return
        robot.asking = True
        self._at(now_ms + AGAIN_MS, "again", robot)

    def _again(self, robot: Robot, now_ms: int) -> None:
        if robot.asking:
            self._ask(robot, now_ms)

    def _is_wanted(self, robot: Robot) -> bool:
        """Whether somebody waits for a slot of the station where this one stands, or for its way."""
        return any(
            other.asking and other is not robot and other.goal == robot.slot_name for other in self.robots.values()
        )

    def _leave(self, robot: Robot, slot: int, drive: Drive, now_ms: int) -> None:
        self._taken.pop(robot.slot, None)
        if slot != robot.home:
            self._taken[slot] = robot.name
        robot.slot, robot.slot_name = slot, robot.goal or ""
        robot.drive, robot.index, robot.moving = drive, drive.reached, False
        robot.since_ms = now_ms

    def _step_all(self, names: Iterable[str], now_ms: int) -> None:
        for name in sorted(names):
            self._step(self.robots[name], now_ms)

    def _step(self, robot: Robot, now_ms: int) -> None:
        """Begin the next move if it is released."""
        drive = robot.drive
        if drive is None or robot.moving or robot.index >= self._roads.released(robot.name):
            return
        tail, head = drive.points[robot.index], drive.points[robot.index + 1]
        took_ms = self._took_ms(robot, tail, head)
        waited_s = (now_ms - robot.since_ms) / 1000
        self.outcome.waited_s += waited_s
        self.outcome.longest_wait_s = max(self.outcome.longest_wait_s, waited_s)
        self.outcome.moved_s += took_ms / 1000
        robot.moving = True
        self.judge.sets_out(robot.name, head)
        self._at(now_ms + took_ms, "arrive", robot)

    def _took_ms(self, robot: Robot, tail: int, head: int) -> int:
        first, last = self.network.first[tail], self.network.first[tail + 1]
        move = int(first) + int(np.flatnonzero(self.network.head[first:last] == head)[0])
        nominal_ms = int(self.network.duration_ms[robot.profile, move])
        slow, stopped, much = robot.chance.random(3).tolist()
        took_ms = nominal_ms * (1 + (SLOWEST - 1) * much) if slow < SLOW_SHARE else float(nominal_ms)
        if stopped < STOPPED_SHARE:
            took_ms += STOPPED_MS[0] + much * (STOPPED_MS[1] - STOPPED_MS[0])
        return round(took_ms)

    def _arrive(self, robot: Robot, now_ms: int) -> None:
        points = robot.drive.points if robot.drive is not None else ()
        robot.index += 1
        robot.moving = False
        robot.since_ms = now_ms
        self.judge.arrives(robot.name, points[robot.index])
        grown = self._roads.reached(robot.name, robot.index, now_ms)
        if robot.index == len(points) - 1:
            robot.drive = None
            self._arrived(robot, now_ms)
        else:
            self._step(robot, now_ms)
        self._step_all(grown, now_ms)

    def _arrived(self, robot: Robot, now_ms: int) -> None:
        if robot.goal:
            self._begin_handover(robot, now_ms)
            return
        robot.goal = None
        if robot.task is not None:
            self._send(robot, self._next_stop(robot.task), now_ms)
        else:
            self._assign(now_ms)

    @staticmethod
    def _next_stop(task: Task) -> str:
        return task.job.destination if task.loaded else task.job.origin

    def _begin_handover(self, robot: Robot, now_ms: int) -> None:
        share = 0.7 + 0.6 * float(robot.chance.random())
        self._at(now_ms + round(share * self._handover_ms[robot.slot_name]), "handed", (robot, robot.task))

    def _handed(self, handed: tuple[Robot, Task], now_ms: int) -> None:
        robot, task = handed
        robot.goal = None
        if not task.loaded:
            task.loaded = True
            self._send(robot, task.job.destination, now_ms)
            return
        self._delivered(task, now_ms)
        robot.task = None
        self._assign(now_ms)
        if robot.task is None:
            self._send(robot, "", now_ms)

    def _delivered(self, task: Task, now_ms: int) -> None:
        job = task.job
        self.outcome.minutes.append((now_ms - job.at_ms) / 60_000)
        self.outcome.planning_ms.append(task.planning_s * 1000)
        load = self._loads.get(job.load)
        if load is not None and load.returns is not None:
            to = load.returns.to or job.origin
            back = Carriage(at_ms=now_ms + round(load.returns.after_min * 60_000), load=load.returns.load,
                            origin=job.destination, destination=to)  # fmt: skip
            if to != job.destination:
                self._at(back.at_ms, "order", back)

    def _look(self, _what: None, _now_ms: int) -> None:
        """Count robots that stand and wait for one another in a circle."""
        for name in self.robots:
            seen: set[str] = set()
            at: str | None = name
            while at is not None and at not in seen and not self.robots[at].moving:
                seen.add(at)
                at = self._roads.waits_for(at)
            self.outcome.circles += at == name and name in seen
