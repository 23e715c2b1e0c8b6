"""Walking with a heading: whoever moves mostly goes on the same way, so that where a tag is can be said ahead of news.

What gateways report is old by the time it is believed, since levels are averaged on the way and by the locator. A state
is a place where a tag is parked, or a stretch between two places along which it moves; at the end of a stretch the next
one is rather straight on than back. The forward recursion is that of `locator`, over these states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from equipment_tracking.columns import Floats
from equipment_tracking.locator import AT_MOST
from equipment_tracking.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Walking:
    """Speeds when moving and parked, how often a second a thing starts and stops, and `ahead_s`, how old news is.

    `straight` is how strongly the way straight on is preferred: going back is exp(2 · straight) times less likely.
    `lost_per_s` is the share that may be anywhere.
    """

    speed_m_s: float = 0.8
    parked_m_s: float = 0.05
    start_per_s: float = 0.6
    stop_per_s: float = 0.6
    straight: float = 5.0
    lost_per_s: float = 0.003
    ahead_s: float = 1.5


class Walker:
    """Where one tag is, as probabilities over places and, moving, over stretches; all of them sum to 1."""

    def __init__(self, places: Places, walking: Walking) -> None:
        self.walking = walking
        count = len(places)
        leaving = np.bincount(places.tail, minlength=count)
        self._place = np.concatenate([np.arange(count, dtype=np.int32), places.tail])
        rate = _rates(places, walking)
        self._out: Floats = np.asarray(rate.sum(axis=1), dtype=np.float64).ravel()
        self._into = sparse.csr_array(rate.T)
        self._even: Floats = np.concatenate([np.full(count, 0.5), 0.5 / leaving[places.tail]])
        self._even /= self._even.sum()
        self._count = count
        self.states = self._even.copy()

    @property
    def posterior(self) -> Floats:
        """Probability of each place, as of what was heard last."""
        return self._by_place(self.states)

    def by_now(self) -> Floats:
        """Probability of each place, as far as a tag has got on since what was heard came about."""
        return self._by_place(self._pass(self.states, self.walking.ahead_s))

    def pass_time(self, span_s: float) -> None:
        """Time passes and nothing is heard: the tag may have gone on."""
        self.states = self._pass(self.states, span_s)

    def hear(self, log_likelihood: Floats) -> None:
        """Weigh the states by how likely what was heard is at their places."""
        weight = np.exp(log_likelihood - log_likelihood.max())
        self.states = self.states * weight[self._place]
        self.states = self.states / self.states.sum()

    def _by_place(self, states: Floats) -> Floats:
        total: Floats = np.bincount(self._place, states, self._count).astype(np.float64)
        return total

    def _pass(self, states: Floats, span_s: float) -> Floats:
        """Changes during `span_s`, in parts short enough."""
        for _ in range(parts := max(1, int(np.ceil(float(self._out.max(initial=0.0)) * span_s / AT_MOST)))):
            part_s = span_s / parts
            states = states * (1.0 - part_s * self._out) + part_s * (self._into @ states)
        anywhere = 1.0 - float(np.exp(-self.walking.lost_per_s * span_s))
        passed: Floats = (1.0 - anywhere) * states + anywhere * self._even
        return passed


def _rates(places: Places, walking: Walking) -> sparse.csr_array:
    """Changes a second from each state (row) to each other: places first, where it is parked, then stretches."""
    count, ways = len(places), len(places.tail)
    leaving = np.bincount(places.tail, minlength=count)
    stretch = np.arange(ways)
    tail, head = places.tail.astype(np.int64), places.head.astype(np.int64)
    length_m = np.maximum(places.length_m, 0.05)
    before, after, share = _turns(places, walking.straight)
    creeps = walking.parked_m_s / (length_m * leaving[tail])
    starts = walking.start_per_s / leaving[tail]
    stops = np.full(ways, walking.stop_per_s)
    goes_on = walking.speed_m_s / length_m[before] * share
    row = np.concatenate((tail, tail, count + stretch, count + before))
    column = np.concatenate((head, count + stretch, tail, count + after))
    rate = np.concatenate((creeps, starts, stops, goes_on))
    return sparse.csr_array((rate, (row, column)), shape=(count + ways, count + ways))


def _turns(places: Places, straight: float) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Pairs of a stretch and one that goes on from its end, with the share that takes it.

    A stretch between floors, such as a lift, has no direction: after it every way is alike.
    """
    count, ways = len(places), len(places.tail)
    order = np.argsort(places.tail, kind="stable")
    first = np.searchsorted(places.tail[order], np.arange(count + 1))
    onward = np.diff(first)[places.head]
    before = np.repeat(np.arange(ways), onward)
    start = np.cumsum(onward) - onward
    after = order[first[places.head][before] + np.arange(len(before)) - start[before]]
    way_m = np.column_stack([places.x_m, places.y_m])
    way_m = way_m[places.head] - way_m[places.tail]
    long_m = np.linalg.norm(way_m, axis=1, keepdims=True)
    level = (places.floor[places.head] == places.floor[places.tail])[:, None] & (long_m > 0)
    unit = np.where(level, way_m / np.where(long_m > 0, long_m, 1.0), 0.0)
    likely = np.exp(straight * np.sum(unit[before] * unit[after], axis=1))
    return before, after, likely / np.bincount(before, likely, ways)[before]
