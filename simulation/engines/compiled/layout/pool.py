"""Resources, waiting points and batches: the columns of their rows.

A resource is named by the place of its first column among all columns, so is a waiting point; a batch by its number.
"""

from __future__ import annotations

from typing import Final

from simulation.flow.plan import PRIORITIES

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
QUEUES: Final = 16  # for each priority the ends of the list of those who wait
ENDS: Final = 2
"""Columns of the ends of a list: its first node, its last."""
LAST: Final = 1
TAKEABLE: Final = QUEUES + ENDS * PRIORITIES  # likewise of the tokens in a preemptible delay, the last begun first
SHIFT: Final = 6
"""A resource's name is its number << SHIFT."""
WIDTH: Final = 1 << SHIFT
OF_LIST: Final = -WIDTH
"""The bits of a list's name that name its resource."""

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
