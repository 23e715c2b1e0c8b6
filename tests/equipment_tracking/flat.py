"""A flat of two rooms with a wall between them and eight gateways, and a tag that is pushed through it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from equipment_tracking.columns import Floats, Readings, Survey, Truth
from equipment_tracking.places import Places

WIDTH_M, DEPTH_M, WALL_M = 12.0, 6.0, 6.0
DOOR_M = (2.0, 3.5)
GATEWAYS = {f"{x}:{y}": (x, y, 2.5) for x in (0.5, 4.0, 8.0, 11.5) for y in (0.5, 5.5)}
WALL_DB = 8.0


def room_at(x_m: float, _y_m: float) -> str:
    return "west" if x_m < WALL_M else "east"


def passable(x1: Floats, y1: Floats, x2: Floats, y2: Floats) -> np.ndarray:
    """Through the wall only at the door."""
    through = (x1 < WALL_M) != (x2 < WALL_M)
    at_door = ((y1 + y2) / 2 > DOOR_M[0]) & ((y1 + y2) / 2 < DOOR_M[1])
    return ~through | at_door


def places(spacing_m: float = 0.5) -> Places:
    corners = [(0.0, 0.0), (WIDTH_M, DEPTH_M)]
    return Places.grid(corners, spacing_m, is_passable=passable, room_of=room_at)


def level_dbm(x_m: Floats, y_m: Floats, gateways: Mapping[str, tuple[float, float, float]] = GATEWAYS) -> Floats:
    """Mean level by row and gateway: free space and a wall."""
    columns = []
    for gx, gy, gz in gateways.values():
        distance_m = np.sqrt((x_m - gx) ** 2 + (y_m - gy) ** 2 + (gz - 0.5) ** 2)
        columns.append(-50.0 - 22.0 * np.log10(distance_m) - WALL_DB * ((x_m < WALL_M) != (gx < WALL_M)))
    return np.column_stack(columns)


def walk(seconds: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """Time, x and y of a tag that goes round both rooms at half a metre a second, four times a second."""
    corners = [(1.0, 1.0), (1.0, 5.0), (5.0, 5.0), (5.0, 2.75), (7.0, 2.75), (11.0, 5.0), (11.0, 1.0), (7.0, 2.75)]
    corners += [(5.0, 2.75), (1.0, 1.0)]
    legs_m = np.hypot(*np.diff(np.array(corners), axis=0).T)
    gone_m = np.concatenate([[0.0], np.cumsum(legs_m)])
    time_s = np.arange(0.0, seconds, 0.25)
    way_m = (0.5 * time_s + 7.0 * seed) % gone_m[-1]
    return (
        time_s,
        np.interp(way_m, gone_m, [x for x, _ in corners]),
        np.interp(way_m, gone_m, [y for _, y in corners]),
    )


def survey(seconds: float = 400.0, seed: int = 1) -> Survey:
    """A walk during which every gateway hears every packet, give or take 3 dB."""
    time_s, x_m, y_m = walk(seconds, seed)
    rssi = level_dbm(x_m, y_m) + np.random.default_rng(seed).normal(0.0, 3.0, (len(time_s), len(GATEWAYS)))
    row, gateway = (axis.ravel() for axis in np.indices(rssi.shape))
    return Survey(
        x_m=x_m[row],
        y_m=y_m[row],
        floor=np.zeros(len(row), dtype=np.int32),
        gateway=gateway.astype(np.int32),
        rssi_dbm=rssi.ravel(),
        time_s=time_s[row],
        floors=("0",),
        gateways=tuple(GATEWAYS),
    )


def heard(seconds: float = 120.0, seed: int = 2) -> tuple[Readings, Truth]:
    """Another walk, as readings and truth."""
    walked = survey(seconds, seed)
    time_s, x_m, y_m = walk(seconds, seed)
    readings = Readings(
        time_s=walked.time_s,
        tag=np.zeros(len(walked.time_s), dtype=np.int32),
        gateway=walked.gateway,
        rssi_dbm=walked.rssi_dbm,
        tags=("pump",),
        gateways=walked.gateways,
    )
    truth = Truth(
        time_s=time_s,
        tag=np.zeros(len(time_s), dtype=np.int32),
        x_m=x_m,
        y_m=y_m,
        floor=np.zeros(len(time_s), dtype=np.int32),
        room=tuple(room_at(x, y) for x, y in zip(x_m.tolist(), y_m.tolist(), strict=True)),
        tags=("pump",),
        floors=("0",),
    )
    return readings, truth
