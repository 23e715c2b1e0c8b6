"""Tokens: the columns of a row. A batch that waits for the end of its time has none.

A token is named by the place of its first column among all columns: to find it takes no multiplication.
"""

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
LINKS: Final = 16  # for each list it may stand in a node; then the places

# Of a node of a list, which is named by the place of its first column.
ENDS: Final = 0  # where the ends of the list stand among the resources
BACK: Final = 1  # the node before
AHEAD: Final = 2  # the node after
ROW: Final = 3  # the token
LINK: Final = 4
"""Columns of a node."""
MOST_CHOICES: Final = 64
"""Of a request: each row has room for the nodes of the longest."""
NOBODY: Final = -1
AT_ONCE: Final = -1
"""The deadline of a preempted request: before all others of its priority."""

# What is held in a place: resource, units and the priority of the request; 0 for nothing.
RESOURCE_SHIFT: Final = 40
UNITS_SHIFT: Final = 8
UNITS_MASK: Final = (1 << 32) - 1
RANK_MASK: Final = (1 << 8) - 1
