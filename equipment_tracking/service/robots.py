"""Robots that carry a tag survey the house as they drive: they know where they are, gateways hear them. Pure."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from equipment_tracking.readings import plain_id

log = logging.getLogger(__name__)

FRESH_MS = 2_000
"""A robot's word on its place holds for so long: at 1.2 m/s it has gone 2.4 m by then."""
EVERY_MS = 4_000
"""So often a robot's readings are worth writing down: every few metres."""
POSITIONS = "positions"
"""Topic of the dispatcher's updates on where carriers are."""
Point = tuple[float, float, str]


class _Positions(msgspec.Struct, frozen=True):
    """The body of such an update: carrier, floor, x and y in metres."""

    moved: tuple[tuple[str, str, float, float], ...]


class BadRobots(ValueError):
    """The list of robots' tags cannot be used; the sentence names every line that is wrong."""


def read_robots(path: Path) -> dict[str, str]:
    """Tag (plain id) → robot, from CSV with the columns `tag,robot`; empty without a file. Raises BadRobots."""
    if not path.exists():
        return {}
    robots: dict[str, str] = {}
    wrong: list[str] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            tag, robot = (row.get("tag") or "").strip(), (row.get("robot") or "").strip()
            try:
                plain = plain_id(tag)
            except ValueError:
                plain = ""
            if not plain or not robot or plain in robots:
                wrong.append(f"line {line}: tag {tag!r}, robot {robot!r}")
            robots[plain] = robot
    if wrong:
        raise BadRobots(f"{path}: give every row a tag of its own and a robot ({'; '.join(wrong)})")
    return robots


@dataclass(slots=True, kw_only=True)
class Robots:
    """Where the robots with a tag are, as they said last."""

    tags: Mapping[str, str]
    _seen: dict[str, tuple[Point, int]] = field(default_factory=dict)
    _written_ms: dict[str, int] = field(default_factory=dict)

    def seen(self, robot: str, at: Point, now_ms: int) -> None:
        """A robot has said where it is."""
        self._seen[robot] = at, now_ms

    def due(self, now_ms: int) -> list[tuple[str, Point]]:
        """The tags, with their places, whose readings are worth writing down now; they are then not for a while."""
        found = []
        for tag, robot in sorted(self.tags.items()):
            at, said_ms = self._seen.get(robot, (None, 0))
            fresh = at is not None and now_ms - said_ms <= FRESH_MS
            if at is not None and fresh and now_ms - self._written_ms.get(tag, now_ms - EVERY_MS) >= EVERY_MS:
                self._written_ms[tag] = now_ms
                found.append((tag, at))
        return found


def hear_robots(seen: Callable[[str, Point], None], body: msgspec.Raw) -> None:
    """Pass on where carriers are; what cannot be read is logged."""
    try:
        moved = msgspec.msgpack.decode(body, type=_Positions).moved
    except msgspec.DecodeError as problem:
        log.warning("positions of carriers cannot be read: %s", problem)
        return
    for carrier, floor, x_m, y_m in moved:
        seen(carrier, (x_m, y_m, floor))
