"""Where a new drive fits among all others: what is asked of the projection and of the search, and why there is none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.traffic.distances import distances_of
from routing.traffic.joint import Move, way_out
from routing.traffic.messages import Drive, Refused, Stop
from routing.traffic.network import Network
from routing.traffic.orders import Orders, Robot
from routing.traffic.projection import EVER, Gaps, gaps_between, places, project
from routing.traffic.search import Ways, search
from routing.traffic.separation import separating


class Planner:
    """Plans among the drives of `orders`, which it does not change.

    `blocked` are cells that nobody may enter, `owner` the robot whose home bay a cell is; both belong to the caller.
    After every change of orders he calls `forget`.
    """

    def __init__(self, network: Network, orders: Orders, blocked: set[int], owner: dict[int, str]) -> None:
        self._network = network
        self._orders = orders
        self._blocked = blocked
        self._owner = owner
        self._distances = distances_of(network)
        self._ways = [Ways(network.cell, network.first, network.head, duration) for duration in network.duration_ms]
        self._projected_ms: int | None = None

    def forget(self) -> None:
        """The projection is no longer that of the orders."""
        self._projected_ms = None

    def times(self, robot: Robot, now_ms: int) -> list[int]:
        """The arrivals at the points of a drive as seen at an instant, from the point reached on."""
        now_ms = max(now_ms, self._orders.now_ms)
        if self._projected_ms != now_ms:
            if not project(self._network.following, now_ms, self._orders.rows):
                raise RuntimeError("the order of the drives has a cycle")
            self._projected_ms = now_ms
        ahead: list[int] = self._orders.rows.arrival[robot.slot, robot.reached : robot.last + 1].tolist()
        return ahead

    def base(self, robot: Robot, now_ms: int) -> tuple[list[int], list[int], list[int]]:
        """Points, stays and arrivals that a new drive of a robot begins with: its released part, or where it stands."""
        times = self.times(robot, now_ms)
        if robot.reached == robot.released:
            ready_ms = max(robot.since_ms + robot.stays[robot.reached], now_ms, self._orders.now_ms)
            return [robot.points[robot.reached]], [0], [ready_ms]
        size = robot.released + 1
        passed = [robot.since_ms] * robot.reached
        return robot.points[:size], robot.stays[:size], passed + times[: size - robot.reached]

    def plan(self, robot: Robot, stops: Sequence[Stop], now_ms: int) -> Drive | Refused:
        """The earliest drive through stops that leaves all others' order as it is; see `control.Traffic.plan`."""
        if held := self._held(robot, stops[-1]):
            return held
        base, base_stays, base_times = self.base(robot, now_ms)
        points, times, stays = search(
            self._network.following,
            self._ways[robot.profile],
            self._gaps(robot),
            self._distances.through(robot.profile, stops),
            np.array([stop.point for stop in stops], np.int32),
            np.array([stop.stay_ms for stop in stops], np.int64),
            base[-1],
            base_times[-1] + base_stays[-1],
        )
        if not points.size:
            return self._why_not(robot, stops)
        new_stays: list[int] = stays.tolist()
        return Drive(
            robot=robot.name,
            points=(*base, *points[1:].tolist()),
            stays_ms=(*base_stays[:-1], base_stays[-1] + new_stays[0], *new_stays[1:]),
            reached=robot.reached if robot.reached < robot.released else 0,
            times_ms=(*base_times, *times[1:].tolist()),
        )

    def places(self, robot: Robot, drive: Drive, start: int) -> list[int] | None:
        """The place of each visit of a drive from an index on among the others' in its cells; None if it has none.

        `plan` or `base` must have been asked at the same instant.
        """
        points = drive.points[start:]
        steps = self._orders.steps(robot.profile, points)
        if not len(drive.points) == len(drive.stays_ms) == len(drive.times_ms) or steps is None:
            return None
        times = np.array(drive.times_ms[start:], np.int64)
        leave = times[:-1] + np.array(drive.stays_ms[start:-1], np.int64)
        if np.any(times[1:] - leave < steps[1:]):
            return None
        found: list[int] = places(
            self._network.following,
            self._network.cell,
            self._gaps(robot),
            np.array(points, np.int32),
            np.array(steps, np.int32),
            times,
        ).tolist()
        return found or None

    def cut(self, robot: Robot, goal: int) -> tuple[int, ...]:
        """The fewest blocked cells that separate a robot from a point."""
        return separating(
            self._network,
            robot.profile,
            robot.points[robot.released],
            goal,
            self._blocked,
            self._homes_but(robot.name),
        )

    def way_out(self, group: Sequence[Robot], closed: Collection[int]) -> tuple[Move, ...] | None:
        """The moves after which all of a group stand in bays, once all others have come to the ends of their drives.

        They do not enter what is blocked, homes of others and cells of `closed`.
        """
        network = self._network
        names = {robot.name for robot in group}
        ends = {other.cells[-1] for other in self._orders.robots.values() if other.name not in names}
        others = {cell for cell, owner in self._owner.items() if owner not in names}
        bays = [int(bay) for bay in np.flatnonzero(network.bay)]
        return way_out(
            network,
            [robot.profile for robot in group],
            [robot.points[-1] for robot in group],
            [
                frozenset(bay for bay in bays if self._owner.get(int(network.cell[bay]), robot.name) == robot.name)
                for robot in group
            ],
            frozenset({*ends, *others, *self._blocked, *closed}),
        )

    def bays(self, robot: Robot) -> list[int]:
        """The bays where a robot might end its drive, its home first, then by the time to there."""
        closed = {*self._ends(robot), *self._homes_but(robot.name), *self._blocked}
        times = self._distances.away(robot.profile, robot.points[robot.released], closed)
        found: list[int] = np.flatnonzero(self._network.bay & (times < EVER)).tolist()
        return sorted(found, key=lambda bay: (bay != robot.home, times[bay], bay))

    def open_to(self, profile: int, goals: Sequence[int]) -> NDArray[np.bool_]:
        """From which points one comes to a goal when only what is blocked, and homes on the way, is in it."""
        cells = {int(self._network.cell[goal]) for goal in goals}
        return self._distances.open_to(profile, goals, {*(self._owner.keys() - cells), *self._blocked})

    def _ends(self, robot: Robot) -> dict[int, str]:
        """The cells that all others have without limit, or will have."""
        return {other.cells[-1]: name for name, other in self._orders.robots.items() if other is not robot}

    def _gaps(self, robot: Robot) -> Gaps:
        """What all others leave to a robot, as projected."""
        shut = np.zeros(len(self._network.cells), np.uint8)
        shut[[*self._blocked, *self._homes_but(robot.name)]] = 1
        return gaps_between(
            self._network.following,
            robot.slot,
            robot.cells[robot.released],
            self._network.cell,
            shut,
            self._orders.rows,
        )

    def _homes_but(self, name: str) -> list[int]:
        """The cells that are home to others."""
        return [cell for cell, owner in self._owner.items() if owner != name]

    def _held(self, robot: Robot, stop: Stop) -> Refused | None:
        """Whether a stop is had by another without limit, from now on or later, or is his home."""
        cell = int(self._network.cell[stop.point])
        holder = self._owner.get(cell, robot.name)
        if holder == robot.name:
            for other, first in self._orders.queues[cell]:
                if other is not robot and other.exits[first] > other.last:
                    holder = other.name
        return Refused("held", (cell,), (holder,)) if holder != robot.name else None

    def _why_not(self, robot: Robot, stops: Sequence[Stop]) -> Refused:
        """Who holds a stop on the way, or what lies between a robot and its stops."""
        for stop in stops:
            if held := self._held(robot, stop):
                return held
        ends = self._ends(robot)
        start = robot.points[robot.released]
        for stop in stops:
            cut = separating(
                self._network,
                robot.profile,
                start,
                stop.point,
                {*ends, *self._blocked},
                self._homes_but(robot.name),
            )
            if cut:
                return Refused("cut", cut, tuple(sorted(ends[cell] for cell in cut if cell in ends)))
            start = stop.point
        queue = self._orders.queues[robot.cells[robot.released]]
        others = dict.fromkeys(other.name for other, _ in queue if other is not robot)
        if not others:
            return Refused("cut", (), ())
        return Refused("busy", (robot.cells[robot.released],), tuple(others))
