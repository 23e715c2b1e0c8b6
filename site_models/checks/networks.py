"""Who gets where: for each kind of carrier the part of the layout that it can drive or walk to and back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from site_models.layout import Lane, Layout
from site_models.schema import Site
from site_models.schema.building import Door, Lift, Rider
from site_models.schema.carriers import Fleet

BED_WIDTH_M = 1.2
"""Least corridor width for a bed with a hand's breadth on each side. Source: assumed."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The layout's nodes by region: within one, every node is reached from every other."""

    labels: dict[str, int]

    def together(self, one: str, other: str) -> bool:
        """True when there is a way there and back."""
        return one in self.labels and other in self.labels and self.labels[one] == self.labels[other]

    def largest(self) -> int:
        """The region with the most nodes, the one named first among equals."""
        counts: dict[int, int] = {}
        for label in self.labels.values():
            counts[label] = counts.get(label, 0) + 1
        return max(counts, key=lambda label: (counts[label], -label), default=-1)

    def home(self, nodes: Collection[str]) -> int:
        """The region that holds most of `nodes`; without any, the largest."""
        counts: dict[int, int] = {}
        for node in nodes:
            if node in self.labels:
                counts[self.labels[node]] = counts.get(self.labels[node], 0) + 1
        if not counts:
            return self.largest()
        return max(counts, key=lambda label: (counts[label], -label))


class Network:
    """The lanes of a layout with what decides who may pass them."""

    def __init__(self, site: Site, layout: Layout) -> None:
        self.layout = layout
        self._index = {name: k for k, name in enumerate(dict.fromkeys(node.id for node in layout.nodes))}
        self._tails = np.array([self._index[lane.tail] for lane in layout.lanes], dtype=np.int64)
        self._heads = np.array([self._index[lane.head] for lane in layout.lanes], dtype=np.int64)
        self._lifts: dict[str, Lift] = {lift.id: lift for lift in site.lifts}
        self._doors: dict[str, Door] = {door.id: door for door in site.doors}

    def regions(self, passable: Callable[[Lane], bool]) -> Regions:
        """The regions that the passable lanes make."""
        keep: NDArray[np.bool_] = np.array([passable(lane) for lane in self.layout.lanes], dtype=bool)
        size = len(self._index)
        if not size:
            return Regions({})
        tails, heads = (self._tails[keep], self._heads[keep]) if len(keep) else (self._tails, self._heads)
        lanes = coo_array((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(size, size))
        _, labels = connected_components(lanes, directed=True, connection="strong")
        return Regions(dict(zip(self._index, labels.tolist(), strict=True)))

    def robot_passes(self, fleet: Fleet, *, width: bool = True) -> Callable[[Lane], bool]:
        """Whether a robot of the fleet may pass a lane; without `width`, however narrow it is."""
        needed_m = fleet.footprint_m[1] + fleet.clearance_m

        def passes(lane: Lane) -> bool:
            if not lane.robots or (width and lane.kind != "lift" and lane.width_m < needed_m):
                return False
            if lane.door is not None and lane.door in self._doors and not self._doors[lane.door].automatic:
                return False
            return lane.lift is None or rides(self._lifts[lane.lift], fleet)

        return passes

    def person_passes(self, rider: Rider) -> Callable[[Lane], bool]:
        """Whether a porter may pass a lane, walking (`staff`) or with a bed (`bed`)."""

        def passes(lane: Lane) -> bool:
            if rider == "bed" and lane.kind != "lift" and lane.width_m < BED_WIDTH_M:
                return False
            return lane.lift is None or rider in self._lifts[lane.lift].riders

        return passes


def rides(lift: Lift, fleet: Fleet) -> bool:
    """True when robots may ride this lift and one of the fleet fits into its cabin, lengthways or across."""
    if "robot" not in lift.riders:
        return False
    return min(lift.cabin_m) >= min(fleet.footprint_m) and max(lift.cabin_m) >= max(fleet.footprint_m)
