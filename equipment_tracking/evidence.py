"""Hard evidence: a scan, a dock's contact, a room receiver or a person says where a thing is, or where it is not."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from equipment_tracking.places import Places

Kind = Literal["scan", "dock", "room_event", "found", "not_here"]
WRONG: dict[Kind, float] = {"scan": 1e-3, "dock": 1e-4, "room_event": 2e-2, "found": 1e-2}
"""Assumed: how often it names a wrong place. A label is swapped, a contact sticks, infrared passes an open door, a
person mistakes the room."""
OVERLOOKED = 0.05
"""Assumed: how often somebody who looks in the right room does not see the thing."""
JUST_THIS = 1e-9
"""Assumed: how likely what is wrong names just this place. It is far less than one of all rooms, because a locator is
surer than it is right: where it takes a room for the wrong one, it gives the right one a millionth and often far less.
So evidence is believed at once, and where it is wrong what is heard next says so."""
NEXT_M = 2.0
"""Evidence at a node is also for the places next to it, up to here: nobody stands things on a point."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One observation at a room, a station or a node. Give it once, when it is made, not again while it lasts."""

    kind: Kind
    place: str

    @property
    def inside(self) -> float:
        """How likely it is if the thing is there."""
        return OVERLOOKED if self.kind == "not_here" else 1.0 - WRONG[self.kind]

    @property
    def outside(self) -> float:
        """How likely it is if the thing is somewhere else."""
        return 1.0 if self.kind == "not_here" else WRONG[self.kind] * JUST_THIS

    def mask(self, places: Places) -> NDArray[np.bool_]:
        """Which places it names; none if the site does not have its place, and then it says nothing."""
        if self.place in places.room:
            return np.array([room == self.place for room in places.room])
        named = np.zeros(len(places), dtype=np.bool_)
        for node in (self.place, f"st:{self.place}"):
            if node in places.ids:
                number = places.ids.index(node)
                near = (places.tail == number) & (places.length_m <= NEXT_M)
                named[places.head[near]] = True
                named &= places.floor == places.floor[number]
                named[number] = True
                break
        return named
