"""What a step's quantity is for a patient at an instant, and where the clock and the conditions stand then."""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.layout import counter, op, pool, token, types
from simulation.engines.compiled.layout.types import Arrays, Words
from simulation.engines.compiled.parts import part
from simulation.ticks import WEEK

NEVER: Final = -1


@part(f"int64({types.WORDS}, int64, int64, int64)")
def until_next(table: Words, first: int, times: int, of_week: int) -> int:
    """Ticks from an instant of the week to the next of the clock's times after it."""
    for place in range(first, first + times):
        if table[place] > of_week:
            return int(table[place] - of_week)
    return int(table[first] + WEEK - of_week)


@part(f"int64({types.PLAN}, {types.SAMPLE}, {types.STATE}, int64, int64, int64, int64)")
def quantity(plan: Arrays, sample: Arrays, state: Arrays, now: int, row: int, at: int, column: int) -> int:
    """The quantity in three columns of an operation, for the patient of a row; `NEVER` if there is none."""
    code, table, rows = plan[0], plan[1], state[1]
    kind = code[at + column]
    which = code[at + column + 1]
    if kind == op.DRAWN:
        return int(sample[5][rows[row + token.DRAWS] + which * rows[row + token.STRIDE]])
    if kind == op.FIXED:
        return int(table[which])
    if kind == op.LOOKED_UP:
        return int(table[which + sample[2][code[at + column + 2], rows[row + token.PATIENT]]])
    if kind == op.CLOCK:
        return until_next(table, which, code[at + column + 2], (now + state[0][counter.MONDAY]) % WEEK)
    return NEVER


@part(f"int64({types.PLAN}, {types.STATE}, int64, int64, int64)")
def first_true(plan: Arrays, state: Arrays, now: int, row: int, at: int) -> int:
    """The number of the first condition that is true now for the token of a row, or the number of conditions."""
    code, table, rows, pools = plan[0], plan[1], state[1], state[2]
    count = code[at + op.COUNT]
    for number in range(count):
        place = code[at + op.BY] + op.CONDITION * number
        kind, first, second = table[place], table[place + 1], table[place + 2]
        true = False
        if kind == op.FREE:
            true = pools[first + pool.CAPACITY] - pools[first + pool.USED] >= second
        elif kind == op.QUEUE:
            true = pools[first + pool.WAITING] >= second
        elif kind == op.HOLDS:
            true = rows[rows[row + token.BODY] + first] >> token.RESOURCE_SHIFT == second + 1
        else:
            of_week = (now + state[0][counter.MONDAY]) % WEEK
            for span in range(first, first + 2 * second, 2):
                if table[span] <= of_week < table[span + 1]:
                    true = True
        if true:
            return int(number)
    return int(count)
