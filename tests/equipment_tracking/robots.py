"""A robot that carries a tag through the flat after the survey, when gateways may have moved or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from equipment_tracking.calibration.labels import SOURCES, Labels, Source
from equipment_tracking.held_out import rows_of
from tests.equipment_tracking import flat

LATER_S = 10_000.0
"""Labels begin so long after the survey."""
Position = tuple[float, float, float]


def labels(
    seconds: float,
    gateways: Mapping[str, Position] | None = None,
    *,
    source: Source = "robot",
    louder_db: float = 4.0,
    seed: int = 5,
) -> Labels:
    """Readings every two seconds of the walk, of the gateways of now; the robot's tag is louder than the survey's."""
    of_now = dict(gateways if gateways is not None else flat.GATEWAYS)
    time_s, x_m, y_m = (column[::8] for column in flat.walk(seconds, seed))
    rssi_dbm = flat.level_dbm(x_m, y_m, of_now) + louder_db
    rssi_dbm += np.random.default_rng(seed).normal(0.0, 3.0, rssi_dbm.shape)
    row, gateway = (axis.ravel() for axis in np.indices(rssi_dbm.shape))
    count = len(row)
    walked = replace(
        rows_of(flat.survey(1.0), np.zeros(count, dtype=np.int64)),
        x_m=x_m[row],
        y_m=y_m[row],
        gateway=gateway.astype(np.int32),
        rssi_dbm=rssi_dbm.ravel(),
        time_s=time_s[row] + LATER_S,
        gateways=tuple(of_now),
    )
    sources = np.full(count, SOURCES.index(source), dtype=np.int32)
    return Labels(rows=walked, source=sources, tag=np.zeros(count, dtype=np.int32), tags=("",))
