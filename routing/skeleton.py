"""The frozen floor graph: arrays of nodes and lanes, and the skeleton they contract to, in compressed sparse rows.

The layout has a node about every metre. Most lie in the middle of a straight, uniform stretch and offer no choice; the
skeleton keeps the others (junctions, doors, rooms, stations, bays, lobbies, cabins, bends, changes of kind, width or
zone) and joins them by *stretches*, each a chain of lanes that every profile passes or none of which it passes, and
that is closed as a whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.floor_graph import FloorGraph
from routing.kernels import Int32

BEND_M = 0.02
"""A node this far off the line between its neighbours is a bend; less is the rounding of coordinates."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Skeleton:
    """The graph as arrays. Nodes are numbered in order of their ids, lanes by (tail, head); all arrays are read-only.

    A *corner* is a node of the skeleton; `corner[v]` is its number or -1. Stretch `e` leads from corner `tail[e]` to
    `head[e]` along the lanes `chain[chain_first[e]:chain_first[e + 1]]`; `first[c]:first[c + 1]` are the stretches out
    of corner `c`. `within[v]` names for a node inside stretches each of them and how many lanes lie before the node.
    """

    ids: tuple[str, ...]
    index: dict[str, int]
    nodes: tuple[dict[str, Any], ...]
    lanes: tuple[tuple[int, int, dict[str, Any]], ...]
    length_m: Floats
    corner: Int32
    corners: Int32
    first: Int32
    tail: Int32
    head: Int32
    chain: Int32
    chain_first: Int32
    within: dict[int, tuple[tuple[int, int], ...]]

    def chain_of(self, stretch: int) -> list[int]:
        """The lanes of a stretch, in the order they are driven."""
        lanes: list[int] = self.chain[self.chain_first[stretch] : self.chain_first[stretch + 1]].tolist()
        return lanes


def freeze(graph: FloorGraph) -> Skeleton:
    """The skeleton of a floor graph; the same graph gives the same arrays whatever order it was built in."""
    ids = tuple(sorted(graph))
    index = {id: number for number, id in enumerate(ids)}
    nodes = tuple(graph.nodes[id] for id in ids)
    lanes = tuple(sorted(((index[t], index[h], attributes) for t, h, attributes in graph.edges(data=True)),
                         key=lambda lane: lane[:2]))  # fmt: skip
    chains, corners = _Contraction(nodes, lanes).chains()
    corner = np.full(len(ids), -1, np.int32)
    corner[corners] = np.arange(len(corners), dtype=np.int32)
    tails = np.array([corner[lanes[chain[0]][0]] for chain in chains], np.int32)
    heads = np.array([corner[lanes[chain[-1]][1]] for chain in chains], np.int32)
    within: dict[int, list[tuple[int, int]]] = {}
    for stretch, chain in enumerate(chains):
        for before, lane in enumerate(chain[1:], start=1):
            within.setdefault(lanes[lane][0], []).append((stretch, before))
    skeleton = Skeleton(
        ids=ids,
        index=index,
        nodes=nodes,
        lanes=lanes,
        length_m=np.array([attributes["length_m"] for _, _, attributes in lanes], np.float64),
        corner=corner,
        corners=np.array(corners, np.int32),
        first=np.searchsorted(tails, np.arange(len(corners) + 1)).astype(np.int32),
        tail=tails,
        head=heads,
        chain=np.array([lane for chain in chains for lane in chain], np.int32),
        chain_first=np.cumsum([0, *(len(chain) for chain in chains)]).astype(np.int32),
        within={node: tuple(places) for node, places in within.items()},
    )
    for array in (skeleton.length_m, corner, skeleton.corners, skeleton.first, tails, heads, skeleton.chain):
        array.flags.writeable = False
    skeleton.chain_first.flags.writeable = False
    return skeleton


class _Contraction:
    """Finds the nodes that offer no choice and the chains of lanes through them."""

    def __init__(self, nodes: tuple[dict[str, Any], ...], lanes: tuple[tuple[int, int, dict[str, Any]], ...]) -> None:
        self.nodes = nodes
        self.lanes = lanes
        self.out: list[dict[int, int]] = [{} for _ in nodes]
        self.into: list[dict[int, int]] = [{} for _ in nodes]
        for number, (tail, head, _) in enumerate(lanes):
            self.out[tail][head] = number
            self.into[head][tail] = number
        self.marks = [_mark(attributes) for _, _, attributes in lanes]
        self.places = [(node["floor"], node["room"], node["zones"]) for node in nodes]

    def chains(self) -> tuple[list[list[int]], list[int]]:
        """Every chain of lanes between corners, in order of (corner, first lane), and the corners by number."""
        plain = [self._is_plain(node) for node in range(len(self.nodes))]
        unseen = {node for node, is_plain in enumerate(plain) if is_plain}
        for corner in [node for node, is_plain in enumerate(plain) if not is_plain]:
            for chain in self._chains_from(corner, plain):
                unseen.difference_update(self.lanes[lane][0] for lane in chain[1:])
        while unseen:  # rings without a corner: their first node becomes one
            corner = min(unseen)
            plain[corner] = False
            unseen.discard(corner)
            for chain in self._chains_from(corner, plain):
                unseen.difference_update(self.lanes[lane][0] for lane in chain[1:])
        corners = [node for node, is_plain in enumerate(plain) if not is_plain]
        return [chain for corner in corners for chain in self._chains_from(corner, plain)], corners

    def _chains_from(self, corner: int, plain: list[bool]) -> list[list[int]]:
        found = []
        for begin, lane in sorted(self.out[corner].items()):
            chain = [lane]
            before, at = corner, begin
            while plain[at]:
                onward = min(node for node in self.out[at] if node != before)
                chain.append(self.out[at][onward])
                before, at = at, onward
            found.append(chain)
        return found

    def _is_plain(self, node: int) -> bool:
        """True for a corridor node with two neighbours, passed straight on, between lanes and places all alike."""
        out, into = self.out[node], self.into[node]
        around = sorted({*out, *into})
        if self.nodes[node]["kind"] != "corridor" or len(around) != 2:
            return False
        one, other = around
        if (one in into) != (other in out) or (other in into) != (one in out):
            return False
        marks = {self.marks[lane] for lane in (*out.values(), *into.values())}
        places = {self.places[near] for near in (one, node, other)}
        return len(marks) == 1 and len(places) == 1 and self._offset_m(one, node, other) <= BEND_M

    def _offset_m(self, one: int, node: int, other: int) -> float:
        """Distance of a node from the line through its two neighbours; infinite where the way turns back."""
        ax, ay = self._step(one, node)
        bx, by = self._step(node, other)
        if ax * bx + ay * by <= 0:
            return float("inf")
        return float(abs(ax * by - ay * bx) / np.hypot(ax + bx, ay + by))

    def _step(self, tail: int, head: int) -> tuple[float, float]:
        a, b = self.nodes[tail], self.nodes[head]
        return b["x_m"] - a["x_m"], b["y_m"] - a["y_m"]


def _mark(lane: dict[str, Any]) -> tuple[Any, ...]:
    """What must be equal along a chain."""
    return (lane["kind"], lane["width_m"], lane["corridor"], lane["door"], lane["lift"], lane["robots"])
