"""Doubly linked lists of tokens, a token in up to `MOST_CHOICES` at a time, and the rows that tokens stand in.

A list is named by where its two ends stand among the resources, a node by where a token's link stands among the rows.
"""

from __future__ import annotations

from simulation.engines.compiled.events import enter_urgent
from simulation.engines.compiled.layout import counter, pool, token
from simulation.engines.compiled.layout.types import Words
from simulation.engines.compiled.parts import part


@part("void(int64[::1], int64[::1], int64, int64, int64, int64)")
def put_in(rows: Words, pools: Words, ends: int, row: int, node: int, after: int) -> None:
    """Put a token into a list, in front of the node `after`, or at the end if that is nobody."""
    before = pools[ends + pool.LAST]
    if after != token.NOBODY:
        before = rows[after + token.BACK]
        rows[after + token.BACK] = node
    else:
        pools[ends + pool.LAST] = node
    if before != token.NOBODY:
        rows[before + token.AHEAD] = node
    else:
        pools[ends] = node
    rows[node + token.ENDS] = ends
    rows[node + token.BACK] = before
    rows[node + token.AHEAD] = after
    rows[node + token.ROW] = row


@part("boolean(int64[::1], int64[::1], int64)")
def take_out(rows: Words, pools: Words, node: int) -> bool:
    """Take a token out of its list; whether that is empty now."""
    ends = rows[node + token.ENDS]
    before = rows[node + token.BACK]
    after = rows[node + token.AHEAD]
    if before != token.NOBODY:
        rows[before + token.AHEAD] = after
    else:
        pools[ends] = after
    if after != token.NOBODY:
        rows[after + token.BACK] = before
    else:
        pools[ends + pool.LAST] = before
    return bool(before == token.NOBODY and after == token.NOBODY)


@part("int64(int64[::1], int64[::1], int64, int64, int64)")
def place_in_queue(rows: Words, pools: Words, ends: int, row: int, by_deadline: int) -> int:
    """The node in front of which a request enters its queue; a preempted one comes first."""
    if rows[row + token.BEFORE] == token.AT_ONCE:
        return int(pools[ends])
    after = token.NOBODY
    if by_deadline:
        node = pools[ends + pool.LAST]
        while node != token.NOBODY and rows[rows[node + token.ROW] + token.BEFORE] > rows[row + token.BEFORE]:
            after = node
            node = rows[node + token.BACK]
    return int(after)


@part("int64(int64[::1], int64[::1])")
def new_row(counters: Words, rows: Words) -> int:
    """A row for a token: the place of its first column, by which it is named."""
    row = counters[counter.FREE_ROW]
    if row != token.NOBODY:
        counters[counter.FREE_ROW] = rows[row + token.FOLLOWER]
        return int(row)
    row = counters[counter.FRESH_ROW]
    beyond = row + counters[counter.COLUMNS]
    if beyond < rows.size:
        counters[counter.FRESH_ROW] = beyond
    else:
        counters[counter.FULL] = 1
    return int(row)


@part("void(int64[::1], int64[::1], int64)")
def free_row(counters: Words, rows: Words, row: int) -> None:
    """The token has ended; its row is for another."""
    rows[row + token.DUE] = 0
    rows[row + token.FOLLOWER] = counters[counter.FREE_ROW]
    counters[counter.FREE_ROW] = row


@part("void(int64[::1], int64[::1], int64[::1], int64, int64, int64)")
def begin(counters: Words, rows: Words, urgent: Words, row: int, body: int, parent: int) -> None:
    """A new token is entered as urgent; `body` is the row with what it holds, `parent` who waits for its end."""
    rows[row + token.DUE] = 0
    rows[row + token.BODY] = body
    rows[row + token.PARENT] = parent
    rows[row + token.ENTERED] = 0
    rows[row + token.REST] = -1
    enter_urgent(counters, urgent, row)
