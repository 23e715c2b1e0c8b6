"""Turns a way through the hospital into what is commanded: drives with waypoints, and rides in lifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bus.messages import Waypoint
from routing.kernels import MICROSECONDS
from routing.profiles import Profile

if TYPE_CHECKING:
    from routing.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Part of a way between two corners of the skeleton: its lanes (all of one class), metres and microseconds."""

    lanes: tuple[int, ...]
    length_m: float
    us: int
    ride: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveStage:
    """Driving or walking: waypoints from where it begins to `to_node`; seconds with doors (and a porter's lifts)."""

    to_node: str
    waypoints: tuple[Waypoint, ...]
    duration_s: float
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RideStage:
    """A robot's ride: expected wait, boarding (the waypoints from `from_node` into the cabin), doors and travel.

    It ends at `to_node`, the cabin on the target floor, where the next drive begins; `length_m` is the boarding's.
    `boarding` is empty when the robot already stands in the cabin.
    """

    lift: str
    group: str
    from_floor: str
    to_floor: str
    duration_s: float
    from_node: str
    to_node: str
    boarding: tuple[Waypoint, ...]
    length_m: float


Stage = DriveStage | RideStage


def stages(ground: Ground, profile: Profile, origin: int, segments: list[Segment]) -> tuple[Stage, ...]:
    """The stages of a way that begins at node `origin`; standing still is a drive to the place itself."""
    writer = _Writer(ground, profile)
    if profile.kind == "porter" or not any(segment.ride for segment in segments):
        return (writer.drive(origin, segments),)
    found: list[Stage] = []
    at = origin
    driven: list[Segment] = []
    for segment in segments:
        if not segment.ride:
            driven.append(segment)
            continue
        boarding = [driven.pop()] if driven else []
        if driven:
            found.append(writer.drive(at, driven))
            at = writer.end(driven[-1])
        found.append(writer.ride(at, boarding, segment))
        at = writer.end(segment)
        driven = []
    if driven:
        found.append(writer.drive(at, driven))
    return tuple(found)


class _Writer:
    """Writes segments as stages of one profile."""

    def __init__(self, ground: Ground, profile: Profile) -> None:
        self.ground = ground
        self.profile = profile

    def end(self, segment: Segment) -> int:
        """The node that a segment leads to."""
        return self.ground.skeleton.lanes[segment.lanes[-1]][1]

    def drive(self, origin: int, segments: list[Segment]) -> DriveStage:
        waypoints = self._waypoints(origin, segments)
        return DriveStage(
            to_node=waypoints[-1].node,
            waypoints=waypoints,
            duration_s=sum(segment.us for segment in segments) / MICROSECONDS,
            length_m=sum(segment.length_m for segment in segments if not segment.ride),
        )

    def ride(self, origin: int, boarding: list[Segment], ride: Segment) -> RideStage:
        skeleton = self.ground.skeleton
        tail, head, lane = skeleton.lanes[ride.lanes[0]]
        return RideStage(
            lift=lane["lift"],
            group=self.ground.groups[lane["lift"]],
            from_floor=skeleton.nodes[tail]["floor"],
            to_floor=skeleton.nodes[head]["floor"],
            duration_s=sum(segment.us for segment in (*boarding, ride)) / MICROSECONDS,
            from_node=skeleton.ids[origin],
            to_node=skeleton.ids[head],
            boarding=self._waypoints(origin, boarding) if boarding else (),
            length_m=sum(segment.length_m for segment in boarding),
        )

    def _waypoints(self, origin: int, segments: list[Segment]) -> tuple[Waypoint, ...]:
        """Where the drive begins, then the end of each segment."""
        begin = self._waypoint(origin, segments[0] if segments else None, 0.0)
        return (begin, *(self._waypoint(self.end(part), part, self._dwell_s(part)) for part in segments))

    def _waypoint(self, node: int, segment: Segment | None, dwell_s: float) -> Waypoint:
        skeleton = self.ground.skeleton
        place = skeleton.nodes[node]
        kind = "room" if segment is None else self.ground.lane(segment.lanes[0]).kind
        return Waypoint(
            node=skeleton.ids[node],
            x_m=place["x_m"],
            y_m=place["y_m"],
            floor=place["floor"],
            max_speed_m_s=self.profile.speed_m_s[kind],
            dwell_s=dwell_s,
        )

    def _dwell_s(self, segment: Segment) -> float:
        """A ride is all dwell: wait, doors and travel; elsewhere it is the door that opens."""
        return segment.us / MICROSECONDS if segment.ride else self.profile.delay_s(self.ground.lane(segment.lanes[0]))
