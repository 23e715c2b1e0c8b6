"""What changed goes to the pages: views of changed entities as numbered updates, only when they differ."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec.structs import asdict, replace

from bus.broker import Broker
from bus.messages import CarrierReport, Progress
from fleet.clock import SiteClock
from fleet.draft import State
from fleet.hospital import Hospital
from fleet.project import carrier_view, closure_view, counts, job_view, lift_view
from fleet.views import OPEN_STATES, ClockView, JobView, Positions, Reservation, Reservations, Snapshot


class Ended(msgspec.Struct, frozen=True):
    """A closure that is over."""

    id: str
    ended: bool = True


class Changed(NamedTuple):
    """Ids of entities that changed; `drives` are those of robots, and of robots whose turn in some cell did."""

    carriers: list[str]
    lifts: list[str]
    closures: list[str]
    drives: list[str]


class Publisher:
    """Keeps what was last said of everything, and the last position heard of every carrier."""

    def __init__(self, state: State, hospital: Hospital, broker: Broker, clock: SiteClock) -> None:
        self._state = state
        self._hospital = hospital
        self._broker = broker
        self._clock = clock
        self._said: dict[tuple[str, str], Any] = {}
        self._seen: dict[str, tuple[CarrierReport, int]] = {}
        self._driven: set[str] = set()

    @property
    def seq(self) -> int:
        """The number of the last update."""
        return self._broker.seq

    def progress(self, message: Progress, now_ms: int) -> None:
        """Remember and publish where carriers are."""
        for report in message.carriers:
            self._seen[report.carrier] = (report, now_ms)
        moved = tuple((r.carrier, r.floor, round(r.x_m, 2), round(r.y_m, 2)) for r in message.carriers)
        if moved:
            self._broker.publish("positions", Positions(message.at_ms, moved))
        self._publish_lanes(now_ms)

    def job_views(self) -> list[JobView]:
        """Jobs of the draft whose view differs from what was said: to be written, and published after the commit."""
        state = self._state
        ids = set(state.jobs.changes)
        for id in state.legs.changes:
            leg = state.legs.get(id)
            if leg is not None:
                ids.add(leg.job)
        for id in state.carriers.changes:
            carrier = state.carriers.get(id)
            if carrier is not None and carrier.stops and carrier.stops[0].leg in state.legs:
                ids.add(state.legs[carrier.stops[0].leg].job)
        views = []
        for id in sorted(ids):
            job = state.jobs.get(id)
            if job is None:
                continue
            view = job_view(state, job)
            if self._said.get(("job", id)) != view:
                views.append(view)
        return views

    def changed(self) -> Changed:
        """What of the draft changed, by id; to be asked before the commit."""
        state = self._state
        orders = [order for order in state.cell_orders.changes.values() if order is not None]
        return Changed(
            sorted(state.carriers.changes),
            sorted(state.lifts.changes),
            sorted(state.closures.changes),
            sorted({*state.drives.changes, *(robot for order in orders for robot in order.robots)}),
        )

    def publish(self, views: list[JobView], changed: Changed, now_ms: int) -> None:
        """Say what is committed now."""
        state = self._state
        for view in views:
            if view.state in OPEN_STATES:
                self._said["job", view.id] = view
            else:
                self._said.pop(("job", view.id), None)
            self._broker.publish("job", view)
        carriers, lifts, closures, drives = changed
        self._driven.update(drives)
        for id in carriers:
            carrier = state.carriers.get(id)
            if carrier is not None:
                self._say("carrier", id, self._carrier(id, now_ms))
        closed = frozenset(closure.target for closure in state.closures.values())
        for id in lifts if not closures else state.lifts.ids():
            self._say("lift", id, lift_view(state.lifts[id], closed))
        for id in closures:
            closure = state.closures.get(id)
            self._say("closure", id, Ended(id) if closure is None else closure_view(closure))
        if views or carriers:
            self._say("counts", "", counts(state, self._hospital, now_ms))

    def publish_clock(self) -> None:
        """Say what time it is."""
        self._broker.publish("clock", self.clock_view())

    def clock_view(self) -> ClockView:
        """Site time and its speed."""
        return ClockView(self._clock.now_ms(), self._clock.factor, self._clock.wall_ms())

    def snapshot(self, now_ms: int) -> Snapshot:
        """Everything open."""
        state = self._state
        closed = frozenset(closure.target for closure in state.closures.values())
        return Snapshot(
            epoch=self._broker.epoch,
            seq=self._broker.seq,
            clock=self.clock_view(),
            jobs=tuple(job_view(state, job) for job in state.jobs.values() if job.state in OPEN_STATES),
            carriers=tuple(self._carrier(id, now_ms) for id in state.carriers.ids()),
            lifts=tuple(lift_view(lift, closed) for lift in state.lifts.values()),
            closures=tuple(closure_view(closure) for closure in state.closures.values()),
            counts=counts(state, self._hospital, now_ms),
        )

    def _publish_lanes(self, now_ms: int) -> None:
        """Say which robots have other lanes than was last said of them; it comes with the positions, not more often."""
        found = []
        for id in sorted(self._driven & set(self._state.carriers.ids())):
            view, said = self._carrier(id, now_ms), self._said.get(("carrier", id))
            if said is None or view.reason != said.reason:
                self._say("carrier", id, view)
                continue
            lanes = Reservation(id, view.route, view.released, view.reserved, view.blocks)
            fresh = replace(said, **asdict(lanes))
            if fresh != said:
                self._said["carrier", id] = fresh
                found.append(lanes)
        self._driven.clear()
        if found:
            self._broker.publish("reservations", Reservations(tuple(found)))

    def _carrier(self, id: str, now_ms: int) -> Any:
        report, seen_ms = self._seen.get(id, (None, self._state.carriers[id].since_ms))
        return carrier_view(self._state, self._hospital, self._state.carriers[id], report, seen_ms, now_ms)

    def _say(self, topic: str, id: str, view: Any) -> None:
        if self._said.get((topic, id)) != view:
            self._said[topic, id] = view
            self._broker.publish(topic, view)
