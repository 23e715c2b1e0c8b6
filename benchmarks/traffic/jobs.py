"""What robots are asked to carry: the site's demand and rounds of many days, scaled to the number of robots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from simulation.demand import HOUR_MS, local_hours, sample_day
from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.base import EVERY_DAY
from site_models.schema.loads import Load

DAY_MS = 24 * HOUR_MS
MONDAY = dt.date(2026, 11, 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """A load from one station to another, ready at an instant (milliseconds from the beginning)."""

    at_ms: int
    load: str
    origin: str
    destination: str


def day_of_jobs(site: Site, day: int, scale: float, seed: int) -> list[Carriage]:
    """The robots' jobs of one day by instant, `scale` times what the site declares; returns are not among them."""
    return sorted(_jobs(site, day, scale, seed), key=lambda job: (job.at_ms, job.load, job.origin, job.destination))


def carried_by_robots(site: Site) -> dict[str, Load]:
    """The loads that robots carry before anybody else."""
    return {load.id: load for load in site.loads if load.modes[0] == "robot"}


def _jobs(site: Site, day: int, scale: float, seed: int) -> Iterator[Carriage]:
    loads = carried_by_robots(site)
    robots = {s.id for floor in site.floors for s in floor.stations if "robot" in s.kinds}
    known = {station.id for floor in site.floors for station in floor.stations}
    date = MONDAY + dt.timedelta(days=day)
    begin_ms = next(local_hours(date, ZoneInfo(site.site.timezone)))[1]
    for copy in range(int(np.ceil(scale))):
        share = min(1.0, scale - copy)
        rng = np.random.default_rng([seed, day, copy])
        for order in sample_day(site, known, date, seed + 1000 * copy):
            job = order.request
            if job.load in loads and {job.origin, job.destination} <= robots and rng.random() < share:
                at_ms = order.at_ms - begin_ms + day * DAY_MS
                yield Carriage(at_ms=at_ms, load=job.load, origin=job.origin, destination=job.destination)
        for carriage in _rounds(site, day, robots, rng):
            if carriage.load in loads and rng.random() < share:
                yield carriage


def _rounds(site: Site, day: int, robots: set[str], rng: np.random.Generator) -> Iterator[Carriage]:
    """The jobs of a day's rounds, each at an even instant of its spread."""
    weekday = EVERY_DAY[day % 7]
    for one in site.rounds:
        origins, destinations = matching(one.origins, robots), matching(one.destinations, robots)
        for time in one.times if weekday in one.weekdays else ():
            hours, minutes = time.split(":")
            for origin, destination in ((a, b) for a in origins for b in destinations if a != b):
                at_min = 60 * int(hours) + int(minutes) + rng.random() * one.spread_min
                at_ms = day * DAY_MS + round(at_min * 60_000)
                yield Carriage(at_ms=at_ms, load=one.load, origin=origin, destination=destination)
