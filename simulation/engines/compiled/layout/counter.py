"""Counters of a run: their places in one array."""

from __future__ import annotations

from typing import Final

ORDER: Final = 0
FAR_ITEMS: Final = 1  # in the heap of the future
PRESENT_HEAD: Final = 2
PRESENT_TAIL: Final = 3
URGENT_HEAD: Final = 4
URGENT_TAIL: Final = 5
FREE_ROW: Final = 6
FRESH_ROW: Final = 7
LOGGED: Final = 8
FULL: Final = 9  # an array was too small
COMING: Final = 10  # the next patient
CHANGING: Final = 11  # the next change of capacity
WARM_UP: Final = 12  # counted from this tick
MONDAY: Final = 13  # ticks from midnight of a Monday to tick 0
PLACES: Final = 14  # the first column of a row with something held
WRONG: Final = 15  # 1 + an operation that released nothing or seized into a taken place
HORIZON: Final = 16  # what would come then or later is not entered
NEXT_TICK: Final = 17  # of the future
NEAR_ITEMS: Final = 18  # in the wheel of the future
BUCKET: Final = 19  # to which the wheel has turned: tick >> BUCKET_SHIFT
BUCKET_SHIFT: Final = 20
FREE_NODE: Final = 21
FRESH_NODE: Final = 22
COLUMNS: Final = 23  # of a row
SIZE: Final = 24
