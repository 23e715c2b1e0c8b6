"""What robots are asked to carry: the site's demand and rounds of many days, scaled to the number of robots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np

from fleet.requests import CreateJob
from simulation.demand import HOUR_MS, Order, local_hours, sample_day
from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.base import EVERY_DAY

DAY_MS = 24 * HOUR_MS
MONDAY = dt.date(2027, 3, 1)


def midnight_ms(site: Site) -> int:
    """When the first day begins, ms UTC."""
    return next(local_hours(MONDAY, ZoneInfo(site.site.timezone)))[1]


def day_of_orders(site: Site, day: int, scale: float, seed: int) -> list[Order]:
    """The robots' orders of one day by instant, `scale` times what the site declares; returns are not among them."""

    def rank(order: Order) -> tuple[int, str, str, str]:
        return order.at_ms, order.request.load, order.request.origin, order.request.destination

    return sorted(_orders(site, day, scale, seed), key=rank)


def robots_only(site: Site) -> Site:
    """The site with nobody but robots, and with those loads for them that they carry before anybody else.

    So what they cannot keep up with waits for them. Rounds are ordered from outside (`day_of_orders`).
    """
    loads = [load.model_copy(update={"modes": ["robot"]}) if load.modes[0] == "robot" else load for load in site.loads]
    carried = {load.id for load in loads if load.modes == ["robot"]}
    return site.model_copy(
        update={
            "loads": loads,
            "demand": [demand for demand in site.demand if demand.load in carried],
            "porters": site.porters.model_copy(update={"shifts": []}),
            "rounds": [],
            "tubes": [],
        }
    )


def _orders(site: Site, day: int, scale: float, seed: int) -> Iterator[Order]:
    loads = {load.id for load in site.loads if load.modes[0] == "robot"}
    stations = {station.id: station.kinds for floor in site.floors for station in floor.stations}
    robots = {id for id, kinds in stations.items() if "robot" in kinds}
    date = MONDAY + dt.timedelta(days=day)
    for copy in range(int(np.ceil(scale))):
        share = min(1.0, scale - copy)
        rng = np.random.default_rng([seed, day, copy])
        for order in (*sample_day(site, stations, date, seed + 1000 * copy), *_rounds(site, day, robots, rng)):
            job = order.request
            if job.load in loads and {job.origin, job.destination} <= robots and rng.random() < share:
                yield order


def _rounds(site: Site, day: int, robots: set[str], rng: np.random.Generator) -> Iterator[Order]:
    """The orders of a day's rounds, each at an even instant of its spread."""
    weekday = EVERY_DAY[day % 7]
    for one in site.rounds:
        origins, destinations = matching(one.origins, robots), matching(one.destinations, robots)
        for time in one.times if weekday in one.weekdays else ():
            hours, minutes = time.split(":")
            for origin, destination in ((a, b) for a in origins for b in destinations if a != b):
                at_min = 60 * int(hours) + int(minutes) + rng.random() * one.spread_min
                at_ms = midnight_ms(site) + day * DAY_MS + round(at_min * 60_000)
                request = CreateJob(load=one.load, origin=origin, destination=destination, within_min=one.within_min)
                yield Order(at_ms=at_ms, request=request)
