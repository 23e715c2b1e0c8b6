"""Joins a walk with what gateways heard of the surveyor's tag meanwhile: a survey."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from equipment_tracking.calibration.walk import Track
from equipment_tracking.columns import Floats, Indexes, Readings, Survey

LONGEST_S = 60.0
"""Between stamps further apart in time the surveyor may have been anywhere."""
COLUMNS = ("x", "y", "floor", "gateway", "rssi", "time")


def where(track: Track, time_s: Floats) -> tuple[Floats, Floats, Indexes, np.ndarray]:
    """Where the surveyor was at these times, on a straight way from stamp to stamp: x, y, floor and whether known.

    Not known is what lies outside the walk, between stamps on different floors, or in a pause of over `LONGEST_S`.
    """
    after = np.clip(np.searchsorted(track.time_s, time_s, side="right"), 1, max(len(track.time_s) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(track.time_s) - 1)
    known = (time_s >= track.time_s[0]) & (time_s <= track.time_s[-1])
    known &= track.floor[before] == track.floor[after]
    known &= track.time_s[after] - track.time_s[before] <= LONGEST_S
    x_m = np.interp(time_s, track.time_s, track.x_m)
    y_m = np.interp(time_s, track.time_s, track.y_m)
    return x_m, y_m, track.floor[before], known


def join(track: Track, readings: Readings, tag: str) -> tuple[Survey, int]:
    """The survey of a tag's readings, and how many of them had to be left out. Its gateways are those that heard it.

    Raises ValueError for a tag that was not heard while its place was known.
    """
    if tag not in readings.tags:
        raise ValueError(f"the tag {tag} is not in the readings; there are {', '.join(readings.tags[:10])}")
    mine = np.flatnonzero(readings.tag == readings.tags.index(tag))
    x_m, y_m, floor, known = where(track, readings.time_s[mine])
    if not known.any():
        raise ValueError(f"no reading of the tag {tag} falls into the walk: see that both clocks agree")
    rows = mine[known]
    heard, gateway = np.unique(readings.gateway[rows], return_inverse=True)
    survey = Survey(
        x_m=x_m[known],
        y_m=y_m[known],
        floor=floor[known],
        gateway=gateway.astype(np.int32),
        rssi_dbm=readings.rssi_dbm[rows],
        time_s=readings.time_s[rows],
        floors=track.floors,
        gateways=tuple(readings.gateways[number] for number in heard.tolist()),
    )
    return survey, int(np.sum(~known))


def write_survey(path: Path, survey: Survey) -> None:
    """One line a reading: `x,y,floor,gateway,rssi,time`. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        columns = (survey.x_m, survey.y_m, survey.floor, survey.gateway, survey.rssi_dbm, survey.time_s)
        for x_m, y_m, floor, gateway, rssi_dbm, at_s in zip(*(column.tolist() for column in columns), strict=True):
            place = f"{x_m:.3f}", f"{y_m:.3f}", survey.floors[floor]
            out.writerow((*place, survey.gateways[gateway], f"{rssi_dbm:.2f}", f"{at_s:.3f}"))
