"""Labels: readings at places that somebody or something knew, be it a surveyor, a robot, a dock or a porter's tap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from scipy.spatial import cKDTree

from equipment_tracking.columns import Floats, Indexes, Survey
from equipment_tracking.held_out import rows_of
from equipment_tracking.places import Places
from equipment_tracking.tables import STRONGEST_DBM, WEAKEST_DBM, Table, numbered

Source = Literal["base", "survey", "robot", "dock", "tap"]
SOURCES: tuple[Source, ...] = get_args(Source)
BASE, TAP = SOURCES.index("base"), SOURCES.index("tap")
"""The base is the survey that all else is compared with; a survey that comes later is a label like others."""
MOMENT_S = 0.5
"""Readings of one tag at one place within so long belong together."""
SAME_PLACE_M = 0.05
OUTSIDE_M = 15.0
"""A label further than this from every place of its floor is not of this site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Readings at known places; `source` is a position in `SOURCES`, `tag` one in `tags` ("" where nobody noted it)."""

    rows: Survey
    source: Indexes
    tag: Indexes
    tags: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.source)


def read_labels(path: Path) -> Labels:
    """Labels with the columns `x,y,floor,gateway,rssi,time,source[,tag]`, all at once. Raises TableErrors."""
    table = Table(path, ("x", "y", "floor", "gateway", "rssi", "time", "source"), ("tag",))
    x_m, y_m, time_s = table.numbers("x"), table.numbers("y"), table.numbers("time")
    rssi_dbm = table.numbers("rssi", WEAKEST_DBM, STRONGEST_DBM)
    floors, floor = numbered(table.names("floor"))
    gateways, gateway = numbered(table.names("gateway"))
    tags, tag = numbered([name or "" for name in table.optional("tag")])
    number = {str(name): place for place, name in enumerate(SOURCES) if place != BASE}
    source = np.zeros(len(x_m), dtype=np.int32)
    for row, name in enumerate(table.names("source")):
        source[row] = number.get(name, BASE)
        if name and name not in number:
            table.refuse(row, "source", f"{name!r} is none of {', '.join(number)}")
    table.finish()
    rows = Survey(
        x_m=x_m,
        y_m=y_m,
        floor=floor,
        gateway=gateway,
        rssi_dbm=rssi_dbm,
        time_s=time_s,
        floors=floors,
        gateways=gateways,
    )
    return Labels(rows=rows, source=source, tag=tag, tags=tags)


def of_survey(survey: Survey) -> Labels:
    """A survey as the base."""
    count = len(survey.x_m)
    return Labels(
        rows=survey, source=np.full(count, BASE, dtype=np.int32), tag=np.zeros(count, dtype=np.int32), tags=("",)
    )


def some(labels: Labels, rows: np.ndarray) -> Labels:
    """Some rows, by mask or position."""
    return replace(labels, rows=rows_of(labels.rows, rows), source=labels.source[rows], tag=labels.tag[rows])


def together(first: Labels, second: Labels) -> Labels:
    """The rows of both, one after the other, under the names of both."""
    tags, (tag_a, tag_b) = _merged(first.tags, second.tags)
    return Labels(
        rows=joined(first.rows, second.rows),
        source=np.concatenate([first.source, second.source]),
        tag=np.concatenate([tag_a[first.tag], tag_b[second.tag]]),
        tags=tags,
    )


def joined(a: Survey, b: Survey) -> Survey:
    """The rows of both, one after the other, under the names of both."""
    floors, (floor_a, floor_b) = _merged(a.floors, b.floors)
    gateways, (gateway_a, gateway_b) = _merged(a.gateways, b.gateways)
    return Survey(
        x_m=np.concatenate([a.x_m, b.x_m]),
        y_m=np.concatenate([a.y_m, b.y_m]),
        floor=np.concatenate([floor_a[a.floor], floor_b[b.floor]]),
        gateway=np.concatenate([gateway_a[a.gateway], gateway_b[b.gateway]]),
        rssi_dbm=np.concatenate([a.rssi_dbm, b.rssi_dbm]),
        time_s=np.concatenate([a.time_s, b.time_s]),
        floors=floors,
        gateways=gateways,
    )


def points(survey: Survey, places: Places, floor_height_m: float) -> Floats:
    """Where the rows are, shape (rows, 3), in metres; floors lie `floor_height_m` apart in the order of the places."""
    number = {name: place for place, name in enumerate(places.floors)}
    floor = np.array([number[name] for name in survey.floors], dtype=np.int32)[survey.floor]
    return np.column_stack([survey.x_m, survey.y_m, floor * floor_height_m])


def inside(labels: Labels, places: Places, floor_height_m: float) -> np.ndarray:
    """Which rows are on the site, within `OUTSIDE_M` of a place; floors must be the site's."""
    there = np.column_stack([places.x_m, places.y_m, places.floor * 1e3])
    here = points(labels.rows, places, floor_height_m)
    here[:, 2] *= 1e3 / floor_height_m
    apart_m = np.asarray(cKDTree(there).query(here)[0])
    return apart_m <= OUTSIDE_M


def moments(labels: Labels) -> tuple[int, Indexes]:
    """How many moments there are, and which one each row belongs to; without time all of a place is one."""
    rows = labels.rows
    window = np.where(np.isnan(rows.time_s), -1.0, np.floor(rows.time_s / MOMENT_S))
    place = np.round(np.column_stack([rows.x_m, rows.y_m]) / SAME_PLACE_M)
    _, mine = np.unique(
        np.column_stack([labels.source, labels.tag, rows.floor, place, window]), axis=0, return_inverse=True
    )
    return int(mine.max(initial=-1)) + 1, mine.astype(np.int32)


def _merged(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Indexes, Indexes]]:
    """All names, and the new number of each name of either."""
    known = tuple(sorted({*first, *second}))
    number = {name: place for place, name in enumerate(known)}
    a, b = (np.array([number[name] for name in names], dtype=np.int32) for names in (first, second))
    return known, (a, b)
