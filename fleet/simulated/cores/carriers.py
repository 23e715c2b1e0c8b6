"""What robots and porters have in common: they move along waypoints, take loads and give them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from msgspec.structs import replace

from bus.messages import CarrierReport, Done, Drop, Move, Pick, Release
from fleet.simulated.cores.draws import spread
from fleet.simulated.cores.drives import Passage, Place, place_at, prolonged, stop_at_waypoint, timetable
from fleet.simulated.cores.work import Rules, Task, Work, Worker, end_with, refuse

HANDOVER_SPREAD = 0.2
"""A hand-over takes between 80 and 120 % of its usual time (assumed)."""


class Carrier(Worker, frozen=True, kw_only=True):
    """A robot or a porter: where it stands when it has no drive, and the legs whose loads are aboard."""

    node: str
    x_m: float
    y_m: float
    floor: str
    loads: tuple[str, ...] = ()


C = TypeVar("C", bound=Carrier)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierRules(Rules[C]):
    """Moving and handing over. `station_node` says where each station is."""

    seed: int
    station_node: Mapping[str, str]

    def begin(self, worker: C, command: Work, at_ms: int) -> tuple[C, Task]:
        """Start a command; the node of every outcome is where the carrier will stand then."""
        if isinstance(command, Move):
            return worker, self._move(worker, command, at_ms)
        if isinstance(command, Pick | Drop):
            return worker, self._handover(worker, command, at_ms)
        return worker, refuse(command, at_ms, node=worker.node)

    def finish(self, worker: C, task: Task) -> C:
        """Stand where the drive ended; have or have not the load."""
        if task.drive:
            end = task.drive[-1]
            worker = replace(worker, node=end.node, x_m=end.x_m, y_m=end.y_m, floor=end.floor)
        command = task.command
        if isinstance(task.result, Done):
            if isinstance(command, Pick):
                return replace(worker, loads=(*worker.loads, command.leg))
            if isinstance(command, Drop):
                return replace(worker, loads=tuple(leg for leg in worker.loads if leg != command.leg))
        return worker

    def cut(self, worker: C, task: Task, at_ms: int) -> Task | None:
        """A drive ends at the next waypoint; a hand-over is broken off without effect."""
        if task.drive:
            drive = stop_at_waypoint(task.drive, at_ms)
            end = drive[-1]
            reached = tuple(index for index in task.report_at if index <= _base_end(drive))
            return replace(end_with(task, end.leave_ms, "cancelled", end.node), drive=drive, report_at=reached)
        return end_with(task, at_ms, "cancelled", worker.node)

    def extend(self, _worker: C, task: Task, release: Release, at_ms: int) -> Task | None:
        """A drive goes on at once, or from the end of its base when it waits there; one that was cancelled does not."""
        if not task.drive or not isinstance(task.result, Done):
            return None
        ahead = task.horizon if release.onward is None else release.onward
        end = _base_end(task.drive)
        more = max(release.released_to - end, 0)
        asked = {index for index in task.report_at if release.onward is None or index <= end}
        drive = prolonged(task.drive, ahead[:more], at_ms)
        report_at = tuple(sorted(asked | set(release.report_at)))
        return _driving(replace(task, drive=drive, horizon=ahead[more:], report_at=report_at))

    def place(self, carrier: C, at_ms: int) -> Place:
        """Where it is at an instant not before the last one it was advanced to."""
        if carrier.task is not None and carrier.task.drive:
            return place_at(carrier.task.drive, at_ms)
        return Place(carrier.node, carrier.x_m, carrier.y_m, carrier.floor)

    def report(self, carrier: C, at_ms: int) -> CarrierReport:
        """What the carrier would say of itself at an instant."""
        node, x_m, y_m, floor = self.place(carrier, at_ms)
        return CarrierReport(
            carrier=carrier.id, node=node, x_m=round(x_m, 2), y_m=round(y_m, 2), floor=floor, loads=carrier.loads
        )

    def refusal(self, carrier: C, command: Pick | Drop) -> str:
        """Why the hand-over cannot be done, or nothing."""
        station = command.station
        node = station[1:] if station.startswith("@") else self.station_node.get(station)
        if carrier.node != node:
            return "refused"
        return "refused" if (command.leg in carrier.loads) == isinstance(command, Pick) else ""

    def outcome(self, _carrier: C, _command: Pick | Drop) -> str:
        """Why the hand-over fails after it has been tried, or nothing."""
        return ""

    @abstractmethod
    def evidence(self) -> Literal["sensor", "scan", "person"]:
        """How a hand-over is known to have happened."""

    def _move(self, carrier: C, command: Move, at_ms: int) -> Task:
        split = command.released_to + 1
        drive = timetable(Place(carrier.node, carrier.x_m, carrier.y_m, carrier.floor), command.nodes[:split], at_ms)
        done = Done(number=0, command=command.number, at_ms=at_ms)
        # The timetable has all that the waypoints of the base say; the state need not hold both.
        task = Task(command=replace(command, nodes=()), start_ms=at_ms, end_ms=at_ms, result=done, drive=drive)
        return _driving(replace(task, horizon=command.nodes[split:], report_at=tuple(sorted(command.report_at))))

    def _handover(self, carrier: C, command: Pick | Drop, at_ms: int) -> Task:
        if reason := self.refusal(carrier, command):
            return refuse(command, at_ms, reason, carrier.node)
        factor = spread(HANDOVER_SPREAD, self.seed, carrier.id, command.number, "handover")
        end_ms = at_ms + round(command.duration_s * 1000 * factor)
        done = Done(number=0, command=command.number, at_ms=end_ms, node=carrier.node, evidence=self.evidence())
        task = Task(command=command, start_ms=at_ms, end_ms=end_ms, result=done)
        reason = self.outcome(carrier, command)
        return end_with(task, end_ms, reason, carrier.node) if reason else task


def _driving(task: Task) -> Task:
    """The task with its end and outcome as its drive has them."""
    end = task.drive[-1]
    return replace(task, end_ms=end.leave_ms, result=replace(task.result, at_ms=end.leave_ms, node=end.node))


def _base_end(drive: tuple[Passage, ...]) -> int:
    """Index of the last released waypoint; the drive itself begins with where the carrier stood."""
    return len(drive) - 2
