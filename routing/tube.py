"""The pneumatic tube: which lines a capsule takes, how long it is under way, and when it arrives behind others.

Pure: whoever sends keeps the last dispatch into each line and passes it in. A line is one tube from its transfer
units (at 0 m) past its stations; several units of one line stand together at its beginning. So a way on one line is
the distance between its stations, and a way over lines is the distance to the first unit and from the last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from site_models.schema import Site
from site_models.schema.carriers import TubeSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeRoute:
    """A way through one tube system.

    `lines[i]` is travelled for `segments_m[i]` metres, `transfers[i]` joins it to `lines[i + 1]`. The durations are in
    milliseconds from `send` until arrival when nothing else is in the tube: loading, travel at normal or slow speed,
    and transfers.
    """

    system: str
    lines: tuple[str, ...]
    segments_m: tuple[float, ...]
    transfers: tuple[str, ...]
    path_m: float
    duration_ms: int
    slow_duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeArrival:
    """When a capsule would arrive, how long it waits for others, and when it enters each line: (line, instant)."""

    arrival_ms: int
    wait_ms: int
    dispatches: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    system: str
    line: str
    at_m: float


class TubeNetwork:
    """All tube systems of a site."""

    def __init__(self, site: Site) -> None:
        self._systems: dict[str, TubeSystem] = {system.id: system for system in site.tubes}
        self._stops: dict[str, list[_Stop]] = {}
        self._joins: dict[str, list[tuple[int, str, str]]] = {}
        for system in site.tubes:
            for line in system.lines:
                self._joins.setdefault(line.id, [])
                for stop in line.stations:
                    place = _Stop(system=system.id, line=line.id, at_m=stop.at_m)
                    self._stops.setdefault(stop.station, []).append(place)
            for unit in system.transfers:
                for line_id in unit.lines:
                    onward = [(_ms(unit.transfer_s), unit.id, other) for other in unit.lines if other != line_id]
                    self._joins.setdefault(line_id, []).extend(onward)
        for joins in self._joins.values():
            joins.sort()

    def lines_of(self, station: str) -> tuple[str, ...]:
        """The lines that a station stands on; none when it has no tube."""
        return tuple(stop.line for stop in self._stops.get(station, ()))

    def route(self, origin: str, destination: str, *, closed_lines: Collection[str] = frozenset()) -> TubeRoute | None:
        """The fastest way between two stations; of equal ones that with fewer transfers, then by ids. None if none.

        `closed_lines` holds ids of lines, transfer units or whole systems that are out of service. `why_none` tells
        why there is no way.
        """
        found = [
            route
            for start in self._stops.get(origin, ())
            for stop in self._stops.get(destination, ())
            if origin != destination and start.system == stop.system
            for route in self._between(start, stop, closed_lines)
        ]
        return min(found, key=lambda way: (way.duration_ms, len(way.transfers), way.lines, way.transfers), default=None)

    def why_none(self, origin: str, destination: str, *, closed_lines: Collection[str] = frozenset()) -> str | None:
        """Why there is no way; None when there is one.

        `no_station:<stations>` have no tube; `same_station`; `not_connected` even with everything in service;
        `closed:<ids>` are the lines, units or systems to put back into service, the fewest found.
        """
        missing = [station for station in dict.fromkeys((origin, destination)) if station not in self._stops]
        if missing:
            return "no_station:" + ",".join(missing)
        if origin == destination:
            return "same_station"
        if self.route(origin, destination, closed_lines=closed_lines) is not None:
            return None
        if self.route(origin, destination) is None:
            return "not_connected"
        opened = sorted(set(closed_lines))
        for id in sorted(set(closed_lines)):
            fewer = [other for other in opened if other != id]
            if self.route(origin, destination, closed_lines=frozenset(closed_lines) - frozenset(fewer)) is not None:
                opened = fewer
        return "closed:" + ",".join(opened)

    def arrival(
        self, route: TubeRoute, now_ms: int, last_dispatch_ms: Mapping[str, int], *, slow: bool = False
    ) -> TubeArrival:
        """When a capsule sent now would arrive, first come first served behind the last dispatch into each line.

        A line takes a capsule no sooner than the system's headway after its last one; `dispatches` of the answer is
        what to note as the new last dispatches when the capsule is really sent.
        """
        system = self._systems[route.system]
        speed_m_s = system.slow_m_s if slow else system.speed_m_s
        at = now_ms + _ms(system.loading_s)
        wait = 0
        dispatches: list[tuple[str, int]] = []
        for number, (line, metres) in enumerate(zip(route.lines, route.segments_m, strict=True)):
            if number:
                at += self._transfer_ms(system, route.transfers[number - 1])
            free = last_dispatch_ms[line] + _ms(system.headway_s) if line in last_dispatch_ms else at
            wait += max(0, free - at)
            at = max(at, free)
            dispatches.append((line, at))
            at += _ms(metres / speed_m_s)
        return TubeArrival(arrival_ms=at, wait_ms=wait, dispatches=tuple(dispatches))

    def _between(self, start: _Stop, stop: _Stop, closed: Collection[str]) -> list[TubeRoute]:
        if start.system in closed or start.line in closed or stop.line in closed:
            return []
        if start.line == stop.line:
            return [self._measured(start.system, (start.line,), (abs(start.at_m - stop.at_m),), ())]
        way = self._lines_between(start.line, stop.line, closed)
        if way is None:
            return []
        lines, units = way
        segments_m = (start.at_m, *(0.0 for _ in lines[1:-1]), stop.at_m)
        return [self._measured(start.system, lines, segments_m, units)]

    def _lines_between(
        self, first: str, last: str, closed: Collection[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Lines and units with the least transfer time, then the fewest transfers, then the smallest ids."""
        heap: list[tuple[int, int, tuple[str, ...], tuple[str, ...]]] = [(0, 0, (first,), ())]
        settled: set[str] = set()
        while heap:
            cost, changes, lines, units = heappop(heap)
            if lines[-1] == last:
                return lines, units
            if lines[-1] in settled:
                continue
            settled.add(lines[-1])
            for transfer_ms, unit, line in self._joins[lines[-1]]:
                if line not in settled and line not in closed and unit not in closed:
                    heappush(heap, (cost + transfer_ms, changes + 1, (*lines, line), (*units, unit)))
        return None

    def _measured(
        self, system_id: str, lines: tuple[str, ...], segments_m: tuple[float, ...], units: tuple[str, ...]
    ) -> TubeRoute:
        system = self._systems[system_id]
        fixed_ms = _ms(system.loading_s) + sum(self._transfer_ms(system, unit) for unit in units)
        return TubeRoute(
            system=system_id,
            lines=lines,
            segments_m=segments_m,
            transfers=units,
            path_m=sum(segments_m),
            duration_ms=fixed_ms + sum(_ms(metres / system.speed_m_s) for metres in segments_m),
            slow_duration_ms=fixed_ms + sum(_ms(metres / system.slow_m_s) for metres in segments_m),
        )

    @staticmethod
    def _transfer_ms(system: TubeSystem, unit_id: str) -> int:
        return next(_ms(unit.transfer_s) for unit in system.transfers if unit.id == unit_id)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
