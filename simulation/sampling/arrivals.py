"""When patients come: Poisson streams by thinning, and lists whose patients may be early or late."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulation.flow.plan import Listed, Stream
from simulation.sampling.kernels import add_up, thin_out
from simulation.sampling.streams import Streams
from simulation.ticks import FOREVER, HOUR, TICKS_PER_S, Ticks

LEAST_PER_HOUR = 1 / 1024
"""Candidates come at least so often, about one in six weeks, so that the gaps between them fit in ticks."""


def arrivals_of(arrivals: Stream | Listed, streams: Streams, horizon: int) -> tuple[Ticks, Ticks]:
    """The ticks of a source's arrivals before the horizon, and their numbers, which increase.

    A number is a place on the list, or among the candidates of thinning: a scenario with more arrivals leaves the
    others' numbers, and thereby all their draws, as they were. Those of a list may be out of order or late.
    """
    if isinstance(arrivals, Stream):
        return _thinned(np.fromiter(arrivals.hourly, np.float64, len(arrivals.hourly)), streams, horizon)
    return _listed(arrivals, streams, horizon)


def _thinned(hourly: NDArray[np.float64], streams: Streams, horizon: int) -> tuple[Ticks, Ticks]:
    """Arrivals at the greatest rate, of which each stays with the share of the greatest that its hour has.

    The greatest is rounded up to a power of two: a scenario with somewhat more arrivals then has the same candidates
    and keeps all that came before, and the scaling is exact.
    Lewis and Shedler, Naval Research Logistics Quarterly 26 (1979) 403–413.
    """
    greatest = float(hourly.max(initial=0.0))
    if len(hourly) * HOUR < horizon:
        raise ValueError(f"rates are given for {len(hourly)} hours, patients asked for in {horizon / HOUR:.0f}")
    if greatest <= 0.0 or horizon <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    mantissa, exponent = math.frexp(max(greatest, LEAST_PER_HOUR))
    per_hour = math.ldexp(1.0, exponent - 1 if mantissa == 0.5 else exponent)
    candidates = _candidates(per_hour, streams.of("arrivals"), horizon)
    chances = streams.of("thinning").random(len(candidates))
    stay, numbers = np.empty_like(candidates), np.empty_like(candidates)
    found = thin_out(stay, numbers, candidates, chances, hourly, per_hour)
    return stay[:found], numbers[:found]


def _candidates(per_hour: float, rng: np.random.Generator, horizon: int) -> Ticks:
    """Arrivals at a constant rate before the horizon: sums of exponential gaps in whole ticks."""
    expected = per_hour * horizon / HOUR
    chunk = int(expected + 5 * math.sqrt(expected)) + 16
    parts: list[Ticks] = []
    last = 0
    while last < horizon:
        gaps = rng.standard_exponential(chunk)
        ticks = np.empty(chunk, np.int64)
        last = add_up(ticks, gaps, HOUR / per_hour, last)
        parts.append(ticks)
    candidates = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return candidates[: np.searchsorted(candidates, horizon)]


def _listed(arrivals: Listed, streams: Streams, horizon: int) -> tuple[Ticks, Ticks]:
    ticks = np.array(arrivals.ticks, np.int64)
    ticks = ticks[ticks < horizon]
    if arrivals.lateness is not None:
        late = np.rint(arrivals.lateness.sample(streams.of("lateness"), len(ticks)) * TICKS_PER_S)
        np.clip(late, -FOREVER, FOREVER, out=late)
        ticks = np.maximum(ticks + late.astype(np.int64), 0)
    return ticks, np.arange(len(ticks))
