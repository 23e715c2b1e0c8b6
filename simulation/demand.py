"""Draws the orders of a day from a site's declared demand, and says what an average day asks of each mode."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from fleet.requests import CreateJob
from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.base import EVERY_DAY
from site_models.schema.demand import Demand, Mix, Profile
from site_models.workload import PlainModes, hourly_rates, pairs, variants

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A transport that somebody orders at an instant (milliseconds UTC); it is ready at once."""

    at_ms: int
    request: CreateJob


def sample_day(
    site: Site,
    stations: Iterable[str],
    date: dt.date,
    seed: int,
    instants: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> tuple[Order, ...]:
    """The orders of one day of site time, by instant; the rounds are the calendar's and not among them.

    `stations` are the ids that are open that day (`Layout.stations`); a demand that finds no two of them is silent.
    Arrivals are a Poisson process whose rate is constant within each local hour (`hourly_rates`), so it is drawn
    exactly: a count for each hour, then even instants. Origin, destination and variant are drawn evenly and
    independently of each other and of the hour. Each demand has a random stream of its own, keyed by seed, demand and
    date: adding, removing or changing one leaves all others as they were. A negative seed is a `ValueError`.

    `instants` (ms UTC) are given for demands that somebody else makes: then only what is carried where is drawn.
    """
    if seed < 0:
        raise ValueError(f"The seed {seed} is negative; use 0 or more.")
    known = sorted(stations)
    profiles = {profile.id: profile for profile in site.profiles}
    hours = list(local_hours(date, ZoneInfo(site.site.timezone)))
    drawn: list[tuple[int, str, int, CreateJob]] = []
    for demand in site.demand:
        rng = np.random.default_rng(np.random.SeedSequence([seed, crc32(demand.id.encode()), date.toordinal()]))
        if demand.id in instants:
            instants_ms = [at_ms for at_ms in instants[demand.id] if hours[0][1] <= at_ms < hours[-1][2]]
        else:
            instants_ms = _arrivals(demand, profiles[demand.profile], date, hours, rng)
        jobs = _jobs(demand, known, len(instants_ms), rng)
        drawn.extend((at_ms, demand.id, k, job) for k, (at_ms, job) in enumerate(zip(instants_ms, jobs, strict=False)))
    drawn.sort(key=lambda item: item[:3])
    return tuple(Order(at_ms=at_ms, request=job) for at_ms, _, _, job in drawn)


def local_hours(date: dt.date, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """The hours of a local day as (hour on the clock, begin, end), instants in milliseconds UTC.

    A day of summer-time change has 23 or 25: the hour that is skipped is missing, the one that is repeated comes twice.
    """
    begin_ms = _midnight_ms(date, zone)
    end_ms = _midnight_ms(date + dt.timedelta(days=1), zone)
    while begin_ms < end_ms:
        local = dt.datetime.fromtimestamp(begin_ms / 1000, zone)
        left_ms = HOUR_MS - (local.minute * 60 + local.second) * 1000
        yield local.hour, begin_ms, min(begin_ms + left_ms, end_ms)
        begin_ms += left_ms


def expected_per_day(site: Site) -> dict[str, float]:
    """Transports on an average day of the week, keyed `<mode>/<load>`: demand, rounds and the returns they cause.

    The mode is the plain one: the first of the load's that both stations serve and that specimen and mass allow. For
    the tube one end may lack a station; the last metres then count as a task of `porter`, as does each porter of a
    move that needs two. What the dispatcher chooses on the day depends on the day.
    """
    return _Workload(site).per_day()


class _Workload:
    """Adds up what a site's demand and rounds ask of each mode."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.plain = PlainModes(site)
        self.counts: dict[str, float] = {}

    def per_day(self) -> dict[str, float]:
        kinds = self.plain.kinds
        for demand in self.site.demand:
            found = pairs(demand.origins, demand.destinations, kinds)
            for variant in variants(demand.mix):
                for origin, destination, share in found:
                    self._add(demand.load, origin, destination, variant, demand.per_day * variant.share * share)
        for round_ in self.site.rounds:
            origins, destinations = matching(round_.origins, kinds), matching(round_.destinations, kinds)
            times_per_day = len(round_.times) * len(set(round_.weekdays)) / len(EVERY_DAY)
            for origin in origins:
                for destination in destinations:
                    if origin != destination:
                        self._add(round_.load, origin, destination, Mix(share=1.0), times_per_day)
        return dict(sorted(self.counts.items()))

    def _add(self, load_id: str, origin: str, destination: str, variant: Mix, count: float) -> None:
        load = self.plain.loads[load_id]
        mode = self.plain.mode(load_id, origin, destination, variant)
        self._count(mode, load_id, count * (load.porters if mode == "porter" else 1))
        if mode == "tube":
            ends_without = sum("tube" not in self.plain.kinds[end] for end in (origin, destination))
            self._count("porter", load_id, count * ends_without)
        if load.returns is not None:
            self._add(load.returns.load, destination, load.returns.to or origin, Mix(share=1.0), count)

    def _count(self, mode: str, load_id: str, count: float) -> None:
        if count > 0:
            key = f"{mode}/{load_id}"
            self.counts[key] = self.counts.get(key, 0.0) + count


def _arrivals(
    demand: Demand, profile: Profile, date: dt.date, hours: Sequence[tuple[int, int, int]], rng: np.random.Generator
) -> list[int]:
    rates = hourly_rates(demand, profile, date.weekday())
    means = [rates[hour] * (end_ms - begin_ms) / HOUR_MS for hour, begin_ms, end_ms in hours]
    instants_ms: list[int] = []
    for (_, begin_ms, end_ms), count in zip(hours, rng.poisson(means), strict=True):
        instants_ms.extend(sorted(int(at_ms) for at_ms in rng.integers(begin_ms, end_ms, size=count)))
    return instants_ms


def _jobs(demand: Demand, stations: Sequence[str], count: int, rng: np.random.Generator) -> list[CreateJob]:
    """`count` jobs, or none when the demand finds no two different stations."""
    draws = rng.random((count, 3))
    destinations = matching(demand.destinations, stations)
    origins = [origin for origin in matching(demand.origins, stations) if set(destinations) - {origin}]
    if not origins:
        return []
    mix = variants(demand.mix)
    edges = np.cumsum([variant.share for variant in mix])
    jobs = []
    for at_origin, at_destination, at_variant in draws:
        origin = origins[int(at_origin * len(origins))]
        others = [destination for destination in destinations if destination != origin]
        variant = mix[min(int(np.searchsorted(edges, at_variant, side="right")), len(mix) - 1)]
        jobs.append(
            CreateJob(
                load=demand.load,
                origin=origin,
                destination=others[int(at_destination * len(others))],
                within_min=demand.within_min,
                priority=variant.priority,
                mass_kg=variant.mass_kg,
                specimen=variant.specimen,
                precaution=variant.precaution,
            )
        )
    return jobs


def _midnight_ms(date: dt.date, zone: ZoneInfo) -> int:
    return int(dt.datetime.combine(date, dt.time(), zone).timestamp() * 1000)
