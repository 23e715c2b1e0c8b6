"""Who waits is granted, gives up, is preempted: the rules of `docs/simulation.md`, by their numbers there."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulation.engines.compiled.events import enter_present
from simulation.engines.compiled.layout import counter, op, pool, token, types
from simulation.engines.compiled.layout.types import Arrays, Words
from simulation.engines.compiled.lists import place_in_queue, put_in, take_out
from simulation.engines.compiled.parts import part
from simulation.engines.replication import Kind
from simulation.flow.plan import PRIORITIES

LOWEST: Final = np.array([0] + [(bits & -bits).bit_length() - 1 for bits in range(1, 1 << PRIORITIES)])
"""The lowest of the bits that are set."""
HIGHEST: Final = np.array([0] + [bits.bit_length() - 1 for bits in range(1, 1 << PRIORITIES)])
GRANT: Final = int(Kind.GRANT)
PREEMPTED: Final = int(Kind.PREEMPTED)
RESUMED: Final = int(Kind.RESUMED)


@part(f"void(int64[::1], {types.LOG}, int64, int64, int64, int64, int64)")
def write(counters: Words, log: Arrays, now: int, patient: int, step: int, kind: int, value: int) -> None:
    """A row of the log, if there is one; rows beyond its end are only counted."""
    at, patients, steps, kinds, values = log
    if at.size:
        row = counters[counter.LOGGED]
        counters[counter.LOGGED] = row + 1
        if row < at.size:
            at[row] = now
            patients[row] = patient
            steps[row] = step
            kinds[row] = kind
            values[row] = value


@part("void(int64[::1], int64[:, ::1], int64, int64)")
def account(pools: Words, level: Words, resource: int, now: int) -> None:
    """Count the time since the last change of a resource, which is about to change again."""
    spell = now - pools[resource + pool.SINCE]
    if spell > 0:
        used = pools[resource + pool.USED]
        level[resource >> pool.SHIFT, min(used, level.shape[1] - 1)] += spell
        beyond = used - pools[resource + pool.CAPACITY]
        if beyond > 0:
            pools[resource + pool.OVER] += spell * beyond
        pools[resource + pool.QUEUED] += spell * pools[resource + pool.WAITING]
        pools[resource + pool.SINCE] = now


@part("int64(int64, int64, int64)")
def packed(resource: int, units: int, rank: int) -> int:
    """What stands in the place of something held."""
    return (resource + 1) << token.RESOURCE_SHIFT | units << token.UNITS_SHIFT | rank


@part("void(int64[::1], int64[::1], int64, int64, int64, int64)")
def hold(counters: Words, rows: Words, row: int, at: int, place: int, what: int) -> None:
    """The token holds this in a place that was empty."""
    body = rows[row + token.BODY]
    if rows[body + place]:
        counters[counter.WRONG] = at + 1
    rows[body + place] = what


@part(f"void({types.STATE}, int64[:, ::1], int64, int64, int64, int64)")
def enter_queue(state: Arrays, level: Words, now: int, row: int, link: int, resource: int) -> None:
    """A request takes its place in the queue of one of its choices."""
    _, rows, pools, _, _, _, _, _, _ = state
    account(pools, level, resource, now)
    rank = rows[row + token.RANK]
    queue = resource + pool.QUEUES + pool.ENDS * rank
    pools[resource + pool.WAITING] += 1
    pools[resource + pool.WAITING_AT] |= 1 << rank
    after = place_in_queue(rows, pools, queue, row, pools[resource + pool.BY_DEADLINE])
    put_in(rows, pools, queue, row, row + token.LINKS + token.LINK * link, after)


@part(f"void({types.STATE}, int64[:, ::1], int64, int64)")
def withdraw(state: Arrays, level: Words, now: int, row: int) -> None:
    """A request leaves all queues that it stands in."""
    _, rows, pools, _, _, _, _, _, _ = state
    for link in range(rows[row + token.ENTERED]):
        node = row + token.LINKS + token.LINK * link
        resource = rows[node + token.ENDS] & pool.OF_LIST
        account(pools, level, resource, now)
        pools[resource + pool.WAITING] -= 1
        if take_out(rows, pools, node):
            pools[resource + pool.WAITING_AT] &= ~(1 << rows[row + token.RANK])
    rows[row + token.ENTERED] = 0


@part(f"void({types.PLAN}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64, int64, int64)")
def grant(plan: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int, resource: int) -> None:
    """A request that waits is granted: units are taken, the token goes on in the present (rule 4)."""
    code = plan[0]
    counters, rows, pools, _, present, _, _, _, _ = state
    level, waits = figures[0], figures[1]
    withdraw(state, level, now, row)
    units = rows[row + token.WANTED]
    pools[resource + pool.USED] += units
    at = rows[row + token.OP]
    kind = RESUMED
    place = code[at + op.PREEMPTIBLE]
    if code[at + op.CODE] == op.SEIZE:
        kind = GRANT
        place = code[at + op.PLACE]
        if rows[row + token.ASKED] >= counters[counter.WARM_UP]:
            waits[code[at + op.WAIT] + pool.GRANTS] += 1
            waits[code[at + op.WAIT] + pool.WAITED] += now - rows[row + token.ASKED]
    hold(counters, rows, row, at, place, packed(resource, units, rows[row + token.RANK]))
    rows[row + token.DUE] = 0
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], kind, resource >> pool.SHIFT)
    enter_present(counters, present, row)


@part(f"boolean({types.PLAN}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64, int64)")
def trigger(plan: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, resource: int) -> bool:
    """The first request of a resource is granted if its units are free (rule 4); whether that was so."""
    _, rows, pools, _, _, _, _, _, _ = state
    ranks = pools[resource + pool.WAITING_AT]
    if ranks == 0:
        return False
    row = rows[pools[resource + pool.QUEUES + pool.ENDS * LOWEST[ranks]] + token.ROW]
    if pools[resource + pool.CAPACITY] - pools[resource + pool.USED] < rows[row + token.WANTED]:
        return False
    grant(plan, state, figures, log, now, row, resource)
    return True


@part(f"void({types.STATE}, int64, int64)")
def begin_takeable(state: Arrays, row: int, held: int) -> None:
    """A preemptible delay begins with one unit held."""
    _, rows, pools, _, _, _, _, _, _ = state
    resource = (held >> token.RESOURCE_SHIFT) - 1
    rank = held & token.RANK_MASK
    takeable = resource + pool.TAKEABLE + pool.ENDS * rank
    pools[resource + pool.TAKEABLE_AT] |= 1 << rank
    put_in(rows, pools, takeable, row, row + token.LINKS, pools[takeable])


@part(f"void({types.STATE}, int64)")
def end_takeable(state: Arrays, row: int) -> None:
    """A preemptible delay with one unit ends, or is cut short."""
    _, rows, pools, _, _, _, _, _, _ = state
    takeable = rows[row + token.LINKS + token.ENDS]
    if take_out(rows, pools, row + token.LINKS):
        resource = takeable & pool.OF_LIST
        pools[resource + pool.TAKEABLE_AT] &= ~(1 << (takeable - resource - pool.TAKEABLE) // pool.ENDS)


@part(f"boolean({types.PLAN}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64, int64, int64)")
def preempt(plan: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, resource: int, rank: int) -> bool:
    """A token in a preemptible delay of a lower priority than `rank` loses its unit (rule 8); whether there was one."""
    code = plan[0]
    counters, rows, pools, _, _, _, _, _, _ = state
    ranks = pools[resource + pool.TAKEABLE_AT]
    lowest = HIGHEST[ranks]
    if ranks == 0 or lowest <= rank:
        return False
    row = rows[pools[resource + pool.TAKEABLE + pool.ENDS * lowest] + token.ROW]
    end_takeable(state, row)
    account(pools, figures[0], resource, now)
    pools[resource + pool.USED] -= 1
    at = rows[row + token.OP]
    rows[rows[row + token.BODY] + code[at + op.PREEMPTIBLE]] = 0
    rows[row + token.DUE] = 0
    rows[row + token.REST] -= now
    rows[row + token.PC] = at
    rows[row + token.WANTED] = 1
    rows[row + token.RANK] = lowest
    rows[row + token.BEFORE] = token.AT_ONCE
    rows[row + token.ENTERED] = 1
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], PREEMPTED, resource >> pool.SHIFT)
    enter_queue(state, figures[0], now, row, 0, resource)
    return True
