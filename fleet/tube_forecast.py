"""What each tube station is expected to send soon, by the site's declared demand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from site_models.schema import Site
from site_models.workload import PlainModes, hourly_rates, pairs, variants

AHEAD_MS = 30 * 60_000
"""A station should have what it sends in this time; an empty capsule takes some minutes to come (assumed)."""
STEP_MS = 10 * 60_000
"""The forecast is made anew so often."""
HOUR_MS = 3_600_000


class TubeForecast:
    """Sends by station, as far as both ends are on the tube; a load that shares a capsule counts as one."""

    def __init__(self, site: Site, homes: Mapping[str, int]) -> None:
        """`homes`: how many empty capsules belong to each station."""
        plain = PlainModes(site)
        profiles = {profile.id: profile for profile in site.profiles}
        self._zone = ZoneInfo(site.site.timezone)
        self._rates: dict[str, list[float]] = {station: [0.0] * (7 * 24) for station in sorted(homes)}
        for demand in site.demand:
            profile = profiles[demand.profile]
            week = [rate for weekday in range(7) for rate in hourly_rates(demand, profile, weekday)]
            shares: dict[str, float] = {}
            for origin, destination, likely in pairs(demand.origins, demand.destinations, plain.kinds):
                if origin in homes and destination in homes:
                    by_tube = sum(
                        variant.share
                        for variant in variants(demand.mix)
                        if plain.mode(demand.load, origin, destination, variant) == "tube"
                    )
                    shares[origin] = shares.get(origin, 0.0) + likely * by_tube
            for origin, share in shares.items():
                rates = self._rates[origin]
                self._rates[origin] = [rate + more * share for rate, more in zip(rates, week, strict=True)]
        self._homes = dict(homes)
        self._from = lru_cache(maxsize=4)(self._needs)

    def needs(self, now_ms: int) -> dict[str, int]:
        """How many capsules each station should have: half of its own, or what it is expected to send soon and one."""
        return self._from(now_ms // STEP_MS * STEP_MS)

    def _needs(self, begin_ms: int) -> dict[str, int]:
        spans: dict[int, float] = {}
        for at_ms in range(begin_ms, begin_ms + AHEAD_MS, STEP_MS):
            local = dt.datetime.fromtimestamp(at_ms / 1000, self._zone)
            hour = local.weekday() * 24 + local.hour
            spans[hour] = spans.get(hour, 0.0) + STEP_MS / HOUR_MS
        return {
            station: max(
                math.ceil(self._homes[station] / 2),
                math.ceil(sum(rates[hour] * span_h for hour, span_h in spans.items())) + 1,
            )
            for station, rates in self._rates.items()
        }
