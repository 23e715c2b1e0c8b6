"""Resources, waiting points and batches: the columns of their rows."""

from __future__ import annotations

from typing import Final

# Of a resource.
CAPACITY: Final = 0
USED: Final = 1
WAITING: Final = 2
SINCE: Final = 3  # up to when its figures are counted
WAITING_AT: Final = 4  # bits of the priorities at which somebody waits
TAKEABLE_AT: Final = 5  # bits of the priorities of units that may be taken
OVER: Final = 6
QUEUED: Final = 7
BY_DEADLINE: Final = 8
WIDTH: Final = 16

RANKS_SHIFT: Final = 4
"""List number of a queue: resource << RANKS_SHIFT | priority."""
RANKS_MASK: Final = (1 << RANKS_SHIFT) - 1

# Of a waiting point.
REQUESTS: Final = 0
GRANTS: Final = 1
GIVEN_UP: Final = 2
WAITED: Final = 3
FIGURES: Final = 4

# Of a batch.
GATHERED: Final = 0
FOREMOST: Final = 1
HINDMOST: Final = 2
DUE: Final = 3  # the item at which its time runs out
BATCH_WIDTH: Final = 4
