"""Networks for tests, drawn by hand or by chance, and robots that drive on them with delays."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from routing.traffic.control import Changes, Drive, Refused, Stop, Traffic, TrafficState
from routing.traffic.network import Network
from routing.traffic.recovery import out_together
from tests.routing.traffic.traffic_judge import Judge, check_kept, check_order


def network_of(
    edges: Mapping[tuple[str, str], int],
    bays: Sequence[str],
    cells: Mapping[str, str] | None = None,
    *,
    following: bool = False,
) -> Network:
    """A network whose moves lead both ways in the same time; a point is a cell of its own unless `cells` names one."""
    names = tuple(dict.fromkeys(name for edge in edges for name in edge))
    number = {name: k for k, name in enumerate(names)}
    moves = sorted(
        (number[a], number[b], time) for one, other in edges for a, b, time in _both(one, other, edges[one, other])
    )
    index = {(tail, head): k for k, (tail, head, _) in enumerate(moves)}
    cell_of = [(cells or {}).get(name, name) for name in names]
    cell_names = tuple(dict.fromkeys(cell_of))
    return Network(
        points=names,
        nodes=names,
        cells=cell_names,
        cell=np.array([cell_names.index(cell) for cell in cell_of], np.int32),
        bay=np.array([name in bays for name in names]),
        first=np.searchsorted([tail for tail, _, _ in moves], range(len(names) + 1)).astype(np.int32),
        head=np.array([head for _, head, _ in moves], np.int32),
        opposite=np.array([index[head, tail] for tail, head, _ in moves], np.int32),
        profiles=("plain",),
        duration_ms=np.array([[time for _, _, time in moves]], np.int32),
        following=following,
    )


def _both(one: str, other: str, time: int) -> tuple[tuple[str, str, int], tuple[str, str, int]]:
    return (one, other, time), (other, one, time)


@dataclass(frozen=True)
class Case:
    """A network, the home bays of its robots, and the bays that they are sent to."""

    network: Network
    homes: tuple[int, ...]
    stations: tuple[int, ...]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A tree of lanes with some loops, some of its points joined in one cell (as a lift), and bays that lead off it."""
    size = draw(st.integers(2, 12))
    following = draw(st.booleans())
    times = st.integers(1, 9) if not following else st.just(1)
    edges: dict[tuple[str, str], int] = {}
    for k in range(1, size):
        edges[f"p{draw(st.integers(max(0, k - 3), k - 1))}", f"p{k}"] = draw(times)
    for _ in range(draw(st.integers(0, 3))):
        one, other = sorted((draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))))
        if one != other:
            edges[f"p{one}", f"p{other}"] = draw(times)
    joined = draw(st.sampled_from(sorted(edges)))
    cells = dict.fromkeys(joined, "joined") if draw(st.booleans()) and not following else {}
    robots, stations = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    bays = [f"h{k}" for k in range(robots)] + [f"s{k}" for k in range(stations)]
    for bay in bays:
        edges[f"p{draw(st.integers(0, size - 1))}", bay] = draw(times)
    network = network_of(edges, bays, cells, following=following)
    homes = tuple(network.points.index(bay) for bay in bays[:robots])
    return Case(network, homes, tuple(network.points.index(bay) for bay in bays[robots:]))


@dataclass
class Play:
    """Robots with stations to come to, in turn, and then home; they are late by chance, but never against the order.

    A robot that cannot go to where it wants because somebody stands there asks him to go home, if he cannot go on. If
    robots are `quiet` they report only points that are watched, and where they must stop. `at` is the index of the
    point of its drive that each has come to, reported or not.
    """

    case: Case
    chance: random.Random
    ahead: int | None
    wishes: dict[str, list[int]]
    quiet: bool = False
    now_ms: int = 0
    known: TrafficState = field(init=False)
    at: dict[str, int] = field(default_factory=dict)
    traffic: Traffic = field(init=False)
    judge: Judge = field(init=False)
    arrivals: list[tuple[int, str]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    refused: dict[str, Refused] = field(default_factory=dict)
    served: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.traffic = Traffic(self.case.network, ahead=self.ahead)
        self.judge = Judge(self.case.network)
        self.known = self.traffic.state()
        self.home = dict(zip(sorted(self.wishes), self.case.homes, strict=False))
        for robot, home in self.home.items():
            self.traffic.place(robot, 0, home, home)
            self.at[robot] = 0
            self.judge.stands(robot, home)

    def run(self, steps: int = 10_000, trouble: float = 0) -> None:
        """Go on until nothing moves or so many points have been reached; each brings trouble with that probability."""
        for _ in range(steps):
            if self.chance.random() < trouble:
                self._bring_trouble()
            self.dispatch()
            if not (self._step() if self.case.network.following else self._arrival()):
                return
            if self.chance.random() < 0.1:
                self._take_up_again()

    def _arrival(self) -> bool:
        """The next robot arrives."""
        for robot in sorted(self.home):
            self._set_out(robot)
        if not self.arrivals:
            return False
        self.now_ms, robot = heapq.heappop(self.arrivals)
        self.judge.arrives(robot, self.now_ms)
        self.at[robot] += 1
        if not self.quiet or self.at[robot] in (*self.traffic.watched(robot), self.traffic.released(robot)):
            self._report(robot)
        return True

    def _set_out(self, robot: str) -> None:
        drive, released = self.traffic.drive(robot), self.traffic.released(robot)
        at = self.at[robot]
        if robot in self.dead or robot in self.judge.towards or at == released:
            return
        self.judge.sets_out(robot, drive.points[at + 1])
        step = self._duration(drive, at)
        late = self.chance.choice((0, 0, 0, 1, 5)) * step
        heapq.heappush(self.arrivals, (self.now_ms + drive.stays_ms[at] + step + late, robot))

    def _duration(self, drive: Drive, at: int) -> int:
        network = self.case.network
        moves = range(network.first[drive.points[at]], network.first[drive.points[at] + 1])
        move = next(move for move in moves if network.head[move] == drive.points[at + 1])
        return int(network.duration_ms[0, move])

    def _step(self) -> bool:
        """All robots that are not late make a step at once, leaders first."""
        self.now_ms += 1
        todo = [robot for robot in sorted(self.home) if robot not in self.dead and self.chance.random() < 0.8]
        under_way = any(not done(self.traffic.drive(robot)) for robot in self.home)
        moved = True
        while moved:
            moved = False
            for robot in list(todo):
                drive = self.traffic.drive(robot)
                if not done(drive) and self.traffic.waits_for(robot) is None:
                    todo.remove(robot)
                    self.judge.sets_out(robot, drive.points[drive.reached + 1])
                    self.judge.arrives(robot, self.now_ms)
                    self.at[robot] = drive.reached + 1
                    self._report(robot)
                    moved = True
        return under_way

    def _report(self, robot: str) -> None:
        before = self.traffic.state()
        self.traffic.reached(robot, self.at[robot], self.now_ms)
        check_kept(before, self.traffic.state())

    def _take_up_again(self) -> None:
        state = self.traffic.state()
        assert changed(self.known, self.traffic.changes()) == state
        self.known = state
        again = Traffic.restore(self.case.network, state, ahead=self.ahead)
        assert again.state() == state
        for robot, home in self.home.items():
            stops = [Stop(home)]
            assert again.plan(robot, stops, self.now_ms) == self.traffic.plan(robot, stops, self.now_ms)
        self.traffic = again

    def _bring_trouble(self) -> None:
        """A robot that stands dies where it is, or a cell is closed, or what happened is made good."""
        kind = self.chance.randrange(3)
        standing = sorted(self.home.keys() - self.judge.towards.keys() - self.dead)
        if kind == 0 and standing:
            robot = self.chance.choice(standing)
            self.traffic.halt(robot, self.at[robot], self.now_ms)
            self.traffic.block(self.traffic.cells(robot))
            self.dead.add(robot)
        elif kind == 1:
            self.closed.add(self.chance.randrange(len(self.case.network.cells)))
            self.traffic.block(self.closed)
        else:
            self.make_good()
        check_order(self.case.network, self.traffic.state())

    def make_good(self) -> None:
        """The dead drive again and all cells are open."""
        self.traffic.unblock(range(len(self.case.network.cells)))
        self.dead.clear()
        self.closed.clear()

    def dispatch(self) -> None:
        """Give a drive to everybody who can go on; who cannot, and is in the way of another, goes home."""
        stranded = [robot for robot in sorted(self.home.keys() - self.dead) if self.traffic.in_the_way(robot)]
        standing = [robot for robot in stranded if self._stands(robot)]
        go_on(self.traffic, {robot: [Stop(self._goal(robot))] for robot in stranded}, self.now_ms)
        self.at |= {robot: self.traffic.drive(robot).reached for robot in standing}
        changed = True
        while changed:
            changed = False
            self.refused = {}
            for robot in sorted(self.home.keys() - self.dead):
                if self._idle(robot):
                    answer = self._go(robot, self._goal(robot))
                    changed |= isinstance(answer, Drive)
                    if isinstance(answer, Refused):
                        self.refused[robot] = answer
            wanted = {holder for answer in self.refused.values() for holder in answer.robots}
            for robot in sorted(wanted & self.refused.keys()):
                if self.traffic.drive(robot).points[-1] != self.home[robot] and not changed:
                    changed = isinstance(self._go(robot, self.home[robot]), Drive)
                    assert changed or self.closed or self.dead

    def _stands(self, robot: str) -> bool:
        """Whether a robot has come to where it is released to, so that a new drive begins anew."""
        return self.traffic.drive(robot).reached == self.traffic.released(robot)

    def _idle(self, robot: str) -> bool:
        """Whether a robot stands in a bay and wants to be elsewhere."""
        drive = self.traffic.drive(robot)
        while done(drive) and self.wishes[robot] and drive.points[-1] == self.wishes[robot][0]:
            self.served.append((robot, self.wishes[robot].pop(0)))
        return done(drive) and drive.points[-1] != self._goal(robot)

    def _goal(self, robot: str) -> int:
        return (self.wishes[robot] or [self.home[robot]])[0]

    def _go(self, robot: str, goal: int) -> Drive | Refused:
        before = self.traffic.state()
        answer = self.traffic.plan(robot, [Stop(goal, 3)], self.now_ms)
        assert self.traffic.state() == before
        if isinstance(answer, Drive):
            if self._stands(robot):
                self.at[robot] = answer.reached
            self.traffic.commit(answer, self.now_ms)
            check_order(self.case.network, self.traffic.state())
        return answer


def changed(state: TrafficState, changes: Changes) -> TrafficState:
    """A state with changes made to it."""
    robots = {robot.robot: robot for robot in (*state.robots, *changes.robots) if robot.robot not in changes.gone}
    orders = state.orders | changes.orders
    return TrafficState(
        now_ms=changes.now_ms,
        robots=tuple(robots[name] for name in sorted(robots)),
        orders={cell: robots for cell, robots in orders.items() if robots},
        blocked=changes.blocked,
    )


def done(drive: Drive) -> bool:
    """Whether a robot has come to the end of its drive."""
    return drive.reached == len(drive.points) - 1


def go_on(traffic: Traffic, wishes: Mapping[str, Sequence[Stop]], now_ms: int) -> dict[str, Refused]:
    """Plan and commit drives for robots through the stops they wish; returns those that got none, with the reason.

    Robots are asked in the order of the mapping, again and again as long as one more finds a way: who goes makes room
    for others. Then those who stand where they are in the way (no bay) go home, else to the nearest free bay, else,
    few at a time, together. They are among those returned, for they got no drive to where they wish; so are those who
    stay where they are.
    """
    refused: dict[str, Refused] = {}
    waiting = dict(wishes)
    progress = True
    while progress:
        progress = False
        for robot, stops in list(waiting.items()):
            answer = traffic.plan(robot, stops, now_ms)
            if isinstance(answer, Refused):
                refused[robot] = answer
                continue
            traffic.commit(answer, now_ms)
            del waiting[robot]
            refused.pop(robot, None)
            progress = True
        if not progress:
            progress = _make_way(traffic, [robot for robot in waiting if traffic.in_the_way(robot)], now_ms)
    return refused


def _make_way(traffic: Traffic, robots: Sequence[str], now_ms: int) -> bool:
    """Whether one, or else some together, of those in the way could be sent to a bay."""
    for robot in robots:
        for bay in traffic.bays(robot):
            answer = traffic.plan(robot, [Stop(bay)], now_ms)
            if isinstance(answer, Drive):
                traffic.commit(answer, now_ms)
                return True
    return any(out_together(traffic, robot, robots[k + 1 :], now_ms) for k, robot in enumerate(robots))
