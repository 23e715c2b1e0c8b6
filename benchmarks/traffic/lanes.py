"""Traffic as the orchestrator asks it, with a watch on it; and the same without the others, to compare with."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection
from typing import Any, cast

from fleet.draft import State
from fleet.hospital import Hospital
from fleet.lanes import Lanes
from routing.traffic.control import Changes, Drive, Refused, Stop, Traffic
from routing.traffic.network import Network


class WatchedLanes(Lanes):
    """Says how long planning took for each job, and how often it was asked for and refused."""

    def __init__(self, hospital: Hospital) -> None:
        super().__init__(hospital)
        self.planning_s: dict[str, float] = defaultdict(float)
        self.plans = 0
        self.refused = 0
        self._job: dict[str, str] = {}

    def plan(self, state: State, robot: str, stops: tuple[Stop, ...], now_ms: int) -> Drive | Refused:
        """As it is; the way home counts for the job before it."""
        planned = state.carriers[robot].stops
        job = state.legs[planned[0].leg].job if planned else self._job.get(robot, "")
        self._job[robot] = job
        begin_s = time.process_time()
        found = super().plan(state, robot, stops, now_ms)
        self.planning_s[job] += time.process_time() - begin_s
        self.plans += 1
        self.refused += isinstance(found, Refused)
        return found


class LanesAlone(WatchedLanes):
    """No robot meets another on the floor: each has lanes, junctions, doors and bays to itself.

    Lifts still carry one at a time and stations have their slots, for these are the orchestrator's.
    """

    def __init__(self, hospital: Hospital) -> None:
        super().__init__(hospital)
        self._traffic = cast("Traffic", Alone(hospital.lanes.network))


class Alone:
    """A traffic for each robot, in which there is nobody else; what is asked about a robot is asked there."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._own: dict[str, Traffic] = {}

    def place(self, robot: str, profile: int, point: int, home: int | None) -> frozenset[str]:
        """A robot appears."""
        self._own[robot] = Traffic(self.network)
        return self._own[robot].place(robot, profile, point, home)

    def commit(self, drive: Drive, now_ms: int) -> frozenset[str]:
        """Put a drive in the place of the present one."""
        return self._own[drive.robot].commit(drive, now_ms)

    def block(self, cells: Collection[int]) -> frozenset[str]:
        """Let nobody enter cells."""
        return frozenset[str]().union(*(one.block(cells) for one in self._own.values()))

    def unblock(self, cells: Collection[int]) -> None:
        """Let cells be entered again."""
        for one in self._own.values():
            one.unblock(cells)

    def grown(self) -> frozenset[str]:
        """Robots whose released part has grown since this was last asked."""
        return frozenset[str]().union(*(one.grown() for one in self._own.values()))

    def changes(self) -> Changes:
        """What is new since this was last asked; cells have no order, as nobody shares them."""
        found = [one.changes() for one in self._own.values()]
        return Changes(
            now_ms=max((one.now_ms for one in found), default=0),
            robots=tuple(robot for one in found for robot in one.robots),
            gone=tuple(robot for one in found for robot in one.gone),
            orders={},
            blocked=found[0].blocked if found else (),
        )

    def __getattr__(self, name: str) -> Any:
        def asked(robot: str, *rest: Any) -> Any:
            return getattr(self._own[robot], name)(robot, *rest)

        return asked
