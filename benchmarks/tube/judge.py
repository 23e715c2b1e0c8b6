"""Judges the trips of capsules by the geometry of the site alone; shares no code with planner, network or plant.

Every trip is drawn anew as straight lines of metres over time; any two in one place at one time are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from fleet.simulated.cores.tube import Capsule
from site_models.schema.carriers import TubeSystem

T = TypeVar("T")
ROUNDING_MS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A capsule in one line: from metre to metre, from instant to instant."""

    capsule: int
    line: str
    from_m: float
    to_m: float
    from_ms: float
    to_ms: float

    @property
    def m_s(self) -> float:
        """Metres a second; negative towards the transfer units."""
        return 1000 * (self.to_m - self.from_m) / (self.to_ms - self.from_ms)

    def inside(self, near_m: float, far_m: float) -> tuple[float, float] | None:
        """When the capsule is between two metres of the line; None when never."""
        low, high = max(near_m, min(self.from_m, self.to_m)), min(far_m, max(self.from_m, self.to_m))
        if low >= high:
            return None
        times = [self.from_ms + 1000 * (metre - self.from_m) / self.m_s for metre in (low, high)]
        return min(times), max(times)


def conflicts(system: TubeSystem, capsules: Sequence[Capsule]) -> list[str]:
    """Every breach: two in a segment or unit at once, two airs in a line at once, or an arrival that cannot be."""
    rides: list[Ride] = []
    stays: list[tuple[str, float, float, int]] = []
    found: list[str] = []
    for capsule in capsules:
        end_ms = _draw(system, capsule, rides, stays)
        if not capsule.stuck and abs(end_ms - capsule.end_ms) > ROUNDING_MS * (1 + len(capsule.lines)):
            found.append(f"capsule {capsule.command.number} arrives at {capsule.end_ms}, not {end_ms:.0f}")
    for one_stay, other_stay in _together(stays, lambda stay: (stay[0], stay[1], stay[2])):
        if _meet(one_stay[1:3], other_stay[1:3]):
            found.append(f"capsules {one_stay[3]} and {other_stay[3]} are in {one_stay[0]}")
    segments = {}
    for line in system.lines:
        places = [0.0, *(stop.at_m for stop in line.stations)]
        segments[line.id] = [(near, far) for near, far in pairwise(places) if near < far]
    for one_ride, other_ride in _together(rides, lambda ride: (ride.line, ride.from_ms, ride.to_ms)):
        found.extend(_compare(one_ride, other_ride, segments[one_ride.line]))
    return found


def _together(things: Iterable[T], span: Callable[[T], tuple[str, float, float]]) -> Iterator[tuple[T, T]]:
    """All pairs at one place whose times touch; `span` says place, begin and end."""
    there: list[T] = []
    for thing in sorted(things, key=span):
        place, begin_ms, _ = span(thing)
        there = [other for other in there if span(other)[0] == place and span(other)[2] >= begin_ms]
        yield from ((other, thing) for other in there)
        there.append(thing)


def _compare(one: Ride, other: Ride, segments: Iterable[tuple[float, float]]) -> list[str]:
    who = f"capsules {one.capsule} and {other.capsule}"
    if not _meet((one.from_ms, one.to_ms), (other.from_ms, other.to_ms)):
        return []
    if abs(one.m_s - other.m_s) > 0.1:
        return [f"{who} go {one.m_s:.1f} and {other.m_s:.1f} m/s in {one.line}"]
    return [
        f"{who} are between {near} and {far} m of {one.line}"
        for near, far in segments
        if (a := one.inside(near, far)) is not None and (b := other.inside(near, far)) is not None and _meet(a, b)
    ]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] + ROUNDING_MS < other[1] and other[0] + ROUNDING_MS < one[1]


def _draw(system: TubeSystem, capsule: Capsule, rides: list[Ride], stays: list[tuple[str, float, float, int]]) -> float:
    """Draw a trip up to where it ended; the instant at which it would have arrived."""
    command = capsule.command
    at_m = {(line.id, stop.station): stop.at_m for line in system.lines for stop in line.stations}
    transfer_ms = {unit.id: unit.transfer_s * 1000 for unit in system.transfers}
    speed_m_s = system.slow_m_s if command.slow else system.speed_m_s
    now_ms = capsule.start_ms + system.loading_s * 1000
    for number, line in enumerate(capsule.lines):
        if number:
            unit = capsule.units[number - 1]
            if not capsule.stuck or now_ms < capsule.end_ms:
                stays.append((unit, now_ms, now_ms + transfer_ms[unit], command.number))
            now_ms += transfer_ms[unit]
        from_m = at_m[line, command.origin] if number == 0 else 0.0
        to_m = at_m[line, command.destination] if number == len(capsule.lines) - 1 else 0.0
        took_ms = 1000 * abs(to_m - from_m) / speed_m_s
        if took_ms and (not capsule.stuck or now_ms + took_ms <= capsule.end_ms):
            ride = Ride(
                capsule=command.number, line=line, from_m=from_m, to_m=to_m, from_ms=now_ms, to_ms=now_ms + took_ms
            )
            rides.append(ride)
        now_ms += took_ms
    return now_ms
