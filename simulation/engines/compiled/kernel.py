"""A replication, compiled: the loop over what comes next, in the order of `docs/simulation.md`."""

from __future__ import annotations

from routing.compiled import kernel
from simulation.engines.compiled.calendar import arrive, change, note_hours
from simulation.engines.compiled.events import enter_future, numbered, take_future
from simulation.engines.compiled.granting import account, end_takeable, trigger
from simulation.engines.compiled.layout import counter, item, op, pool, token, types
from simulation.engines.compiled.layout.types import Arrays
from simulation.engines.compiled.operations import give_up, go_on_together
from simulation.engines.compiled.parts import part
from simulation.engines.compiled.walk import walk

EVERYTHING = f"{types.PLAN}, {types.CHANGES}, {types.SAMPLE}, {types.STATE}, {types.FIGURES}, {types.LOG}"


@part(f"int64({EVERYTHING}, int64, int64)")
def act(
    plan: Arrays, changes: Arrays, sample: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, what: int
) -> int:
    """Do what an item of the present or the future says; where its token goes on then, or `NOBODY`."""
    rows, batches = state[1], state[6]
    row = what & item.FOR_MASK
    kind = what >> item.KIND_SHIFT & item.KIND_MASK
    if kind == item.GO_ON:
        return int(rows[row + token.PC])
    if kind == item.TRIGGER:
        times = what >> item.ORDER_SHIFT
        while times > 0 and trigger(plan, state, figures, log, now, row):
            times -= 1
    elif kind == item.ARRIVALS:
        arrive(plan, sample, state, figures)
    elif kind == item.CALENDAR:
        change(plan, changes, state, figures, log, now)
    elif kind == item.GATHERED:
        if batches[row, pool.DUE] == what:
            go_on_together(state, row)
    elif rows[row + token.DUE] == what:
        rows[row + token.DUE] = 0
        if kind == item.IMPATIENT:
            give_up(plan, state, figures, log, now, row)
            return int(plan[0][rows[row + token.OP] + op.OTHERWISE])
        rows[row + token.REST] = -1
        end_takeable(state, row)
        return int(rows[row + token.PC])
    return token.NOBODY


@kernel(f"void({EVERYTHING})", references=False, from_the_end=False)
def replicate(plan: Arrays, changes: Arrays, sample: Arrays, state: Arrays, figures: Arrays, log: Arrays) -> None:
    """Do one thing after the other: the urgent, the future that has come, the present, the next of the future."""
    counters, rows, pools, future, present, urgent, _, _, _ = state
    hourly_used, hourly_queue = figures[5], figures[6]
    horizon = counters[counter.HORIZON]
    if changes[0].size:
        enter_future(future, counters, changes[0][0], numbered(counters, item.CALENDAR, 0))
    if sample[0].size:
        enter_future(future, counters, sample[0][0], numbered(counters, item.ARRIVALS, 0))
    now = -1
    hour = 0
    while counters[counter.FULL] == 0:
        if counters[counter.URGENT_HEAD] != counters[counter.URGENT_TAIL]:
            head = counters[counter.URGENT_HEAD]
            counters[counter.URGENT_HEAD] = head + 1
            row = urgent[head & (urgent.size - 1)]
            pc = rows[row + token.PC]
        else:
            tick = counters[counter.NEXT_TICK]
            head = counters[counter.PRESENT_HEAD]
            if head != counters[counter.PRESENT_TAIL] and tick > now:
                counters[counter.PRESENT_HEAD] = head + 1
                what = present[head & (present.size - 1)]
            elif tick >= horizon:
                break
            else:
                if tick > now:
                    now = tick
                    hour = note_hours(pools, hourly_used, hourly_queue, hour, now)
                what = take_future(future, counters, rows)
            row = what & item.FOR_MASK
            pc = act(plan, changes, sample, state, figures, log, now, what)
            if pc == token.NOBODY:
                continue
        walk(plan, sample, state, figures, log, now, row, pc)
    note_hours(pools, hourly_used, hourly_queue, hour, horizon - 1)
    for resource in range(0, pools.size, pool.WIDTH):
        account(pools, figures[0], resource, horizon)
