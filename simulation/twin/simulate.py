"""Days of a hospital on simulated time: from a setup, a seed and a number of the replication to all that came of it."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from fleet.calendar import instant_ms
from fleet.hospital import Hospital
from fleet.model import Carrier, Job
from fleet.simulated.cores.build import first_world, rules_of
from fleet.views import JobState
from simulation.demand import HOUR_MS, Order, sample_day
from simulation.twin.from_flow import FlowDemand, instants_of
from simulation.twin.shell import SOLUTIONS, Shell
from site_models.schema import Site

PATIENCE_MS = 6 * HOUR_MS
"""Site time after the last day for which open jobs are waited for."""
MOVING: tuple[JobState, ...] = ("waiting", "assigned", "under_way")


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What is simulated: `hours` of site time from midnight of a date on, with these things out of service.

    `solutions` bounds the solver (see `Shell`); `flow` makes the orders of some demands, the profiles those of all
    others.
    """

    site: Site
    date: dt.date
    hours: float = 24.0
    out: tuple[str, ...] = ()
    solutions: int = SOLUTIONS
    flow: FlowDemand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of it.

    `jobs` are those ready within the time, as they were last; `refused` orders broke a rule. `ledger` is the hash of
    the last of `rows` rows of the ledger as the dispatcher would have written it. `window_ms` is from the first
    midnight to the end of the last job that was waited for.
    """

    jobs: tuple[Job, ...]
    carriers: tuple[Carrier, ...]
    refused: int
    ledger: str
    rows: int
    window_ms: int


def simulate(days: Days, seed: int, replication: int = 0, hospital: Hospital | None = None) -> Run:
    """Run the days once. Demand and all chance belong to seed and replication, whatever the fleet and what is out.

    `hospital` is that of the site on the date, given by who runs it more than once: its ways are built only once.
    """
    hospital = hospital or Hospital.of(days.site, days.date)
    chance = chance_of(seed, replication)
    begin_ms = instant_ms(days.date, "00:00", ZoneInfo(days.site.site.timezone))
    end_ms = begin_ms + round(days.hours * HOUR_MS)
    shell = Shell(
        hospital,
        rules_of(days.site, hospital.layout, chance),
        first_world(days.site, hospital.layout),
        begin_ms=begin_ms,
        solutions=days.solutions,
    )
    with collected_when_idle():
        shell.start(days.out)
        shell.order(orders(days, seed, replication))
        now_ms = begin_ms
        while now_ms < end_ms or (now_ms < end_ms + PATIENCE_MS and _any_moving(shell, end_ms)):
            now_ms = min(now_ms + HOUR_MS, end_ms) if now_ms < end_ms else now_ms + HOUR_MS // 12
            shell.run(now_ms)
            if now_ms % HOUR_MS == 0:
                gc.collect()
    return Run(
        jobs=tuple(job for id, job in sorted(shell.record.jobs.items()) if begin_ms <= job.ready_ms < end_ms),
        carriers=tuple(shell.state.carriers.values()),
        refused=len(shell.refused),
        ledger=shell.record.head.hex(),
        rows=shell.record.rows,
        window_ms=now_ms - begin_ms,
    )


def chance_of(seed: int, replication: int) -> int:
    """The seed of everything that happens by chance in one run."""
    return int(np.random.SeedSequence([seed, replication]).generate_state(1)[0])


def orders(days: Days, seed: int, replication: int = 0) -> list[Order]:
    """The orders of the days, by instant; they depend on the site's demand and what is open, not on who carries."""
    zone = ZoneInfo(days.site.site.timezone)
    begin_ms = instant_ms(days.date, "00:00", zone)
    end_ms = begin_ms + round(days.hours * HOUR_MS)
    instants = instants_of(days.flow, days.date, zone, seed, replication) if days.flow else {}
    found: list[Order] = []
    date = days.date
    while instant_ms(date, "00:00", zone) < end_ms:
        stations = Hospital.of(days.site, date).layout.stations
        drawn = sample_day(days.site, stations, date, chance_of(seed, replication), instants)
        found += [order for order in drawn if order.at_ms < end_ms]
        date += dt.timedelta(days=1)
    return found


def _any_moving(shell: Shell, end_ms: int) -> bool:
    return any(job.state in MOVING and job.ready_ms < end_ms for job in shell.state.jobs.unordered())


@contextmanager
def collected_when_idle() -> Iterator[None]:
    """What is there now is looked at no more, and garbage is collected between hours instead of within events."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
