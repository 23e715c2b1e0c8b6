"""What comes from outside: patients, changes of capacity, and the full hours at which the figures are noted."""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.ahead import ask_for
from simulation.engines.compiled.events import enter_future, numbered
from simulation.engines.compiled.granting import account, trigger, write
from simulation.engines.compiled.layout import counter, item, op, pool, token, types
from simulation.engines.compiled.layout.types import Arrays, Short, Words
from simulation.engines.compiled.lists import begin, new_row
from simulation.engines.compiled.parts import part
from simulation.engines.replication import Kind
from simulation.ticks import HOUR

CAPACITY: Final = int(Kind.CAPACITY)


@part(f"void({types.PLAN}, {types.SAMPLE}, {types.STATE}, {types.FIGURES})")
def arrive(plan: Arrays, sample: Arrays, state: Arrays, figures: Arrays) -> None:
    """The patients of this tick begin, after the next tick of arrival has been entered (rule 1)."""
    code, entries = plan[0], plan[3]
    arrival, source, _, first_draw, stride, draws = sample
    marked = figures[4]
    counters, rows, future, urgent = state[0], state[1], state[3], state[5]
    first = counters[counter.COMING]
    beyond = first + 1
    while beyond < arrival.size and arrival[beyond] == arrival[first]:
        beyond += 1
    counters[counter.COMING] = beyond
    if beyond < arrival.size:
        enter_future(future, counters, arrival[beyond], numbered(counters, item.ARRIVALS, 0))
    for patient in range(first, beyond):
        row = new_row(counters, rows)
        rows[row + token.PC] = entries[source[patient]]
        rows[row + token.PATIENT] = patient
        rows[row + token.DRAWS] = first_draw[patient]
        rows[row + token.STRIDE] = stride[patient]
        begin(counters, rows, urgent, row, row, token.NOBODY)
        for place in range(row + counters[counter.PLACES], row + counters[counter.COLUMNS]):
            rows[place] = 0
        for slot in range(code[rows[row + token.PC] + op.COUNT]):
            ask_for(draws, first_draw[patient] + slot * stride[patient])
        for mark in range(marked.shape[0]):
            ask_for(marked, mark * marked.shape[1] + patient)


@part(f"void({types.PLAN}, {types.CHANGES}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64)")
def change(plan: Arrays, changes: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int) -> None:
    """The capacities that change at this tick, after the next such tick has been entered (rule 2)."""
    tick, which, capacity = changes
    counters, pools, future = state[0], state[2], state[3]
    first = counters[counter.CHANGING]
    beyond = first + 1
    while beyond < tick.size and tick[beyond] == tick[first]:
        beyond += 1
    counters[counter.CHANGING] = beyond
    if beyond < tick.size:
        enter_future(future, counters, tick[beyond], numbered(counters, item.CALENDAR, 0))
    for number in range(first, beyond):
        resource = which[number]
        account(pools, figures[0], resource, now)
        grown = capacity[number] - pools[resource + pool.CAPACITY]
        pools[resource + pool.CAPACITY] = capacity[number]
        write(counters, log, now, token.NOBODY, resource >> pool.SHIFT, CAPACITY, capacity[number])
        while grown > 0 and trigger(plan, state, figures, log, now, resource):
            grown -= 1


@part("int64(int64[::1], int32[:, ::1], int32[:, ::1], int64, int64)")
def note_hours(pools: Words, used: Short, queue: Short, hour: int, now: int) -> int:
    """Note how the resources stand at the beginning of each hour up to now; the first hour after now."""
    while hour < used.shape[0] and hour * HOUR <= now:
        for resource in range(used.shape[1]):
            used[hour, resource] = pools[resource * pool.WIDTH + pool.USED]
            queue[hour, resource] = pools[resource * pool.WIDTH + pool.WAITING]
        hour += 1
    return hour
