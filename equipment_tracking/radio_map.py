"""The radio map: how strongly each gateway hears a tag at each place, learned from a survey.

For each gateway a path loss over the logarithm of the distance (where its position is unknown one level, and silence
far from where it was heard), and over it a Gaussian process with an exponential kernel for what walls and furniture do
(Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, algorithm 2.1). What a gateway does not hear says
something too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from equipment_tracking.columns import Floats, Survey
from equipment_tracking.places import Places

Points = NDArray[np.float64]
TAG_HEIGHT_M = 0.5
"""Height of a tag over the floor when gateways are higher up: assumed, on trolleys and pumps."""
FAINT = 1e-3
"""Where less than this share of a gateway is left, it is silent."""
MANY = 8
"""Readings of one cell count as so many independent ones at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """How the map is learned: cells of `cell_m`, deviations of `deviation_db` alike over `reach_m`, noise of a reading.

    `silent_dbm` and `silent_db` are where and how fast reception ends; `floor_height_m` parts floors. `heard_only`: far
    from where a survey of the whole site heard a gateway it is silent, even if its position is known: a path loss is
    fitted to what could be heard, and promises too much far off.
    """

    cell_m: float = 0.4
    deviation_db: float = 5.0
    reach_m: float = 3.0
    noise_db: float = 8.0
    silent_dbm: float = -88.0
    silent_db: float = 3.0
    floor_height_m: float = 4.0
    heard_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioMap:
    """Mean signal and its uncertainty by gateway and place; `heard` is the share of packets that arrive.

    Arrays of shape (gateways, places), in dBm, dB and from 0 to 1.
    """

    gateways: tuple[str, ...]
    mean_dbm: Floats
    spread_db: Floats
    heard: Floats


def learn(
    survey: Survey,
    places: Places,
    positions: Mapping[str, tuple[float, float, float]],
    settings: MapSettings,
) -> RadioMap:
    """Learn the map. `positions` are metres x, y and height of the gateways that are known, by name.

    Raises ValueError for a survey without readings.
    """
    if not len(survey.rssi_dbm):
        raise ValueError("the survey has no readings: walk it again with a tag that sends")
    where = _points(places.x_m, places.y_m, places.floor, settings.floor_height_m)
    mean_dbm = np.empty((len(survey.gateways), len(places)))
    spread_db = np.empty_like(mean_dbm)
    heights = _survey_floors(survey, places)
    stood = _points(survey.x_m, survey.y_m, heights, settings.floor_height_m)
    for number, gateway in enumerate(survey.gateways):
        mine = survey.gateway == number
        cells, level_dbm, count = _cells(stood[mine], survey.rssi_dbm[mine], settings.cell_m)
        mean_dbm[number], spread_db[number] = _regress(cells, level_dbm, count, where, positions.get(gateway), settings)
    silent = 1.0 / (1.0 + np.exp((mean_dbm - settings.silent_dbm) / settings.silent_db))
    return RadioMap(gateways=survey.gateways, mean_dbm=mean_dbm, spread_db=spread_db, heard=1.0 - (0.03 + 0.9 * silent))


def _points(x_m: Floats, y_m: Floats, floor: NDArray[np.int32], height_m: float) -> Points:
    return np.column_stack([x_m, y_m, floor * height_m])


def _survey_floors(survey: Survey, places: Places) -> NDArray[np.int32]:
    number = {name: place for place, name in enumerate(places.floors)}
    return np.array([number[name] for name in survey.floors], dtype=np.int32)[survey.floor]


def _cells(stood: Points, rssi_dbm: Floats, cell_m: float) -> tuple[Points, Floats, Floats]:
    """Readings of one gateway brought together: middle, mean level and number of readings of each cell."""
    if not len(stood):
        return np.empty((0, 3)), np.empty(0), np.empty(0)
    _, cell = np.unique(np.round(stood / cell_m), axis=0, return_inverse=True)
    count = np.bincount(cell).astype(np.float64)
    middle = np.column_stack([np.bincount(cell, column) / count for column in stood.T])
    return middle, np.bincount(cell, rssi_dbm) / count, count


def _regress(
    cells: Points,
    level_dbm: Floats,
    count: Floats,
    where: Points,
    position: tuple[float, float, float] | None,
    settings: MapSettings,
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of one gateway's level at each place."""
    mean_dbm = np.full(len(where), settings.silent_dbm - 20.0)
    spread_db = np.full(len(where), settings.deviation_db)
    if not len(cells):
        return mean_dbm, spread_db
    if position is None or settings.heard_only:
        share = _within_hearing(where, cells, settings)
        near = share > FAINT
        mean, spread_db[near] = _krige(cells, level_dbm, count, where[near], position, settings)
        mean_dbm[near] += share[near] * (mean - mean_dbm[near])
        return mean_dbm, spread_db
    return _krige(cells, level_dbm, count, where, position, settings)


def _krige(
    cells: Points,
    level_dbm: Floats,
    count: Floats,
    where: Points,
    position: tuple[float, float, float] | None,
    settings: MapSettings,
) -> tuple[Floats, Floats]:
    """The trend, and over it what cells nearby deviate from it, with its standard deviation."""
    trend = np.linalg.lstsq(_path_loss(cells, position), level_dbm, rcond=None)[0]
    rest_db = level_dbm - _path_loss(cells, position) @ trend
    covariance = _alike(cells, cells, settings)
    covariance[np.diag_indices_from(covariance)] += settings.noise_db**2 / np.minimum(count, MANY) + 1.0
    factor = cholesky(covariance, lower=True)
    to_places = _alike(where, cells, settings)
    mean_dbm = _path_loss(where, position) @ trend + to_places @ cho_solve((factor, True), rest_db)
    known = solve_triangular(factor, to_places.T, lower=True)
    variance = settings.deviation_db**2 - np.sum(known**2, axis=0)
    return mean_dbm, np.sqrt(np.maximum(variance, 0.1))


def _path_loss(points: Points, position: tuple[float, float, float] | None) -> Points:
    """Columns of the trend: a level, and minus ten times the logarithm of the distance."""
    level = np.ones((len(points), 1))
    if position is None:
        return level
    tag = points + np.array([0.0, 0.0, TAG_HEIGHT_M])
    distance_m = np.linalg.norm(tag - np.array(position), axis=1)
    return np.column_stack([level, -10.0 * np.log10(np.maximum(distance_m, 0.3))])


def _alike(a: Points, b: Points, settings: MapSettings) -> Points:
    covariance: Points = settings.deviation_db**2 * np.exp(-cdist(a, b) / settings.reach_m)
    return covariance


def _within_hearing(where: Points, cells: Points, settings: MapSettings) -> Floats:
    """1 up to two reaches from where a gateway was heard, then falling to 0: without a position nothing else tells."""
    nearest_m = cKDTree(cells).query(where)[0]
    share: Floats = np.exp(-np.maximum(nearest_m - 2.0 * settings.reach_m, 0.0) / settings.reach_m)
    return share
