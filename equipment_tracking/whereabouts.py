"""Where all tags of a twin are, as columns: the two likeliest rooms, the floor and a point on it, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.estimate import Summary
from equipment_tracking.places import Places
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts_kernel import Found, Ground, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """A row a tag. Rooms and floors are numbered as in `Rooms`; -1 is no room, and no second one of any probability.

    `x_m` and `y_m` are the mean point on the likeliest floor. `node` is the likeliest place, -1 for a tag that may be
    anywhere; `p_known` is the mass of the places that the twin keeps: where it is 0, rooms and point say nothing.
    Probabilities are the model's, not yet calibrated.
    """

    room: Indexes
    p_room: Floats
    room2: Indexes
    p_room2: Floats
    floor: Indexes
    p_floor: Floats
    x_m: Floats
    y_m: Floats
    node: Indexes
    p_known: Floats

    def __len__(self) -> int:
        return len(self.room)


class Rooms:
    """Summarises a twin's tags over the same places, as `estimate.Summary` does a posterior.

    `rooms` and `floors` are the names by number: rooms sorted by id; corridors are in no room.
    """

    def __init__(self, places: Places) -> None:
        summary = Summary(places, near_m=0.0)
        self.rooms = tuple(summary.rooms)
        self.floors = places.floors
        room = summary.room_of_place
        room_size = np.bincount(room, minlength=len(self.rooms) + 1)[: len(self.rooms)]
        floors = len(places.floors)
        self._ground = Ground(
            room=room,
            floor=places.floor.astype(np.int32),
            x_m=places.x_m.astype(np.float64),
            y_m=places.y_m.astype(np.float64),
            room_size=room_size.astype(np.float64),
            by_size=np.argsort(-room_size, kind="stable").astype(np.int32),
            floor_size=np.bincount(places.floor, minlength=floors).astype(np.float64),
            floor_x_m=np.bincount(places.floor, places.x_m, floors).astype(np.float64),
            floor_y_m=np.bincount(places.floor, places.y_m, floors).astype(np.float64),
        )

    def of(self, twin: Twin, tags: Indexes | None = None) -> Whereabouts:
        """Where the given tags are, in their order; left out, all.

        Raises ValueError for a twin of other places and for tags that it does not have.
        """
        state = twin.tags
        asked = np.arange(len(state.kept), dtype=np.int32) if tags is None else np.array(tags, dtype=np.int32)
        if twin.places != len(self._ground.room):
            raise ValueError(f"a twin of {twin.places} places, here are {len(self._ground.room)}: give both the same")
        if len(asked) and (asked.min() < 0 or asked.max() >= len(state.kept)):
            raise ValueError(f"a tag outside 0 to {len(state.kept) - 1}: ask for tags that the twin follows")
        found = Found(
            room=np.empty(len(asked), dtype=np.int32),
            p_room=np.empty(len(asked)),
            room2=np.empty(len(asked), dtype=np.int32),
            p_room2=np.empty(len(asked)),
            floor=np.empty(len(asked), dtype=np.int32),
            p_floor=np.empty(len(asked)),
            x_m=np.empty(len(asked)),
            y_m=np.empty(len(asked)),
            node=np.empty(len(asked), dtype=np.int32),
            p_known=np.empty(len(asked)),
        )
        summarise(self._ground, state, asked, found)
        return Whereabouts(**found._asdict())
