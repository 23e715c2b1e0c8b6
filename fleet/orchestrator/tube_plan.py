"""Which capsule goes when: the timetable of those under way, and the projection of those that wait, in their order.

Nothing of the projection is kept: it is made anew whenever something has changed, so something more urgent goes first
until the very moment at which a capsule is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.model import Leg, TubePath
from fleet.orchestrator.tube_queue import Waiting, queue
from fleet.orchestrator.turn import Turn
from fleet.tubes import Flight, TubeStock
from fleet.views import Reason
from routing.tube import Hold, Timetable, TubeRoute
from routing.tube.schedule import holds

GRACE_MS = 5_000
"""A capsule that is overdue is thought to be this far from its arrival, and holds its way for so long."""
SOURCES = 3
"""So many of the stations with most capsules to spare are compared."""
UNKNOWN_MS = 10 * 60_000
"""Nobody knows when there will be a capsule: what a person is told until somebody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A waiting capsule with its way and when it would start; without a way, there is none. `reason`: why not now."""

    capsule: Waiting
    route: TubeRoute | None
    start_ms: int = 0
    reason: Reason | None = None

    @property
    def arrive_ms(self) -> int:
        """When it would be there."""
        return self.start_ms if self.route is None else self.start_ms + _took_ms(self.route, self.capsule.slow)


class Plan:
    """The timetable of a tube as one turn sees it: at first with the capsules that are in the tube."""

    def __init__(self, turn: Turn) -> None:
        self._network = turn.hospital.tube_network
        self._closed = tubes_down(turn).union(closure.target for closure in turn.state.closures.values())
        self._table = Timetable()
        for flight in turn.state.flights.values():
            if flight.state in ("sent", "away"):
                self._table.add(_holds(turn, flight))

    def soonest(self, origin: str, destination: str, slow: bool, from_ms: int) -> tuple[TubeRoute, int] | None:
        """The open way on which a capsule is there first, and when it starts; None if there is none."""
        best: tuple[int, int, TubeRoute] | None = None
        for route in self._network.ways(origin, destination, closed_lines=self._closed):
            start_ms = self._table.earliest(self._network.passages(route, slow), from_ms)
            arrive_ms = start_ms + _took_ms(route, slow)
            if best is None or arrive_ms < best[0]:
                best = (arrive_ms, start_ms, route)
        return None if best is None else (best[2], best[1])

    def empty(self, sources: Sequence[str], station: str, now_ms: int) -> Departure | None:
        """The empty capsule from one of these stations that is there first, its way noted; None if there is none."""
        ways = (self.soonest(source, station, False, now_ms) for source in sources)
        found = [way for way in ways if way is not None]
        if not found:
            return None
        route, start_ms = min(found, key=lambda way: (way[1] + way[0].duration_ms, way[0].origin))
        self.note(route, False, start_ms)
        capsule = Waiting(origin=route.origin, destination=station, slow=False, leave_ms=now_ms)
        reason = Reason("waiting_for_tube", {"leaves_ms": start_ms}) if start_ms > now_ms else None
        return Departure(capsule=capsule, route=route, start_ms=start_ms, reason=reason)

    def note(self, route: TubeRoute, slow: bool, start_ms: int) -> None:
        """Let a capsule that starts then hold its way."""
        self._table.add(holds(self._network.passages(route, slow), start_ms))


def tubes_down(turn: Turn) -> frozenset[str]:
    """Tube systems that a person has taken out of service, and lines and units in which a capsule is stuck."""
    carriers = (turn.state.carriers.get(id) for id in turn.hospital.tubes)
    systems = (carrier.id for carrier in carriers if carrier is not None and carrier.status != "active")
    stuck = (flight.place for flight in turn.state.flights.values() if flight.state == "stuck")
    return frozenset((*systems, *stuck))


def _holds(turn: Turn, flight: Flight) -> tuple[Hold, ...]:
    """What a capsule in the tube holds; one of which nothing was heard in time is late, and holds its way still."""
    network = turn.hospital.tube_network
    route = network.along(flight.origin, flight.destination, flight.lines, flight.units)
    if route is None:
        return ()
    late_ms = turn.now_ms - flight.start_ms if flight.state == "sent" else 0
    late_ms = max(0, late_ms, turn.now_ms + GRACE_MS - flight.arrive_ms)
    return holds(network.passages(route, flight.slow), flight.start_ms + late_ms)


def _took_ms(route: TubeRoute, slow: bool) -> int:
    return route.slow_duration_ms if slow else route.duration_ms


def project(turn: Turn, system: str) -> tuple[list[Departure], Plan]:
    """When each waiting capsule would start, the most urgent first, and the plan with all of them."""
    plan = Plan(turn)
    rooms = Rooms(turn, system)
    departures = []
    for capsule in queue(turn, system):
        reason: Reason | None = None
        if capsule.missing and capsule.leave_ms > turn.now_ms:
            from_ms = capsule.leave_ms
            reason = Reason("waiting_to_share", {"missing": capsule.missing, "leaves_ms": from_ms})
        else:
            from_ms, reason = rooms.take(capsule.origin, capsule.destination)
            empty = _fetched(plan, rooms, capsule.origin, turn.now_ms)
            if empty is not None:
                departures.append(empty)
        found = plan.soonest(capsule.origin, capsule.destination, capsule.slow, from_ms)
        if found is None:
            departures.append(Departure(capsule=capsule, route=None))
            continue
        route, start_ms = found
        if reason is None:
            plan.note(route, capsule.slow, start_ms)
            if start_ms > turn.now_ms:
                reason = Reason("waiting_for_tube", {"leaves_ms": start_ms})
        departures.append(Departure(capsule=capsule, route=route, start_ms=start_ms, reason=reason))
    return departures, plan


def _fetched(plan: Plan, rooms: Rooms, station: str, now_ms: int) -> Departure | None:
    """An empty capsule for a load that waits for one, as urgent as the load; None when enough are coming."""
    if not rooms.lacks(station):
        return None
    empty = plan.empty(rooms.spare(station), station, now_ms)
    if empty is not None:
        rooms.take(empty.capsule.origin, station)
    return empty


def expected_ms(turn: Turn, leg: Leg, tube: TubePath) -> int:
    """When a leg that is not given out yet would arrive: behind what is under way and what waits already."""
    from_ms = max(leg.ready_ms, turn.now_ms)
    _, plan = project(turn, tube.system)
    found = plan.soonest(leg.origin, leg.destination, tube.slow, from_ms)
    return tube.duration_ms + (from_ms if found is None else found[1])


class Rooms:
    """Capsules to send in and baskets to send to, as one waiting capsule after the other takes of them."""

    def __init__(self, turn: Turn, system: str) -> None:
        self._turn = turn
        self._baskets = turn.hospital.tube_baskets[system]
        self._homes = turn.hospital.tube_homes[system]
        self._emptying_ms = round(turn.hospital.tubes[system].emptying_s * 1000)
        self._moving = [flight for flight in turn.state.flights.values() if flight.state in ("sent", "away")]
        self._coming = Counter(flight.destination for flight in self._moving)
        self._taken: Counter[str] = Counter()

    def take(self, origin: str, destination: str) -> tuple[int, Reason | None]:
        """From when there is a capsule and room for it, and what is missing if that is later than now."""
        now_ms = self._turn.now_ms
        self._taken[origin] += 1
        self._coming[destination] += 1
        if self._taken[origin] > self._stock(origin).capsules:
            return self._freed_ms(origin) or now_ms + UNKNOWN_MS, Reason("waiting_for_capsule", {"station": origin})
        if self.room(destination) < 0:
            at_ms = self._freed_ms(destination) or now_ms + UNKNOWN_MS
            return at_ms, Reason("waiting_for_basket", {"station": destination})
        return now_ms, None

    def room(self, station: str) -> int:
        """Room left in a station's basket when all that comes is there."""
        return self._baskets[station] - len(self._stock(station).basket) - self._coming[station]

    def lacks(self, station: str) -> bool:
        """Whether more is to be sent from a station than it has and will have of capsules."""
        there = self._stock(station).capsules + len(self._stock(station).basket) + self._coming[station]
        return self._taken[station] > there

    def spare(self, station: str) -> list[str]:
        """The few other stations with most capsules above those that belong to them."""
        above = sorted((self._taken[id] + home - self._stock(id).capsules, id) for id, home in self._homes.items())
        return [id for less, id in above[:SOURCES] if less < 0 and id != station]

    def coming(self, station: str) -> int:
        """Capsules that are under way to a station."""
        return self._coming[station]

    def _stock(self, station: str) -> TubeStock:
        return self._turn.state.stocks.get(station) or TubeStock(id=station, capsules=1)

    def _freed_ms(self, station: str) -> int | None:
        """When the next capsule of a station will have been emptied."""
        arriving = (f.arrive_ms + self._emptying_ms for f in self._moving if f.destination == station)
        return min((at for at in (*self._stock(station).basket, *arriving) if at > self._turn.now_ms), default=None)
