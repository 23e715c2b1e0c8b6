"""One-at-a-time sensitivity: which quantity moves an output most (a tornado), by paired differences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from simulation.statistics.comparison import Paired, paired
from simulation.statistics.intervals import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an output does when one quantity is moved to its low and its high value, all else as in the basis."""

    quantity: str
    low: Paired
    high: Paired

    @property
    def reach(self) -> float:
        """The greater of the two absolute differences; NaN when neither could be measured."""
        sides = [abs(side.difference) for side in (self.low, self.high) if not math.isnan(side.difference)]
        return max(sides, default=math.nan)


def tornado(basis: Values, moved: Mapping[str, tuple[Values, Values]], level: float = 0.95) -> tuple[Reach, ...]:
    """Bars by their reach, greatest first, then by name; those that could not be measured stand last."""
    bars = [
        Reach(quantity=name, low=paired(basis, low, level), high=paired(basis, high, level))
        for name, (low, high) in moved.items()
    ]
    return tuple(
        sorted(bars, key=lambda bar: (math.isnan(bar.reach), -bar.reach if bar.reach > 0 else 0.0, bar.quantity))
    )
