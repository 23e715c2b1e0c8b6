"""The operations that are more than a line or two: seizing, giving up, releasing, forking, gathering."""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.events import enter_future, enter_present, numbered
from simulation.engines.compiled.granting import (
    account,
    begin_takeable,
    enter_queue,
    grant,
    hold,
    packed,
    preempt,
    trigger,
    withdraw,
    write,
)
from simulation.engines.compiled.layout import counter, item, op, pool, token, types
from simulation.engines.compiled.layout.types import Arrays, Words
from simulation.engines.compiled.lists import begin, new_row
from simulation.engines.compiled.parts import part
from simulation.engines.compiled.quantities import NEVER, quantity, until_next
from simulation.engines.replication import Kind
from simulation.ticks import WEEK

BATCH: Final = int(Kind.BATCH)
DELAY: Final = int(Kind.DELAY)
FORK: Final = int(Kind.FORK)
GIVE_UP: Final = int(Kind.GIVE_UP)
GRANT: Final = int(Kind.GRANT)
RELEASE: Final = int(Kind.RELEASE)
REQUEST: Final = int(Kind.REQUEST)

EVERYTHING: Final = f"{types.PLAN}, {types.SAMPLE}, {types.STATE}, {types.FIGURES}, {types.LOG}"


@part(f"void({types.STATE}, int64, int64, int64)")
def enter_after(state: Arrays, now: int, wait: int, what: int) -> None:
    """An item of the future, unless that is beyond the horizon, or of the present if there is no wait (rule 3)."""
    if wait <= 0:
        enter_present(state[0], state[4], what)
    elif now + wait < state[0][counter.HORIZON]:
        enter_future(state[3], state[0], now + wait, what)


@part(f"void({types.PLAN}, {types.SAMPLE}, {types.STATE}, {types.LOG}, int64, int64, int64)")
def delay(plan: Arrays, sample: Arrays, state: Arrays, log: Arrays, now: int, row: int, at: int) -> None:
    """Time begins to pass; the rest of it if the token was preempted before."""
    code, counters, rows = plan[0], state[0], state[1]
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], DELAY, 0)
    rows[row + token.PC] = code[at + op.NEXT]
    place = code[at + op.PREEMPTIBLE]
    span = rows[row + token.REST] if place else NEVER
    if span == NEVER:
        span = max(quantity(plan, sample, state, now, row, at, op.SPAN), 0)
    kind = item.GO_ON
    if place:
        rows[row + token.REST] = NEVER
        held = rows[rows[row + token.BODY] + place]
        if held == 0:
            counters[counter.WRONG] = at + 1
        if held >> token.UNITS_SHIFT & token.UNITS_MASK == 1:
            kind = item.DELAYED
            rows[row + token.OP] = at
            rows[row + token.REST] = now + span
            rows[row + token.DUE] = numbered(counters, kind, row)
            begin_takeable(state, row, held)
            enter_after(state, now, span, rows[row + token.DUE])
            return
    enter_after(state, now, span, numbered(counters, kind, row))


@part("boolean(int64[::1], int64)")
def alone(counters: Words, now: int) -> bool:
    """Whether nothing else is to be done at this instant."""
    return bool(
        counters[counter.PRESENT_HEAD] == counters[counter.PRESENT_TAIL]
        and counters[counter.URGENT_HEAD] == counters[counter.URGENT_TAIL]
        and counters[counter.NEXT_TICK] > now
    )


@part(f"void({EVERYTHING}, int64, int64, int64)")
def stand_in_line(
    plan: Arrays, sample: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int, at: int
) -> None:
    """A request enters the queues of its choices, which are triggered; then preempting is tried, then patience."""
    code, table = plan[0], plan[1]
    counters, rows, deadline = state[0], state[1], state[8]
    rows[row + token.OP] = at
    rows[row + token.DUE] = 0
    rows[row + token.ASKED] = now
    rows[row + token.WANTED] = code[at + op.UNITS]
    rows[row + token.BEFORE] = deadline[rows[row + token.PATIENT]]
    choices = code[at + op.CHOICES]
    count = code[at + op.COUNT]
    rows[row + token.ENTERED] = count
    for link in range(count):
        enter_queue(state, figures[0], now, row, link, table[choices + link])
    for link in range(count):
        if rows[row + token.ENTERED]:
            trigger(plan, state, figures, log, now, table[choices + link])
    if rows[row + token.ENTERED] and code[at + op.PREEMPT]:
        for link in range(count):
            if preempt(plan, state, figures, log, now, table[choices + link], rows[row + token.RANK]):
                grant(plan, state, figures, log, now, row, table[choices + link])
                break
    if rows[row + token.ENTERED]:
        patience = quantity(plan, sample, state, now, row, at, op.PATIENCE)
        if patience != NEVER:
            rows[row + token.DUE] = numbered(counters, item.IMPATIENT, row)
            enter_after(state, now, patience, rows[row + token.DUE])


@part(f"boolean({EVERYTHING}, int64, int64, int64)")
def seize(
    plan: Arrays, sample: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int, at: int
) -> bool:
    """A request is made (rule 5); true if it is granted and nobody else is before the token that goes on."""
    code = plan[0]
    counters, rows, pools, _, present, _, _, priority, _ = state
    level, waits = figures[0], figures[1]
    patient = rows[row + token.PATIENT]
    rank = quantity(plan, sample, state, now, row, at, op.RANK)
    if rank == NEVER:
        rank = priority[patient]
    write(counters, log, now, patient, code[at + op.AT], REQUEST, rank)
    rows[row + token.PC] = code[at + op.NEXT]
    counted = now >= counters[counter.WARM_UP]
    if counted:
        waits[code[at + op.WAIT] + pool.REQUESTS] += 1
    units = code[at + op.UNITS]
    first = code[at + op.FIRST]
    if pools[first + pool.WAITING] == 0 and pools[first + pool.CAPACITY] - pools[first + pool.USED] >= units:
        account(pools, level, first, now)
        pools[first + pool.USED] += units
        if counted:
            waits[code[at + op.WAIT] + pool.GRANTS] += 1
        hold(counters, rows, row, at, code[at + op.PLACE], packed(first, units, rank))
        write(counters, log, now, patient, code[at + op.AT], GRANT, first >> pool.SHIFT)
        if alone(counters, now):
            return True
        enter_present(counters, present, row)
        return False
    rows[row + token.RANK] = rank
    stand_in_line(plan, sample, state, figures, log, now, row, at)
    return False


@part(f"void({types.PLAN}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64, int64)")
def give_up(plan: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int) -> None:
    """Patience has ended: the request leaves its queues, whose next ones are looked at."""
    code, table, counters, rows = plan[0], plan[1], state[0], state[1]
    at = rows[row + token.OP]
    withdraw(state, figures[0], now, row)
    if rows[row + token.ASKED] >= counters[counter.WARM_UP]:
        figures[1][code[at + op.WAIT] + pool.GIVEN_UP] += 1
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], GIVE_UP, 0)
    for choice in range(code[at + op.CHOICES], code[at + op.CHOICES] + code[at + op.COUNT]):
        trigger(plan, state, figures, log, now, table[choice])


@part(f"void({types.PLAN}, {types.STATE}, {types.FIGURES}, {types.LOG}, int64, int64, int64)")
def release(plan: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int, at: int) -> None:
    """What is held in a place is given back (rule 6)."""
    code = plan[0]
    counters, rows, pools, _, present, _, _, _, _ = state
    body = rows[row + token.BODY]
    place = code[at + op.PLACE]
    held = rows[body + place]
    if held == 0:
        counters[counter.WRONG] = at + 1
        return
    rows[body + place] = 0
    resource = (held >> token.RESOURCE_SHIFT) - 1
    units = held >> token.UNITS_SHIFT & token.UNITS_MASK
    account(pools, figures[0], resource, now)
    pools[resource + pool.USED] -= units
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], RELEASE, resource >> pool.SHIFT)
    if pools[resource + pool.WAITING]:
        enter_present(counters, present, units << item.ORDER_SHIFT | item.TRIGGER << item.KIND_SHIFT | resource)


@part(f"void({types.PLAN}, {types.STATE}, {types.LOG}, int64, int64, int64)")
def fork(plan: Arrays, state: Arrays, log: Arrays, now: int, row: int, at: int) -> None:
    """The arms of Together, or the token of Aside, which copies what is held and takes some over, begin (rule 7)."""
    code, table, jumps = plan[0], plan[1], plan[2]
    counters, rows, urgent = state[0], state[1], state[5]
    arms = code[at + op.COUNT]
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], FORK, arms)
    rows[row + token.PC] = code[at + op.NEXT]
    rows[row + token.ARMS] = arms
    body = rows[row + token.BODY]
    for number in range(arms):
        arm = new_row(counters, rows)
        rows[arm + token.PC] = jumps[code[at + op.ARMS] + number]
        rows[arm + token.PATIENT] = rows[row + token.PATIENT]
        rows[arm + token.DRAWS] = rows[row + token.DRAWS]
        rows[arm + token.STRIDE] = rows[row + token.STRIDE]
        if code[at + op.CODE] == op.FORK:
            begin(counters, rows, urgent, arm, body, row)
        else:
            begin(counters, rows, urgent, arm, arm, token.NOBODY)
            for place in range(counters[counter.PLACES], counters[counter.COLUMNS]):
                rows[arm + place] = rows[body + place]
            for taken in range(code[at + op.TAKES], code[at + op.TAKES] + code[at + op.TAKEN]):
                rows[body + table[taken]] = 0


@part(f"boolean({types.PLAN}, {types.STATE}, {types.LOG}, int64, int64, int64)")
def wait_until(plan: Arrays, state: Arrays, log: Arrays, now: int, row: int, at: int) -> bool:
    """The token waits for the next time of a clock (rule 3); false if that is now."""
    code, table, counters, rows = plan[0], plan[1], state[0], state[1]
    just_before = (now + counters[counter.MONDAY]) % WEEK - 1
    wait = until_next(table, code[at + op.SPAN + 1], code[at + op.SPAN + 2], just_before) - 1
    if wait == 0:
        return False
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], DELAY, 0)
    rows[row + token.PC] = code[at + op.NEXT]
    enter_after(state, now, wait, numbered(counters, item.GO_ON, row))
    return True


@part(f"void({types.STATE}, int64)")
def go_on_together(state: Arrays, batch: int) -> None:
    """All who have gathered are entered in the present, in order of coming."""
    counters, rows, present, batches = state[0], state[1], state[4], state[6]
    row = batches[batch, pool.FOREMOST]
    for _ in range(batches[batch, pool.GATHERED]):
        enter_present(counters, present, row)
        row = rows[row + token.FOLLOWER]
    batches[batch, pool.GATHERED] = 0
    batches[batch, pool.DUE] = 0


@part(f"void({types.PLAN}, {types.SAMPLE}, {types.STATE}, {types.LOG}, int64, int64, int64)")
def gather(plan: Arrays, sample: Arrays, state: Arrays, log: Arrays, now: int, row: int, at: int) -> None:
    """A token comes to a batch."""
    code, counters, rows, batches = plan[0], state[0], state[1], state[6]
    batch = code[at + op.VALUE]
    count = batches[batch, pool.GATHERED] + 1
    batches[batch, pool.GATHERED] = count
    write(counters, log, now, rows[row + token.PATIENT], code[at + op.AT], BATCH, count)
    rows[row + token.PC] = code[at + op.NEXT]
    if count == 1:
        batches[batch, pool.FOREMOST] = row
    else:
        rows[batches[batch, pool.HINDMOST] + token.FOLLOWER] = row
    batches[batch, pool.HINDMOST] = row
    if count >= code[at + op.SIZE]:
        go_on_together(state, batch)
    elif count == 1:
        at_most = quantity(plan, sample, state, now, row, at, op.AT_MOST)
        if at_most != NEVER:
            batches[batch, pool.DUE] = numbered(counters, item.GATHERED, batch)
            enter_after(state, now, at_most, batches[batch, pool.DUE])
