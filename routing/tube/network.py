"""The network of a pneumatic tube: which ways a capsule may take, and what it passes when on each of them.

A line is one tube from its transfer units (at 0 m) past its stations; several units of one line stand together at its
beginning. So a way on one line is the distance between its stations, and a way over lines is the distance to the
first unit and from the last.

What is passed (a resource of the timetable):

- a *segment*, the tube between two neighbouring places of a line, and a *transfer unit*: one capsule at a time;
- a *line*: its one blower moves its air one way at one speed at a time, so capsules are in a line together only when
  they go the same way at the same speed, and the air stands for the headway before it turns;
- a *station's* sender, while a capsule is loaded.

Large systems are zones, each with its own blower, joined by units that hand capsules on from zone to zone (Medikraft's
list of components; Stanford has 124 stations on 29 blowers). That several capsules may be in one zone, each in its own
segment, is the site's assumption: it takes a capsule sensor at every place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush

from site_models.schema.carriers import TubeSystem

MOST_WAYS = 4
"""Ways from one line to another that are compared; beyond the parallel units they only grow longer."""
MOST_IN_ALL = 16
"""Ways that are compared for one send, where stations stand on several lines."""
DETOUR = 1.5
"""A way is considered when its transfers take at most this many times those of the quickest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeRoute:
    """A way through one tube system.

    `lines[i]` is travelled for `segments_m[i]` metres, `transfers[i]` joins it to `lines[i + 1]`. The durations are in
    milliseconds from `send` until arrival when nothing else is in the tube: loading, travel at normal or slow speed,
    and transfers.
    """

    system: str
    origin: str
    destination: str
    lines: tuple[str, ...]
    segments_m: tuple[float, ...]
    transfers: tuple[str, ...]
    path_m: float
    duration_ms: int
    slow_duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A resource that a capsule needs from `enter_ms` to `leave_ms` after its `send`; `air` "" shares with nobody."""

    resource: str
    enter_ms: int
    leave_ms: int
    air: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    system: str
    line: str
    at_m: float


class TubeNetwork:
    """All tube systems of a site."""

    def __init__(self, systems: Iterable[TubeSystem]) -> None:
        self._systems: dict[str, TubeSystem] = {system.id: system for system in systems}
        lines = [line for system in self._systems.values() for line in system.lines]
        self._places = {line.id: sorted((stop.at_m, stop.station) for stop in line.stations) for line in lines}
        self._transfer_ms = {
            unit.id: _ms(unit.transfer_s) for each in self._systems.values() for unit in each.transfers
        }
        self._stops: dict[str, list[_Stop]] = {}
        self._joins: dict[str, list[tuple[int, str, str]]] = {line.id: [] for line in lines}
        for system in self._systems.values():
            for line in system.lines:
                for stop in line.stations:
                    place = _Stop(system=system.id, line=line.id, at_m=stop.at_m)
                    self._stops.setdefault(stop.station, []).append(place)
            for unit in system.transfers:
                for line_id in unit.lines:
                    onward = [(_ms(unit.transfer_s), unit.id, other) for other in unit.lines if other != line_id]
                    self._joins[line_id].extend(onward)
        for joins in self._joins.values():
            joins.sort()
        self._ways = lru_cache(maxsize=20_000)(self._find_ways)
        self._lines_between = lru_cache(maxsize=20_000)(self._find_lines)
        self.passages = lru_cache(maxsize=20_000)(self._passages)
        self.along = lru_cache(maxsize=20_000)(self._along)

    def resources(self) -> list[str]:
        """Everything that a capsule may hold, in a fixed order: stations, units, lines with their mouths, segments."""
        found = [*sorted(self._stops), *sorted(self._transfer_ms)]
        for line, places in sorted(self._places.items()):
            found += [line, f"{line}<", *(f"{line}/{station}" for _, station in places)]
        return found

    def stock(self, system: str) -> dict[str, int]:
        """The capsules that belong to each station of a system; another dict each time."""
        return self._systems[system].stock()

    def lines_of(self, station: str) -> tuple[str, ...]:
        """The lines that a station stands on; none when it has no tube."""
        return tuple(stop.line for stop in self._stops.get(station, ()))

    def route(self, origin: str, destination: str, *, closed_lines: Collection[str] = frozenset()) -> TubeRoute | None:
        """The fastest way between two stations; of equal ones that with fewer transfers, then by ids. None if none.

        `closed_lines` holds ids of lines, transfer units or whole systems that are out of service. `why_none` tells
        why there is no way.
        """
        return next(iter(self.ways(origin, destination, closed_lines=closed_lines)), None)

    def ways(
        self, origin: str, destination: str, *, closed_lines: Collection[str] = frozenset()
    ) -> tuple[TubeRoute, ...]:
        """The few fastest ways between two stations, the fastest first: parallel transfer units side by side."""
        return self._ways(origin, destination, frozenset(closed_lines))

    def _along(self, origin: str, destination: str, lines: tuple[str, ...], units: tuple[str, ...]) -> TubeRoute | None:
        """The way over these lines and units; None when it does not exist."""
        for start in self._stops.get(origin, ()):
            for stop in self._stops.get(destination, ()):
                if origin == destination or not lines or (start.line, stop.line) != (lines[0], lines[-1]):
                    continue
                steps = zip(lines, units, lines[1:], strict=False)
                joined = all(any((u, b) == (unit, other) for _, unit, other in self._joins[a]) for a, u, b in steps)
                if len(units) == len(lines) - 1 and joined:
                    return self._measured(origin, destination, start, stop, lines, units)
        return None

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

    def _passages(self, route: TubeRoute, slow: bool) -> tuple[Passage, ...]:
        """What a capsule on this way passes, from its `send` on."""
        system = self._systems[route.system]
        speed_m_s = system.slow_m_s if slow else system.speed_m_s
        headway_ms = _ms(system.headway_s)
        at = _ms(system.loading_s)
        found = [Passage(resource=route.origin, enter_ms=0, leave_ms=at)]
        for number, line_id in enumerate(route.lines):
            if number:
                left = at + self._transfer_ms[route.transfers[number - 1]]
                found.append(Passage(resource=route.transfers[number - 1], enter_ms=at, leave_ms=left))
                at = left
            start_m, end_m = self._span(route, number)
            took_ms = _ms(abs(end_m - start_m) / speed_m_s)
            if took_ms == 0:
                continue
            way = ("out" if end_m > start_m else "in") + (" slow" if slow else "")
            found.append(Passage(resource=line_id, enter_ms=at, leave_ms=at + took_ms + headway_ms, air=way))
            found.append(Passage(resource=f"{line_id}<", enter_ms=at, leave_ms=at + headway_ms))
            for name, near_m, far_m in self._segments(line_id, start_m, end_m):
                found.append(
                    Passage(
                        resource=name,
                        enter_ms=at + _ms(abs(near_m - start_m) / speed_m_s),
                        leave_ms=at + _ms(abs(far_m - start_m) / speed_m_s),
                    )
                )
            at += took_ms
        return tuple(found)

    def _span(self, route: TubeRoute, number: int) -> tuple[float, float]:
        """Where on a line of the way the capsule enters and leaves it, in metres from the transfer units."""
        line = route.lines[number]
        start = next((s.at_m for s in self._stops[route.origin] if number == 0 and s.line == line), 0.0)
        end = next(
            (s.at_m for s in self._stops[route.destination] if number == len(route.lines) - 1 and s.line == line), 0.0
        )
        return start, end

    def _segments(self, line_id: str, start_m: float, end_m: float) -> list[tuple[str, float, float]]:
        """The segments from one place of a line to another in order of passing: name, where entered, where left."""
        before_m, found = 0.0, []
        for at_m, station in self._places[line_id]:
            if before_m < at_m and min(start_m, end_m) < at_m and before_m < max(start_m, end_m):
                found.append((f"{line_id}/{station}", before_m, at_m))
            before_m = at_m
        return found if end_m > start_m else [(name, far_m, near_m) for name, near_m, far_m in reversed(found)]

    def _find_ways(self, origin: str, destination: str, closed: frozenset[str]) -> tuple[TubeRoute, ...]:
        found = [
            self._measured(origin, destination, start, stop, lines, units)
            for start in self._stops.get(origin, ())
            for stop in self._stops.get(destination, ())
            if origin != destination and start.system == stop.system and not closed & {start.system, start.line}
            for lines, units in self._lines_between(start.line, stop.line, closed)
        ]
        found.sort(key=lambda way: (way.duration_ms, len(way.transfers), way.lines, way.transfers))
        return tuple(found[:MOST_IN_ALL])

    def _find_lines(
        self, first: str, last: str, closed: frozenset[str]
    ) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Lines and units of the ways with the least transfer time: best first by what a way must cost at least."""
        least_ms = min(self._transfer_ms.values(), default=0)
        heap: list[tuple[int, bool, int, tuple[str, ...], tuple[str, ...]]] = [(0, first != last, 0, (first,), ())]
        found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        reached: dict[str, int] = {}
        most_ms: float | None = None
        while heap and len(found) < MOST_WAYS:
            bound_ms, onward, cost_ms, lines, units = heappop(heap)
            if most_ms is not None and bound_ms > most_ms:
                break
            if not onward:
                found.append((lines, units))
                most_ms = cost_ms * DETOUR if most_ms is None else most_ms
                continue
            reached[lines[-1]] = reached.get(lines[-1], 0) + 1
            if reached[lines[-1]] > MOST_WAYS:
                continue
            for transfer_ms, unit, line in self._joins[lines[-1]]:
                if line not in lines and line not in closed and unit not in closed:
                    there_ms, more = cost_ms + transfer_ms, line != last
                    bound_ms = there_ms + (least_ms if more else 0)
                    heappush(heap, (bound_ms, more, there_ms, (*lines, line), (*units, unit)))
        return found

    def _measured(
        self,
        origin: str,
        destination: str,
        start: _Stop,
        stop: _Stop,
        lines: tuple[str, ...],
        units: tuple[str, ...],
    ) -> TubeRoute:
        system = self._systems[start.system]
        if len(lines) == 1:
            segments_m: tuple[float, ...] = (abs(start.at_m - stop.at_m),)
        else:
            segments_m = (start.at_m, *(0.0 for _ in lines[1:-1]), stop.at_m)
        fixed_ms = _ms(system.loading_s) + sum(self._transfer_ms[unit] for unit in units)
        return TubeRoute(
            system=system.id,
            origin=origin,
            destination=destination,
            lines=lines,
            segments_m=segments_m,
            transfers=units,
            path_m=sum(segments_m),
            duration_ms=fixed_ms + sum(_ms(metres / system.speed_m_s) for metres in segments_m),
            slow_duration_ms=fixed_ms + sum(_ms(metres / system.slow_m_s) for metres in segments_m),
        )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
