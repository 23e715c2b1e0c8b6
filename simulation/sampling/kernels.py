"""Draws by key, compiled: each patient's numbers depend on the slot and the patient alone, on no one else's."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from routing.compiled import helper, kernel
from simulation.chance import mixed
from simulation.sampling.elementary import EDGES, INNER, TAIL, exp, log
from simulation.sampling.laws import Floats, Law
from simulation.ticks import FOREVER, HOUR, TICKS_PER_S

_FOREVER = float(FOREVER)
_TICKS = float(TICKS_PER_S)
CONSTANT, EXPONENTIAL, LOGNORMAL, GAMMA = int(Law.CONSTANT), int(Law.EXPONENTIAL), int(Law.LOGNORMAL), int(Law.GAMMA)
WEIBULL, NORMAL, UNIFORM = int(Law.WEIBULL), int(Law.NORMAL), int(Law.UNIFORM)
TRIANGULAR = int(Law.TRIANGULAR)
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)


@helper("float64(uint64)")
def between(key: np.uint64) -> float:
    """The key as a number between, and without, 0 and 1."""
    return (float(key >> np.uint64(12)) + 0.5) * 2.0**-52


@helper("float64(uint64, float64)")
def _beyond(key: np.uint64, sign: float) -> float:
    """A normal number beyond the ziggurat, on the side of the sign (Marsaglia's method for the tail)."""
    while True:
        x = -log(between(mixed(key, ONE))) / TAIL
        y = -log(between(mixed(key, TWO)))
        if y + y >= x * x:
            return TAIL + x if sign > 0.0 else -TAIL - x
        key = mixed(key, THREE)


@helper("float64(uint64)")
def normal(key: np.uint64) -> float:
    """A standard normal number from as many keys as it takes, nearly always one.

    The ziggurat of Marsaglia and Tsang (Journal of Statistical Software 5 (2000) no. 8) as Doornik corrected it: the
    layer and the place within it come from different bits.
    """
    while True:
        layer = key & np.uint64(0xFF)
        u = (float(key >> np.uint64(11)) + 0.5) * 2.0**-52 - 1.0
        x: float = u * EDGES[layer]
        if abs(u) < INNER[layer]:
            return x
        if layer == 0:
            return _beyond(key, u)
        outer = exp(-0.5 * (EDGES[layer] * EDGES[layer] - x * x))
        inner = exp(-0.5 * (EDGES[layer + ONE] * EDGES[layer + ONE] - x * x))
        if inner + between(mixed(key, ONE)) * (outer - inner) < 1.0:
            return x
        key = mixed(key, TWO)


@helper("uint64(uint64, uint64, int64)")
def key_of(first: np.uint64, second: np.uint64, patient: int) -> np.uint64:
    """The patient's own key in a slot with these two."""
    return mixed(mixed(first, np.uint64(patient)), second)


@helper("float64(uint64, float64)")
def gamma_at(key: np.uint64, shape: float) -> float:
    """A gamma number of scale 1 from as many keys as it takes.

    Marsaglia and Tsang, ACM Transactions on Mathematical Software 26 (2000) 363–372; below shape 1 by their boost.
    """
    boost = 1.0
    if shape < 1.0:
        boost = exp(log(between(mixed(key, np.uint64(0)))) / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    turn = np.uint64(1)
    while True:
        x = normal(mixed(key, turn))
        u = between(mixed(key, turn + np.uint64(1)))
        turn += np.uint64(2)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if u < 1.0 - 0.0331 * x * x * x * x or log(u) < 0.5 * x * x + d * (1.0 - v + log(v)):
                return d * v * boost


@helper("float64(uint64, float64[::1], float64[:, ::1])")
def drawn(key: np.uint64, law: Floats, table: Floats) -> float:  # noqa: PLR0911 (one return a law)
    """Seconds by a law (`laws_of`)."""
    kind = int(law[0])
    a: float = law[1]
    b: float = law[2]
    c: float = law[3]
    if kind == LOGNORMAL:
        return exp(a + b * normal(key))
    if kind == EXPONENTIAL:
        return -a * log(between(key))
    if kind == GAMMA:
        return b * gamma_at(key, a)
    if kind == WEIBULL:
        return b * exp(log(-log(between(key))) * a)
    if kind == NORMAL:
        return max(a + b * normal(key), c)
    if kind == UNIFORM:
        return a + b * between(key)
    if kind == CONSTANT:
        return a
    u = between(key)
    if kind == TRIANGULAR:
        if u * (c - a) < b - a:
            return a + math.sqrt(u * (c - a) * (b - a))
        return c - math.sqrt((1.0 - u) * (c - a) * (c - b))
    low, high = int(a), int(b)
    while low < high:
        middle = (low + high) // 2
        if u < table[middle, 0]:
            high = middle
        else:
            low = middle + 1
    value: float = table[low, 1]
    return value


@helper("int64(float64)")
def whole_ticks(seconds: float) -> int:
    """Seconds as the nearest whole ticks, from 0 to `FOREVER`."""
    ticks = seconds * _TICKS
    if ticks >= _FOREVER:
        return FOREVER
    if ticks > 0.0:
        return int(np.rint(ticks))
    return 0


ROW = "int64[::1], int64[::1], int64[::1], int8[::1]"


@kernel(f"void({ROW}, float64[:, ::1], float64[:, ::1], uint64, uint64)", references=False, from_the_end=False)
def draw_durations(
    out: NDArray[np.int64],
    members: NDArray[np.int64],
    numbers: NDArray[np.int64],
    values: NDArray[np.int8],
    laws: NDArray[np.float64],
    table: NDArray[np.float64],
    first: np.uint64,
    second: np.uint64,
) -> None:
    """Ticks for the members of a source.

    Parameters
    ----------
    out, numbers : (patients,)
        Where draws go, and the number of each patient, which is the key.
    members : (…,)
        Places of the patients who need the draw.
    values : (patients,)
        Which law of `laws` (laws, 5) holds for each patient; empty: the first for all.
    table : (rows, 2)
        Cumulative shares and values of empirical laws.
    """
    if values.size == 0 and laws[0, 0] == LOGNORMAL:  # nearly all: what is the same for everybody is read once
        mu, sigma, shift = laws[0, 1], laws[0, 2], laws[0, 4]
        for place in members:
            out[place] = whole_ticks(exp(mu + sigma * normal(key_of(first, second, numbers[place]))) + shift)
    else:
        for place in members:
            law = laws[values[place] if values.size else 0]
            out[place] = whole_ticks(drawn(key_of(first, second, numbers[place]), law, table) + law[4])


@kernel(f"void({ROW}, float64[:, ::1], uint64, uint64)", references=False, from_the_end=False)
def draw_choices(
    out: NDArray[np.int64],
    members: NDArray[np.int64],
    numbers: NDArray[np.int64],
    values: NDArray[np.int8],
    thresholds: NDArray[np.float64],
    first: np.uint64,
    second: np.uint64,
) -> None:
    """Numbers of arms: how many thresholds of the patient's row are not above a uniform number."""
    if values.size == 0 and thresholds.shape[1] == 1:
        threshold = thresholds[0, 0]
        for place in members:
            out[place] = int(between(key_of(first, second, numbers[place])) >= threshold)
    else:
        for place in members:
            row = values[place] if values.size else 0
            u = between(key_of(first, second, numbers[place]))
            arm = 0
            for number in range(thresholds.shape[1]):
                arm += u >= thresholds[row, number]
            out[place] = arm


@kernel("int64(int64[::1], float64[::1], float64, int64)", references=False, from_the_end=False)
def add_up(ticks: NDArray[np.int64], gaps: NDArray[np.float64], scale: float, last: int) -> int:
    """Write when those come who follow `last` at such gaps, scaled and in whole ticks; the last of them."""
    for place in range(gaps.size):
        last += int(np.rint(gaps[place] * scale))
        ticks[place] = last
    return last


@kernel(
    "int64(int64[::1], int64[::1], int64[::1], float64[::1], float64[::1], float64)",
    references=False,
    from_the_end=False,
)
def thin_out(
    stay: NDArray[np.int64],
    numbers: NDArray[np.int64],
    candidates: NDArray[np.int64],
    chances: NDArray[np.float64],
    hourly: NDArray[np.float64],
    per_hour: float,
) -> int:
    """Write when those candidates come who stay, and their numbers; how many they are.

    A candidate stays whose chance, from 0 to 1, of the rate `per_hour` is below the rate of the hour.
    """
    found = 0
    for number in range(candidates.size):
        stay[found] = candidates[number]
        numbers[found] = number
        found += int(chances[number] * per_hour < hourly[candidates[number] // HOUR])
    return found
