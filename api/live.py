"""What is open now, as the dispatcher last said it: a snapshot kept current by numbered updates (Clone pattern)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from bus.messages import Update
from fleet.views import (
    OPEN_STATES,
    CarrierView,
    ClockView,
    ClosureView,
    Counts,
    JobView,
    LiftView,
    Positions,
    Reservations,
    Snapshot,
    View,
)


class Ended(View, frozen=True):
    """Something that was open has ended."""

    id: str
    ended: bool


LiveView = JobView | CarrierView | LiftView | ClosureView | Ended | ClockView | Counts | Positions | Reservations
TOPICS: Final[dict[str, type[Any]]] = {
    "job": JobView,
    "carrier": CarrierView,
    "lift": LiftView,
    "closure": ClosureView,
    "clock": ClockView,
    "counts": Counts,
    "positions": Positions,
    "reservations": Reservations,
}


@dataclass(slots=True)
class Live:
    """The replica. `load` replaces it by a snapshot, `apply` brings it one update further."""

    epoch: int = 0
    seq: int = -1
    clock: ClockView | None = None
    counts: Counts = field(default_factory=Counts)
    jobs: dict[str, JobView] = field(default_factory=dict)
    carriers: dict[str, CarrierView] = field(default_factory=dict)
    lifts: dict[str, LiftView] = field(default_factory=dict)
    closures: dict[str, ClosureView] = field(default_factory=dict)

    def load(self, snapshot: Snapshot) -> None:
        """Become the snapshot."""
        self.epoch, self.seq = snapshot.epoch, snapshot.seq
        self.clock, self.counts = snapshot.clock, snapshot.counts
        self.jobs = {view.id: view for view in snapshot.jobs if view.state in OPEN_STATES}
        self.carriers = {view.id: view for view in snapshot.carriers}
        self.lifts = {view.id: view for view in snapshot.lifts}
        self.closures = {view.id: view for view in snapshot.closures}

    def apply(self, update: Update) -> LiveView | None:
        """Take the next update and return what it says; None when its topic is not one that is kept."""
        self.epoch, self.seq = update.epoch, update.seq
        kind = TOPICS.get(update.topic)
        if kind is None:
            return None
        view: LiveView = decode(update.body, kind)
        self._keep(view)
        return view

    def site_ms(self, wall_ms: int) -> int:
        """Return the site's time at an instant of the wall clock; they are the same until the dispatcher has spoken."""
        if self.clock is None:
            return wall_ms
        return self.clock.site_ms + round((wall_ms - self.clock.at_wall_ms) * self.clock.factor)

    def _keep(self, view: LiveView) -> None:
        match view:
            case JobView():
                self.jobs[view.id] = view
                if view.state not in OPEN_STATES:
                    del self.jobs[view.id]
            case CarrierView():
                self.carriers[view.id] = view
            case LiftView():
                self.lifts[view.id] = view
            case ClosureView():
                self.closures[view.id] = view
            case Ended():
                self.closures.pop(view.id, None)
            case ClockView():
                self.clock = view
            case Counts():
                self.counts = view
            case Positions():
                self._move(view)
            case Reservations():
                self._reserve(view)

    def _move(self, frame: Positions) -> None:
        for id, floor, x_m, y_m in frame.moved:
            carrier = self.carriers.get(id)
            if carrier is not None:
                moved = msgspec.structs.replace(carrier, floor=floor, x_m=x_m, y_m=y_m, seen_ms=frame.at_ms)
                self.carriers[id] = moved

    def _reserve(self, frame: Reservations) -> None:
        for robot in frame.robots:
            carrier = self.carriers.get(robot.id)
            if carrier is not None:
                self.carriers[robot.id] = msgspec.structs.replace(carrier, **msgspec.structs.asdict(robot))


def decode(body: msgspec.Raw, kind: type[Any]) -> Any:
    """Read the body of an update or reply; a closure that has ended has a shape of its own."""
    if kind is ClosureView:
        try:
            return msgspec.msgpack.decode(body, type=ClosureView)
        except msgspec.ValidationError:
            return msgspec.msgpack.decode(body, type=Ended)
    return msgspec.msgpack.decode(body, type=kind)
