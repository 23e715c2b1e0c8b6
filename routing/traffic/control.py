"""Traffic: who may go where, so that no two are ever in one place and nobody waits for ever. See `docs/traffic.md`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.traffic import keeping
from routing.traffic.messages import Changes, Drive, Refused, RobotState, Stop, TrafficState
from routing.traffic.network import Network
from routing.traffic.orders import Orders, Robot
from routing.traffic.planning import Planner

__all__ = ["AHEAD", "Changes", "Drive", "Refused", "RobotState", "Stop", "Traffic", "TrafficState"]

AHEAD = 8
"""Points released beyond the one reached: some 40 s of driving. With more, others must wait for who is far away."""


class Traffic:
    """All robots that share a network, their drives, and what is released to them.

    Instants are milliseconds and never run backwards. A refused call changes nothing. `ahead` is the number of points
    that are released beyond the one reached, without limit if None; with 0 a robot goes from point to point in step
    with the others, and nothing is released beforehand.
    """

    def __init__(self, network: Network, *, ahead: int | None = AHEAD) -> None:
        self.network = network
        self._orders = Orders(network, ahead)
        self._blocked: set[int] = set()
        self._owner: dict[int, str] = {}
        self._planner = Planner(network, self._orders, self._blocked, self._owner)

    def place(self, robot: str, profile: int, point: int, home: int | None) -> frozenset[str]:
        """A robot appears, standing at a point, and owns its home bay; returns those whose drives are cut short by it.

        Raises `ValueError` if there is a robot of that name, if somebody has the point's cell, if the home is no bay
        or somebody's, or if others have drives to it.
        """
        queue = self._orders.queues[int(self.network.cell[point])]
        if robot in self._orders.robots:
            raise ValueError(f"robot {robot} is placed already: remove it first")
        if any(first <= other.released for other, first in queue):
            raise ValueError(f"{queue[0][0].name} has the cell of {self.network.points[point]}")
        if home is not None:
            self._check_home(home)
        withdrawn = self._withdraw([visit[0] for visit in queue])
        self._orders.add(robot, profile, home, point)
        if home is not None:
            self._owner[int(self.network.cell[home])] = robot
        return withdrawn

    def _check_home(self, home: int) -> None:
        name, cell = self.network.points[home], int(self.network.cell[home])
        if not self.network.bay[home]:
            raise ValueError(f"point {name} is no bay: nobody can be at home there")
        if cell in self._owner:
            raise ValueError(f"bay {name} is the home of {self._owner[cell]}")
        if self._orders.queues[cell]:
            raise ValueError(f"{self._orders.queues[cell][0][0].name} has or comes to bay {name}")

    def remove(self, robot: str) -> None:
        """A robot disappears from the network with its drive; its home bay is nobody's."""
        gone = self._robot(robot)
        self._orders.remove(gone)
        if gone.home is not None:
            del self._owner[int(self.network.cell[gone.home])]
        self._planner.forget()

    def plan(self, robot: str, stops: Sequence[Stop], now_ms: int) -> Drive | Refused:
        """The earliest drive through stops, the last a bay, that leaves all others' order as it is.

        It begins where the robot's released part ends, and is to take the place of what is not released. A robot that
        is on its way keeps the points up to there, so that their indices stay; one that stands begins anew with index
        0. Nothing changes. Raises `ValueError` if the last stop is no bay.
        """
        if not stops or not self.network.bay[stops[-1].point]:
            raise ValueError("a drive ends in a bay")
        return self._planner.plan(self._robot(robot), stops, now_ms)

    def commit(self, drive: Drive, now_ms: int) -> frozenset[str]:
        """Put a planned drive in the place of what is not released of the robot's present one.

        Returns robots whose released part has grown. Raises `ValueError`, and changes nothing, if the drive does not
        begin where the robot is released to, or no longer fits between the others: plan it again.
        """
        robot = self._robot(drive.robot)
        base, _, base_times = self._planner.base(robot, now_ms)
        size = len(base)
        fits = drive.points[:size] == tuple(base) and drive.times_ms[size - 1 : size] >= tuple(base_times[-1:])
        ranks = self._planner.places(robot, drive, size - 1) if fits and self.network.bay[drive.points[-1]] else None
        if ranks is None:
            raise ValueError(f"the drive of {drive.robot} does not fit: plan it again")
        self._pass_time(now_ms)
        orders = self._orders
        changed = orders.shorten(robot, robot.released)
        if robot.reached == robot.released:
            orders.begin(robot, drive.times_ms[0])
        orders.stay(robot, drive.stays_ms[size - 1])
        changed += orders.extend(robot, drive.points[size:], drive.stays_ms[size:], ranks)
        orders.settle(dict.fromkeys(changed))
        return self.grown()

    def reached(self, robot: str, index: int, now_ms: int) -> frozenset[str]:
        """A robot has come to a point of its drive; returns robots whose released part has grown.

        Raises `ValueError` if the index is not that of a point ahead, up to where it may go.
        """
        moved = self._robot(robot)
        if index != moved.reached:
            allowed = moved.released if self._orders.ahead != 0 else self._orders.limit(moved, index)
            if not moved.reached < index <= allowed:
                raise ValueError(f"{robot} may go from {moved.reached} to {allowed}, not to {index}")
            self._pass_time(now_ms)
            self._orders.reach(moved, index)
        return self.grown()

    def grown(self) -> frozenset[str]:
        """Robots whose released part has grown by anything since this was last asked."""
        grown = frozenset(self._orders.grown)
        self._orders.grown.clear()
        return grown

    def released(self, robot: str) -> int:
        """The index of the point of its drive up to which a robot may go."""
        return self._robot(robot).released

    def drive(self, robot: str) -> Drive:
        """A robot's present drive; a single point if it stands without one."""
        present = self._robot(robot)
        return Drive(robot, tuple(present.points), tuple(present.stays), present.reached)

    def cells(self, robot: str) -> tuple[int, ...]:
        """The cells that a robot has now: where it stands and up to where it may go."""
        present = self._robot(robot)
        return tuple(dict.fromkeys(present.cells[present.reached : present.released + 1]))

    def waits_for(self, robot: str) -> tuple[str, int] | None:
        """Who has, or comes first to, the cell that a robot is not released to, and that cell; None if nobody."""
        waiting = self._robot(robot)
        onward = waiting.released + 1
        if onward > waiting.last or self._orders.allowed(waiting, onward):
            return None
        cell = waiting.cells[onward]
        return next((other.name, cell) for other, _ in self._orders.queues[cell] if other is not waiting)

    def in_the_way(self, robot: str) -> bool:
        """Whether a robot's drive ends at a point that is no bay: nobody comes through there until it has another."""
        return not self.network.bay[self._robot(robot).points[-1]]

    def bays(self, robot: str) -> list[int]:
        """The bays that a robot can come to when all others have ended their drives: home first, then the nearest."""
        return self._planner.bays(self._robot(robot))

    def watched(self, robot: str) -> tuple[int, ...]:
        """The indices ahead at whose reaching somebody's released part may grow: another's, or its own if `ahead`."""
        driving = self._robot(robot)
        indices = {
            entry
            for entry in driving.entries(driving.reached + 1)
            if self._is_followed(driving, driving.cells[entry - 1])
        }
        if driving.released < driving.last and self._orders.ahead is not None and driving.reached < driving.released:
            indices.add((driving.reached + driving.released + 1) // 2)
        return tuple(sorted(indices))

    def _is_followed(self, robot: Robot, cell: int) -> bool:
        """Whether somebody else comes to a cell after a robot."""
        own = [other is robot for other, _ in self._orders.queues[cell]]
        return not all(own[own.index(True) :])

    def withdraw(self, robot: str, now_ms: int) -> frozenset[str]:
        """Cut a robot's drive to its released part; returns all whose drives were cut.

        Others who were to come after it to the cell where it now ends cannot: theirs are cut too.
        """
        withdrawn = self._robot(robot)
        self._pass_time(now_ms)
        return self._withdraw([withdrawn])

    def halt(self, robot: str, index: int, now_ms: int) -> frozenset[str]:
        """A robot has stopped at a point and gives up what was released beyond it; returns all whose drives were cut.

        Raises `ValueError` if the index does not lie between the points reached and released.
        """
        halted = self._robot(robot)
        if not halted.reached <= index <= halted.released:
            raise ValueError(f"{robot} is between {halted.reached} and {halted.released}, not at {index}")
        self._pass_time(now_ms)
        if index > halted.reached:
            self._orders.reach(halted, index)
        cut = halted.last > index
        changed = self._orders.shorten(halted, index)
        withdrawn = self._withdraw(self._orders.followers(halted))
        self._orders.settle(changed)
        self._orders.grown.discard(robot)
        return withdrawn | {robot} if cut else withdrawn

    def block(self, cells: Collection[int]) -> frozenset[str]:
        """Let nobody enter cells any more; returns all whose drives were cut to their released part because of it."""
        self._blocked.update(cells)
        return self._withdraw(
            [robot for cell in sorted(cells) for robot, first in self._orders.queues[cell] if first > robot.released]
        )

    def unblock(self, cells: Collection[int]) -> None:
        """Let cells be entered again."""
        self._blocked.difference_update(cells)

    def untangle(self, robots: Sequence[str], now_ms: int, *, closed: Collection[int] = ()) -> bool:
        """Let robots that stand in one another's way come out together, each to its home or to a bay that is nobody's.

        One moves at a time, after all others have come to the ends of their drives; cells of `closed` are not entered.
        False, and nothing changes, if there is no such way, if it is too long to look for, or if one of them is not in
        the way (see `in_the_way`).
        """
        group = [self._robot(robot) for robot in robots]
        moves = self._planner.way_out(group, closed) if all(self.in_the_way(robot) for robot in robots) else None
        if moves is None:
            return False
        self._pass_time(now_ms)
        for robot in group:
            if robot.reached == robot.released:
                self._orders.begin(robot, max(self._orders.now_ms, robot.since_ms + robot.stays[robot.reached]))
        self._orders.append([(group[robot], point, 0) for robot, point in moves])
        return True

    def _withdraw(self, robots: Sequence[Robot]) -> frozenset[str]:
        todo, changed, withdrawn = list(robots), list[int](), list[str]()
        while todo:
            robot = todo.pop(0)
            if robot.last > robot.released:
                changed += self._orders.shorten(robot, robot.released)
                todo += self._orders.followers(robot)
                withdrawn.append(robot.name)
        self._orders.settle(dict.fromkeys(changed))
        self._planner.forget()
        return frozenset(withdrawn)

    def cut(self, robot: str, goal: int) -> tuple[int, ...]:
        """The fewest blocked cells that separate a robot from a point; none if it is not they that do."""
        return self._planner.cut(self._robot(robot), goal)

    def open_to(self, profile: int, goals: Sequence[int]) -> NDArray[np.bool_]:
        """From which points a robot of a profile can come to one of some points, shape (points,).

        Only blocked cells, and homes on the way, stand against it: whoever else is in the way goes, if asked.
        """
        return self._planner.open_to(profile, goals)

    def times(self, robot: str, now_ms: int) -> tuple[int, ...]:
        """The arrivals at the points of a robot's drive as projected; of those passed, when it came to the last."""
        present = self._robot(robot)
        return (*[present.since_ms] * present.reached, *self._planner.times(present, now_ms))

    def state(self) -> TrafficState:
        """All that is known, to be kept."""
        return keeping.written(self._orders, self._blocked)

    def changes(self) -> Changes:
        """What has changed in the state since this was last asked, or since all of it was restored."""
        return keeping.changes(self._orders, self._blocked)

    @staticmethod
    def restore(network: Network, state: TrafficState, *, ahead: int | None = AHEAD) -> Traffic:
        """Traffic as it was kept. Raises `KeyError` if the network lacks a name."""
        traffic = Traffic(network, ahead=ahead)
        traffic._blocked.update(keeping.read(traffic._orders, state))
        for robot in traffic._orders.robots.values():
            if robot.home is not None:
                traffic._owner[int(network.cell[robot.home])] = robot.name
        return traffic

    def _robot(self, name: str) -> Robot:
        if name not in self._orders.robots:
            raise ValueError(f"there is no robot {name}: place it first")
        return self._orders.robots[name]

    def _pass_time(self, now_ms: int) -> None:
        self._orders.now_ms = max(self._orders.now_ms, now_ms)
        self._planner.forget()
