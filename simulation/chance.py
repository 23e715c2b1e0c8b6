"""Random draws by key: the same key gives the same draw, in whatever order and however often it is asked.

The hash is SplitMix64 (Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014).
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from routing.compiled import helper, kernel

Keys = NDArray[np.uint64]


def stream(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """A generator of its own for each purpose and numbers; raises ValueError for a negative seed."""
    if seed < 0:
        raise ValueError(f"the seed {seed} is negative: use 0 or more")
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode()), *numbers]))


@helper("uint64(uint64, uint64)")
def mixed(key: np.uint64, part: np.uint64) -> np.uint64:
    """A new key of a key and a number: all 64 bits depend on both."""
    z = (key ^ part) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@helper("float64(uint64)")
def uniform(key: np.uint64) -> float:
    """The key as a number from 0 up to, and without, 1."""
    return float(key >> np.uint64(11)) * 2.0**-53


@kernel("uint64[::1](uint64, Array(int32, 1, 'C', True), uint64)")
def keys(seed: np.uint64, numbers: NDArray[np.int32], instant: np.uint64) -> Keys:
    """One key for each number, of the seed, the number and an instant."""
    made = np.empty(numbers.size, np.uint64)
    for place in range(numbers.size):
        made[place] = mixed(mixed(mixed(seed, np.uint64(0)), np.uint64(numbers[place])), instant)
    return made
