"""Travel times between all stops for every profile, as one table a profile: what planning reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.kernels import FAR, Int64, table
from routing.paths import UNREACHABLE, Router, UnknownNode
from routing.reduction import reduce

__all__ = ["UNREACHABLE", "TravelTimes"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelTimes:
    """Full travel times: driving, doors, lifts with their expected wait.

    `ms[profile][index[a], index[b]]` is the time from stop `a` to stop `b` in milliseconds, int64, shape (n, n),
    `UNREACHABLE` where there is no way; arrays are read-only. `version` is the router's.
    """

    version: str
    index: dict[str, int]
    ms: dict[str, Int64]

    @classmethod
    def build(cls, router: Router, nodes: Sequence[str]) -> TravelTimes:
        """The tables of all profiles between these nodes (stations, bays, lobbies, any corner of the skeleton).

        Raises
        ------
        UnknownNode
            Nodes that the floor graph does not have (all of them).
        ValueError
            The same node twice, or nodes in the middle of a corridor, which are no stops (all of them).
        """
        skeleton = router.skeleton
        unknown = [node for node in nodes if node not in skeleton.index]
        if unknown:
            raise UnknownNode(unknown)
        index = {node: number for number, node in enumerate(nodes)}
        if len(index) < len(nodes):
            twice = sorted(node for node, number in index.items() if list(nodes).index(node) != number)
            raise ValueError(f"named twice: {', '.join(twice)}")
        stops = skeleton.corner[[skeleton.index[node] for node in nodes]]
        if (stops < 0).any():
            passing = [node for node, stop in zip(nodes, stops, strict=True) if stop < 0]
            raise ValueError(f"no stops but points of a corridor: {', '.join(passing)}; ask Router.times_from")
        ms = {}
        for profile_id in router.profiles:
            us = table(*reduce(router.links, router.weights(profile_id), stops))
            ms[profile_id] = np.where(us < FAR, (us + 500) // 1000, UNREACHABLE)
            ms[profile_id].flags.writeable = False
        return cls(version=router.version, index=index, ms=ms)

    def between(self, profile_id: str, a: str, b: str) -> int:
        """Milliseconds from stop `a` to stop `b`; raises KeyError for what is not in the table."""
        return int(self.ms[profile_id][self.index[a], self.index[b]])

    def scaled(self, factors: Mapping[str, float]) -> TravelTimes:
        """The same table with the times of some profiles multiplied; what cannot be reached stays so.

        Raises ValueError for a factor that is not above 0 and KeyError for an unknown profile.
        """
        wrong = {profile: factor for profile, factor in factors.items() if not 0 < factor < float("inf")}
        if wrong:
            raise ValueError(f"a factor is above 0, not {wrong}")
        scaled = dict(self.ms)
        for profile_id, factor in sorted(factors.items()):
            old = self.ms[profile_id]
            scaled[profile_id] = np.where(old < UNREACHABLE, np.rint(old * factor).astype(np.int64), UNREACHABLE)
            scaled[profile_id].flags.writeable = False
        return replace(self, ms=scaled)
