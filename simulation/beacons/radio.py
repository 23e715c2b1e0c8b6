"""How strongly each gateway hears a tag at each spot on average: distance, walls, floors and what stands around.

The multi-wall model of COST 231 (final report, 1999, ch. 4.7): free-space loss over the distance, a loss for every wall
crossed and one for floors that grows less than their number. ITU-R P.1238 puts the same into one exponent (28 to 30 dB
a decade in offices at 2.4 GHz); here the walls are known, so they are counted. Around that mean lies shadowing that is
frozen in place, with exponential correlation over space (Gudmundson, Electronics Letters 27(23), 1991).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes
from routing.compiled import helper, kernel
from simulation.beacons.gateways import Gateways
from simulation.beacons.ground import Ground
from simulation.beacons.walls import Lookup, Walls
from simulation.chance import stream

FLOOR_DB = 18.3
"""Loss through one floor (COST 231, same place)."""
FLOOR_BENT = 0.46
"""How much less further floors cost (COST 231, same place)."""
WAVES = 32
"""Plane waves that a gateway's shadowing is the sum of."""
LIKELY = 3.0
"""Shadowing beyond so many standard deviations is not looked for."""
EDGE_DB = 8.0
"""Links are kept this far under the sensitivity: fading lifts some readings over it."""

Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    """What tags send and gateways hear, in dBm, dB and metres.

    `at_1m_dbm` is what a gateway hears of a tag a metre away: iBeacons that send at 0 dBm are usually measured at
    -59 dBm, and tags that are to last for years send 5 to 8 dB less. `sensitivity_dbm` is where half the packets are
    heard: receivers reach -95 dBm, gateways are set to report from about -90 up. `tag_height_m` is over the floor.
    Shadowing of 4 dB over 2 m is usual within buildings at 2.4 GHz; `cabin_db` is what a closed lift cabin of steel
    costs (assumed).
    """

    at_1m_dbm: float = -64.0
    exponent: float = 2.0
    sensitivity_dbm: float = -90.0
    shadowing_db: float = 4.0
    shadowing_m: float = 2.0
    tag_height_m: float = 0.8
    cabin_db: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """By spot, the gateways that may hear a tag there: those from `first[spot]` up to `first[spot + 1]`.

    `mean_dbm` is the mean level without fading, `bearing_rad` the direction in which the gateway lies seen from the
    spot, `is_clear` true where no wall and no floor is between.
    """

    first: NDArray[np.int64]
    gateway: Indexes
    mean_dbm: Floats32
    bearing_rad: Floats32
    is_clear: NDArray[np.bool_]


def links(
    ground: Ground, gateways: Gateways, walls: Walls, settings: RadioSettings, seed: int, *, shadowed: bool = True
) -> Links:
    """All links of a site that are ever heard, in the order of spots and gateways.

    Shadowing is drawn by seed and gateway, so that adding a gateway changes no other. Without it (`shadowed=False`)
    only geometry remains.
    """
    level = np.argsort(ground.elevation_m, kind="stable")
    rank = np.empty(len(level), dtype=np.int32)
    rank[level] = np.arange(len(level))
    wave, phase = _waves(len(gateways), settings.shadowing_m, seed)
    first, rows = _links(
        (
            np.column_stack([ground.x_m, ground.y_m, ground.elevation_m[ground.floor] + settings.tag_height_m]),
            rank[ground.floor],
            ground.in_cabin,
        ),
        (np.column_stack([gateways.x_m, gateways.y_m, gateways.z_m]), rank[gateways.floor]),
        (level.astype(np.int32), ground.elevation_m[level]),
        walls.lookup,
        (wave, phase),
        np.array(
            [
                settings.at_1m_dbm,
                settings.exponent,
                settings.sensitivity_dbm - EDGE_DB,
                settings.shadowing_db if shadowed else 0.0,
                settings.cabin_db,
            ]
        ),
    )
    return Links(
        first=first,
        gateway=rows[:, 0].astype(np.int32),
        mean_dbm=rows[:, 1].copy(),
        bearing_rad=rows[:, 2].copy(),
        is_clear=rows[:, 3] > 0,
    )


def _waves(count: int, reach_m: float, seed: int) -> tuple[Floats, Floats]:
    """Random Fourier features of the exponential covariance exp(-d/reach): waves are Cauchy (Rahimi & Recht, 2007)."""
    wave, phase = np.empty((count, WAVES, 3)), np.empty((count, WAVES))
    for gateway in range(count):
        rng = stream(seed, "shadowing", gateway)
        normal = rng.standard_normal((WAVES, 4))
        wave[gateway] = normal[:, :3] / np.maximum(np.abs(normal[:, 3:]), 1e-3) / reach_m
        phase[gateway] = rng.uniform(0.0, 2.0 * math.pi, WAVES)
    return wave, phase


_F1 = "Array(float64, 1, 'C', True)"
_F2 = "Array(float64, 2, 'C', True)"
_I1 = "Array(int32, 1, 'C', True)"
_WALLS = f"Tuple(({_F2}, {_F1}, {_F1}, Array(int64, 1, 'C', True), {_I1}, {_I1}))"
_LEVELS = f"Tuple(({_I1}, {_F1}))"


@kernel(f"float64(float64, float64, float64, float64, int64, {_WALLS})")
def wall_loss_db(ax: float, ay: float, bx: float, by: float, floor: int, walls: Lookup) -> float:
    """Loss through the walls of a floor between two points.

    A wall is counted in the one cell that the point lies in where it is crossed, of those around the way: rounding
    may put a point on the border of two cells into either.
    """
    ends, loss_db, frame, shape, first, wall = walls
    rows, columns = shape[0], shape[1]
    left = max(0, int((min(ax, bx) - frame[0]) / frame[2]))
    right = min(columns - 1, int((max(ax, bx) - frame[0]) / frame[2]))
    low = max(0, int((min(ay, by) - frame[1]) / frame[2]))
    high = min(rows - 1, int((max(ay, by) - frame[1]) / frame[2]))
    total = 0.0
    dx, dy = bx - ax, by - ay
    for row in range(low, high + 1):
        for column in range(left, right + 1):
            cell = (floor * rows + row) * columns + column
            for place in range(first[cell], first[cell + 1]):
                number = wall[place]
                cx, cy = ends[number, 0] - ax, ends[number, 1] - ay
                ex, ey = ends[number, 2] - ends[number, 0], ends[number, 3] - ends[number, 1]
                turn = dx * ey - dy * ex
                if abs(turn) < 1e-12:
                    continue
                share = (cx * ey - cy * ex) / turn
                along = (cx * dy - cy * dx) / turn
                if share < 0.0 or share > 1.0 or along < 0.0 or along >= 1.0:
                    continue
                at_column = int((ends[number, 0] + along * ex - frame[0]) / frame[2])
                at_row = int((ends[number, 1] + along * ey - frame[1]) / frame[2])
                if min(max(at_column, left), right) == column and min(max(at_row, low), high) == row:
                    total += loss_db[number]
    return total


@helper("float64(int64)")
def _floor_loss_db(floors: int) -> float:
    if floors == 0:
        return 0.0
    loss_db: float = FLOOR_DB * floors ** ((floors + 2.0) / (floors + 1.0) - FLOOR_BENT)
    return loss_db


@helper(f"float64({_F1}, {_F2}, {_F1})")
def _shadow(at: Floats, wave: Floats, phase: Floats) -> float:
    """Shadowing at a point with mean 0 and variance 1 over the seeds."""
    total = 0.0
    for k in range(phase.size):
        total += math.cos(wave[k, 0] * at[0] + wave[k, 1] * at[1] + wave[k, 2] * at[2] + phase[k])
    return total * math.sqrt(2.0 / phase.size)


@kernel(f"float64({_F1}, int64, {_F1}, int64, {_LEVELS}, {_WALLS})")
def _between_db(
    tag: Floats, tag_rank: int, gateway: Floats, gateway_rank: int, levels: tuple[Indexes, Floats], walls: Lookup
) -> float:
    """Loss through all walls on the way: on each floor those that the part of the way above its slab crosses."""
    level, elevation_m = levels
    dx, dy, dz = gateway[0] - tag[0], gateway[1] - tag[1], gateway[2] - tag[2]
    total = 0.0
    for rank in range(min(tag_rank, gateway_rank), max(tag_rank, gateway_rank) + 1):
        begin, end = 0.0, 1.0
        if tag_rank != gateway_rank:
            bottom = (elevation_m[rank] - tag[2]) / dz
            top = (elevation_m[rank + 1] - tag[2]) / dz if rank + 1 < elevation_m.size else math.copysign(1e9, dz)
            begin, end = max(0.0, min(bottom, top)), min(1.0, max(bottom, top))
        if end > begin:
            ax, ay = tag[0] + begin * dx, tag[1] + begin * dy
            bx, by = tag[0] + end * dx, tag[1] + end * dy
            total += wall_loss_db(ax, ay, bx, by, level[rank], walls)
    return total


@kernel(
    f"Tuple((int64[::1], float32[:, ::1]))(Tuple(({_F2}, {_I1}, Array(boolean, 1, 'C', True))), "
    f"Tuple(({_F2}, {_I1})), {_LEVELS}, {_WALLS}, Tuple((Array(float64, 3, 'C', True), {_F2})), {_F1})"
)
def _links(
    tags: tuple[Floats, Indexes, NDArray[np.bool_]],
    gateways: tuple[Floats, Indexes],
    levels: tuple[Indexes, Floats],
    walls: Lookup,
    waves: tuple[Floats, Floats],
    figures: Floats,
) -> tuple[NDArray[np.int64], Floats32]:
    """Where each spot's links begin, and rows of gateway, mean level, bearing and 1 where nothing is between."""
    points, tag_rank, in_cabin = tags
    receivers, gateway_rank = gateways
    wave, phase = waves
    at_1m_dbm, exponent, least_dbm, shadowing_db, cabin_db = figures[0], figures[1], figures[2], figures[3], figures[4]
    first = np.zeros(points.shape[0] + 1, np.int64)
    rows = np.empty((1 << 16, 4), np.float32)
    size = 0
    for spot in range(points.shape[0]):
        if size + receivers.shape[0] > rows.shape[0]:
            grown = np.empty((2 * rows.shape[0] + receivers.shape[0], 4), np.float32)
            grown[:size] = rows[:size]
            rows = grown
        for other in range(receivers.shape[0]):
            dx, dy = receivers[other, 0] - points[spot, 0], receivers[other, 1] - points[spot, 1]
            dz = receivers[other, 2] - points[spot, 2]
            floors = abs(gateway_rank[other] - tag_rank[spot])
            mean_dbm = at_1m_dbm - 5.0 * exponent * math.log10(max(dx * dx + dy * dy + dz * dz, 0.01))
            mean_dbm -= _floor_loss_db(floors) + (cabin_db if in_cabin[spot] else 0.0)
            if mean_dbm + LIKELY * shadowing_db < least_dbm:
                continue
            through_db = _between_db(points[spot], tag_rank[spot], receivers[other], gateway_rank[other], levels, walls)
            mean_dbm -= through_db
            if shadowing_db > 0.0 and mean_dbm + LIKELY * shadowing_db >= least_dbm:
                mean_dbm += shadowing_db * _shadow(points[spot], wave[other], phase[other])
            if mean_dbm >= least_dbm:
                rows[size, 0] = other
                rows[size, 1] = mean_dbm
                rows[size, 2] = math.atan2(dy, dx)
                rows[size, 3] = 1.0 if through_db <= 0.0 and floors == 0 else 0.0
                size += 1
        first[spot + 1] = size
    return first, rows[:size].copy()
