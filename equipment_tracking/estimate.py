"""From probabilities over places to an answer for people: point, floor, the two likeliest rooms, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.places import Places

State = Literal["sure", "either", "last_seen"]
SURE = 0.8
"""From here on one room is shown alone."""
EITHER = 0.8
"""From here on, both together, two rooms are shown."""
FRESH_S = 300.0
"""What was not heard for longer is shown as last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Where a tag is. `p_near` is the probability of being within `Settings.near_m` of the point.

    Rooms are None where places have none; `p_room` and `p_room2` are as the model says, not yet calibrated.
    """

    x_m: float
    y_m: float
    floor: str
    room: str | None
    p_room: float
    room2: str | None
    p_room2: float
    p_near: float


class Summary:
    """Summarises posteriors over the same places; its arrays are made once."""

    def __init__(self, places: Places, near_m: float) -> None:
        self.places = places
        self.near_m = near_m
        self.rooms = sorted({room for room in places.room if room is not None})
        number = {room: place for place, room in enumerate(self.rooms)}
        self._room = np.array([number.get(room, len(number)) if room else len(number) for room in places.room])

    @property
    def room_of_place(self) -> Indexes:
        """Of each place the number of its room in `rooms`, one past the last for none."""
        return self._room.astype(np.int32)

    def of(self, posterior: Floats) -> Estimate:
        """The mean point on the likeliest floor, and the two likeliest rooms (corridors count as their own)."""
        places = self.places
        by_floor = np.bincount(places.floor, posterior, len(places.floors))
        floor = int(by_floor.argmax())
        here = np.where(places.floor == floor, posterior, 0.0)
        here = here / here.sum()
        x_m, y_m = float(here @ places.x_m), float(here @ places.y_m)
        near = np.hypot(places.x_m - x_m, places.y_m - y_m) <= self.near_m
        by_room = np.bincount(self._room, posterior, len(self.rooms) + 1)[: len(self.rooms)]
        order = np.argsort(-by_room, kind="stable")[:2]
        best = [(self.rooms[number], float(by_room[number])) for number in order.tolist()] + [(None, 0.0)] * 2
        return Estimate(
            x_m=x_m,
            y_m=y_m,
            floor=places.floors[floor],
            room=best[0][0],
            p_room=best[0][1],
            room2=best[1][0],
            p_room2=best[1][1],
            p_near=float(here[near].sum()) * float(by_floor[floor]),
        )


def state_of(p_room: float, p_room2: float, age_s: float) -> State:
    """What a person is shown: one room, one of two, or when and where it was last seen. Never a false dot."""
    if age_s > FRESH_S:
        return "last_seen"
    if p_room >= SURE:
        return "sure"
    return "either" if p_room + p_room2 >= EITHER else "last_seen"
