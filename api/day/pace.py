"""How fast site time may run: as asked, slower as soon as answers come late, faster again when they do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

LATE_S = 60.0
"""Site seconds between the instant of an order and its acceptance above which time is slowed down."""

SLOWER = 0.7
FASTER = 1.15
CALM = 3
"""Looks in a row without lateness before time runs faster again."""

SLOWEST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The factor asked for, the factor now, and how many looks in a row were calm."""

    asked: float
    factor: float
    calm: int = 0


def next_pace(pace: Pace, lag_s: float) -> Pace:
    """Return the pace after a look, given the greatest lag since the look before.

    Parameters
    ----------
    pace
        The pace until now.
    lag_s
        Site seconds by which the latest order was late; 0 when none was due.
    """
    if lag_s > LATE_S:
        return replace(pace, factor=max(min(SLOWEST, pace.asked), pace.factor * SLOWER), calm=0)
    if lag_s > LATE_S / 2:
        return replace(pace, calm=0)
    if pace.calm + 1 < CALM or pace.factor >= pace.asked:
        return replace(pace, calm=pace.calm + 1)
    return replace(pace, factor=min(pace.asked, pace.factor * FASTER), calm=0)
