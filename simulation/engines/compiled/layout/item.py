"""Items of the present and the future: the order of entry, a kind, and the name of what they are for.

That is a token, a resource or a batch.
"""

from __future__ import annotations

from typing import Final

KIND_SHIFT: Final = 28
ORDER_SHIFT: Final = 31
FOR_MASK: Final = (1 << KIND_SHIFT) - 1
"""The greatest name."""
KIND_MASK: Final = 7
MOST: Final = 1 << 63 - ORDER_SHIFT
"""So many items have an order; the last is 1 less."""

GO_ON: Final = 0
DELAYED: Final = 1  # the end of a delay that may have been preempted
IMPATIENT: Final = 2
GATHERED: Final = 3
ARRIVALS: Final = 4
CALENDAR: Final = 5
TRIGGER: Final = 6  # in place of the order stands how often

NOTHING: Final = 7 << KIND_SHIFT

FAR: Final = 2**62
"""A tick after all others."""
