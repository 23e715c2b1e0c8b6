"""Doubly linked lists of tokens, a token in up to `MOST_CHOICES` at a time, and the rows that tokens stand in.

List resource << RANKS_SHIFT | priority is the queue of a resource for that priority. After all queues come as many
lists of the tokens in a preemptible delay, the last begun first.
"""

from __future__ import annotations

from simulation.engines.compiled.events import enter_urgent
from simulation.engines.compiled.layout import counter, token
from simulation.engines.compiled.layout.types import Words
from simulation.engines.compiled.parts import part


@part("void(int64[:, ::1], int64[:, ::1], int64, int64, int64, int64)")
def put_in(rows: Words, lists: Words, number: int, row: int, link: int, after: int) -> None:
    """Put a token into a list, in front of the node `after`, or at the end if that is nobody."""
    node = row << token.NODE_SHIFT | link
    before = lists[number, 1]
    if after != token.NOBODY:
        there = token.LINKS + token.LINK * (after & token.NODE_MASK)
        before = rows[after >> token.NODE_SHIFT, there + 1]
        rows[after >> token.NODE_SHIFT, there + 1] = node
    else:
        lists[number, 1] = node
    if before != token.NOBODY:
        rows[before >> token.NODE_SHIFT, token.LINKS + token.LINK * (before & token.NODE_MASK) + 2] = node
    else:
        lists[number, 0] = node
    own = token.LINKS + token.LINK * link
    rows[row, own] = number
    rows[row, own + 1] = before
    rows[row, own + 2] = after


@part("boolean(int64[:, ::1], int64[:, ::1], int64, int64)")
def take_out(rows: Words, lists: Words, row: int, link: int) -> bool:
    """Take a token out of its list; whether that is empty now."""
    own = token.LINKS + token.LINK * link
    number = rows[row, own]
    before = rows[row, own + 1]
    after = rows[row, own + 2]
    if before != token.NOBODY:
        rows[before >> token.NODE_SHIFT, token.LINKS + token.LINK * (before & token.NODE_MASK) + 2] = after
    else:
        lists[number, 0] = after
    if after != token.NOBODY:
        rows[after >> token.NODE_SHIFT, token.LINKS + token.LINK * (after & token.NODE_MASK) + 1] = before
    else:
        lists[number, 1] = before
    return bool(before == token.NOBODY and after == token.NOBODY)


@part("int64(int64[:, ::1], int64[:, ::1], int64, int64, int64)")
def place_in_queue(rows: Words, lists: Words, number: int, row: int, by_deadline: int) -> int:
    """The node in front of which a request enters its queue; a preempted one comes first."""
    if rows[row, token.BEFORE] == token.AT_ONCE:
        return int(lists[number, 0])
    after = token.NOBODY
    if by_deadline:
        node = lists[number, 1]
        while node != token.NOBODY and rows[node >> token.NODE_SHIFT, token.BEFORE] > rows[row, token.BEFORE]:
            after = node
            node = rows[node >> token.NODE_SHIFT, token.LINKS + token.LINK * (node & token.NODE_MASK) + 1]
    return int(after)


@part("int64(int64[::1], int64[:, ::1])")
def new_row(counters: Words, rows: Words) -> int:
    """A row for a token."""
    row = counters[counter.FREE_ROW]
    if row != token.NOBODY:
        counters[counter.FREE_ROW] = rows[row, token.FOLLOWER]
        return int(row)
    row = counters[counter.FRESH_ROW]
    if row + 1 < rows.shape[0]:
        counters[counter.FRESH_ROW] = row + 1
    else:
        counters[counter.FULL] = 1
    return int(row)


@part("void(int64[::1], int64[:, ::1], int64)")
def free_row(counters: Words, rows: Words, row: int) -> None:
    """The token has ended; its row is for another."""
    rows[row, token.DUE] = 0
    rows[row, token.FOLLOWER] = counters[counter.FREE_ROW]
    counters[counter.FREE_ROW] = row


@part("void(int64[::1], int64[:, ::1], int64[::1], int64, int64, int64)")
def begin(counters: Words, rows: Words, urgent: Words, row: int, body: int, parent: int) -> None:
    """A new token is entered as urgent; `body` is the row with what it holds, `parent` who waits for its end."""
    rows[row, token.DUE] = 0
    rows[row, token.BODY] = body
    rows[row, token.PARENT] = parent
    rows[row, token.ENTERED] = 0
    rows[row, token.REST] = -1
    enter_urgent(counters, urgent, row)
