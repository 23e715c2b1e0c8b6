"""How much room robots take: standing, turning, passing one another, stopping."""

from __future__ import annotations

import math
from dataclasses import dataclass

from site_models.schema import Site

CELL_M = 6.0
"""Length aimed at for a stretch of lane: short enough to follow one another closely, long enough to keep moving."""
DECELERATION_M_S2 = 0.5
"""How hard a robot brakes for the end of what it may drive. Source: assumed, gentle to open carts and to people."""
TURN_MS = 6000
"""To turn round on the spot: half a turn at 30 degrees a second. Source: assumed."""
QUANTILE = 0.9
"""Bounded durations are planned with this quantile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The room that the largest robot of a site takes, metres.

    Attributes
    ----------
    standing_m
        Along a lane: its length and its clearance.
    reach_m
        Around a place where it may turn: half its diagonal and half its clearance.
    least_m
        No stretch of lane is shorter: length, clearance and the way to stop from its highest speed.
    """

    standing_m: float
    reach_m: float
    least_m: float

    @property
    def apart_m(self) -> float:
        """How far from the middle of a junction a robot waits, so that another may turn there."""
        return self.reach_m + self.standing_m / 2

    @property
    def turning_m(self) -> float:
        """Width that a robot needs to turn round."""
        return 2 * self.reach_m


def measures(site: Site) -> Measures:
    """The measures of the largest robots of a site, which has at least one fleet (else ValueError)."""
    if not site.fleets:
        raise ValueError(f"the site {site.site.id} has no fleet, so there is no traffic: add one to `fleets`")
    standing = [fleet.footprint_m[0] + fleet.clearance_m for fleet in site.fleets]
    reach = [(math.hypot(*fleet.footprint_m) + fleet.clearance_m) / 2 for fleet in site.fleets]
    braking = [max(fleet.speed_m_s.values()) ** 2 / (2 * DECELERATION_M_S2) for fleet in site.fleets]
    return Measures(
        standing_m=max(standing),
        reach_m=max(reach),
        least_m=max(room + way for room, way in zip(standing, braking, strict=True)),
    )
