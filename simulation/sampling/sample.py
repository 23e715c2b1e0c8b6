"""The sample of a replication: who comes when, with which attributes, and all that will be random about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.ticks import Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The patients of one replication, numbered by their order of arrival (by tick, then source, then number there).

    Attributes
    ----------
    arrival : (n,) int64
        Ticks, not decreasing, all before the plan's horizon.
    source : (n,) int32
        Number of each patient's source.
    attributes : (attributes, n) int8
        Value of each attribute.
    first_draw : (n,) int64
        Where the patient's draw of row 0 stands in `draws`; row s stands at `first_draw + s * stride`.
    stride : (n,) int64
        Patients of the same source (those of a list who come after the horizon too): the distance between the rows of
        a patient's draws.
    draws : (…,) int64
        Durations in ticks and choices as numbers of arms, for each source a block of rows × patients; 0 where drawn
        choices and attributes keep the patient from coming.
    """

    arrival: Ticks
    source: NDArray[np.int32]
    attributes: NDArray[np.int8]
    first_draw: NDArray[np.int64]
    stride: NDArray[np.int64]
    draws: NDArray[np.int64]
