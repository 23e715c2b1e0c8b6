"""What has changed since the survey: how much louder other tags are, and gateways that are new, silent or moved.

Survey and labels are compared in the cells of the floor where both were, so that it does not matter that robots never
enter most rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from equipment_tracking.calibration.labels import BASE, SOURCES, Labels, moments, points, some
from equipment_tracking.columns import Floats, Indexes
from equipment_tracking.places import Places

CELL_M = 2.0
"""Cells in which survey and labels are compared."""
MOVED_M = 5.0
"""A gateway whose centre of loudness went further has moved."""
FEWEST_CELLS = 3
"""Of these both survey and labels must have heard a gateway, to say that it has moved."""
LOUDEST, QUIETER_DB = 3, 10.0
"""And it must be so much quieter now in the cells where it was loudest, and have been so where it is loudest now."""
UNHEARD_DBM = -100.0
"""Stands for the level where a gateway was not heard, in cells where it might have been."""
FEWEST_MOMENTS = 3
"""Of a cell, for silence there to mean anything."""
SURE_ROWS = 10.0
"""A gateway is silent when by the survey so many readings were to be expected and none came."""
FEWEST_GATEWAYS = 3
"""Of fewer one cannot say whether they have changed or the tag is a louder one."""
State = Literal["same", "new", "silent", "moved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """By gateway, in the order of the labels' gateways: its state, and how far its centre of loudness went (or nan)."""

    state: tuple[State, ...]
    moved_m: Floats
    centre_m: Floats
    """Where it is loudest in the labels, shape (gateways, 3), nan where it was not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """Mean level (dBm) and number of readings by gateway and cell, in ascending order of both."""

    gateway: Indexes
    cell: Indexes
    level_dbm: Floats
    count: Floats


def offsets_db(labels: Labels, places: Places, floor_height_m: float) -> dict[str, float]:
    """How much louder than the survey's the tags of each other source are: the median over all gateways.

    Few gateways change at a time, so what most of them say is the tag's doing and not theirs.
    """
    cell, _ = _cells(points(labels.rows, places, floor_height_m))
    surveyed = _levels(labels, cell, labels.source == BASE)
    louder_db = {}
    for number, name in enumerate(SOURCES):
        if number == BASE or not np.any(labels.source == number):
            continue
        heard = _levels(labels, cell, labels.source == number)
        mine, theirs = _common(heard, surveyed)
        by_gateway = [
            np.median(heard.level_dbm[mine][of] - surveyed.level_dbm[theirs][of])
            for of in (heard.gateway[mine] == gateway for gateway in np.unique(heard.gateway[mine]))
        ]
        louder_db[str(name)] = float(np.median(by_gateway)) if len(by_gateway) >= FEWEST_GATEWAYS else 0.0
    return louder_db


def compare(labels: Labels, places: Places, floor_height_m: float) -> Changes:
    """The state of every gateway by its labels, beside the survey among them."""
    where = points(labels.rows, places, floor_height_m)
    cell, middle = _cells(where)
    is_survey = labels.source == BASE
    count = len(labels.rows.gateways)
    both = np.intersect1d(cell[is_survey], cell[~is_survey])
    shared = np.isin(cell, both)
    before, after = _levels(labels, cell, shared & is_survey), _levels(labels, cell, shared & ~is_survey)
    stood = _moments_by_cell(labels, cell, shared & is_survey, len(middle))
    passed = _moments_by_cell(labels, cell, shared & ~is_survey, len(middle))
    expected = _expected(before, stood, passed, count)
    quieter_db = np.minimum(_quieter_db(before, after, passed, count), _quieter_db(after, before, stood, count))
    rows_before = np.bincount(labels.rows.gateway[is_survey], minlength=count)
    rows_after = np.bincount(labels.rows.gateway[~is_survey], minlength=count)
    first, second = _centres(before, middle, count), _centres(after, middle, count)
    moved_m = np.sqrt(np.sum((second - first) ** 2, axis=1))
    states: list[State] = []
    for gateway in range(count):
        if not rows_before[gateway]:
            states.append("new" if rows_after[gateway] else "same")
        elif not rows_after[gateway]:
            states.append("silent" if expected[gateway] >= SURE_ROWS else "same")
        else:
            has_moved = moved_m[gateway] > MOVED_M and quieter_db[gateway] > QUIETER_DB
            states.append("moved" if has_moved else "same")
    return Changes(state=tuple(states), moved_m=moved_m, centre_m=second)


def _cells(where: Floats) -> tuple[Indexes, Floats]:
    """The cell of each row, and the middle of each cell."""
    corner, cell = np.unique(np.floor(where / CELL_M), axis=0, return_inverse=True)
    return cell.astype(np.int32), (corner + 0.5) * CELL_M


def _levels(labels: Labels, cell: Indexes, rows: np.ndarray) -> _Levels:
    gateways = len(labels.rows.gateways)
    key, mine = np.unique(cell[rows].astype(np.int64) * gateways + labels.rows.gateway[rows], return_inverse=True)
    count = np.bincount(mine, minlength=len(key)).astype(np.float64)
    level_dbm = np.bincount(mine, labels.rows.rssi_dbm[rows], minlength=len(key)) / np.maximum(count, 1.0)
    cells = (key // max(gateways, 1)).astype(np.int32)
    return _Levels(gateway=(key % max(gateways, 1)).astype(np.int32), cell=cells, level_dbm=level_dbm, count=count)


def _common(one: _Levels, other: _Levels) -> tuple[np.ndarray, np.ndarray]:
    """Positions in both of what both have."""
    gateways = int(max(one.gateway.max(initial=0), other.gateway.max(initial=0))) + 1
    ours, others = (levels.cell.astype(np.int64) * gateways + levels.gateway for levels in (one, other))
    _, mine, theirs = np.intersect1d(ours, others, assume_unique=True, return_indices=True)
    return mine, theirs


def _centres(levels: _Levels, middle: Floats, gateways: int) -> Floats:
    """Where each gateway is loudest: the mean of its cells by power; nan for one that few cells heard."""
    power = 10.0 ** (levels.level_dbm / 10.0)
    total = np.bincount(levels.gateway, power, gateways)
    cells = np.bincount(levels.gateway, minlength=gateways)
    sums = [np.bincount(levels.gateway, power * axis[levels.cell], gateways) for axis in middle.T]
    centre: Floats = np.column_stack(sums) / np.where(cells >= FEWEST_CELLS, total, np.nan)[:, None]
    return centre


def _expected(levels: _Levels, stood: Floats, passed: Floats, gateways: int) -> Floats:
    """Readings by gateway that the labels would have were the gateways as in the survey; moments are by cell."""
    share = np.minimum(levels.count / np.maximum(stood[levels.cell], 1.0), 1.0)
    return np.asarray(np.bincount(levels.gateway, share * passed[levels.cell], gateways), dtype=np.float64)


def _quieter_db(loud: _Levels, other: _Levels, moments_of_other: Floats, gateways: int) -> Floats:
    """By how much each gateway is quieter for the other where it is loudest for the one; 0 where nobody can say.

    Where the other did not hear it in `FEWEST_MOMENTS` or more it counts as `UNHEARD_DBM`.
    """
    mine, theirs = _common(loud, other)
    level_dbm = np.full(len(loud.cell), np.nan)
    level_dbm[moments_of_other[loud.cell] >= FEWEST_MOMENTS] = UNHEARD_DBM
    level_dbm[mine] = other.level_dbm[theirs]
    told = np.flatnonzero(~np.isnan(level_dbm))
    told = told[np.lexsort((-loud.level_dbm[told], loud.gateway[told]))]
    gateway = loud.gateway[told]
    told = told[np.arange(len(told)) - np.searchsorted(gateway, gateway) < LOUDEST]
    cells = np.bincount(loud.gateway[told], minlength=gateways)
    total = np.bincount(loud.gateway[told], (loud.level_dbm - level_dbm)[told], gateways)
    return np.asarray(total / np.maximum(cells, 1), dtype=np.float64)


def _moments_by_cell(labels: Labels, cell: Indexes, rows: np.ndarray, cells: int) -> Floats:
    count, moment = moments(some(labels, rows))
    cell_of = np.zeros(count, dtype=np.int64)
    cell_of[moment] = cell[rows]
    return np.bincount(cell_of, minlength=cells).astype(np.float64)
