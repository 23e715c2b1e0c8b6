"""Shortest ways through the hospital for each profile, and the drives that they become.

The floor graph is built and checked in networkx, then frozen; a compiled Dijkstra answers on the frozen skeleton.
`routing.reference` is the same subject written plainly on networkx; the tests hold the two equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.closures import UnknownClosure
from routing.drives import DriveStage, RideStage, Segment, Stage, stages
from routing.ground import CLOSED, Ground
from routing.kernels import FAR, MICROSECONDS, Int64, search
from routing.profiles import BARRIERS, Profile
from routing.reduction import Links
from routing.skeleton import Skeleton
from site_models.layout import Layout
from site_models.schema import Site

__all__ = ["UNREACHABLE", "DriveStage", "Path", "RideStage", "Router", "Stage", "UnknownClosure", "UnknownNode"]

UNREACHABLE = 2**40
"""Milliseconds that stand for no way at all (35 years)."""

_KEPT_VARIANTS = 32


class UnknownNode(LookupError):
    """Nodes that the floor graph does not have; `unknown` has all of them."""

    def __init__(self, unknown: Sequence[str]) -> None:
        self.unknown = tuple(unknown)
        super().__init__(f"no node {', '.join(map(repr, unknown))} in the floor graph")


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A way: every node on it, the metres driven (rides in lifts not counted) and the seconds it takes."""

    nodes: tuple[str, ...]
    length_m: float
    duration_s: float


class Router:
    """Finds ways in one version of the graph. Immutable; routers of other closures share its frozen graph."""

    def __init__(
        self, site: Site, layout: Layout, closures: frozenset[str] = frozenset(), *, ground: Ground | None = None
    ) -> None:
        """Build and check the graph of a layout, unless `ground` was made of this site and layout before.

        Raises
        ------
        GraphError
            The layout breaks rules of the floor graph (all of them).
        UnknownClosure
            Closures that name nothing on the site (all of them).
        """
        ground = ground or Ground(site, layout)
        ground.closures.check(closures)
        self._ground = ground
        self.closures = closures
        named = "\n".join([ground.version, *sorted(closures)])
        self.version = hashlib.sha256(named.encode()).hexdigest()[:16]
        self._blocked = ground.closures.stretches(closures)
        self._weights: dict[str, Int64] = {}
        self._variants: dict[frozenset[str], Router] = {}

    def with_closures(self, closures: frozenset[str]) -> Router:
        """The router of the same layout with exactly these closures; raises `UnknownClosure`."""
        return Router(self._ground.site, self._ground.layout, closures, ground=self._ground)

    @property
    def profiles(self) -> dict[str, Profile]:
        """The profiles by id: one a fleet, `porter` and `porter_bed`."""
        return dict(self._ground.profiles)

    @property
    def skeleton(self) -> Skeleton:
        """The frozen graph."""
        return self._ground.skeleton

    @property
    def links(self) -> Links:
        """The frozen graph by pairs of corners."""
        return self._ground.links

    def weights(self, profile_id: str) -> Int64:
        """Microseconds of every stretch of the skeleton for a profile, negative where it may not go. Read-only."""
        if profile_id not in self._weights:
            self._weights[profile_id] = self._ground.weights(profile_id, self._blocked)
        return self._weights[profile_id]

    def path(self, profile_id: str, tail: str, head: str, *, avoid: frozenset[str] = frozenset()) -> Path | None:
        """The fastest way between two nodes, or None. `avoid` is closed for this question only.

        Raises `LookupError` for an unknown profile or node, `UnknownClosure` for an unknown id in `avoid`.
        """
        if avoid:
            return self._without(avoid).path(profile_id, tail, head)
        segments = self._find(profile_id, tail, head, self.weights(profile_id))
        if segments is None:
            return None
        lanes = [lane for segment in segments for lane in segment.lanes]
        skeleton = self.skeleton
        return Path(
            nodes=(tail, *(skeleton.ids[skeleton.lanes[lane][1]] for lane in lanes)),
            length_m=sum(segment.length_m for segment in segments if not segment.ride),
            duration_s=sum(segment.us for segment in segments) / MICROSECONDS,
        )

    def drive(
        self, profile_id: str, origin: str, destination: str, *, avoid_lifts: frozenset[str] = frozenset()
    ) -> tuple[Stage, ...] | None:
        """The fastest way as stages to command, or None when there is none.

        A robot's drive is split at lifts: drive to the lobby, ride (boarding included), drive on from the cabin. A
        porter's is one drive; the waypoint after a lift carries wait and ride as its dwell. The first waypoint of a
        drive is where it begins. Raises as `path` does.
        """
        if avoid_lifts:
            return self._without(avoid_lifts).drive(profile_id, origin, destination)
        segments = self._find(profile_id, origin, destination, self.weights(profile_id))
        if segments is None:
            return None
        return stages(self._ground, self._ground.profile(profile_id), self.skeleton.index[origin], segments)

    def times_from(self, profile_id: str, origin: str, nodes: Sequence[str]) -> list[int]:
        """Milliseconds from any node to each of others (`UNREACHABLE` where there is no way), in one search.

        For where a carrier happens to be; between stops `TravelTimes` has them ready.
        """
        weights = self.weights(profile_id)
        begin, *ends = self._numbers(origin, *nodes)
        ways_out = self._ways_out(begin, profile_id, weights)
        starts = np.array([corner for corner, _, _ in ways_out], np.int32)
        costs = np.array([cost for _, cost, _ in ways_out], np.int64)
        skeleton = self.skeleton
        corners = skeleton.corner[np.array(ends, np.int64)]
        goals = corners if (corners >= 0).all() else np.empty(0, np.int32)
        distance, _ = search(skeleton.first, skeleton.head, weights, starts, costs, goals)
        us = distance[corners]
        for place in np.flatnonzero(corners < 0).tolist():
            direct = self._direct(begin, ends[place], profile_id, weights)
            ways_in = self._ways_in(ends[place], profile_id, weights)
            options = [int(distance[corner]) + cost for corner, cost, _ in ways_in]
            us[place] = min([*options, FAR] if direct is None else [*options, direct[0]])
        times: list[int] = np.where(us < FAR, (us + 500) // 1000, UNREACHABLE).tolist()
        return times

    def why_unreachable(self, profile_id: str, tail: str, head: str) -> str | None:
        """What keeps a profile from getting from one node to another; None when it can.

        `closed:<ids>` when opening these closures would do, the fewest found; else a rule of the profile with what it
        is broken by on the best way that remains: `too_narrow:<corridors>`, `robots_barred:<corridors>`,
        `manual_door:<doors>`, `lift_refused:<lifts>`, several joined by `;`; else `no_route`: nobody can.
        """
        if self._find(profile_id, tail, head, self.weights(profile_id)) is not None:
            return None
        unclosed = self.with_closures(frozenset())
        if unclosed.path(profile_id, tail, head) is not None:
            return "closed:" + ",".join(self._needed(profile_id, tail, head))
        none = np.zeros_like(self._blocked)
        for ignored in [(code,) for code in BARRIERS] + [BARRIERS]:
            weights = self._ground.weights(profile_id, none, ignored)
            segments = self._find(profile_id, tail, head, weights)
            if segments is not None:
                return self._named(profile_id, segments)
        return "no_route"

    # --- searching -------------------------------------------------------------------------------------------------

    def _without(self, avoid: frozenset[str]) -> Router:
        if avoid not in self._variants:
            if len(self._variants) >= _KEPT_VARIANTS:
                self._variants.clear()
            self._variants[avoid] = self.with_closures(self.closures | avoid)
        return self._variants[avoid]

    def _numbers(self, *nodes: str) -> list[int]:
        index = self.skeleton.index
        unknown = [node for node in nodes if node not in index]
        if unknown:
            raise UnknownNode(unknown)
        return [index[node] for node in nodes]

    def _ways_out(self, node: int, profile_id: str, weights: Int64) -> Sequence[tuple[int, int, Segment | None]]:
        """Corners that a node leads to, with cost and the part of a stretch driven: itself when it is a corner."""
        skeleton = self.skeleton
        if skeleton.corner[node] >= 0:
            return [(int(skeleton.corner[node]), 0, None)]
        found = []
        for stretch, before in skeleton.within[node]:
            if self._may_leave(stretch, profile_id, weights):
                part = self._ground.segment(profile_id, skeleton.chain_of(stretch)[before:])
                found.append((int(skeleton.head[stretch]), part.us, part))
        return found

    def _may_leave(self, stretch: int, profile_id: str, weights: Int64) -> bool:
        """Whoever stands inside a stretch may leave it even if it is closed, not if the profile may not drive it."""
        lane = int(self.skeleton.chain[self.skeleton.chain_first[stretch]])
        return bool(weights[stretch] != CLOSED) or not self._ground.barriers(profile_id, lane)

    def _ways_in(self, node: int, profile_id: str, weights: Int64) -> Sequence[tuple[int, int, Segment | None]]:
        """Corners that lead to a node, with cost and the part of a stretch driven: itself when it is a corner."""
        skeleton = self.skeleton
        if skeleton.corner[node] >= 0:
            return [(int(skeleton.corner[node]), 0, None)]
        found = []
        for stretch, before in skeleton.within[node]:
            if weights[stretch] != CLOSED:
                part = self._ground.segment(profile_id, skeleton.chain_of(stretch)[:before])
                found.append((int(skeleton.tail[stretch]), part.us, part))
        return found

    def _direct(self, tail: int, head: int, profile_id: str, weights: Int64) -> tuple[int, list[Segment]] | None:
        """The way within one stretch, when both nodes lie inside it in this order; or staying where one is."""
        if tail == head:
            return 0, []
        skeleton = self.skeleton
        reached = dict(skeleton.within.get(head, ()))
        for stretch, before in skeleton.within.get(tail, ()):
            if reached.get(stretch, 0) > before and self._may_leave(stretch, profile_id, weights):
                part = self._ground.segment(profile_id, skeleton.chain_of(stretch)[before : reached[stretch]])
                return part.us, [part]
        return None

    def _find(self, profile_id: str, tail: str, head: str, weights: Int64) -> list[Segment] | None:
        """The fastest way as segments between corners, or None. Of equal ways always the same one."""
        begin, end = self._numbers(tail, head)
        direct = self._direct(begin, end, profile_id, weights)
        ways_out = self._ways_out(begin, profile_id, weights)
        ways_in = self._ways_in(end, profile_id, weights)
        starts = np.array([corner for corner, _, _ in ways_out], np.int32)
        costs = np.array([cost for _, cost, _ in ways_out], np.int64)
        goals = np.array([corner for corner, _, _ in ways_in], np.int32)
        if not (starts.size and goals.size):
            return direct[1] if direct else None
        skeleton = self.skeleton
        distance, via = search(skeleton.first, skeleton.head, weights, starts, costs, goals)
        total, corner, last = min(
            ((int(distance[corner]) + cost, corner, part) for corner, cost, part in ways_in), key=lambda way: way[:2]
        )
        if direct is not None and direct[0] <= total:
            return direct[1]
        if total >= FAR:
            return None
        found = [last] if last is not None else []
        while via[corner] >= 0:
            stretch = int(via[corner])
            found.append(self._ground.stretch(profile_id, stretch))
            corner = int(skeleton.tail[stretch])
        begun = min((way for way in ways_out if way[0] == corner), key=lambda way: way[1])[2]
        if begun is not None:
            found.append(begun)
        return found[::-1]

    # --- explaining ------------------------------------------------------------------------------------------------

    def _needed(self, profile_id: str, tail: str, head: str) -> list[str]:
        """Closures that must be opened for a way to appear; each of them is needed once the others are open."""
        opened = sorted(self.closures)
        for id in sorted(self.closures):
            fewer = [other for other in opened if other != id]
            router = self.with_closures(self.closures - frozenset(fewer))
            if router.path(profile_id, tail, head) is not None:
                opened = fewer
        return opened

    def _named(self, profile_id: str, segments: list[Segment]) -> str:
        broken: dict[str, dict[str, None]] = {}
        for segment in segments:
            for barrier in self._ground.barriers(profile_id, segment.lanes[0]):
                broken.setdefault(barrier.code, {})[barrier.what] = None
        return ";".join(f"{code}:{','.join(broken[code])}" for code in BARRIERS if code in broken)
