"""Shrinks a graph to what matters between its stops: without dead ends, ways through become single links.

Most corners of a skeleton lead into rooms where nobody stops. A node that is no stop and has one neighbour lies on no
way between others; one with two neighbours is replaced by a link between them. What remains has the same distances
between stops, exactly, and is several times smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.kernels import GONE, Int32, Int64, eliminate, weigh
from routing.skeleton import Skeleton


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """The stretches of a skeleton by pairs of corners.

    Link `i` joins the corners `ends[i, 0]` < `ends[i, 1]`; stretch `e` runs along link `link[e]`, upwards if
    `upwards[e]` (a stretch back to its own corner has link -1). `slots[first[c]:first[c + 1]]` are the links at
    corner `c`.
    """

    ends: Int32
    link: Int32
    upwards: NDArray[np.bool_]
    first: Int32
    slots: Int32


def pair(skeleton: Skeleton) -> Links:
    """The links of a skeleton, ordered by their ends."""
    tail, head = skeleton.tail.astype(np.int64), skeleton.head.astype(np.int64)
    corners = len(skeleton.corners)
    key = np.minimum(tail, head) * corners + np.maximum(tail, head)
    keys = np.unique(key[tail != head])
    at_corner = np.concatenate([keys // max(1, corners), keys % max(1, corners)])
    order = np.argsort(at_corner, kind="stable")
    return Links(
        ends=at_corner.reshape(2, -1).T.astype(np.int32, order="C"),
        link=np.where(tail != head, np.searchsorted(keys, key), -1).astype(np.int32),
        upwards=tail < head,
        first=np.searchsorted(at_corner[order], np.arange(corners + 1)).astype(np.int32),
        slots=(order % max(1, keys.size)).astype(np.int32),
    )


def reduce(links: Links, weights: Int64, stops: Int32) -> tuple[Int32, Int32, Int64, Int32]:
    """The reduced graph under these weights (one a stretch, negative is closed) as rows `first, head, weight`.

    The fourth array is the number of each stop in it.
    """
    corners = links.first.size - 1
    kept = np.zeros(corners, np.bool_)
    kept[stops] = True
    ends, slots = links.ends.copy(), links.slots.copy()
    costs = weigh(links.link, links.upwards, weights, ends.shape[0])
    eliminate(ends, costs, np.diff(links.first).astype(np.int32), links.first, slots, kept)
    ends, costs = ends[ends[:, 0] != GONE], costs[ends[:, 0] != GONE]
    tails = np.concatenate([ends[:, 0], ends[:, 1]])
    heads = np.concatenate([ends[:, 1], ends[:, 0]])
    cost = np.concatenate([costs[:, 0], costs[:, 1]])
    nodes = np.unique(np.concatenate([tails, stops]))
    number = np.full(corners, -1, np.int32)
    number[nodes] = np.arange(nodes.size, dtype=np.int32)
    order = np.lexsort((heads, tails))
    first = np.searchsorted(tails[order], nodes).astype(np.int32)
    return np.append(first, np.int32(tails.size)), number[heads[order]], cost[order], number[stops]
