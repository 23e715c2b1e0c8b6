"""The locator's readable reference: a hidden Markov model over places, exact, one tag at a time.

A tag is parked or moving and changes between the two; moving it walks at random over the stretches between places.
Rabiner, A tutorial on hidden Markov models, Proc. IEEE 77(2), 1989: the forward recursion, scaled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from equipment_tracking.columns import Floats
from equipment_tracking.emission import Emission
from equipment_tracking.places import Places

AT_MOST = 0.9
"""Largest share of the mass that leaves a place in one part of a step; a longer step is made in parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How things move: speeds when moving and when parked, changes between the two a second, and jumps.

    `lost_per_s` is the share that may be anywhere: a thing carried off while nobody heard it.
    """

    moving_m_s: float = 1.5
    parked_m_s: float = 0.05
    switch_per_s: float = 0.3
    lost_per_s: float = 0.003


THINGS = Motion(parked_m_s=0.02, switch_per_s=0.02, lost_per_s=3e-4)
"""How shared things move: they stand for hours, and their tags are silent for seconds at a time meanwhile."""


class Tracker:
    """Where one tag is, as probabilities over places; `parked` and `moving` have shape (places,) and sum to 1."""

    def __init__(self, places: Places, emission: Emission, motion: Motion) -> None:
        self.emission = emission
        self.motion = motion
        self._rate = sparse.csr_array(places.neighbours().T)
        self._leaving = np.asarray(self._rate.sum(axis=0)).ravel()
        self.parked = np.full(len(places), 0.5 / len(places))
        self.moving = self.parked.copy()

    @property
    def posterior(self) -> Floats:
        """Probability of each place."""
        total: Floats = self.parked + self.moving
        return total

    def step(self, levels_dbm: Floats, span_s: float) -> None:
        """Let `span_s` pass, in which gateways heard these levels (dBm by gateway; nan: nothing)."""
        self.pass_time(span_s)
        if not np.all(np.isnan(levels_dbm)):
            self.hear(self.emission.log_likelihood(levels_dbm, span_s))

    def pass_time(self, span_s: float) -> None:
        """Time passes and nothing is heard: the tag may have gone on."""
        change = 0.5 * (1.0 - np.exp(-2.0 * self.motion.switch_per_s * span_s))
        parked = (1.0 - change) * self.parked + change * self.moving
        moving = (1.0 - change) * self.moving + change * self.parked
        anywhere = 1.0 - np.exp(-self.motion.lost_per_s * span_s)
        even = 0.5 * anywhere / len(parked)
        self.parked = (1.0 - anywhere) * self._walk(parked, self.motion.parked_m_s * span_s) + even
        self.moving = (1.0 - anywhere) * self._walk(moving, self.motion.moving_m_s * span_s) + even

    def hear(self, log_likelihood: Floats) -> None:
        """Weigh the places by how likely what was heard is there."""
        weight = np.exp(log_likelihood - log_likelihood.max())
        self.parked, self.moving = self.parked * weight, self.moving * weight
        total = self.parked.sum() + self.moving.sum()
        self.parked, self.moving = self.parked / total, self.moving / total

    def learn_of(self, here: NDArray[np.bool_], inside: float, outside: float) -> None:
        """Weigh the places by hard evidence: how likely it is if the tag is `here`, and if it is elsewhere."""
        self.hear(np.log(np.where(here, inside, outside)))

    def _walk(self, mass: Floats, way_m: float) -> Floats:
        """A random walk of on average `way_m`, in parts short enough."""
        fastest = float(self._leaving.max(initial=0.0)) * way_m
        for _ in range(parts := max(1, int(np.ceil(fastest / AT_MOST)))):
            share = way_m / parts
            mass = mass * (1.0 - share * self._leaving) + share * (self._rate @ mass)
        return mass


def follow(tracker: Tracker, windows: Iterable[tuple[Floats, float]]) -> Floats:
    """The posterior after each window (levels by gateway, seconds), shape (windows, places)."""
    rows = []
    for levels_dbm, span_s in windows:
        tracker.step(levels_dbm, span_s)
        rows.append(tracker.posterior)
    return np.array(rows)
