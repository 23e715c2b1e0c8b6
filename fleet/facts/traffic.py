"""Facts about robots in traffic: state only, since drives, cells passed and who comes first follow from decisions."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from fleet.draft import State
from fleet.driving import TRAFFIC, CellOrder, MoveUnderWay, RobotDrive
from fleet.facts.base import Note
from routing.traffic.messages import RobotState


class TrafficChanged(Note, frozen=True):
    """Drives committed, withdrawn or gone on, robots come or gone, cells blocked: whatever of traffic differs."""

    type: ClassVar[str] = "traffic.changed"
    drives: tuple[RobotState, ...]
    gone: tuple[str, ...]
    orders: tuple[tuple[str, tuple[str, ...]], ...]
    blocked: tuple[str, ...]
    now_ms: int

    def apply(self, state: State) -> None:
        for drive in self.drives:
            known = state.drives.get(drive.robot)
            state.drives.put(RobotDrive(drive.robot, drive) if known is None else replace(known, drive=drive))
        for robot in self.gone:
            state.drives.remove(robot)
        for cell, robots in self.orders:
            if robots:
                state.cell_orders.put(CellOrder(cell, robots))
            else:
                state.cell_orders.remove(cell)
        traffic = state.traffic
        state.traffics.put(
            replace(traffic, id=TRAFFIC, changes=traffic.changes + 1, now_ms=self.now_ms, blocked=self.blocked)
        )


class RobotTold(Note, frozen=True):
    """What the robot's open move is now; None when it has none."""

    type: ClassVar[str] = "robot.told"
    robot: str
    move: MoveUnderWay | None

    def apply(self, state: State) -> None:
        state.drives.put(replace(state.drives[self.robot], move=self.move))


class RobotStuck(Note, frozen=True):
    """The cells that a broken robot may stand in; none when it is well again."""

    type: ClassVar[str] = "robot.stuck"
    robot: str
    cells: tuple[str, ...]

    def apply(self, state: State) -> None:
        state.drives.put(replace(state.drives[self.robot], stuck=self.cells))
