"""Elementary functions in plain arithmetic, compiled: no library's version and no vector's width changes a bit."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from routing.compiled import helper

_DIGITS = 40
_FINE = 64
_COARSE = 1022
_LN2 = math.log(2)
_ROOT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
_ROUNDING = 1.5 * 2.0**52  # added and taken away again, it leaves the nearest whole number


def _roots() -> NDArray[np.float64]:
    """2^(j/64), correctly rounded."""
    with localcontext() as context:
        context.prec = _DIGITS
        return np.array([float(Decimal(2) ** (Decimal(j) / _FINE)) for j in range(_FINE)])


_ROOTS = _roots()
_POWERS = np.ldexp(1.0, np.arange(-_COARSE, _COARSE + 1))
_PER_STEP = _FINE / _LN2
# ln 2 / 64 in two parts, of which the first has so few binary places that its multiples are exact
_STEP_HIGH = math.ldexp(math.floor(math.ldexp(_LN2, 32)), -38)
_STEP_LOW = float(Decimal("0.693147180559945309417232121458176568") / _FINE - Decimal(_STEP_HIGH))


@helper("float64(float64)")
def exp(x: float) -> float:
    """e^x to about 10⁻¹⁶ of it, for x between ±700; beyond, as at these ends."""
    if not -700.0 < x < 700.0:
        x = 700.0 if x > 0.0 else -700.0
    whole = (x * _PER_STEP + _ROUNDING) - _ROUNDING
    r = (x - whole * _STEP_HIGH) - whole * _STEP_LOW
    r2 = r * r
    series = (1.0 + r) + r2 * ((0.5 + r * (1 / 6)) + r2 * (1 / 24 + r * (1 / 120)))
    number = int(whole)
    root: float = _ROOTS[np.uint64(number & (_FINE - 1))]
    power: float = _POWERS[np.uint64((number >> 6) + _COARSE)]
    return root * series * power


@helper("float64(float64)")
def log(x: float) -> float:
    """The natural logarithm to about 10⁻¹⁶, for normal x > 0."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits - _ROOT_HALF_BITS) >> 52
    part = np.int64(bits - (exponent << 52)).view(np.float64)  # from √½ up to √2
    s = (part - 1.0) / (part + 1.0)
    t = s * s
    series = 1 / 13 + t * (1 / 15 + t * (1 / 17 + t * (1 / 19 + t * (1 / 21))))
    series = 1 / 3 + t * (1 / 5 + t * (1 / 7 + t * (1 / 9 + t * (1 / 11 + t * series))))
    return exponent * _LN2 + (2.0 * s + 2.0 * s * t * series)


LAYERS = 256
_BEGIN = Decimal("3.6541528853610087963519472518")
_AREA = Decimal("0.0049286732339746549315909134318471488833")


def _edges() -> NDArray[np.float64]:
    """Where the layers of equal area under exp(−x²/2) end, outermost first; the last ends at 0."""
    with localcontext() as context:
        context.prec = _DIGITS
        edges = [_AREA / (-_BEGIN * _BEGIN / 2).exp(), _BEGIN]
        while len(edges) < LAYERS:
            height = _AREA / edges[-1] + (-edges[-1] * edges[-1] / 2).exp()
            edges.append((-2 * height.ln()).sqrt())
        return np.array([*map(float, edges), 0.0])


EDGES = _edges()
"""Of the ziggurat for normal numbers, (257,)."""
INNER = EDGES[1:] / EDGES[:-1]
"""The share of each layer that lies wholly under the curve, (256,)."""
TAIL = float(_BEGIN)
