"""Simulated lifts: called, entered and left by one rider at a time, with doors and travel by elevation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from bus.messages import CarrierReport, Done, Lift
from fleet.simulated.cores.work import Rules, Task, Work, Worker, end_with, refuse


class LiftCar(Worker, frozen=True, kw_only=True):
    """A lift; `holder` is the rider for whom it was called, empty when free. Held, it stands with open doors."""

    floor: str
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftShaft:
    """A lift's figures: metres of elevation of the floors it serves, speed, time of its doors to open or close."""

    elevation_m: Mapping[str, float]
    speed_m_s: float
    door_s: float
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts(Rules[LiftCar]):
    """The lifts' rules; `shafts` by lift id."""

    shafts: Mapping[str, LiftShaft]

    def admits(self, worker: LiftCar, command: Work) -> bool:
        """Whoever does not hold the lift is refused at once, unless its holder is on the way out."""
        return Rules.admits(self, worker, command) and _holder_then(worker) in {"", _rider(command)}

    def begin(self, worker: LiftCar, command: Work, at_ms: int) -> tuple[LiftCar, Task]:
        """A call or an entry ends with open doors on the floor; an exit ends with closed doors."""
        if not isinstance(command, Lift) or not self._may(worker, command):
            return worker, refuse(command, at_ms)
        shaft = self.shafts[worker.id]
        if command.act == "exit":
            return worker, _task(command, at_ms, shaft.door_s, worker.floor)
        closing = command.act == "enter" or bool(worker.holder)
        took_s = _travel_s(shaft, worker.floor, command.floor, closing=closing) + shaft.door_s
        return replace(worker, holder=command.rider), _task(command, at_ms, took_s, command.floor)

    def finish(self, worker: LiftCar, task: Task) -> LiftCar:
        """Stand on the floor; be free after an exit or a cancelled call."""
        command = task.command
        if not isinstance(command, Lift) or task.end_ms == task.start_ms:  # refused
            return worker
        if command.act == "exit" or not isinstance(task.result, Done):
            worker = replace(worker, holder="")
        return worker if command.act == "exit" else replace(worker, floor=command.floor)

    def cut(self, _worker: LiftCar, task: Task, _at_ms: int) -> Task | None:
        """A call goes on to its floor and leaves the lift free there; with a rider inside nothing is cancelled."""
        command = task.command
        if isinstance(command, Lift) and command.act == "call":
            return end_with(task, task.end_ms, "cancelled", task.result.node)
        return None

    def report(self, lift: LiftCar, _at_ms: int) -> CarrierReport:
        """Where the cabin is; while it travels, where it came from."""
        shaft = self.shafts[lift.id]
        return CarrierReport(
            carrier=lift.id, node=f"lift:{lift.id}@{lift.floor}", x_m=shaft.x_m, y_m=shaft.y_m, floor=lift.floor
        )

    def _may(self, lift: LiftCar, command: Lift) -> bool:
        if lift.holder != command.rider and (lift.holder or command.act != "call"):
            return False
        return command.act == "exit" or command.floor in self.shafts[lift.id].elevation_m


def _travel_s(shaft: LiftShaft, tail: str, head: str, *, closing: bool) -> float:
    if tail == head:
        return 0.0
    height_m = abs(shaft.elevation_m[head] - shaft.elevation_m[tail])
    return height_m / shaft.speed_m_s + (shaft.door_s if closing else 0.0)


def _rider(command: Work) -> str:
    return command.rider if isinstance(command, Lift) else ""


def _holder_then(lift: LiftCar) -> str:
    """Who holds the lift when everything it has been told is done."""
    holder = lift.holder
    told = [lift.task.command] if lift.task is not None else []
    for command in (*told, *(item.command for item in lift.waiting)):
        if isinstance(command, Lift):
            holder = "" if command.act == "exit" else command.rider
    return holder


def _task(command: Lift, at_ms: int, took_s: float, floor: str) -> Task:
    end_ms = at_ms + round(took_s * 1000)
    done = Done(number=0, command=command.number, at_ms=end_ms, node=f"lift:{command.carrier}@{floor}")
    return Task(command=command, start_ms=at_ms, end_ms=end_ms, result=done)
