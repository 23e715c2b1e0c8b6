"""An office: one tag carried along five straight tracks, twelve gateways, a survey of points that stood still.

F. S. Daniş, A. T. Naskali, A. T. Cemgil, C. Ersoy, An indoor localization dataset and data collection framework with
high precision position annotation, Pervasive and Mobile Computing 81, 2022; data under CC0.
"""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from benchmarks.positioning import FLOOR, Case, Fold, read_members, rows_where, select_readings, select_truth
from equipment_tracking.columns import Floats, Readings, Survey, Truth
from equipment_tracking.places import Places

ARCHIVE = "philotuxo.tar.xz"
DEVICES, OCCUPANCY = "philotuxo/cnf/tetam.dev", "philotuxo/occ/tetam_0.5.occ"
POINTS, TRACKS = "philotuxo/hst/", "philotuxo/trk/straight_"
WINDOW_S = 2.0
STEP_S = 0.5
WARM_UP_S = 4.0
"""The first estimate asked of a track: a method with memory needs something to remember."""
TAG_HEIGHT_M = 1.85
"""Height of most points of the survey and of the tracks."""
BLOCKED = 1
"""The occupancy map says the reverse of its description."""

Cells = dict[tuple[int, int], int]
Chosen = NDArray[np.bool_]


def load(data: Path) -> Case:
    """The office, its survey and all five tracks, each a tag of its own."""
    texts = read_members(data / ARCHIVE, _wanted)
    for name in (DEVICES, OCCUPANCY):
        if name not in texts:
            raise FileNotFoundError(f"{name} is missing in {ARCHIVE}: fetch the archive anew")
    address = positions_of(texts[DEVICES])
    gateways = tuple(address)
    survey = _survey({name: text for name, text in texts.items() if name.startswith(POINTS)}, gateways)
    readings, truth = _tracks({name: text for name, text in texts.items() if name.startswith(TRACKS)}, gateways)
    return Case(
        name="philotuxo",
        survey=survey,
        runs=np.zeros(len(survey.x_m), dtype=np.int32),
        readings=readings,
        truth=truth,
        positions=address,
        places=places_of(texts[OCCUPANCY]),
        room_of=None,
        right_within_m=2.0,
        window_s=WINDOW_S,
        tag_height_m=TAG_HEIGHT_M,
    )


def folds(case: Case) -> list[Fold]:
    """Each track left out once; the others stay with the survey, to tune on."""
    return [
        Fold(
            name=name,
            train=replace(
                case,
                readings=select_readings(case.readings, rows_where(case.readings.tag != tag)),
                truth=select_truth(case.truth, rows_where(case.truth.tag != tag)),
            ),
            readings=select_readings(case.readings, rows_where(case.readings.tag == tag)),
            truth=select_truth(case.truth, rows_where(case.truth.tag == tag)),
        )
        for tag, name in enumerate(case.truth.tags)
    ]


def positions_of(devices: str) -> dict[str, tuple[float, float, float]]:
    """Metres x, y and height of each gateway by its address, from the line of the file that begins with Dongles."""
    line = next(line for line in devices.splitlines() if line.startswith("Dongles:"))
    found = {name: tuple(map(float, entry[0])) for name, entry in json.loads(line.removeprefix("Dongles:")).items()}
    return {name: (x, y, height) for name, (x, y, height) in sorted(found.items())}


def places_of(occupancy: str) -> Places:
    """Points amid the free cells. A cell is named after its corner furthest from the origin.

    That is how the maps of 0.1 and 0.5 m a cell, and the tracks, fit one another.
    """
    head, *lines = occupancy.splitlines()
    limits, size = head.split("::")
    cell_m = float(size)
    cells: Cells = {}
    for line in filter(None, lines):
        corner, state = line.split("::")
        x, y = (round(metres / cell_m) for metres in ast.literal_eval(corner))
        cells[x, y] = int(state)
    low, high = ast.literal_eval(limits)

    def is_free(x_m: Floats, y_m: Floats) -> Chosen:
        numbers = zip(
            np.ceil(x_m / cell_m).astype(int).tolist(), np.ceil(y_m / cell_m).astype(int).tolist(), strict=True
        )
        return np.array([cells.get(number, BLOCKED) != BLOCKED for number in numbers], dtype=np.bool_)

    def is_passable(x1: Floats, y1: Floats, x2: Floats, y2: Floats) -> Chosen:
        """Nobody squeezes diagonally between two blocked cells."""
        return is_free(x1, y2) | is_free(x2, y1)

    return Places.grid([tuple(low), tuple(high)], cell_m, floor=FLOOR, is_open=is_free, is_passable=is_passable)


def _wanted(name: str) -> bool:
    return name in {DEVICES, OCCUPANCY} or (name.startswith((POINTS, TRACKS)) and name.endswith(".mbd"))


def _rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines() if line]


def _survey(texts: dict[str, str], gateways: tuple[str, ...]) -> Survey:
    """One file a gateway and point, `<gateway>_<x>_<y>_<height>.mbd`; lines of time, gateway, tag and level."""
    number = {name: index for index, name in enumerate(gateways)}
    x_m, y_m, gateway, rssi_dbm, time_s = [], [], [], [], []
    for name in sorted(texts):
        _, x, y, _ = PurePosixPath(name).stem.split("_")
        for time, heard_by, _, level in _rows(texts[name]):
            x_m.append(float(x))
            y_m.append(float(y))
            gateway.append(number[heard_by])
            rssi_dbm.append(float(level))
            time_s.append(float(time))
    return Survey(
        x_m=np.array(x_m),
        y_m=np.array(y_m),
        floor=np.zeros(len(x_m), dtype=np.int32),
        gateway=np.array(gateway, dtype=np.int32),
        rssi_dbm=np.array(rssi_dbm),
        time_s=np.array(time_s),
        floors=(FLOOR,),
        gateways=gateways,
    )


def _tracks(texts: dict[str, str], gateways: tuple[str, ...]) -> tuple[Readings, Truth]:
    """One file a track; lines of time, gateway, tag, level, x, y, height and orientation."""
    number = {name: index for index, name in enumerate(gateways)}
    tags = tuple(PurePosixPath(name).stem.removesuffix("_all_sensors") for name in sorted(texts))
    heard, ways = [], []
    for tag, name in enumerate(sorted(texts)):
        rows = _rows(texts[name])
        track = np.array([[float(row[0]), tag, number[row[1]], float(row[3])] for row in rows])
        at = np.array([[float(row[0]), float(row[4]), float(row[5])] for row in rows])
        at = at[np.argsort(at[:, 0], kind="stable")]
        steps_s = np.arange(at[0, 0] + WARM_UP_S, at[-1, 0], STEP_S)
        x_m, y_m = (np.interp(steps_s, at[:, 0], at[:, axis]) for axis in (1, 2))
        heard.append(track)
        ways.append(np.column_stack([steps_s, np.full(len(steps_s), tag), x_m, y_m]))
    readings, truth = (
        columns[np.argsort(columns[:, 0], kind="stable")] for columns in map(np.concatenate, (heard, ways))
    )
    return (
        Readings(
            time_s=readings[:, 0],
            tag=readings[:, 1].astype(np.int32),
            gateway=readings[:, 2].astype(np.int32),
            rssi_dbm=readings[:, 3],
            tags=tags,
            gateways=gateways,
        ),
        Truth(
            time_s=truth[:, 0],
            tag=truth[:, 1].astype(np.int32),
            x_m=truth[:, 2],
            y_m=truth[:, 3],
            floor=np.zeros(len(truth), dtype=np.int32),
            room=(None,) * len(truth),
            tags=tags,
            floors=(FLOOR,),
        ),
    )
