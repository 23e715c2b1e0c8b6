"""What every router of one layout shares: the skeleton, the profiles, the closures and what each stretch costs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from routing.closures import ClosureIndex, Mask
from routing.drives import Segment
from routing.floor_graph import build_graph
from routing.kernels import MICROSECONDS, Int64
from routing.profiles import Barrier, LaneClass, Profile, profiles
from routing.reduction import pair
from routing.skeleton import freeze
from site_models.layout import Layout
from site_models.schema import Site
from site_models.schema.building import Door, Lift

CLOSED = -1
"""Weight of a stretch that may not be driven."""


class LaneClasses:
    """Sorts lanes into classes that every profile passes alike, by the doors and lifts of the site."""

    def __init__(self, site: Site) -> None:
        self._doors: dict[str, Door] = {door.id: door for door in site.doors}
        self._lifts: dict[str, Lift] = {lift.id: lift for lift in site.lifts}

    def of(self, tail: Mapping[str, Any], head: Mapping[str, Any], lane: Mapping[str, Any]) -> LaneClass:
        """The class of a lane, from the attributes of its ends and its own.

        A lane concerns a lift when it leads into the cabin or is a ride; the way out of a cabin is free to whoever
        is in it. Raises `LookupError` for a door or lift that the site does not have.
        """
        in_lift = head["kind"] == "lift" and lane["lift"] is not None
        return LaneClass(
            kind=lane["kind"],
            width_m=lane["width_m"],
            robots=lane["robots"] or lane["lift"] is not None,
            ride=in_lift and tail["kind"] == "lift",
            corridor=lane["corridor"],
            door=self._known(self._doors, "door", lane["door"]),
            lift=self._known(self._lifts, "lift", lane["lift"]) if in_lift else None,
        )

    @staticmethod
    def _known(parts: Mapping[str, Any], what: str, id: str | None) -> Any:
        if id is not None and id not in parts:
            raise LookupError(f"a lane has {what} {id!r}, which the site does not have: expand this very site")
        return parts[id] if id is not None else None


def lane_us(profile: Profile, lane: LaneClass, length_m: float) -> int:
    """What a lane costs a profile, microseconds: its length at the pace there, and its door or lift."""
    return round(length_m / profile.pace_m_s(lane) * MICROSECONDS) + round(profile.delay_s(lane) * MICROSECONDS)


class Ground:
    """The frozen graph of one site and layout. Immutable but for answers that it keeps."""

    def __init__(self, site: Site, layout: Layout) -> None:
        self.site = site
        self.layout = layout
        self.skeleton = freeze(build_graph(layout))
        self.links = pair(self.skeleton)
        self.profiles: dict[str, Profile] = profiles(site)
        self.closures = ClosureIndex(site, layout, self.skeleton)
        self.groups: dict[str, str] = {lift.id: lift.group for lift in site.lifts}
        self.classes, self.lane_class = self._classify(LaneClasses(site))
        self._fingerprint = repr((layout.version, sorted(self.profiles.items()), self.classes))
        self._costs: dict[str, tuple[Int64, Int64]] = {}
        self._segments: dict[tuple[str, int], Segment] = {}

    @cached_property
    def version(self) -> str:
        """Names the content: layout, speeds, doors and lifts."""
        return hashlib.sha256(self._fingerprint.encode()).hexdigest()

    def profile(self, id: str) -> Profile:
        """The profile with this id; raises `LookupError` naming those that exist."""
        if id not in self.profiles:
            raise LookupError(f"no profile {id!r}; there are {', '.join(sorted(self.profiles))}")
        return self.profiles[id]

    def lane_costs(self, profile_id: str) -> Int64:
        """Microseconds of every lane, whether or not the profile may pass it."""
        return self._profile_costs(profile_id)[0]

    def weights(self, profile_id: str, blocked: Mask, ignoring: Iterable[str] = ()) -> Int64:
        """Microseconds of every stretch, `CLOSED` where it is blocked or barred by a rule that is not ignored."""
        profile = self.profile(profile_id)
        spared = frozenset(ignoring)
        barred_class = np.array([self._barred(profile, lane, spared) for lane in self.classes], bool)
        stretch_class = self.lane_class[self.skeleton.chain[self.skeleton.chain_first[:-1]]]
        weights = self._profile_costs(profile_id)[1].copy()
        weights[blocked | barred_class[stretch_class]] = CLOSED
        weights.flags.writeable = False
        return weights

    def stretch(self, profile_id: str, stretch: int) -> Segment:
        """A whole stretch as part of a way."""
        key = profile_id, stretch
        if key not in self._segments:
            self._segments[key] = self.segment(profile_id, self.skeleton.chain_of(stretch))
        return self._segments[key]

    def segment(self, profile_id: str, lanes: list[int]) -> Segment:
        """Lanes of one stretch as part of a way."""
        return Segment(
            lanes=tuple(lanes),
            length_m=float(self.skeleton.length_m[lanes].sum()),
            us=int(self.lane_costs(profile_id)[lanes].sum()),
            ride=self.lane(lanes[0]).ride,
        )

    def barriers(self, profile_id: str, lane: int) -> tuple[Barrier, ...]:
        """Why the profile may not pass a lane."""
        return self.profile(profile_id).barriers(self.lane(lane))

    def lane(self, lane: int) -> LaneClass:
        """The class of a lane."""
        found: LaneClass = self.classes[self.lane_class[lane]]
        return found

    @staticmethod
    def _barred(profile: Profile, lane: LaneClass, spared: frozenset[str]) -> bool:
        return any(barrier.code not in spared for barrier in profile.barriers(lane))

    def _classify(self, classes: LaneClasses) -> tuple[list[LaneClass], Int64]:
        numbers: dict[tuple[Any, ...], int] = {}
        found: list[LaneClass] = []
        of_lane = np.empty(len(self.skeleton.lanes), np.int64)
        for number, (tail, head, lane) in enumerate(self.skeleton.lanes):
            ends = self.skeleton.nodes[tail], self.skeleton.nodes[head]
            key = (ends[0]["kind"] == "lift", ends[1]["kind"] == "lift", lane["kind"], lane["width_m"], lane["robots"],
                   lane["corridor"], lane["door"], lane["lift"])  # fmt: skip
            if key not in numbers:
                numbers[key] = len(found)
                found.append(classes.of(*ends, lane))
            of_lane[number] = numbers[key]
        return found, of_lane

    def _profile_costs(self, profile_id: str) -> tuple[Int64, Int64]:
        if profile_id not in self._costs:
            profile = self.profile(profile_id)
            pace = np.array([profile.pace_m_s(lane) for lane in self.classes], np.float64)
            delay = np.array([profile.delay_s(lane) for lane in self.classes], np.float64)
            driven = np.rint(self.skeleton.length_m / pace[self.lane_class] * MICROSECONDS)
            lanes = (driven + np.rint(delay * MICROSECONDS)[self.lane_class]).astype(np.int64)
            chained = lanes[self.skeleton.chain]
            stretches = np.add.reduceat(chained, self.skeleton.chain_first[:-1]) if chained.size else chained
            self._costs[profile_id] = lanes, stretches
        return self._costs[profile_id]
