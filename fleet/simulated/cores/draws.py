"""Chance that belongs to its cause: a draw is named by seed, carrier and command, so no interleaving changes it."""

from __future__ import annotations

import math
from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()


def uniform(seed: int, *key: str | int) -> float:
    """A number in the open interval (0, 1), the same for the same seed and key on every machine."""
    text = "\x1f".join(map(str, (seed, *key)))
    whole = int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") >> 3
    return (whole + 0.5) / 2**53


def spread(share: float, seed: int, *key: str | int) -> float:
    """A factor drawn evenly from 1 − share to 1 + share."""
    return 1.0 + share * (2.0 * uniform(seed, *key) - 1.0)


def lognormal(median: float, sigma: float, seed: int, *key: str | int) -> float:
    """A lognormal draw with this median; `sigma` is the standard deviation of its logarithm."""
    return median * math.exp(sigma * _NORMAL.inv_cdf(uniform(seed, *key)))
