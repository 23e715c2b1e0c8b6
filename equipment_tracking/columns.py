"""Surveys, readings and truth as columns: what calibration and evaluation work on.

Metres in the site's coordinates, seconds of one clock, signal strengths in dBm. Names (floors, gateways, tags) stand
once in a tuple; columns hold their positions in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indexes = NDArray[np.int32]


def _same_length(*columns: Floats | Indexes) -> None:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths {sorted(lengths)}: give every row every column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Signal strengths heard while the tag stood at known places. `time_s` is nan where nobody noted it.

    Raises ValueError for columns of different lengths.
    """

    x_m: Floats
    y_m: Floats
    floor: Indexes
    gateway: Indexes
    rssi_dbm: Floats
    time_s: Floats
    floors: tuple[str, ...]
    gateways: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together."""
        _same_length(self.x_m, self.y_m, self.floor, self.gateway, self.rssi_dbm, self.time_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What gateways heard of tags, by time.

    Raises ValueError for columns of different lengths or times that run backwards.
    """

    time_s: Floats
    tag: Indexes
    gateway: Indexes
    rssi_dbm: Floats
    tags: tuple[str, ...]
    gateways: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together."""
        _same_length(self.time_s, self.tag, self.gateway, self.rssi_dbm)
        if len(self.time_s) and bool(np.any(np.diff(self.time_s) < 0)):
            raise ValueError("readings run backwards in time: sort them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Where tags really were; `room` is None where nobody noted it.

    Raises ValueError for columns of different lengths.
    """

    time_s: Floats
    tag: Indexes
    x_m: Floats
    y_m: Floats
    floor: Indexes
    room: tuple[str | None, ...]
    tags: tuple[str, ...]
    floors: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together."""
        _same_length(self.time_s, self.tag, self.x_m, self.y_m, self.floor)
        if len(self.room) != len(self.time_s):
            raise ValueError("a room for some rows only: give None where it is not known")
