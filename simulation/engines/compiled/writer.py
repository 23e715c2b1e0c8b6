"""Writes a pathway as operations, last one first: each names its follower, branches a table of followers.

The rounds of a loop stand one after the other, each with the rows of its own draws, so a token has no round to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.engines.compiled.layout import op, pool, token
from simulation.engines.from_log import steps_of
from simulation.flow import plan as flow

MOST_OPERATIONS = 1 << 20
"""Beyond this, loops within loops are longer than all else together."""


class NotCovered(Exception):
    """The compiled engine does not know what these steps ask of it; the reference does."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"not covered by the compiled engine: {', '.join(names)}")
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Place:
    """Where steps stand: what comes after them, what a new round does, how far their draws are shifted.

    `shifts` has (first slot, slots, rows further) for each loop around; `again` the operation that begins the next
    round of the innermost loop and that round's number, None without one. `by_itself`: in an arm, with its own loops.
    """

    after: int
    again: tuple[int, int] | None = None
    shifts: tuple[tuple[int, int, int], ...] = ()
    by_itself: bool = False

    def before(self, operation: int) -> Place:
        """The place in front of an operation of the same way."""
        return replace(self, after=operation)

    def row(self, slot: int) -> int:
        """The row of a slot's draws in this round."""
        return slot + sum(rows for first, slots, rows in self.shifts if first <= slot < first + slots)


@dataclass(slots=True)
class Writer:
    """The operations so far and the tables that they refer to."""

    plan: flow.Plan
    places: int
    """The first column of a token's row with something held."""
    code: list[list[int]] = field(default_factory=list)
    table: list[int] = field(default_factory=list)
    jumps: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    columns: int = 0
    """The columns of a token's row so far."""
    _places_in_table: dict[tuple[int, ...], int] = field(default_factory=dict)

    def operation(self, code: int, after: int, at: int, **columns: int | tuple[int, ...]) -> int:
        """Add an operation, the columns by their names in `layout.op`, a quantity as three.

        Where its first column stands among all columns: by that number others name it.
        """
        row = [0] * op.WIDTH
        row[op.CODE], row[op.NEXT], row[op.AT] = code, after, at
        for name, value in columns.items():
            first = getattr(op, name.upper())
            values = value if isinstance(value, tuple) else (value,)
            row[first : first + len(values)] = values
        if len(self.code) >= MOST_OPERATIONS:
            raise NotCovered([f"{self.plan.flow}: more than {MOST_OPERATIONS} operations once loops are written out"])
        self.code.append(row)
        return op.WIDTH * (len(self.code) - 1)

    def in_table(self, values: tuple[int, ...]) -> int:
        """The place of these values in the table."""
        if values not in self._places_in_table:
            self._places_in_table[values] = len(self.table)
            self.table.extend(values)
        return self._places_in_table[values]

    def place(self, hold: int) -> int:
        """The column of a token's row with what is held in a place."""
        self.columns = max(self.columns, self.places + hold + 1)
        return self.places + hold

    def refuse(self, at: int, what: str) -> None:
        """Note what is not covered."""
        self.refused.append(f"{self.plan.steps[at]} ({what})")

    # --- steps -------------------------------------------------------------------------------------------------------

    def steps(self, steps: Sequence[flow.Step], place: Place) -> int:
        """Write steps; the first operation of them."""
        operation = place.after
        for step in reversed(steps):
            operation = WAYS[type(step)](self, step, place.before(operation))
        return operation

    def quantity(self, what: flow.Patience | None, place: Place) -> tuple[int, int, int]:
        """The three columns of a quantity."""
        match what:
            case None:
                return op.NOTHING, 0, 0
            case flow.Drawn(slot):
                return op.DRAWN, place.row(slot), 0
            case flow.Fixed(value):
                return op.FIXED, self.in_table((value,)), 0
            case flow.ByAttribute(attribute, values):
                return op.LOOKED_UP, self.in_table(tuple(-1 if v is None else v for v in values)), attribute
            case flow.Clock(of_week):
                return op.CLOCK, self.in_table(of_week), len(of_week)

    def arms(self, beginnings: Sequence[int]) -> int:
        """The place of the beginnings of arms in the table of jumps."""
        self.jumps.extend(beginnings)
        return len(self.jumps) - len(beginnings)


def _seize(to: Writer, step: flow.Seize, place: Place) -> int:
    if len(step.choices) > token.MOST_CHOICES:
        to.refuse(step.at, f"more than {token.MOST_CHOICES} choices")
    return to.operation(
        op.SEIZE,
        place.after,
        step.at,
        place=to.place(step.hold),
        choices=to.in_table(tuple(pool.WIDTH * choice for choice in step.choices)),
        count=len(step.choices),
        first=pool.WIDTH * step.choices[0],
        wait=pool.FIGURES * step.wait,
        units=step.units,
        preempt=int(step.preempt and step.units == 1),
        rank=to.quantity(step.priority, place),
        patience=to.quantity(step.patience, place),
        otherwise=to.steps(step.otherwise, place) if step.patience is not None else place.after,
    )


def _release(to: Writer, step: flow.Release, place: Place) -> int:
    return to.operation(op.RELEASE, place.after, step.at, place=to.place(step.hold))


def _delay(to: Writer, step: flow.Delay, place: Place) -> int:
    held = 0 if step.preemptible is None else to.place(step.preemptible)
    return to.operation(op.DELAY, place.after, step.at, span=to.quantity(step.span, place), preemptible=held)


def _until(to: Writer, step: flow.Until, place: Place) -> int:
    return to.operation(op.UNTIL, place.after, step.at, span=to.quantity(step.clock, place))


def _branch(to: Writer, step: flow.Branch, place: Place) -> int:
    arms = [to.steps(arm, place) for arm in step.arms]
    match step.choice:
        case flow.Drawn(slot):
            return to.operation(op.CHOOSE, place.after, step.at, by=place.row(slot), arms=to.arms(arms))
        case flow.ByAttribute(attribute, values):
            chosen = [arms[-1 if value is None else value] for value in values]
            return to.operation(op.SORT, place.after, step.at, by=attribute, arms=to.arms(chosen))
        case None:
            conditions = tuple(number for each in step.conditions for number in _condition(to, each))
            count = len(step.conditions)
            first = to.arms([*arms[:count], arms[-1]])
            by = to.in_table(conditions)
            return to.operation(op.WHEN, place.after, step.at, by=by, arms=first, count=count)


def _condition(to: Writer, condition: flow.Condition) -> tuple[int, int, int]:
    match condition:
        case flow.InWindow(spans):
            return op.DURING, to.in_table(tuple(tick for span in spans for tick in span)), len(spans)
        case flow.Free(resource, units):
            return op.FREE, pool.WIDTH * resource, units
        case flow.Queue(resource, waiting):
            return op.QUEUE, pool.WIDTH * resource, waiting
        case flow.Holds(hold, resource):
            return op.HOLDS, to.place(hold), pool.WIDTH * resource


def _set_priority(to: Writer, step: flow.SetPriority, place: Place) -> int:
    return to.operation(op.PRIORITY, place.after, step.at, rank=to.quantity(step.priority, place))


def _set_deadline(to: Writer, step: flow.SetDeadline, place: Place) -> int:
    return to.operation(op.DEADLINE, place.after, step.at, span=to.quantity(step.span, place))


def _mark(to: Writer, step: flow.Mark, place: Place) -> int:
    return to.operation(op.MARK, place.after, step.at, value=step.mark)


def _batch(to: Writer, step: flow.Batch, place: Place) -> int:
    on = to.operation(op.BATCHED, place.after, step.at)
    at_most = to.quantity(step.at_most, place)
    return to.operation(op.BATCH, on, step.at, value=step.batch, size=step.size, at_most=at_most)


def _together(to: Writer, step: flow.Together, place: Place) -> int:
    on = to.operation(op.JOINED, place.after, step.at)
    end = to.operation(op.END, 0, step.at)
    arms = to.arms([to.steps(arm, Place(end, None, place.shifts, by_itself=True)) for arm in step.arms])
    return to.operation(op.FORK, on, step.at, arms=arms, count=len(step.arms))


def _aside(to: Writer, step: flow.Aside, place: Place) -> int:
    end = to.operation(op.END, 0, step.at)
    arms = to.arms([to.steps(step.steps, Place(end, None, place.shifts, by_itself=True))])
    released = sorted({to.place(inner.hold) for inner in steps_of(step.steps) if isinstance(inner, flow.Release)})
    takes = to.in_table(tuple(released))
    return to.operation(op.ASIDE, place.after, step.at, arms=arms, count=1, takes=takes, taken=len(released))


def _repeat(to: Writer, step: flow.Repeat, place: Place) -> int:
    entry = to.steps(step.exhausted, place)
    for number in reversed(range(step.at_most)):
        shift = (step.first_slot, step.slots, number * step.slots)
        round_ = replace(place, again=(entry, number + 1), shifts=(*place.shifts, shift))
        entry = to.steps(step.steps, round_)
    return entry


def _again(to: Writer, step: flow.Again, place: Place) -> int:
    if place.again is None:
        to.refuse(step.at, "another round from within an arm")
        return place.after
    entry, number = place.again
    return to.operation(op.AGAIN, entry, step.at, value=number)


def _leave(to: Writer, step: flow.Leave, place: Place) -> int:
    if place.by_itself:
        to.refuse(step.at, "leaving from within an arm")
    return to.operation(op.LEAVE, place.after, step.at, value=step.outcome)


WAYS: dict[type, Callable[[Writer, Any, Place], int]] = {
    flow.Seize: _seize,
    flow.Release: _release,
    flow.Delay: _delay,
    flow.Until: _until,
    flow.Branch: _branch,
    flow.SetPriority: _set_priority,
    flow.SetDeadline: _set_deadline,
    flow.Mark: _mark,
    flow.Batch: _batch,
    flow.Together: _together,
    flow.Aside: _aside,
    flow.Repeat: _repeat,
    flow.Again: _again,
    flow.Leave: _leave,
}
