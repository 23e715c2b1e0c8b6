"""The tube's part of the state: capsules under way, the stock of each station, and today's door-to-door times."""

from __future__ import annotations

import math
import statistics
from typing import ClassVar, Literal

from fleet.model import Entity

ALL = "all"
"""The figures of all sends together; the others are `specimen:<id>` or `load:<id>`, and `priority:<id>`."""


class Flight(Entity, frozen=True):
    """A capsule from its command until it is in a basket again; its id is its command's.

    `legs` share it; an empty capsule has none. Its way is `lines` joined by `units`; what it holds when follows from
    them and `start_ms`. `place` is the line or unit in which it is stuck, or where a missing one, which should have
    arrived long ago, is thought to be. In doubt, nobody knows where it is, and it closes nothing.
    """

    kind: ClassVar[str] = "flight"
    system: str
    origin: str
    destination: str
    lines: tuple[str, ...]
    units: tuple[str, ...]
    slow: bool
    start_ms: int
    arrive_ms: int
    legs: tuple[str, ...] = ()
    state: Literal["sent", "away", "stuck", "missing", "doubt"] = "sent"
    place: str = ""

    @property
    def closes(self) -> bool:
        """Whether nothing passes `place` until the capsule is found or a person says that it is clear."""
        return self.state in ("stuck", "missing")


class TubeStock(Entity, frozen=True):
    """A station's empty capsules, when each capsule in its basket will have been emptied, its sends of the last hour.

    Its id is the station's. Instants are sorted.
    """

    kind: ClassVar[str] = "tube_stock"
    capsules: int
    basket: tuple[int, ...] = ()
    sent_ms: tuple[int, ...] = ()


class TubeFigures(Entity, frozen=True):
    """Today's sends of a group: how many, how many by their deadline; of the latest, seconds from ready to arrival."""

    kind: ClassVar[str] = "tube_figures"
    sends: int = 0
    on_time: int = 0
    door_s: tuple[int, ...] = ()

    @property
    def median_s(self) -> float:
        """Half of the sends were there sooner. There is at least one."""
        return statistics.median(self.door_s)

    @property
    def p95_s(self) -> int:
        """The smallest time within which at least 95 % were there (nearest rank)."""
        return sorted(self.door_s)[math.ceil(0.95 * len(self.door_s)) - 1]
