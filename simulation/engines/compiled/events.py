"""The three places where what comes next stands: the urgent and the present, which are rings, and the future.

The near future is a wheel of buckets, each for a short span of ticks and with a chain of nodes (tick, item, next) in
order; what is beyond the wheel's last bucket waits in a heap and comes into the wheel as that turns.
"""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.ahead import ask_for
from simulation.engines.compiled.heap import enter_far, take_far
from simulation.engines.compiled.layout import counter, item, token, types
from simulation.engines.compiled.layout.types import Arrays, Words
from simulation.engines.compiled.parts import part

BUCKETS: Final = 2048
"""Of the wheel of the near future, a power of two; each lasts about as long as nothing happens."""
NODE: Final = 4
"""Words of a node, of which the last is empty."""


@part("int64(int64[::1], int64, int64)")
def numbered(counters: Words, kind: int, row: int) -> int:
    """A new item of this kind for a row, after all before it."""
    order = counters[counter.ORDER] + 1
    counters[counter.ORDER] = order
    return int(order << item.ORDER_SHIFT | kind << item.KIND_SHIFT | row)


@part("void(int64[::1], int64[::1], int64[::1], int64, int64)")
def _enter_near(counters: Words, near: Words, nodes: Words, tick: int, what: int) -> None:
    """Put an item into the bucket of its tick, in order."""
    node = counters[counter.FREE_NODE]
    if node != token.NOBODY:
        counters[counter.FREE_NODE] = nodes[NODE * node + 2]
    else:
        node = counters[counter.FRESH_NODE]
        if NODE * (node + 2) > nodes.size:
            counters[counter.FULL] = 1
            return
        counters[counter.FRESH_NODE] = node + 1
    counters[counter.NEAR_ITEMS] += 1
    nodes[NODE * node] = tick
    nodes[NODE * node + 1] = what
    nodes[NODE * node + 2] = token.NOBODY
    bucket = (tick >> counters[counter.BUCKET_SHIFT]) & (BUCKETS - 1)
    last = near[2 * bucket + 1]
    if near[2 * bucket] == token.NOBODY:
        near[2 * bucket] = node
        near[2 * bucket + 1] = node
    elif nodes[NODE * last] < tick or (nodes[NODE * last] == tick and nodes[NODE * last + 1] < what):
        nodes[NODE * last + 2] = node
        near[2 * bucket + 1] = node
    else:
        before = token.NOBODY
        after = near[2 * bucket]
        while nodes[NODE * after] < tick or (nodes[NODE * after] == tick and nodes[NODE * after + 1] < what):
            before = after
            after = nodes[NODE * after + 2]
        nodes[NODE * node + 2] = after
        if before == token.NOBODY:
            near[2 * bucket] = node
        else:
            nodes[NODE * before + 2] = node
    counters[counter.NEXT_TICK] = min(counters[counter.NEXT_TICK], tick)


@part(f"void({types.FUTURE}, int64[::1], int64, int64)")
def enter_future(future: Arrays, counters: Words, tick: int, what: int) -> None:
    """Add an item; `tick` is after now, and the item later than all before it."""
    far, near, nodes = future
    if (tick >> counters[counter.BUCKET_SHIFT]) - counters[counter.BUCKET] < BUCKETS:
        _enter_near(counters, near, nodes, tick, what)
    else:
        enter_far(counters, far, tick, what)
        counters[counter.NEXT_TICK] = min(counters[counter.NEXT_TICK], tick)


@part(f"int64({types.FUTURE}, int64[::1], int64[::1])")
def take_future(future: Arrays, counters: Words, rows: Words) -> int:
    """Remove the first item, of which there is one; the wheel turns to its bucket. `NOTHING` if an array is full.

    The row of the item behind it is asked for.
    """
    far, near, nodes = future
    shift = counters[counter.BUCKET_SHIFT]
    bucket = counters[counter.NEXT_TICK] >> shift
    counters[counter.BUCKET] = bucket
    while far[0, 0] >> shift < bucket + BUCKETS:
        tick = far[0, 0]
        _enter_near(counters, near, nodes, tick, take_far(counters, far))
    if counters[counter.FULL]:
        return item.NOTHING
    node = near[2 * (bucket & (BUCKETS - 1))]
    what = nodes[NODE * node + 1]
    following = nodes[NODE * node + 2]
    near[2 * (bucket & (BUCKETS - 1))] = following
    nodes[NODE * node + 2] = counters[counter.FREE_NODE]
    counters[counter.FREE_NODE] = node
    counters[counter.NEAR_ITEMS] -= 1
    if counters[counter.NEAR_ITEMS]:
        while following == token.NOBODY:
            bucket += 1
            following = near[2 * (bucket & (BUCKETS - 1))]
        counters[counter.NEXT_TICK] = nodes[NODE * following]
        row = nodes[NODE * following + 1] & item.FOR_MASK
        ask_for(rows, row)
        ask_for(rows, row + counters[counter.PLACES])
    else:
        counters[counter.NEXT_TICK] = far[0, 0]
    return int(what)


@part("void(int64[::1], int64[::1], int64)")
def enter_present(counters: Words, present: Words, what: int) -> None:
    """Add an item after all that are there."""
    tail = counters[counter.PRESENT_TAIL]
    present[tail & (present.size - 1)] = what
    counters[counter.PRESENT_TAIL] = tail + 1
    if tail - counters[counter.PRESENT_HEAD] >= present.size - 1:
        counters[counter.FULL] = 1


@part("void(int64[::1], int64[::1], int64)")
def enter_urgent(counters: Words, urgent: Words, row: int) -> None:
    """Add a token after all that are there."""
    tail = counters[counter.URGENT_TAIL]
    urgent[tail & (urgent.size - 1)] = row
    counters[counter.URGENT_TAIL] = tail + 1
    if tail - counters[counter.URGENT_HEAD] >= urgent.size - 1:
        counters[counter.FULL] = 1
