"""Operations: the columns of `Program.code`, what they do, and the kinds of what they refer to."""

from __future__ import annotations

from typing import Final

# What an operation does (column `CODE`).
DELAY: Final = 0
SEIZE: Final = 1
RELEASE: Final = 2
MARK: Final = 3
CHOOSE: Final = 4  # branch by a drawn arm
SORT: Final = 5  # branch by an attribute
WHEN: Final = 6  # branch by the first true condition
LEAVE: Final = 7
PRIORITY: Final = 8
UNTIL: Final = 9
FORK: Final = 10  # together
JOINED: Final = 11
ASIDE: Final = 12
END: Final = 13  # of an arm or of what goes on aside
BATCH: Final = 14
BATCHED: Final = 15
AGAIN: Final = 16
DEADLINE: Final = 17
ARRIVE: Final = 18

# Columns of all operations.
CODE: Final = 0
NEXT: Final = 1
AT: Final = 2

# Columns of some; a quantity takes three: its kind and two more.
SPAN: Final = 3  # DELAY, UNTIL, DEADLINE: a quantity
PREEMPTIBLE: Final = 6  # DELAY: the place of the unit that may be taken, 0 for none
PLACE: Final = 3  # SEIZE, RELEASE
CHOICES: Final = 4  # SEIZE: where they stand in the table
COUNT: Final = 5  # of choices, arms, conditions; ARRIVE: of the rows of draws
FIRST: Final = 6  # SEIZE: the first choice
WAIT: Final = 7
UNITS: Final = 8
PREEMPT: Final = 9
RANK: Final = 10  # SEIZE, PRIORITY: a quantity
PATIENCE: Final = 13  # SEIZE: a quantity
OTHERWISE: Final = 16
VALUE: Final = 3  # ARRIVE, MARK, AGAIN, LEAVE: what the log says; BATCH: its number
BY: Final = 3  # CHOOSE: slot; SORT: attribute; WHEN: where the conditions stand in the table
ARMS: Final = 4  # CHOOSE, SORT, WHEN, FORK, ASIDE: where the beginnings of the arms stand in `Program.jumps`
TAKES: Final = 6  # ASIDE: where the places that it takes over stand in the table
TAKEN: Final = 7  # their number
SIZE: Final = 6  # BATCH
AT_MOST: Final = 7  # BATCH: a quantity
WIDTH: Final = 20

# Kinds of a quantity.
NOTHING: Final = 0
DRAWN: Final = 1  # slot
FIXED: Final = 2  # place in the table
LOOKED_UP: Final = 3  # place in the table for value 0 (there: -1 for none), attribute
CLOCK: Final = 4  # place in the table, number of times

# Kinds of a condition, a row of three in the table.
DURING: Final = 0  # place of the spans in the table, their number
FREE: Final = 1  # resource, units
QUEUE: Final = 2  # resource, waiting
HOLDS: Final = 3  # place, resource
CONDITION: Final = 3
