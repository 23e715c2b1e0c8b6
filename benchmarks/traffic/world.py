"""The simulated robots among people: slowed and held up by chance, and every drive that they have ended told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from bus.messages import Move, Waypoint
from fleet.simulated.cores.draws import uniform
from fleet.simulated.cores.drives import Passage
from fleet.simulated.cores.robots import Robot, Robots
from fleet.simulated.cores.work import Task, Work
from fleet.simulated.cores.world import WorldRules

SLOW_SHARE, SLOWEST = 0.1, 1.5
"""So many waypoints are reached late, by people in the way mostly, after up to so much of the time. Source: assumed."""
STOPPED_SHARE, STOPPED_S = 0.001, (20.0, 180.0)
"""At so many waypoints something is in the way, for so long. Source: assumed."""

Begins = Callable[[str, int], None]
"""Takes a robot and the instant, ms UTC, at which it begins to drive."""
Drove = Callable[[str, tuple[Passage, ...]], None]
"""Takes a robot and a drive as it was: when each waypoint was really reached and left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HinderedRobots(Robots):
    """Robots as they are simulated, hindered by chance that belongs to robot, command and waypoint."""

    begins: Begins
    drove: Drove

    def begin(self, worker: Robot, command: Work, at_ms: int) -> tuple[Robot, Task]:
        """A drive takes as long as chance has it; the dispatcher does not know."""
        if isinstance(command, Move):
            nodes = tuple(self._hindered(command, place, point) for place, point in enumerate(command.nodes))
            command = msgspec.structs.replace(command, nodes=nodes)
        robot, task = Robots.begin(self, worker, command, at_ms)
        if task.drive:
            self.begins(robot.id, at_ms)
        return robot, task

    def finish(self, worker: Robot, task: Task) -> Robot:
        """Tell how it was."""
        if task.drive:
            self.drove(worker.id, task.drive)
        return Robots.finish(self, worker, task)

    def _hindered(self, move: Move, place: int, point: Waypoint) -> Waypoint:
        key = (move.carrier, move.number, place)
        much = uniform(self.seed, *key, "much")
        if uniform(self.seed, *key, "slow") < SLOW_SHARE:
            point = msgspec.structs.replace(point, max_speed_m_s=point.max_speed_m_s / (1 + (SLOWEST - 1) * much))
        if uniform(self.seed, *key, "stopped") < STOPPED_SHARE:
            stopped_s = STOPPED_S[0] + much * (STOPPED_S[1] - STOPPED_S[0])
            point = msgspec.structs.replace(point, dwell_s=point.dwell_s + stopped_s)
        return point


def hindered(rules: WorldRules, begins: Begins, drove: Drove) -> WorldRules:
    """The rules of a world whose robots are hindered."""
    usual = rules.robots
    robots = HinderedRobots(
        seed=usual.seed, station_node=usual.station_node, kinds=usual.kinds, begins=begins, drove=drove
    )
    return replace(rules, robots=robots)
