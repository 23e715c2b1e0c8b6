"""Runs a day: posts each order when site time reaches it, keeps the pace, waits for the last job, and reports."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from api.day.client import Client, DayFailed, OrderRefused
from api.day.pace import Pace, next_pace
from api.day.report import (
    CarrierTotals,
    Ending,
    Factor,
    Report,
    count_states,
    lost,
    minutes_by_load,
    on_time_share,
    since,
    use_by_fleet,
)
from simulation.demand import Order

AT_ONCE = 16
"""Orders under way to the service at the same time."""

LOOK_EVERY_S = 1.0
PATIENCE_MS = 6 * 3_600_000
"""Site time after the end of the day for which open jobs are waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the day is; `total` is the number of its orders."""

    posted: int
    total: int
    open: int
    site_ms: int
    factor: float
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A day to run."""

    site: str
    date: dt.date
    seed: int
    begin_ms: int
    end_ms: int
    orders: Sequence[Order]
    factor: float


@dataclass(slots=True, kw_only=True)
class Day:
    """A day that is running.

    Parameters
    ----------
    plan
        What to post, and how fast.
    client
        Where to.
    tell
        Called about once a second.
    """

    plan: Plan
    client: Client
    tell: Callable[[Progress], None]
    accepted: dict[str, None] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    open: int = 0
    _pace: Pace = field(init=False)
    _factor: float = 1.0
    _site_ms: int = 0
    _read_s: float = 0.0
    _lag_s: float = 0.0

    def __post_init__(self) -> None:
        self._pace = Pace(asked=self.plan.factor, factor=self.plan.factor)

    async def run(self) -> Report:
        """Run the day and report.

        Raises
        ------
        DayFailed
            The service does not answer, or cannot go on.
        """
        began_s = time.monotonic()
        await self._read_clock()
        before, _ = await self.client.statistics()
        await self._set_factor()
        try:
            async with asyncio.TaskGroup() as group:
                posting = group.create_task(self._post_all())
                group.create_task(self._keep_pace(posting))
        except* DayFailed as failures:
            raise _first(failures) from None
        posted_s = time.monotonic() - began_s
        day_s = max(0, self._now_ms() - self.plan.begin_ms) / 1000
        await self._wait_for_the_last()
        wall_s = time.monotonic() - began_s
        await self.client.set_factor(1.0)
        return await self._report(before, Factor(asked=self.plan.factor, reached=round(day_s / posted_s, 1)), wall_s)

    async def _post_all(self) -> None:
        """Post every order at its instant, then wait for the end of the day."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for number, order in enumerate(self.plan.orders):
                await self._until(order.at_ms)
                await gate.acquire()
                group.create_task(self._post(number, order, gate))
        await self._until(self.plan.end_ms)

    async def _post(self, number: int, order: Order, gate: asyncio.Semaphore) -> None:
        try:
            job = await self.client.order(f"day-{self.plan.date}-{self.plan.seed}-{number}", order.request)
            self.accepted[job] = None
        except OrderRefused as refusal:
            self.refused.update(refusal.rules)
        finally:
            gate.release()
        if order.at_ms > self.plan.begin_ms:
            self._lag_s = max(self._lag_s, (self._now_ms() - order.at_ms) / 1000)

    async def _keep_pace(self, posting: asyncio.Task[None]) -> None:
        """Look about once a second: read the clock, slow down or speed up, tell."""
        while not posting.done():
            await asyncio.wait([posting], timeout=LOOK_EVERY_S)
            lag_s, self._lag_s = self._lag_s, 0.0
            self._pace = next_pace(self._pace, lag_s)
            await self._look()
            if abs(self._factor - self._pace.factor) > 1e-6 * self._pace.factor:
                await self._set_factor()  # it changed, or a restarted service has forgotten it

    async def _wait_for_the_last(self) -> None:
        """Wait until every accepted job has ended or is in a person's hands, bounded in site time."""
        end_ms = self.plan.end_ms + PATIENCE_MS
        while self._now_ms() < end_ms:
            await self._look()
            if self.open == 0:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        await self._read_clock()
        self.open = sum(1 for job in await self.client.open_jobs() if job in self.accepted)
        left_s = max(0, self.plan.end_ms - self._now_ms()) / 1000 / self._factor
        self.tell(
            Progress(
                posted=len(self.accepted),
                total=len(self.plan.orders),
                open=self.open,
                site_ms=self._now_ms(),
                factor=self._factor,
                left_s=left_s,
            )
        )

    async def _report(self, before: list[CarrierTotals], factor: Factor, wall_s: float) -> Report:
        endings = [
            ending
            for ending in await self.client.endings()
            if ending.id in self.accepted or ending.ready_ms >= self.plan.begin_ms
        ]
        after, latency = await self.client.statistics()
        states = count_states(self.accepted, endings)
        missing = lost(self.accepted, endings)
        window_s = (max([self.plan.end_ms, *_ends(endings)]) - self.plan.begin_ms) / 1000
        return Report(
            site=self.plan.site,
            date=self.plan.date.isoformat(),
            seed=self.plan.seed,
            hours=round((self.plan.end_ms - self.plan.begin_ms) / 3_600_000, 2),
            posted=len(self.accepted),
            by_calendar=len(endings) - sum(states.values()),
            refused=dict(sorted(self.refused.items())),
            delivered=states["delivered"],
            cancelled=states["cancelled"],
            trouble=states["trouble"],
            lost=len(missing),
            lost_jobs=missing[:20],
            on_time_share=on_time_share(endings, self._now_ms()),
            by_load=minutes_by_load(endings),
            by_fleet=use_by_fleet(since(before, after), window_s),
            factor=factor,
            wall_s=round(wall_s, 1),
            latency=latency,
        )

    async def _until(self, at_ms: int) -> None:
        """Wait until site time reaches an instant; the factor may change meanwhile."""
        while (left_ms := at_ms - self._now_ms()) > 0:  # noqa: ASYNC110 - no event tells site time
            await asyncio.sleep(min(left_ms / 1000 / self._factor, LOOK_EVERY_S / 5))

    async def _read_clock(self) -> None:
        before_s = time.monotonic()
        site_ms, factor = await self.client.clock()
        self._read_s = (before_s + time.monotonic()) / 2
        self._site_ms = site_ms
        self._factor = factor

    async def _set_factor(self) -> None:
        await self.client.set_factor(self._pace.factor)
        self._site_ms, self._read_s = self._now_ms(), time.monotonic()
        self._factor = self._pace.factor

    def _now_ms(self) -> int:
        """Site time now, carried on from the last reading."""
        return self._site_ms + round((time.monotonic() - self._read_s) * 1000 * self._factor)


def _first(failures: BaseExceptionGroup[DayFailed]) -> DayFailed:
    """Return the first failure of a group, however deep."""
    first: BaseException = failures
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    assert isinstance(first, DayFailed)  # noqa: S101 - the group holds nothing else
    return first


def _ends(endings: Sequence[Ending]) -> list[int]:
    return [ending.delivered_ms for ending in endings if ending.delivered_ms is not None]
