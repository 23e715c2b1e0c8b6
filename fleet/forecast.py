"""What robots are expected to fetch soon, and where: the site's demand by hour, and what is foreseen already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from fleet.model import PendingJob
from site_models.layout import Layout
from site_models.schema import Site
from site_models.schema.demand import Mix
from site_models.workload import PlainModes, hourly_rates, pairs, variants

HOUR_MS = 3_600_000
WEEK_H = 7 * 24
PLAIN = Mix(share=1.0)


class Forecast:
    """Transports by robot and the stations where they begin, as far as the site's declared demand and rounds say.

    What several fleets may carry is shared out between them by the number of their robots.
    """

    def __init__(self, site: Site, layout: Layout) -> None:
        self._plain = PlainModes(site)
        self._zone = ZoneInfo(site.site.timezone)
        self._open = frozenset(layout.stations)
        self._robots = {fleet.id: fleet.count for fleet in site.fleets}
        self._shares: dict[tuple[str, str, str], dict[str, float]] = {}
        self._rates: dict[str, dict[str, list[float]]] = {fleet: {} for fleet in self._robots}
        profiles = {profile.id: profile for profile in site.profiles}
        for demand in site.demand:
            if "robot" not in self._plain.loads[demand.load].modes:
                continue
            profile = profiles[demand.profile]
            week = [rate for weekday in range(7) for rate in hourly_rates(demand, profile, weekday)]
            found = pairs(demand.origins, demand.destinations, layout.stations)
            for variant in variants(demand.mix):
                for origin, destination, likely in found:
                    for fleet, share in self._by_fleet(demand.load, origin, destination, variant).items():
                        hours = self._rates[fleet].setdefault(origin, [0.0] * WEEK_H)
                        for hour, rate in enumerate(week):
                            hours[hour] += rate * variant.share * likely * share

    def expected(self, fleet: str, pending: Iterable[PendingJob], begin_ms: int, end_ms: int) -> dict[str, float]:
        """How many transports a fleet can expect at each station between two instants (ms UTC), on average.

        `pending` are the jobs of rounds and returns that are foreseen; those of them that become ready then count.
        """
        spans = list(self._hours(begin_ms, end_ms))
        rates = self._rates[fleet].items()
        found = {station: sum(hours[hour] * span_h for hour, span_h in spans) for station, hours in rates}
        for job in pending:
            if begin_ms <= job.ready_ms < end_ms and job.origin in self._open:
                key = job.load, job.origin, job.destination
                if key not in self._shares:
                    self._shares[key] = self._by_fleet(*key, PLAIN)
                found[job.origin] = found.get(job.origin, 0.0) + self._shares[key].get(fleet, 0.0)
        return {station: count for station, count in found.items() if count > 0}

    def _by_fleet(self, load: str, origin: str, destination: str, variant: Mix) -> dict[str, float]:
        """The fleets that carry such a transport, each with its share of it."""
        if self._plain.mode(load, origin, destination, variant) != "robot":
            return {}
        able = self._plain.fleets(load, variant.mass_kg)
        whole = sum(self._robots[fleet] for fleet in able)
        return {fleet: self._robots[fleet] / whole for fleet in able}

    def _hours(self, begin_ms: int, end_ms: int) -> Iterator[tuple[int, float]]:
        """The hours of the site's week that a span touches, each with how much of it the span has."""
        while begin_ms < end_ms:
            local = dt.datetime.fromtimestamp(begin_ms / 1000, self._zone)
            into_hour_ms = (local.minute * 60 + local.second) * 1000 + local.microsecond // 1000
            until_ms = min(end_ms, begin_ms + HOUR_MS - into_hour_ms)
            yield local.weekday() * 24 + local.hour, (until_ms - begin_ms) / HOUR_MS
            begin_ms = until_ms
