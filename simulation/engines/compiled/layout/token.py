"""Tokens: the columns of a row. A batch that waits for the end of its time has none."""

from __future__ import annotations

from typing import Final

PC: Final = 0
DUE: Final = 1  # the item that it waits for, 0 for none
PATIENT: Final = 2
BODY: Final = 3  # the row with the places of what it holds
DRAWS: Final = 4
STRIDE: Final = 5
OP: Final = 6  # the operation at which it waits
PARENT: Final = 7  # the token that waits for the end of this arm, or `NOBODY`
ASKED: Final = 8
WANTED: Final = 9  # units
RANK: Final = 10  # priority of its request
BEFORE: Final = 11  # deadline of its request
ENTERED: Final = 12  # the number of queues it stands in
ARMS: Final = 13  # that have not ended
FOLLOWER: Final = 14  # next of a batch, next free row
REST: Final = 15  # when a preemptible delay ends; once preempted what is left of it, else -1
LINKS: Final = 16  # for each list it may stand in: number of the list, node before, node after; then the places

LINK: Final = 3
"""Columns of a link."""
NODE_SHIFT: Final = 6
"""A node of a list is row << NODE_SHIFT | number of the link."""
NODE_MASK: Final = (1 << NODE_SHIFT) - 1
MOST_CHOICES: Final = 1 << NODE_SHIFT
NOBODY: Final = -1
AT_ONCE: Final = -1
"""The deadline of a preempted request: before all others of its priority."""

# What is held in a place: resource, units and the priority of the request; 0 for nothing.
RESOURCE_SHIFT: Final = 40
UNITS_SHIFT: Final = 8
UNITS_MASK: Final = (1 << 32) - 1
RANK_MASK: Final = (1 << 8) - 1
