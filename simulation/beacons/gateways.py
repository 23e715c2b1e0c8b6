"""Places gateways under the ceilings of rooms and corridors, evenly over all floors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipment_tracking.columns import Floats, Indexes
from simulation.beacons.ground import Ground
from simulation.chance import stream

CEILING_M = 2.7
"""Height of a gateway over its floor: assumed, under a suspended ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """Fixed receivers by id; `floor` is the position in `Ground.floors`, `z_m` the height in the site's coordinates."""

    ids: tuple[str, ...]
    x_m: Floats
    y_m: Floats
    z_m: Floats
    floor: Indexes

    def __len__(self) -> int:
        return len(self.ids)


def place_gateways(ground: Ground, count: int, seed: int) -> Gateways:
    """Spread gateways over the spots of a site: each next one where the nearest so far is furthest (Gonzalez, 1985).

    Floors do not share gateways, and cabins have none. The first of each floor is drawn by the seed; then no spot is
    further from a gateway of its floor than twice what is possible with so many. Ids are `gw-<floor>-<number>`.

    Raises ValueError when there are fewer spots than gateways or fewer gateways than floors.
    """
    spots = np.flatnonzero(~ground.in_cabin)
    floor = ground.floor[spots]
    used = np.unique(floor)
    if not len(used) <= count <= len(spots):
        raise ValueError(f"{count} gateways: give from {len(used)} (one a floor) to {len(spots)} (one a spot)")
    rng = stream(seed, "gateways")
    x_m, y_m = ground.x_m[spots], ground.y_m[spots]
    mine = {int(level): np.flatnonzero(floor == level) for level in used}
    chosen = [int(rng.choice(mine[level])) for level in sorted(mine)]
    gap_m = np.full(len(spots), np.inf)
    for place in range(count):
        if place >= len(chosen):
            chosen.append(int(np.argmax(gap_m)))
        new = chosen[place]
        near = mine[int(floor[new])]
        gap_m[near] = np.minimum(gap_m[near], np.hypot(x_m[near] - x_m[new], y_m[near] - y_m[new]))
    order = sorted(chosen, key=lambda spot: (int(floor[spot]), float(y_m[spot]), float(x_m[spot]), spot))
    at = spots[order]
    levels = ground.floor[at]
    within = np.arange(count) - np.searchsorted(levels, levels)
    return Gateways(
        ids=tuple(f"gw-{ground.floors[level]}-{k + 1:03d}" for level, k in zip(levels, within, strict=True)),
        x_m=ground.x_m[at],
        y_m=ground.y_m[at],
        z_m=ground.elevation_m[levels] + CEILING_M,
        floor=levels,
    )
