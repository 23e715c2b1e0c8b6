"""Traffic as a cache beside the state: what is asked of it is as the rows say, so it may be thrown away."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleet.draft import State
from fleet.facts.traffic import TrafficChanged
from fleet.hospital import Hospital
from routing.traffic.control import Drive, Refused, Stop, Traffic, TrafficState

Ends: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...]]


class Lanes:
    """Keeps `Traffic` in step with the state: made anew from its rows when these are others than it was left with."""

    def __init__(self, hospital: Hospital) -> None:
        self._hospital = hospital
        self._traffic: Traffic | None = None
        self._changes = 0
        self._blocked: tuple[str, ...] = ()
        self._cut: dict[tuple[str, tuple[Stop, ...]], tuple[Ends, Refused]] = {}
        self._open: dict[tuple[str, str], NDArray[np.bool_]] = {}
        self._open_for: tuple[tuple[str, ...], tuple[str, ...]] = (), ()

    def plan(self, state: State, robot: str, stops: tuple[Stop, ...], now_ms: int) -> Drive | Refused:
        """A drive through stops. Whom others cut off by standing where they stand is not worked out again and again."""
        known = self._cut.get((robot, stops))
        if known is not None and known[0] == ends(state, robot):
            return known[1]
        found = self.of(state).plan(robot, stops, now_ms)
        if isinstance(found, Refused) and found.code == "cut" and all(stands(state, other) for other in found.robots):
            self._cut[robot, stops] = ends(state, robot), found
        else:
            self._cut.pop((robot, stops), None)
        return found

    def open_to(self, state: State, profile: str, node: str) -> NDArray[np.bool_] | None:
        """From which points robots of a fleet can come to a bay at a node, past what is blocked; None without a bay."""
        lanes = self._hospital.lanes
        bays = lanes.bays_at(node)
        if not bays:
            return None
        as_it_is = state.traffic.blocked, tuple(state.drives.ids())
        if as_it_is != self._open_for:
            self._open_for = as_it_is
            self._open.clear()
        if (profile, node) not in self._open:
            self._open[profile, node] = self.of(state).open_to(lanes.profile[profile], bays)
        return self._open[profile, node]

    def of(self, state: State) -> Traffic:
        """Traffic as this draft has it."""
        if self._traffic is None or self._changes != state.traffic.changes:
            self._traffic = Traffic.restore(self._hospital.lanes.network, kept(state))
            self._blocked = state.traffic.blocked
            self._changes = state.traffic.changes
        return self._traffic

    def changed(self) -> TrafficChanged | None:
        """What has changed since this was last asked, to be applied to the rows at once; None if nothing has."""
        found = None if self._traffic is None else self._traffic.changes()
        if found is None or not (found.robots or found.gone or found.orders or found.blocked != self._blocked):
            return None
        self._changes += 1
        self._blocked = found.blocked
        return TrafficChanged(
            drives=found.robots,
            gone=found.gone,
            orders=tuple(sorted(found.orders.items())),
            blocked=found.blocked,
            now_ms=found.now_ms,
        )


def ends(state: State, robot: str) -> Ends:
    """All that decides what is cut off from a robot: where it is, where the others end, and what is blocked."""
    rows = state.drives.values()
    here = state.drives[robot].drive
    return (
        here.points[here.released],
        tuple(row.drive.points[-1] for row in rows if row.id != robot),
        state.traffic.blocked,
    )


def stands(state: State, robot: str) -> bool:
    """Whether a robot is where its drive ends."""
    drive = state.drives[robot].drive
    return drive.reached + 1 == len(drive.points)


def kept(state: State) -> TrafficState:
    """What the rows say of traffic."""
    return TrafficState(
        now_ms=state.traffic.now_ms,
        robots=tuple(row.drive for row in state.drives.values()),
        orders={order.id: order.robots for order in state.cell_orders.values()},
        blocked=state.traffic.blocked,
    )
