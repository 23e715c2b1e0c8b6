"""Simulated robots: they drive, dock, charge, run down their battery, and break when the script says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from bus.messages import CarrierReport, Charge, Done, Drop, Move, Pick, Report
from fleet.simulated.cores.carriers import Carrier, CarrierRules
from fleet.simulated.cores.drives import is_between, stop_here
from fleet.simulated.cores.work import Task, Work, end_with, refuse

_HOUR_MS = 3_600_000
_RESCUE_MS = 1_800_000
_RESCUE_BATTERY = 0.8


class Robot(Carrier, frozen=True, kw_only=True):
    """A robot. `battery` is the share of a full charge at `battery_ms`; it is broken until `broken_until_ms`."""

    kind: str
    battery: float = 1.0
    battery_ms: int = 0
    broken_until_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotKind:
    """What robots of one fleet can do; shares of a full charge an hour."""

    compartments: int
    drive_share_per_h: float
    idle_share_per_h: float
    charge_share_per_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots(CarrierRules[Robot]):
    """The robots' rules; `kinds` by fleet id."""

    kinds: Mapping[str, RobotKind]

    def begin(self, worker: Robot, command: Work, at_ms: int) -> tuple[Robot, Task]:
        """Start a command unless the robot is broken or empty; settle the battery up to now."""
        robot = self._settle(worker, at_ms)
        if at_ms < robot.broken_until_ms:
            return robot, refuse(command, at_ms, "fault", robot.node)
        if isinstance(command, Charge):
            return robot, self._charge(robot, command, at_ms)
        if isinstance(command, Move) and robot.battery <= 0.0:
            return self._rescued(robot, at_ms), refuse(command, at_ms, "fault", robot.node)
        return CarrierRules.begin(self, robot, command, at_ms)

    def finish(self, worker: Robot, task: Task) -> Robot:
        """Settle the battery for the time of the task."""
        return CarrierRules.finish(self, self._settle(worker, task.end_ms), task)

    def cut(self, worker: Robot, task: Task, at_ms: int) -> Task | None:
        """A charge that is cancelled is simply done."""
        if isinstance(task.command, Charge):
            return _charged(task, at_ms)
        return CarrierRules.cut(self, worker, task, at_ms)

    def make_way(self, worker: Robot, now_ms: int) -> Robot:
        """A robot charges until the next command."""
        if worker.task is not None and isinstance(worker.task.command, Charge):
            return replace(worker, task=_charged(worker.task, now_ms))
        return worker

    def refusal(self, carrier: Robot, command: Pick | Drop) -> str:
        """There must also be room."""
        if isinstance(command, Pick) and len(carrier.loads) >= self.kinds[carrier.kind].compartments:
            return "refused"
        return CarrierRules.refusal(self, carrier, command)

    def evidence(self) -> Literal["sensor"]:
        """The robot feels its load."""
        return "sensor"

    def report(self, carrier: Robot, at_ms: int) -> CarrierReport:
        """With the battery as it is now."""
        return replace(CarrierRules.report(self, carrier, at_ms), battery=round(self.battery(carrier, at_ms), 2))

    def battery(self, robot: Robot, at_ms: int) -> float:
        """The share of a full charge at an instant."""
        kind = self.kinds[robot.kind]
        command = robot.task.command if robot.task is not None else None
        rate = -kind.idle_share_per_h
        if isinstance(command, Move):
            rate = -kind.drive_share_per_h
        elif isinstance(command, Charge):
            rate = kind.charge_share_per_h
        passed_h = max(at_ms - robot.battery_ms, 0) / _HOUR_MS
        return min(max(robot.battery + rate * passed_h, 0.0), 1.0)

    def break_down(
        self, state: Mapping[str, Robot], id: str, at_ms: int, until_ms: int
    ) -> tuple[dict[str, Robot], tuple[Report, ...]]:
        """The robot stops where it is: what it does fails with `fault`, and so does what it is told until then.

        People take off what was aboard to carry it on.
        """
        robot, reports = self._run(state[id], at_ms)
        task = robot.task
        if task is not None:
            drive = stop_here(task.drive, at_ms) if task.drive else ()
            node = drive[-1].node if drive else robot.node
            ended = end_with(task, at_ms, "fault", node)
            if is_between(task.drive, at_ms):
                ended = replace(ended, result=replace(ended.result, beyond=True))
            robot = replace(robot, task=replace(ended, drive=drive))
        robot = replace(robot, loads=(), broken_until_ms=max(until_ms, robot.broken_until_ms))
        robot, later = self._run(robot, at_ms)
        return {**state, id: robot}, (*reports, *later)

    def _rescued(self, robot: Robot, at_ms: int) -> Robot:
        """An empty robot is a fault: people come with a charger, and until they are done it does nothing."""
        until_ms = at_ms + _RESCUE_MS
        return replace(robot, battery=_RESCUE_BATTERY, battery_ms=until_ms, broken_until_ms=until_ms)

    def _settle(self, robot: Robot, at_ms: int) -> Robot:
        return replace(robot, battery=self.battery(robot, at_ms), battery_ms=max(at_ms, robot.battery_ms))

    def _charge(self, robot: Robot, command: Charge, at_ms: int) -> Task:
        missing = 0.0 if robot.waiting else 1.0 - robot.battery
        end_ms = at_ms + round(missing / self.kinds[robot.kind].charge_share_per_h * _HOUR_MS)
        done = Done(number=0, command=command.number, at_ms=end_ms, node=robot.node)
        return Task(command=command, start_ms=at_ms, end_ms=end_ms, result=done)


def _charged(task: Task, at_ms: int) -> Task:
    end_ms = min(max(at_ms, task.start_ms), task.end_ms)
    return replace(task, end_ms=end_ms, result=replace(task.result, at_ms=end_ms))
