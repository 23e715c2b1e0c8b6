"""An activation: a token walks through the operations of its pathway until it must wait or ends."""

from __future__ import annotations

from typing import Final

from simulation.engines.compiled.events import enter_present
from simulation.engines.compiled.granting import write
from simulation.engines.compiled.layout import op, token
from simulation.engines.compiled.layout.types import Arrays
from simulation.engines.compiled.lists import free_row
from simulation.engines.compiled.operations import EVERYTHING, delay, fork, gather, release, seize, wait_until
from simulation.engines.compiled.parts import part
from simulation.engines.compiled.quantities import NEVER, first_true, quantity
from simulation.engines.replication import Kind

AGAIN: Final = int(Kind.AGAIN)
ARRIVE: Final = int(Kind.ARRIVE)
BATCHED: Final = int(Kind.BATCHED)
JOINED: Final = int(Kind.JOINED)
LEAVE: Final = int(Kind.LEAVE)
MARK: Final = int(Kind.MARK)


@part(f"void({EVERYTHING}, int64, int64, int64)")
def walk(  # noqa: C901, PLR0911, PLR0912, PLR0915  (one way for each operation; a table of them would be calls)
    plan: Arrays, sample: Arrays, state: Arrays, figures: Arrays, log: Arrays, now: int, row: int, pc: int
) -> None:
    """Run a token until it must wait or ends (an activation)."""
    code, jumps = plan[0], plan[2]
    attributes, draws = sample[2], sample[5]
    counters, rows, _, _, present, _, _, priority, deadline = state
    left_at, outcome, marked = figures[2], figures[3], figures[4]
    patient = rows[row + token.PATIENT]
    while True:
        what = code[pc + op.CODE]
        if what == op.DELAY:
            delay(plan, sample, state, log, now, row, pc)
            return
        if what == op.SEIZE:
            if not seize(plan, sample, state, figures, log, now, row, pc):
                return
        elif what == op.RELEASE:
            release(plan, state, figures, log, now, row, pc)
        elif what == op.MARK:
            marked[code[pc + op.VALUE], patient] = now
            write(counters, log, now, patient, code[pc + op.AT], MARK, code[pc + op.VALUE])
        elif what == op.CHOOSE:
            arm = draws[rows[row + token.DRAWS] + code[pc + op.BY] * rows[row + token.STRIDE]]
            pc = jumps[code[pc + op.ARMS] + arm]
            continue
        elif what == op.SORT:
            pc = jumps[code[pc + op.ARMS] + attributes[code[pc + op.BY], patient]]
            continue
        elif what == op.ARRIVE:
            write(counters, log, now, patient, token.NOBODY, ARRIVE, code[pc + op.VALUE])
        elif what == op.LEAVE:
            left_at[patient] = now
            outcome[patient] = code[pc + op.VALUE]
            write(counters, log, now, patient, code[pc + op.AT], LEAVE, code[pc + op.VALUE])
            free_row(counters, rows, row)
            return
        elif what == op.WHEN:
            pc = jumps[code[pc + op.ARMS] + first_true(plan, state, now, row, pc)]
            continue
        elif what == op.PRIORITY:
            rank = quantity(plan, sample, state, now, row, pc, op.RANK)
            if rank != NEVER:
                priority[patient] = rank
        elif what == op.DEADLINE:
            span = quantity(plan, sample, state, now, row, pc, op.SPAN)
            if span != NEVER:
                deadline[patient] = now + span
        elif what == op.UNTIL:
            if wait_until(plan, state, log, now, row, pc):
                return
        elif what in (op.FORK, op.ASIDE):
            fork(plan, state, log, now, row, pc)
            if what == op.FORK:
                return
        elif what == op.END:
            parent = rows[row + token.PARENT]
            free_row(counters, rows, row)
            if parent != token.NOBODY:
                rows[parent + token.ARMS] -= 1
                if rows[parent + token.ARMS] == 0:
                    enter_present(counters, present, parent)
            return
        elif what == op.BATCH:
            gather(plan, sample, state, log, now, row, pc)
            return
        elif what == op.AGAIN:
            write(counters, log, now, patient, code[pc + op.AT], AGAIN, code[pc + op.VALUE])
        else:
            write(counters, log, now, patient, code[pc + op.AT], JOINED if what == op.JOINED else BATCHED, 0)
        pc = code[pc + op.NEXT]
