"""Fingerprints: what was heard together at one place of the survey, compared as a whole with what is heard now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from equipment_tracking.columns import Floats, Survey
from equipment_tracking.places import Places

UNHEARD_DBM = -95.0
"""Stands for a gateway that did not hear the tag."""
SAME_PLACE_M = 0.05
CLOSE_BY_M = 1.5
"""A level is not carried further than this: several people may walk a survey at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSettings:
    """Readings within `window_s` belong together; a print speaks for `reach_m` around and tolerates `differ_db`.

    A gateway that misses a packet keeps its level for `hold_s`, in the survey as in what is heard now: a packet that
    is lost once says nothing of the place. `background` is how much of a place's likelihood is that of any place, in
    prints.
    """

    window_s: float = 0.5
    reach_m: float = 0.6
    differ_db: float = 6.0
    background: float = 0.3
    hold_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """Levels heard together, shape (prints, gateways) in dBm, and the weight of each print at each place."""

    levels_dbm: Floats
    weight: Floats
    settings: PrintSettings

    @staticmethod
    def of(survey: Survey, places: Places, settings: PrintSettings) -> Fingerprints:
        """Bring the survey's readings together; where no time was noted, all of a place belongs together."""
        window = np.where(np.isnan(survey.time_s), 0.0, np.floor(survey.time_s / settings.window_s))
        standing = np.column_stack(
            [survey.floor, np.round(survey.x_m / SAME_PLACE_M), np.round(survey.y_m / SAME_PLACE_M), window]
        )
        _, first, mine = np.unique(standing, axis=0, return_index=True, return_inverse=True)
        shape = len(first), len(survey.gateways)
        total, count = np.zeros(shape), np.zeros(shape)
        np.add.at(total, (mine, survey.gateway), survey.rssi_dbm)
        np.add.at(count, (mine, survey.gateway), 1.0)
        mean = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
        levels = _kept(mean, survey, first, settings.hold_s)
        levels = np.where(np.isnan(levels), UNHEARD_DBM, levels)
        number = {name: floor for floor, name in enumerate(places.floors)}
        floors = np.array([number[name] for name in survey.floors], dtype=np.int32)[survey.floor[first]]
        apart_m = cdist(
            np.column_stack([places.x_m, places.y_m]), np.column_stack([survey.x_m[first], survey.y_m[first]])
        )
        weight = np.exp(-(apart_m**2) / (2.0 * settings.reach_m**2)) * (places.floor[:, None] == floors)
        return Fingerprints(levels_dbm=levels, weight=weight, settings=settings)

    def log_likelihood(self, levels_dbm: Floats) -> Floats:
        """Of each place (up to a constant), for what is heard now; nan where a gateway hears nothing."""
        now = np.where(np.isnan(levels_dbm), UNHEARD_DBM, levels_dbm)
        apart = np.sum((self.levels_dbm - now) ** 2, axis=1)
        alike = np.exp(-(apart - apart.min()) / (2.0 * self.settings.differ_db**2))
        background = self.settings.background
        share: Floats = (self.weight @ alike + background * alike.mean()) / (self.weight.sum(axis=1) + background)
        return np.log(np.maximum(share, 1e-12))

    def novelty(self, levels_dbm: Floats) -> float:
        """Distance to the nearest print in units of what is heard: large where the survey never was."""
        now = np.where(np.isnan(levels_dbm), UNHEARD_DBM, levels_dbm)
        nearest = float(np.sqrt(np.min(np.sum((self.levels_dbm - now) ** 2, axis=1))))
        return nearest / float(np.linalg.norm(now - UNHEARD_DBM) + 1.0)


def _kept(levels_dbm: Floats, survey: Survey, row: np.ndarray, hold_s: float) -> Floats:
    """Levels of prints (nan: unheard), each gap filled with that gateway's level shortly before and close by.

    `row` is a row of the survey for each print. Without times nothing is filled.
    """
    order = np.argsort(survey.time_s[row], kind="stable")
    time_s, floor = survey.time_s[row][order], survey.floor[row][order]
    x_m, y_m = survey.x_m[row][order], survey.y_m[row][order]
    kept = levels_dbm[order]
    for column in kept.T:
        before = np.maximum.accumulate(np.where(np.isnan(column), 0, np.arange(len(column))))
        fresh = (time_s - time_s[before] <= hold_s) & (floor == floor[before])
        near = np.hypot(x_m - x_m[before], y_m - y_m[before]) <= CLOSE_BY_M
        column[:] = np.where(fresh & near, column[before], column)
    filled: Floats = np.empty_like(kept)
    filled[order] = kept
    return filled
