"""The dependency graph: every robot's drive, and in every cell the order of those that come to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from routing.traffic.messages import RobotState
from routing.traffic.network import NO_WAY, Network
from routing.traffic.rows import empty_drives, with_room


@dataclass(slots=True, eq=False)
class Robot:
    """A robot and its drive.

    `cells` are those of its points and `exits` gives for each point the index of the first one after it outside its
    cell. It has reached the point `reached`, at `since_ms`, and may go to `released`; there it set out at `begun_ms`.
    """

    name: str
    profile: int
    home: int | None
    slot: int
    points: list[int] = field(default_factory=list)
    stays: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    reached: int = 0
    released: int = 0
    since_ms: int = 0
    begun_ms: int = 0

    @property
    def last(self) -> int:
        """Index of the last point."""
        return len(self.points) - 1

    def entries(self, start: int) -> list[int]:
        """Indices from `start` on at which it enters another cell."""
        return [i for i in range(max(start, 1), len(self.cells)) if self.cells[i] != self.cells[i - 1]]


Visit = tuple[Robot, int]
"""A robot and the index at which it enters the cell, 0 if it began there."""


class Orders:
    """Drives and the order of visits in every cell; what is first in its cells is released up to `ahead` points on."""

    def __init__(self, network: Network, ahead: int | None) -> None:
        self.network = network
        self.ahead = ahead
        self.robots: dict[str, Robot] = {}
        self.rows = empty_drives()
        self.queues: list[list[Visit]] = [[] for _ in network.cells]
        self.by_slot: list[Robot | None] = []
        self.grown: set[str] = set()
        self.changed_robots: set[str] = set()
        self.changed_cells: set[int] = set()
        self.now_ms = 0
        self._cell: list[int] = network.cell.tolist()
        self._step: list[dict[tuple[int, int], int]] = [
            _steps(network, profile) for profile in range(len(network.profiles))
        ]

    def add(self, name: str, profile: int, home: int | None, point: int) -> Robot:
        """A robot appears, standing at a point."""
        slot = self.by_slot.index(None) if None in self.by_slot else len(self.by_slot)
        robot = Robot(name, profile, home, slot, since_ms=self.now_ms, begun_ms=self.now_ms)
        self.by_slot[slot : slot + 1] = [robot]
        self.robots[name] = robot
        self._write(robot, 0, [point], [0])
        self._arrange(robot.cells[0], [*self.queues[robot.cells[0]], (robot, 0)])
        return robot

    def remove(self, robot: Robot) -> None:
        """A robot disappears with all that it has."""
        cells = list(dict.fromkeys(robot.cells[robot.reached :]))
        for cell in cells:
            self._arrange(cell, [visit for visit in self.queues[cell] if visit[0] is not robot])
        self.changed_robots.add(robot.name)
        del self.robots[robot.name]
        self.by_slot[robot.slot] = None
        self.rows.length[robot.slot] = 0
        self.settle(cells)

    def begin(self, robot: Robot, now_ms: int) -> None:
        """Forget the points that a standing robot has passed: it begins anew where it stands, at `now_ms`."""
        queue = self.queues[robot.cells[robot.reached]]
        at = next(k for k, (other, _) in enumerate(queue) if other is robot)
        queue[at] = (robot, 0)
        robot.since_ms = now_ms
        point = robot.points[robot.reached]
        robot.reached = robot.released = 0
        self._write(robot, 0, [point], [0])

    def stay(self, robot: Robot, stay_ms: int) -> None:
        """Let a robot stay so long at the last point of its drive."""
        if robot.reached == robot.last:
            robot.begun_ms = robot.since_ms + stay_ms
        self._write(robot, robot.last, robot.points[-1:], [stay_ms])

    def steps(self, profile: int, points: Sequence[int]) -> list[int] | None:
        """The duration of the move to each point from the one before, 0 to the first; None if one is not possible."""
        steps = [self._step[profile].get(pair, 0) for pair in pairwise(points)]
        return [0, *steps] if all(steps) else None

    def extend(self, robot: Robot, points: Sequence[int], stays: Sequence[int], places: Sequence[int]) -> list[int]:
        """Let a drive go on through points; visit k of them comes to the place `places[k]` among the others' visits.

        The first place is that of the cell in which the drive ended before; it is there already.
        """
        old = robot.last
        self._write(robot, old + 1, points, stays)
        entries = robot.entries(old + 1)
        for entry, place in zip(entries, places[1:], strict=True):
            queue = self.queues[robot.cells[entry]]
            at = others = 0
            while at < len(queue) and (others < place or queue[at][0] is robot):
                others += queue[at][0] is not robot
                at += 1
            self._arrange(robot.cells[entry], [*queue[:at], (robot, entry), *queue[at:]])
        return list(dict.fromkeys((robot.cells[old], *(robot.cells[entry] for entry in entries))))

    def append(self, arrivals: Sequence[tuple[Robot, int, int]]) -> None:
        """Let drives go on, each to one point at a time, in turn: robot, point, stay. All come after all others."""
        for robot, point, stay in arrivals:
            self._write(robot, robot.last + 1, [point], [stay])
            if robot.cells[-1] != robot.cells[-2]:
                self._arrange(robot.cells[-1], [*self.queues[robot.cells[-1]], (robot, robot.last)])
        self.settle(dict.fromkeys(cell for robot, _, _ in arrivals for cell in robot.cells[robot.released :]))

    def shorten(self, robot: Robot, index: int) -> list[int]:
        """Cut a drive to its points up to an index; returns the cells that it no longer comes to."""
        dropped = list(dict.fromkeys(robot.cells[entry] for entry in robot.entries(index + 1)))
        for cell in dropped:
            self._arrange(cell, [v for v in self.queues[cell] if v[0] is not robot or v[1] <= index])
        robot.released = min(robot.released, index)
        self._write(robot, index + 1, [], [])
        return dropped

    def followers(self, robot: Robot) -> list[Robot]:
        """Those who are to come after a robot into the cell where its drive ends, in order."""
        queue = self.queues[robot.cells[-1]]
        at = max(k for k, (other, _) in enumerate(queue) if other is robot)
        return list(dict.fromkeys(other for other, _ in queue[at + 1 :]))

    def take_up(self, robot: Robot, kept: RobotState, points: Sequence[int]) -> None:
        """Give a robot that has just been added the drive that was kept; its visits come last in their cells."""
        self.queues[robot.cells[0]].pop()
        robot.reached, robot.released = kept.reached, kept.released
        robot.since_ms, robot.begun_ms = kept.since_ms, kept.begun_ms
        self._write(robot, 0, points, kept.stays_ms)
        begun = max(i for i in (0, *robot.entries(1)) if i <= robot.reached)
        for entry in (begun, *robot.entries(robot.reached + 1)):
            self.queues[robot.cells[entry]].append((robot, entry))

    def arrange(self, cell: int, robots: Sequence[str]) -> None:
        """Bring the visits to a cell into the order of the robots; each robot's own come one after the other."""
        ahead = {name: [v for v in self.queues[cell] if v[0].name == name] for name in robots}
        self._arrange(cell, [ahead[name].pop(0) for name in robots])
        self._relink(cell)

    def _arrange(self, cell: int, queue: list[Visit]) -> None:
        """Let these be the visits to a cell, in turn."""
        if len(queue) > 1 or len(self.queues[cell]) > 1:
            self.changed_cells.add(cell)
        self.queues[cell] = queue

    def reach(self, robot: Robot, index: int) -> None:
        """A robot has come to a point of its drive: the cells behind it are free for the next."""
        left = [robot.cells[i - 1] for i in robot.entries(robot.reached + 1) if i <= index]
        for cell in left:
            self._arrange(cell, self.queues[cell][1:])
        self.changed_robots.add(robot.name)
        robot.reached = index
        robot.since_ms = self.now_ms
        robot.released = max(robot.released, index)
        robot.begun_ms = self.now_ms + robot.stays[index]
        self.rows.reached[robot.slot] = index
        self.rows.released[robot.slot] = robot.released
        self.rows.since[robot.slot] = self.now_ms
        self.rows.begun[robot.slot] = robot.begun_ms
        self.settle(left)
        self._release(robot)

    def allowed(self, robot: Robot, index: int) -> bool:
        """Whether nobody else has or comes before it to the cell of a point."""
        cell = robot.cells[index]
        if cell == robot.cells[index - 1]:
            return True
        entry = index
        for other, first in self.queues[cell]:
            if other is not robot:
                return False
            if first == entry:
                return True
        return False

    def limit(self, robot: Robot, index: int) -> int:
        """How far a robot may go towards the point of that index, by the order in the cells alone."""
        at = robot.released
        while at < min(index, robot.last) and self.allowed(robot, at + 1):
            at += 1
        return at

    def _release(self, robot: Robot) -> None:
        """Let a robot go as far as it may."""
        at = self.limit(robot, robot.last if self.ahead is None else robot.reached + self.ahead)
        if at > robot.released:
            if robot.released == robot.reached:
                robot.begun_ms = max(robot.begun_ms, self.now_ms)
                self.rows.begun[robot.slot] = robot.begun_ms
            robot.released = at
            self.rows.released[robot.slot] = at
            self.grown.add(robot.name)
            self.changed_robots.add(robot.name)

    def settle(self, cells: Collection[int]) -> None:
        """The order in cells has changed: whoever is first now may go."""
        for cell in cells:
            self._relink(cell)
        for cell in cells:
            if self.queues[cell]:
                self._release(self.queues[cell][0][0])

    def _relink(self, cell: int) -> None:
        """Write into the rows who comes before whom in a cell."""
        before: Visit | None = None
        for robot, first in self.queues[cell]:
            if before is None or before[0] is robot:
                self.rows.before[robot.slot, first] = -1
            else:
                self.rows.before[robot.slot, first] = before[0].slot
                self.rows.exit_before[robot.slot, first] = before[0].exits[before[1]]
            before = (robot, first)

    def _write(self, robot: Robot, start: int, points: Sequence[int], stays: Sequence[int]) -> None:
        """Let these be the points of a drive from index `start` on; `ValueError` if there is no way through them."""
        low = max(start - 1, 0)
        steps = self.steps(robot.profile, [*robot.points[low:start], *points])
        if steps is None:
            raise ValueError(f"{robot.name} cannot drive through {[self.network.points[point] for point in points]}")
        self.changed_robots.add(robot.name)
        robot.points[start:] = points
        robot.stays[start:] = stays
        robot.cells[start:] = [self._cell[point] for point in points]
        size = len(robot.points)
        changed = start
        while changed > 0 and robot.cells[changed - 1] == robot.cells[start - 1]:
            changed -= 1
        robot.exits[changed:] = [0] * (size - changed)
        outside = size
        for i in range(size - 1, changed - 1, -1):
            if i + 1 < size and robot.cells[i + 1] != robot.cells[i]:
                outside = i + 1
            robot.exits[i] = outside
        slot = robot.slot
        self.rows = rows = with_room(self.rows, slot + 1, size)
        rows.point[slot, start:size] = points
        rows.stay[slot, start:size] = stays
        rows.before[slot, start:size] = -1
        rows.step[slot, start:size] = steps[start - low :]
        rows.length[slot] = size
        rows.reached[slot] = robot.reached
        rows.released[slot] = robot.released
        rows.since[slot] = robot.since_ms
        rows.begun[slot] = robot.begun_ms


def _steps(network: Network, profile: int) -> dict[tuple[int, int], int]:
    """The duration of the moves that a profile may make, by the points that they join."""
    duration = network.duration_ms[profile].tolist()
    head = network.head.tolist()
    first = network.first.tolist()
    return {
        (point, head[move]): duration[move]
        for point in range(len(network.points))
        for move in range(first[point], first[point + 1])
        if duration[move] != NO_WAY
    }
