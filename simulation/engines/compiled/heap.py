"""The far future: a heap of four branches, of rows (tick, item).

Items grow with the order of entry, so ties of tick are decided by them. Beyond the last item of a group of four
branches all ticks are `FAR`.
"""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.layout import counter, item
from simulation.engines.compiled.layout.types import Words
from simulation.engines.compiled.parts import part

BRANCH_SHIFT: Final = 2
BRANCHES: Final = 1 << BRANCH_SHIFT


@part("void(int64[::1], int64[:, ::1], int64, int64)")
def enter_far(counters: Words, far: Words, tick: int, what: int) -> None:
    """Add an item; `tick` is after now, and the item later than all before it."""
    at = counters[counter.FAR_ITEMS]
    if at + BRANCHES >= far.shape[0]:
        counters[counter.FULL] = 1
        return
    counters[counter.FAR_ITEMS] = at + 1
    if at & (BRANCHES - 1) == 1:
        for beside in range(at + 1, at + BRANCHES):
            far[beside, 0] = item.FAR
    while at > 0:
        above = (at - 1) >> BRANCH_SHIFT
        if far[above, 0] <= tick:
            break
        far[at, 0] = far[above, 0]
        far[at, 1] = far[above, 1]
        at = above
    far[at, 0] = tick
    far[at, 1] = what


@part("int64(int64[::1], int64[:, ::1])")
def take_far(counters: Words, far: Words) -> int:
    """Remove the first item, of which there is one; the tick of an empty heap's first row is `FAR`."""
    taken = far[0, 1]
    last = counters[counter.FAR_ITEMS] - 1
    counters[counter.FAR_ITEMS] = last
    tick = far[last, 0]
    what = far[last, 1]
    far[last, 0] = item.FAR
    at = 0
    while True:
        first = BRANCHES * at + 1
        if first >= last:
            break
        best = first
        best_tick = far[first, 0]
        for other in range(first + 1, first + BRANCHES):
            other_tick = far[other, 0]
            if other_tick < best_tick or (other_tick == best_tick and far[other, 1] < far[best, 1]):
                best = other
                best_tick = other_tick
        if best_tick > tick or (best_tick == tick and far[best, 1] > what):
            break
        far[at, 0] = best_tick
        far[at, 1] = far[best, 1]
        at = best
    if last > 0:
        far[at, 0] = tick
        far[at, 1] = what
    return int(taken)
