"""Robots in traffic as rows of the state: each with its drive, the order in each cell that several come to."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from fleet.model import Entity
from routing.traffic.messages import RobotState

TRAFFIC = "fleet"


class MoveUnderWay(msgspec.Struct, frozen=True):
    """The move that a robot is told to make: indices of its drive at which it begins and ends, and how far it may go.

    `asked` are the indices of which it is to tell when it comes there.
    """

    first: int
    last: int
    told: int
    asked: tuple[int, ...] = ()


class RobotDrive(Entity, frozen=True):
    """A robot in traffic. `stuck` are the cells that are blocked because it is broken and may stand in them."""

    kind: ClassVar[str] = "drive"
    drive: RobotState
    move: MoveUnderWay | None = None
    stuck: tuple[str, ...] = ()


class CellOrder(Entity, frozen=True):
    """A cell that more than one visit is due to, and the robots in turn."""

    kind: ClassVar[str] = "cell_order"
    robots: tuple[str, ...]


class TrafficMeta(Entity, frozen=True):
    """What traffic knows beside drives and orders; `changes` counts, so that a cache sees whether it is in step."""

    kind: ClassVar[str] = "traffic"
    changes: int = 0
    now_ms: int = 0
    blocked: tuple[str, ...] = ()
