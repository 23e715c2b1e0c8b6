"""Who may pass what, and how fast: a profile for every robot fleet, for porters on foot and for porters with a bed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from routing.floor_graph import CORRIDOR_KINDS, LANE_KINDS
from site_models.schema import Site
from site_models.schema.building import Door, Lift, Rider
from site_models.schema.carriers import Fleet

PORTER = "porter"
PORTER_BED = "porter_bed"
BED_WIDTH_M = 1.2
"""Least corridor width for a bed: about 1.0 m of bed and a hand's breadth on each side. Source: assumed."""

LIFT_WAIT_S: Mapping[Rider, float] = MappingProxyType({"robot": 40.0, "bed": 40.0, "staff": 30.0, "public": 30.0})
"""Expected wait from calling a lift until its doors stand open, by rider, seconds.

Source: assumed. Staff: one interval of 30 s, the short end of what lift design guides recommend for hospitals
(30-50 s); beds and robots wait longer, because the cabin must come empty.
"""

BarrierCode = Literal["too_narrow", "robots_barred", "manual_door", "lift_refused"]
BARRIERS: tuple[BarrierCode, ...] = ("too_narrow", "robots_barred", "manual_door", "lift_refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneClass:
    """What a profile needs to know of a lane; lanes of one class are passed alike.

    `door` is the door that is opened by entering this lane, `lift` the lift whose cabin it enters or rides.
    """

    kind: str
    width_m: float
    robots: bool
    ride: bool = False
    corridor: str | None = None
    door: Door | None = None
    lift: Lift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Why a profile may not pass a lane: the rule and the corridor, door or lift it is broken by."""

    code: BarrierCode
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A way of getting about.

    `speed_m_s` has every lane kind; `width_m` is the least lane width; `cabin_m` the least lift cabin (length, width;
    none for people); `rider` is what it counts as in a lift; `lift_wait_s` its expected wait there.
    """

    id: str
    kind: Literal["robot", "porter"]
    rider: Rider
    speed_m_s: Mapping[str, float]
    width_m: float = 0.0
    cabin_m: tuple[float, float] | None = None
    lift_wait_s: float = 0.0

    def barriers(self, lane: LaneClass) -> tuple[Barrier, ...]:
        """Every rule that keeps this profile out of a lane; none means that it may pass."""
        found: list[Barrier] = []
        place = lane.corridor or lane.kind
        if lane.kind != "lift" and lane.width_m < self.width_m:
            found.append(Barrier(code="too_narrow", what=place))
        if self.kind == "robot" and not lane.robots:
            found.append(Barrier(code="robots_barred", what=place))
        if self.kind == "robot" and lane.door is not None and not lane.door.automatic:
            found.append(Barrier(code="manual_door", what=lane.door.id))
        if lane.lift is not None and not self._rides(lane.lift):
            found.append(Barrier(code="lift_refused", what=lane.lift.id))
        return tuple(found)

    def _rides(self, lift: Lift) -> bool:
        if self.rider not in lift.riders:
            return False
        if self.cabin_m is None:
            return True
        return min(lift.cabin_m) >= min(self.cabin_m) and max(lift.cabin_m) >= max(self.cabin_m)

    def pace_m_s(self, lane: LaneClass) -> float:
        """Speed along a lane: the cabin's for a ride, else the profile's for the lane's kind."""
        return lane.lift.speed_m_s if lane.ride and lane.lift is not None else self.speed_m_s[lane.kind]

    def delay_s(self, lane: LaneClass) -> float:
        """Time that a lane costs apart from its length: a door that opens; the wait for a lift and its doors.

        A ride is the expected wait until the doors stand open, the closing doors, the travel of the cabin (see
        `pace_m_s`) and the opening doors.
        """
        if lane.ride and lane.lift is not None:
            return self.lift_wait_s + 2 * lane.lift.door_s
        return lane.door.opening_s if lane.door is not None else 0.0


def profiles(site: Site, *, lift_wait_s: Mapping[Rider, float] = LIFT_WAIT_S) -> dict[str, Profile]:
    """One profile for each fleet under its id, then `porter` (walking) and `porter_bed` (with a bed).

    A robot drives in rooms, lobbies and corridors of a kind that its fleet has no speed for at its slowest speed.

    Raises
    ------
    ValueError
        When a fleet is called like a porter profile.
    """
    found = {fleet.id: _robot(fleet, lift_wait_s["robot"]) for fleet in site.fleets}
    taken = [name for name in (PORTER, PORTER_BED) if name in found]
    if taken:
        raise ValueError(f"fleet id {', '.join(taken)} is the name of a porter profile: rename the fleet")
    found[PORTER] = Profile(
        id=PORTER,
        kind="porter",
        rider="staff",
        speed_m_s=_everywhere(site.porters.walking_m_s),
        lift_wait_s=lift_wait_s["staff"],
    )
    found[PORTER_BED] = Profile(
        id=PORTER_BED,
        kind="porter",
        rider="bed",
        speed_m_s=_everywhere(site.porters.bed_m_s),
        width_m=BED_WIDTH_M,
        lift_wait_s=lift_wait_s["bed"],
    )
    return found


def _robot(fleet: Fleet, lift_wait_s: float) -> Profile:
    slowest = min(fleet.speed_m_s.values())
    speeds = dict.fromkeys(CORRIDOR_KINDS, slowest) | {str(kind): speed for kind, speed in fleet.speed_m_s.items()}
    return Profile(
        id=fleet.id,
        kind="robot",
        rider="robot",
        speed_m_s=MappingProxyType({**speeds, "room": slowest, "lift": slowest}),
        width_m=fleet.footprint_m[1] + fleet.clearance_m,
        cabin_m=fleet.footprint_m,
        lift_wait_s=lift_wait_s,
    )


def _everywhere(speed_m_s: float) -> Mapping[str, float]:
    return MappingProxyType(dict.fromkeys(LANE_KINDS, speed_m_s))
