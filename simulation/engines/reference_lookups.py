"""Quantities and conditions of a plan, looked up for a token: spans, patience, draws, clocks, the state of now."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from simulation.engines.pool import Pool, TickEnvironment, Token
from simulation.flow import plan as flow
from simulation.ticks import DAY, WEEK

Number = Callable[[Token], int]
"""Looks up a quantity for a token."""
Perhaps = Callable[[Token], int | None]


class Lookups:
    """Makes the look-ups of one run; `loops` are those around the step at hand, outermost first, with their numbers."""

    def __init__(self, env: TickEnvironment, plan: flow.Plan, pools: list[Pool]) -> None:
        self.loops: list[tuple[int, flow.Repeat]] = []
        self._env = env
        self._pools = pools
        self._first_weekday = plan.first_weekday * DAY

    def patience(self, patience: flow.Patience) -> Perhaps:
        """How long somebody waits, None without end; a clock's own time counts for the next week."""
        if isinstance(patience, flow.Clock):
            return self.until_next(patience, now_counts=False)
        return self.perhaps(patience)

    def until_next(self, clock: flow.Clock, *, now_counts: bool) -> Number:
        """How long until the clock's next time; at such a time itself none, or, if now does not count, to the next."""
        env, first_weekday, times = self._env, self._first_weekday, clock.of_week
        search = bisect_left if now_counts else bisect_right

        def wait(_: Token) -> int:
            of_week = (env.now + first_weekday) % WEEK
            nth = search(times, of_week)
            return times[nth] - of_week if nth < len(times) else times[0] + WEEK - of_week

        return wait

    def span(self, span: flow.Span) -> Number:
        """How long something takes; where an attribute gives nothing, no time."""
        if isinstance(span, flow.ByAttribute):
            attribute, values = span.attribute, tuple(value or 0 for value in span.values)
            return lambda token: values[token.values[attribute]]
        if isinstance(span, flow.Drawn):
            return self.drawn(span.slot)
        value = span.value
        return lambda _: value

    def perhaps(self, quantity: flow.Span) -> Perhaps:
        """A quantity that an attribute may not give."""
        if isinstance(quantity, flow.ByAttribute):
            attribute, values = quantity.attribute, quantity.values
            return lambda token: values[token.values[attribute]]
        return self.span(quantity)

    def drawn(self, slot: int) -> Number:
        """A draw of the patient: within loops, of the round (see `Repeat`)."""
        steps = [(loop, repeat.slots) for loop, repeat in self.loops if 0 <= slot - repeat.first_slot < repeat.slots]
        if not steps:
            return lambda token: token.draws[slot]
        return lambda token: token.draws[slot + sum(token.rounds[loop] * slots for loop, slots in steps)]

    def condition(self, condition: flow.Condition) -> Callable[[Token], bool]:
        """Whether a condition is true now."""
        if isinstance(condition, flow.Free):
            pool, units = self._pools[condition.resource], condition.units
            return lambda _: pool.capacity - pool.used >= units
        if isinstance(condition, flow.Queue):
            pool, waiting = self._pools[condition.resource], condition.waiting
            return lambda _: len(pool.queue) >= waiting
        if isinstance(condition, flow.Holds):
            return self._holds(condition)
        env, first_weekday, spans = self._env, self._first_weekday, condition.spans

        def within(_: Token) -> bool:
            of_week = (env.now + first_weekday) % WEEK
            return any(begin <= of_week < end for begin, end in spans)

        return within

    def _holds(self, condition: flow.Holds) -> Callable[[Token], bool]:
        pool, place = self._pools[condition.resource], condition.hold

        def holds(token: Token) -> bool:
            held = token.held[place]
            return held is not None and held.pool is pool

        return holds
