"""A flat with walls: one tag on a robot, six gateways, four survey runs and a test run kept apart.

M. Kolakowski, Automated calibration of RSS fingerprinting based systems using a mobile robot and machine learning,
Sensors 21:6270, 2021; data under CC BY 4.0.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.positioning import (
    FLOOR,
    Case,
    Fold,
    read_members,
    rows_where,
    select_readings,
    select_truth,
)
from equipment_tracking.columns import Floats, Indexes, Readings, Survey, Truth
from equipment_tracking.held_out import rows_of
from equipment_tracking.places import Places

ARCHIVE = "marckolak.tar.xz"
LAYOUT, ANCHORS = "marckolak/layout.csv", "marckolak/anchors.csv"
CALIBRATION, TEST = "marckolak/calibration/calibration_df.csv", "marckolak/tests/test_robot_df.csv"
SPACING_M = 0.3
GAP_S = 30.0
"""A longer pause begins a new run."""
ROW_S = 0.1
"""Rows are a third of a second apart and hold what was heard together."""
TAG_HEIGHT_M = 0.5
"""Height of the robot's tag: assumed, nobody noted it."""
TAG = "robot"

Points = NDArray[np.float64]
Chosen = NDArray[np.bool_]


def load(data: Path) -> Case:
    """The flat and its survey; the ways that are known are the survey's own. The test run is not read."""
    texts = read_members(data / ARCHIVE, lambda name: name in {LAYOUT, ANCHORS, CALIBRATION})
    outline = np.array([[float(row["x"]), float(row["y"])] for row in _rows(texts, LAYOUT)])
    positions = {row["id"]: (float(row["x"]), float(row["y"]), float(row["z"])) for row in _rows(texts, ANCHORS)}
    rows = _rows(texts, CALIBRATION)
    readings, truth, row_of = _columns(rows, tuple(positions))
    run = runs_of(truth.time_s)
    survey = Survey(
        x_m=truth.x_m[row_of],
        y_m=truth.y_m[row_of],
        floor=truth.floor[row_of],
        gateway=readings.gateway,
        rssi_dbm=readings.rssi_dbm,
        time_s=readings.time_s,
        floors=truth.floors,
        gateways=readings.gateways,
    )
    return Case(
        name="marckolak",
        survey=survey,
        runs=run[row_of],
        readings=readings,
        truth=truth,
        positions=positions,
        places=places_within(outline),
        room_of=room_of,
        right_within_m=2.0,
        window_s=ROW_S,
        tag_height_m=TAG_HEIGHT_M,
    )


def load_test(data: Path) -> tuple[Readings, Truth]:
    """The robot test. Settings are chosen on the survey's runs and committed before anybody calls this."""
    texts = read_members(data / ARCHIVE, lambda name: name in {ANCHORS, TEST})
    gateways = tuple(row["id"] for row in _rows(texts, ANCHORS))
    readings, truth, _ = _columns(_rows(texts, TEST), gateways)
    return readings, truth


def fold_of_test(data: Path) -> Fold:
    """The whole survey to learn from and the robot test."""
    readings, truth = load_test(data)
    case = load(data)
    return Fold(
        name="test_robot", train=_learned_from(case, rows_where(case.runs >= 0)), readings=readings, truth=truth
    )


def folds(case: Case) -> list[Fold]:
    """Each run of the survey left out once, whole: neighbouring rows of one run are too alike to test on."""
    truth_run = runs_of(case.truth.time_s)
    found = []
    for run in np.unique(case.runs):
        inside = rows_where(case.runs == run)
        found.append(
            Fold(
                name=f"run_{run + 1}",
                train=_learned_from(case, rows_where(case.runs != run)),
                readings=select_readings(case.readings, inside),
                truth=select_truth(case.truth, rows_where(truth_run == run)),
            )
        )
    return found


def _learned_from(case: Case, rows: Indexes) -> Case:
    """Rows of the survey and nothing else: no other way is known."""
    nothing = rows[:0]
    return replace(
        case,
        survey=rows_of(case.survey, rows),
        runs=case.runs[rows],
        readings=select_readings(case.readings, nothing),
        truth=select_truth(case.truth, nothing),
    )


def runs_of(time_s: Floats) -> Indexes:
    """Number of the run of each row: a pause of more than `GAP_S` begins the next."""
    return np.cumsum(np.diff(time_s, prepend=time_s[:1]) > GAP_S).astype(np.int32)


def room_of(x_m: float, y_m: float) -> str:
    """The room by the walls of the flat's layout, six in all."""
    if y_m >= 2.1:
        return "north_west" if x_m < 2.64 else "north" if x_m < 6.32 else "north_east"
    return "south_west" if x_m < 1.985 else "south" if x_m < 3.96 else "south_east"


def places_within(outline: Points) -> Places:
    """Points within the closed outline; its edges are the walls."""
    return Places.grid(
        [(float(x), float(y)) for x, y in outline],
        SPACING_M,
        floor=FLOOR,
        is_open=lambda x, y: inside(outline, x, y),
        is_passable=lambda x1, y1, x2, y2: ~crosses(outline, np.column_stack([x1, y1]), np.column_stack([x2, y2])),
        room_of=room_of,
    )


def inside(outline: Points, x_m: Floats, y_m: Floats) -> Chosen:
    """Which points lie inside: a ray to the right crosses the outline an odd number of times."""
    odd = np.zeros(len(x_m), dtype=np.bool_)
    for (x1, y1), (x2, y2) in pairwise(outline):
        if y1 != y2:
            odd ^= ((y1 > y_m) != (y2 > y_m)) & (x_m < (x2 - x1) * (y_m - y1) / (y2 - y1) + x1)
    return odd


def crosses(outline: Points, begin: Points, end: Points) -> Chosen:
    """Which stretches from `begin` to `end` (both of shape (n, 2)) cross or touch an edge of the outline."""
    hit = np.zeros(len(begin), dtype=np.bool_)
    way = end - begin
    for corner, following in pairwise(outline):
        edge, apart = following - corner, corner - begin
        turn = way[:, 0] * edge[1] - way[:, 1] * edge[0]
        askew = np.abs(turn) > 1e-12
        along_way = np.divide(
            apart[:, 0] * edge[1] - apart[:, 1] * edge[0], turn, where=askew, out=np.full(len(way), 9.0)
        )
        along_edge = np.divide(
            apart[:, 0] * way[:, 1] - apart[:, 1] * way[:, 0], turn, where=askew, out=np.full(len(way), 9.0)
        )
        hit |= (np.abs(along_way - 0.5) <= 0.5 + 1e-9) & (np.abs(along_edge - 0.5) <= 0.5 + 1e-9)
    return hit


def _rows(texts: dict[str, str], name: str) -> list[dict[str, str]]:
    if name not in texts:
        raise FileNotFoundError(f"{name} is missing in {ARCHIVE}: fetch the archive anew")
    return list(csv.DictReader(io.StringIO(texts[name])))


def _columns(rows: list[dict[str, str]], gateways: tuple[str, ...]) -> tuple[Readings, Truth, Indexes]:
    """Readings and truth of a table with one row a fix and one column a gateway, and the row of each reading."""
    time_s = np.array([float(row["ts"]) for row in rows]) / 1e9
    order = np.argsort(time_s, kind="stable")
    levels = np.array([[float(row[f"rssi_{name}"] or "nan") for name in gateways] for row in rows])[order]
    x_m, y_m = (np.array([float(row[axis]) for row in rows])[order] for axis in ("x", "y"))
    time_s = time_s[order]
    row_of, gateway = (index.astype(np.int32) for index in np.nonzero(~np.isnan(levels)))
    readings = Readings(
        time_s=time_s[row_of],
        tag=np.zeros(len(row_of), dtype=np.int32),
        gateway=gateway,
        rssi_dbm=levels[row_of, gateway],
        tags=(TAG,),
        gateways=gateways,
    )
    truth = Truth(
        time_s=time_s,
        tag=np.zeros(len(rows), dtype=np.int32),
        x_m=x_m,
        y_m=y_m,
        floor=np.zeros(len(rows), dtype=np.int32),
        room=tuple(room_of(x, y) for x, y in zip(x_m.tolist(), y_m.tolist(), strict=True)),
        tags=(TAG,),
        floors=(FLOOR,),
    )
    return readings, truth, row_of
