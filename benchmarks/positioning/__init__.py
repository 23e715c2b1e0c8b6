"""How well tags are located, measured on public data beside the usual methods: one case of data, several folds.

`python -m benchmarks.positioning DATA --set marckolak|philotuxo`, with DATA the folder of the two archives.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from equipment_tracking.columns import Floats, Indexes, Readings, Survey, Truth
from equipment_tracking.places import Places

FLOOR = "0"
"""Both buildings have one floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One building's data. `readings` and `truth` are tags whose way is known.

    In what a fold learns from, these are other ways than the one located, to tune on; none where the survey is all
    there is.

    `runs` is the run of each row of the survey. `positions` are metres x, y and height of the gateways. `room_of` says
    the room at a point, None where the building has no rooms; then an estimate is right within `right_within_m`.
    `window_s` is how long the methods without memory listen.
    """

    name: str
    survey: Survey
    runs: Indexes
    readings: Readings
    truth: Truth
    positions: Mapping[str, tuple[float, float, float]]
    places: Places
    room_of: Callable[[float, float], str | None] | None
    right_within_m: float
    window_s: float
    tag_height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What is learned from, and one tag's readings and truth that are not part of it."""

    name: str
    train: Case
    readings: Readings
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Where a method puts the tag at each time of the truth, in metres.

    `p_room` is the probability that the estimate is right (the room, or within the case's metres where there are no
    rooms); nan where the method makes no statement.
    """

    x_m: Floats
    y_m: Floats
    room: tuple[str | None, ...]
    p_room: Floats


Method = Callable[[Case, Readings, Floats], Estimates]
"""From what was learned from, one tag's readings and the times asked for; a causal method reads no later readings."""


def read_members(archive: Path, wanted: Callable[[str], bool]) -> dict[str, str]:
    """Texts of the wanted files of a .tar.xz by their names in it; no other file is read.

    Raises FileNotFoundError for a missing archive and for one that holds none of the wanted files.
    """
    if not archive.is_file():
        raise FileNotFoundError(f"{archive} is missing: give the folder that holds it")
    with tarfile.open(archive, "r:xz") as tar:
        found = {
            member.name: file.read().decode("utf-8")
            for member in tar
            if member.isfile() and wanted(member.name) and (file := tar.extractfile(member)) is not None
        }
    if not found:
        raise FileNotFoundError(f"{archive} holds none of the files asked for: is it the right archive?")
    return found


def select_readings(readings: Readings, rows: Indexes) -> Readings:
    """Some rows of the readings, in their order."""
    return Readings(
        time_s=readings.time_s[rows],
        tag=readings.tag[rows],
        gateway=readings.gateway[rows],
        rssi_dbm=readings.rssi_dbm[rows],
        tags=readings.tags,
        gateways=readings.gateways,
    )


def select_truth(truth: Truth, rows: Indexes) -> Truth:
    """Some rows of the truth."""
    return Truth(
        time_s=truth.time_s[rows],
        tag=truth.tag[rows],
        x_m=truth.x_m[rows],
        y_m=truth.y_m[rows],
        floor=truth.floor[rows],
        room=tuple(truth.room[row] for row in rows),
        tags=truth.tags,
        floors=truth.floors,
    )


def rows_where(chosen: Iterable[bool]) -> Indexes:
    """Numbers of the chosen rows."""
    return np.flatnonzero(np.asarray(chosen)).astype(np.int32)
