"""What goes wrong with simulated robots, by script or by seed, so that a demo and a test meet the same breakdowns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.simulated.cores.draws import uniform

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Breakdown:
    """A robot stops working at an instant and works again at another."""

    at_ms: int
    carrier: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jam:
    """Nothing passes a tube line or transfer unit from an instant until people have cleared it."""

    place: str
    at_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Scripted breakdowns, and on top of them drawn ones: on average `per_day` for each robot, `repair_s` long.

    Jams of the tube come by script only.
    """

    seed: int = 0
    per_day: float = 0.0
    repair_s: float = 1800.0
    script: tuple[Breakdown, ...] = ()
    jams: tuple[Jam, ...] = ()

    def between(self, carriers: Iterable[str], after_ms: int, until_ms: int) -> list[Breakdown]:
        """Every breakdown later than `after_ms` and not later than `until_ms`, in order.

        A robot breaks down at most once in an hour of site time; the draw belongs to robot and hour.
        """
        found = [each for each in self.script if after_ms < each.at_ms <= until_ms]
        if self.per_day > 0:
            hours = range(after_ms // _HOUR_MS, until_ms // _HOUR_MS + 1)
            drawn = (each for id in carriers for hour in hours if (each := self._drawn(id, hour)) is not None)
            found.extend(each for each in drawn if after_ms < each.at_ms <= until_ms)
        return sorted(found)

    def next_due(self, carriers: Iterable[str], after_ms: int) -> int | None:
        """An instant not later than the next breakdown; within the hour when breakdowns are drawn."""
        scripted = min((each.at_ms for each in self.script if each.at_ms > after_ms), default=None)
        if self.per_day <= 0:
            return scripted
        horizon_ms = after_ms + _HOUR_MS
        coming = self.between(carriers, after_ms, horizon_ms)
        drawn = coming[0].at_ms if coming else horizon_ms
        return drawn if scripted is None else min(drawn, scripted)

    def _drawn(self, carrier: str, hour: int) -> Breakdown | None:
        if uniform(self.seed, carrier, hour, "breakdown") >= self.per_day / 24:
            return None
        at_ms = round((hour + uniform(self.seed, carrier, hour, "when")) * _HOUR_MS)
        return Breakdown(at_ms=at_ms, carrier=carrier, until_ms=at_ms + round(self.repair_s * 1000))
