"""Durations, patience, priorities and shares as they are written, turned into what a plan's steps refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from simulation.distributions import Constant, Distribution
from simulation.flow import plan
from simulation.flow.resolve.calendars import clock, ticks
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.durations import LONGEST_S, ByDuration, ByPatience, Clock, Drawn, Duration, Law, Patience

NEVER_S = LONGEST_S
"""The patience of those who never give up, where others of the same step draw theirs."""
T = TypeVar("T")


@dataclass(slots=True)
class Slots:
    """The draws of a pathway while it is being resolved."""

    attributes: Sequence[plan.Attribute]
    numbers: Mapping[str, int]
    rows: list[plan.Slot] = field(default_factory=list)

    def values(self, attribute: str) -> tuple[str, ...]:
        """The values of an attribute by its id."""
        return self.attributes[self.numbers[attribute]].values

    def span(self, written: Duration, name: str) -> plan.Span:
        """How long; what varies becomes a slot of that name."""
        if not isinstance(written, ByDuration):
            return self._simple(written, name)
        rows = [_row(written.rows, written.else_, value) for value in self.values(written.by)]
        return self._by(written.by, rows, name)

    def patience(self, written: Patience | None, name: str) -> plan.Patience | None:
        """How long somebody waits before giving up."""
        if written is None:
            return None
        if isinstance(written, Clock):
            return clock(written)
        if not isinstance(written, ByPatience):
            return self._simple(written, name)
        rows = [_row(written.rows, written.else_, value) for value in self.values(written.by)]
        return self._by(written.by, [None if row == "never" else row for row in rows], name)

    def priority(self, written: kinds.Priority | None) -> plan.Fixed | plan.ByAttribute | None:
        """A priority, or that of each value of an attribute."""
        if written is None:
            return None
        if not isinstance(written, kinds.ByPriority):
            return plan.Fixed(written)
        numbers = tuple(written.rows.get(value, written.else_) for value in self.values(written.by))
        return plan.ByAttribute(self.numbers[written.by], numbers)

    def choice(self, arms: Sequence[kinds.Arm], name: str) -> plan.Drawn:
        """A slot for the arm of a branch by chance; the last arm takes what is left where it says `else`."""
        by = next((arm.share.by for arm in arms if isinstance(arm.share, kinds.ByShare)), None)
        values: Sequence[str | None] = (None,) if by is None else self.values(by)
        rows = tuple(cumulative(_arm_shares(arms, value)) for value in values)
        return self._add(plan.Slot(name=name, attribute=None if by is None else self.numbers[by], cumulative=rows))

    def _simple(self, written: Drawn, name: str) -> plan.Fixed | plan.Drawn:
        law = distribution(written)
        if isinstance(law, Constant):
            return plan.Fixed(ticks(law.value_s))
        return self._add(plan.Slot(name=name, durations=(law,)))

    def _by(self, attribute: str, rows: Sequence[Drawn | None], name: str) -> plan.Drawn | plan.ByAttribute:
        laws = [None if row is None else distribution(row) for row in rows]
        number = self.numbers[attribute]
        if all(law is None or isinstance(law, Constant) for law in laws):
            fixed = tuple(ticks(law.value_s) if isinstance(law, Constant) else None for law in laws)
            return plan.ByAttribute(number, fixed)
        durations = tuple(Constant(NEVER_S) if law is None else law for law in laws)
        return self._add(plan.Slot(name=name, attribute=number, durations=durations))

    def _add(self, slot: plan.Slot) -> plan.Drawn:
        self.rows.append(slot)
        return plan.Drawn(len(self.rows) - 1)


def distribution(written: Drawn) -> Distribution:
    """The distribution that is meant by a duration or a law."""
    return written.distribution() if isinstance(written, Law) else Constant(written)


def cumulative(shares: Sequence[float]) -> tuple[float, ...]:
    """Cumulative shares that end in exactly one, after the last share above zero."""
    sums = list(accumulate(shares))
    return tuple(1.0 if sum_ >= sums[-1] else sum_ / sums[-1] for sum_ in sums)


def _arm_shares(arms: Sequence[kinds.Arm], value: str | None) -> list[float]:
    shares = [_share(arm.share, value) for arm in arms]
    if arms[-1].else_:
        shares[-1] = max(1.0 - sum(shares[:-1]), 0.0)
    return shares


def _share(written: kinds.ArmShare | None, value: str | None) -> float:
    if isinstance(written, kinds.ByShare):
        return _row(written.rows, written.else_, str(value))
    return written or 0.0


def _row(rows: Mapping[str, T], rest: T | None, value: str) -> T:
    """What is said for a value, or for all others; the check of flows has seen to it that something is."""
    found = rows.get(value, rest)
    if found is None:
        raise ValueError(f"nothing is said for `{value}`, and there is no `else`")
    return found
