"""Which capsule goes when: the timetable of those under way, and the projection of those that wait, in their order.

Nothing of the projection is kept: it is made anew whenever something has changed, so something more urgent goes first
until the very moment at which a capsule is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fleet.facts.jobs import JobModeChosen
from fleet.model import Leg, TubePath
from fleet.orchestrator.tube_queue import Waiting, queue
from fleet.orchestrator.tube_rooms import Rooms
from fleet.orchestrator.turn import Turn
from fleet.tubes import Flight
from fleet.views import Reason
from routing.tube.courses import Course
from routing.tube.network import TubeRoute
from routing.tube.occupancy import Occupancy

GRACE_MS = 5_000
"""A capsule that is overdue is thought to be this far from its arrival, and holds its way for so long."""


class Found(NamedTuple):
    """A way of a send, and the instant at which a capsule may start on it."""

    course: Course
    way: int
    start_ms: int

    @property
    def route(self) -> TubeRoute:
        """The way."""
        return self.course.routes[self.way]

    @property
    def arrive_ms(self) -> int:
        """When the capsule would be there."""
        return self.start_ms + int(self.course.took_ms[self.way])


class Departure(NamedTuple):
    """A waiting capsule with its way and when it would start; without a way, there is none. `reason`: why not now."""

    capsule: Waiting
    found: Found | None
    reason: Reason | None = None


class Plan:
    """The timetable of a tube as one turn sees it: at first with the capsules that are in the tube."""

    def __init__(self, turn: Turn) -> None:
        self._courses = turn.hospital.tube_courses
        self._closed = tubes_down(turn).union(closure.target for closure in turn.state.closures.unordered())
        self._held = Occupancy(self._courses, turn.now_ms)
        for flight in turn.state.flights.unordered():
            if flight.state in ("sent", "away"):
                self._hold(flight, turn.now_ms)

    def course(self, origin: str, destination: str, slow: bool) -> Course | None:
        """The open ways of a send; None if there is none."""
        return self._courses.between(origin, destination, slow, self._closed)

    def soonest(self, course: Course, from_ms: int) -> Found:
        """The way on which a capsule is there first, and when it starts."""
        return Found(course, *self._held.soonest(course, from_ms))

    def note(self, found: Found) -> None:
        """Let a capsule that starts then hold its way."""
        self._held.note(found.course, found.way, found.start_ms)

    def _hold(self, flight: Flight, now_ms: int) -> None:
        """Let a capsule in the tube hold its way; one that was not heard of in time is late, and holds it still."""
        course = self._courses.along(flight.origin, flight.destination, flight.lines, flight.units, flight.slow)
        if course is not None:
            late_ms = now_ms - flight.start_ms if flight.state == "sent" else 0
            late_ms = max(0, late_ms, now_ms + GRACE_MS - flight.arrive_ms)
            self._held.note(course, 0, flight.start_ms + late_ms)


def tubes_down(turn: Turn) -> frozenset[str]:
    """Tube systems that a person has taken out of service, and lines and units that a lost capsule closes."""
    carriers = (turn.state.carriers.get(id) for id in turn.hospital.tubes)
    systems = (carrier.id for carrier in carriers if carrier is not None and carrier.status != "active")
    closed = (flight.place for flight in turn.state.flights.unordered() if flight.closes)
    return frozenset((*systems, *closed))


class Projection(NamedTuple):
    """When each waiting capsule would start, the most urgent first; what is held and taken when all of them have.

    `facts` is how many facts the turn had made before.
    """

    departures: list[Departure]
    plan: Plan
    rooms: Rooms
    facts: int


def project(turn: Turn, system: str) -> Projection:
    """Plan all that waits, in its order."""
    plan, rooms = Plan(turn), Rooms(turn, system)
    departures = []
    for capsule in queue(turn, system):
        if capsule.missing and capsule.leave_ms > turn.now_ms:
            reason = Reason("waiting_to_share", {"missing": capsule.missing, "leaves_ms": capsule.leave_ms})
            course = plan.course(capsule.origin, capsule.destination, capsule.slow)
            found = None if course is None else plan.soonest(course, capsule.leave_ms)
            departures.append(Departure(capsule=capsule, found=found, reason=reason))
            continue
        if rooms.lacks(capsule.origin):
            empty = _fetched_for(plan, rooms, capsule, turn.now_ms)
            departures.extend([] if empty is None else [empty])
        departures.append(_departure(plan, rooms, capsule, turn.now_ms))
    return Projection(departures, plan, rooms, len(turn.facts))


def _departure(plan: Plan, rooms: Rooms, capsule: Waiting, now_ms: int) -> Departure:
    """When a capsule would start; its way is noted."""
    course = plan.course(capsule.origin, capsule.destination, capsule.slow)
    if course is None:
        return Departure(capsule=capsule, found=None)
    from_ms, reason = rooms.take(capsule.origin, capsule.destination)
    found = plan.soonest(course, from_ms)
    plan.note(found)
    rooms.bring(capsule.destination, found.arrive_ms)
    if reason is None and found.start_ms > now_ms:
        reason = Reason("waiting_for_tube", {"leaves_ms": found.start_ms})
    return Departure(capsule=capsule, found=found, reason=reason)


def _fetched_for(plan: Plan, rooms: Rooms, capsule: Waiting, now_ms: int) -> Departure | None:
    """An empty capsule for a load that has none, from a station that has or will have one to spare."""
    sources = rooms.spare(capsule.origin) or rooms.spare_later(capsule.origin)
    return fetched(plan, rooms, sources, capsule.origin, now_ms)


def fetched(plan: Plan, rooms: Rooms, sources: Sequence[str], station: str, now_ms: int) -> Departure | None:
    """An empty capsule for a station from that of the sources from where it is there first; None if there is no way."""
    courses = (plan.course(source, station, False) for source in sources)
    found = [plan.soonest(course, now_ms) for course in courses if course is not None]
    if not found:
        return None
    best = min(found, key=lambda way: (way.arrive_ms, way.route.origin))
    capsule = Waiting(origin=best.route.origin, destination=station, slow=False, leave_ms=now_ms)
    return _departure(plan, rooms, capsule, now_ms)


def expected_ms(turn: Turn, leg: Leg, tube: TubePath) -> int:
    """When a leg that is not given out yet would arrive: behind what is under way and what waits already.

    The projection is shared by all that is chosen in a turn: to choose changes nothing that waits for the tube.
    """
    kept = turn.projected.get(tube.system)
    if kept is None or any(not isinstance(fact, JobModeChosen) for fact in turn.facts[kept.facts :]):
        kept = turn.projected[tube.system] = project(turn, tube.system)
    plan, rooms = kept.plan, kept.rooms
    if rooms.lacks(leg.origin):
        del turn.projected[tube.system]  # its capsule is fetched in it
        capsule = Waiting(origin=leg.origin, destination=leg.destination, slow=tube.slow, leave_ms=turn.now_ms)
        _fetched_for(plan, rooms, capsule, turn.now_ms)
    from_ms = max(leg.ready_ms, rooms.capsule_ms(leg.origin))
    course = plan.course(leg.origin, leg.destination, tube.slow)
    return tube.duration_ms + from_ms if course is None else plan.soonest(course, from_ms).arrive_ms
