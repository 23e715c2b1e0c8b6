"""Emission: how likely what is heard now would be at each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipment_tracking.columns import Floats
from equipment_tracking.fingerprints import Fingerprints
from equipment_tracking.radio_map import RadioMap


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionSettings:
    """How much is believed. Readings `independent_s` apart are independent; closer ones say partly the same.

    `reading_db` is the scatter of a reading, `tail` the degrees of freedom of its Student t; `map_share` is the part
    of the radio map, the rest is the fingerprints'.
    """

    independent_s: float = 0.5
    reading_db: float = 5.0
    tail: float = 4.0
    map_share: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """The radio map and the fingerprints of one survey, mixed."""

    radio: RadioMap
    prints: Fingerprints
    settings: EmissionSettings

    def log_likelihood(self, levels_dbm: Floats, span_s: float, held_dbm: Floats | None = None) -> Floats:
        """Of each place (up to a constant) for levels by gateway over `span_s`; nan where one heard nothing.

        `held_dbm` are the same with short gaps filled, for the fingerprints; left out, gaps count as silence.
        """
        believed = min(1.0, span_s / self.settings.independent_s)
        share = self.settings.map_share
        total = np.zeros(self.radio.mean_dbm.shape[1])
        if share > 0:
            total += share * self._by_map(levels_dbm)
        if share < 1:
            total += (1.0 - share) * self.prints.log_likelihood(levels_dbm if held_dbm is None else held_dbm)
        return believed * total

    def _by_map(self, levels_dbm: Floats) -> Floats:
        """Student t about the map's mean, and for silence the share of packets that do not arrive."""
        heard = ~np.isnan(levels_dbm)
        tail = self.settings.tail
        scale = np.sqrt(self.radio.spread_db[heard] ** 2 + self.settings.reading_db**2)
        off = (levels_dbm[heard, None] - self.radio.mean_dbm[heard]) / scale
        levels = -0.5 * (tail + 1.0) * np.log1p(off**2 / tail) - np.log(scale)
        spoken = np.log(self.radio.heard[heard]).sum(axis=0)
        silent = np.log1p(-self.radio.heard[~heard]).sum(axis=0)
        total: Floats = levels.sum(axis=0) + spoken + silent
        return total
