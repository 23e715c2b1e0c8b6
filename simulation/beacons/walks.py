"""Walks of tagged assets: parked most of the time, now and then pushed to another room along the shortest way."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from simulation.beacons.ground import Ground
from simulation.beacons.walk_kernels import ARRIVING, LEAVING, PARKED, UNDER_WAY, Columns, Map, advance, settle
from simulation.beacons.ways import WalkSettings, Ways
from simulation.chance import stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Walkers:
    """All assets at one instant, a column each.

    `home` and `goal` are rooms; `doing` one of PARKED to ARRIVING; `spot` where it was parked last, `to_spot` where it
    will be; `node` and `onward` the ends of the stretch under way. `left_s` remain of the present leg, whose last
    `leg_s` are walked: what comes before is the wait for a lift or the ride. `departs_s` is when a parked one leaves,
    `heading_rad` where its tag points, `trip` how often it has set out.
    """

    home: Indexes
    goal: Indexes
    doing: NDArray[np.int8]
    spot: Indexes
    to_spot: Indexes
    node: Indexes
    onward: Indexes
    left_s: Floats
    leg_s: Floats
    speed_m_s: Floats
    departs_s: Floats
    heading_rad: Floats
    trip: Indexes

    def __len__(self) -> int:
        return len(self.home)

    def columns(self) -> Columns:
        """All columns in the order above, as the kernels take them; `step` lets them write into them."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def where(self) -> Indexes:
        """The spot that each is nearest to."""
        begin = np.where(self.doing == UNDER_WAY, self.node, np.where(self.doing == ARRIVING, self.node, self.spot))
        end = np.where(self.doing == UNDER_WAY, self.onward, np.where(self.doing == LEAVING, self.node, self.to_spot))
        moved = (self.doing != PARKED) & (self.left_s < self.leg_s / 2)
        return np.where(moved, end, begin).astype(np.int32)

    def is_moving(self) -> NDArray[np.bool_]:
        """True for those that are under way."""
        moving: NDArray[np.bool_] = self.doing != PARKED
        return moving


def draw_homes(ground: Ground, count: int, seed: int) -> Indexes:
    """A home room for each asset, drawn in proportion to the rooms' spots."""
    spots = np.diff(ground.room_spot)
    return stream(seed, "homes").choice(len(spots), size=count, p=spots / spots.sum()).astype(np.int32)


def start(ground: Ground, homes: Indexes, settings: WalkSettings, seed: int) -> Walkers:
    """All assets parked, at time 0: where their trip 0 took them, each with the rest of its stay before it."""
    count = len(homes)
    walkers = Walkers(
        home=homes.astype(np.int32),
        goal=np.zeros(count, dtype=np.int32),
        doing=np.zeros(count, dtype=np.int8),
        spot=np.zeros(count, dtype=np.int32),
        to_spot=np.zeros(count, dtype=np.int32),
        node=np.zeros(count, dtype=np.int32),
        onward=np.zeros(count, dtype=np.int32),
        left_s=np.zeros(count),
        leg_s=np.zeros(count),
        speed_m_s=np.zeros(count),
        departs_s=np.zeros(count),
        heading_rad=np.zeros(count),
        trip=np.zeros(count, dtype=np.int32),
    )
    settle(np.uint64(seed), walkers.columns(), _map(ground), _figures(settings))
    return walkers


def step(
    walkers: Walkers, ground: Ground, along: Ways, settings: WalkSettings, seed: int, now_s: int, passed_s: float = 1.0
) -> Walkers:
    """The same assets `passed_s` seconds after `now_s`. Draws are keyed by seed, asset and trip."""
    new = Walkers(**{field.name: getattr(walkers, field.name).copy() for field in fields(Walkers)})
    network = (along.towards, along.first, along.head, along.walk_m, along.ride_s)
    advance(np.uint64(seed), float(now_s), passed_s, new.columns(), _map(ground), network, _figures(settings))
    return new


def _map(ground: Ground) -> Map:
    """What the kernels read of the ground, with the rooms of each floor: where they begin in a list, and that list."""
    floor = ground.floor[ground.room_node]
    order = np.argsort(floor, kind="stable").astype(np.int32)
    begin = np.searchsorted(floor[order], np.arange(len(ground.floors) + 1)).astype(np.int32)
    return ground.x_m, ground.y_m, ground.room_spot, ground.room_node, floor, begin, order


def _figures(settings: WalkSettings) -> Floats:
    slow, fast = settings.speeds_m_s
    return np.array([settings.stay_s, settings.homewards, settings.nearby, slow, fast])
