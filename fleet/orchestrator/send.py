"""Send a capsule: the one command of a tube leg, and of an empty capsule."""

from __future__ import annotations

from collections.abc import Sequence

from bus.messages import SendCapsule
from fleet.facts.legs import LegOffered
from fleet.facts.tubes import CapsuleSent
from fleet.model import Carrier, Leg
from fleet.orchestrator.command import open_command
from fleet.orchestrator.tube_reports import expect_capsule
from fleet.orchestrator.turn import Turn
from fleet.tubes import Flight
from routing.tube.network import TubeRoute


def send_capsule(turn: Turn, system: Carrier, route: TubeRoute, legs: Sequence[Leg], *, slow: bool) -> None:
    """Tell the tube to send a capsule with these legs (none: an empty one) along a way now."""
    ids = tuple(leg.id for leg in legs)
    for leg in legs:
        turn.emit(LegOffered(leg.job, leg=leg.id, carrier=system.id, at_ms=turn.now_ms))
    command = open_command(
        turn,
        system.agent,
        system.id,
        lambda number: SendCapsule(
            number,
            0,
            system.id,
            leg=ids[0] if ids else "",
            also=ids[1:],
            origin=route.origin,
            destination=route.destination,
            path_m=route.path_m,
            transfers=len(route.transfers),
            slow=slow,
            lines=route.lines,
            units=route.transfers,
        ),
    )
    flight = Flight(
        id=command,
        system=system.id,
        origin=route.origin,
        destination=route.destination,
        lines=route.lines,
        units=route.transfers,
        slow=slow,
        start_ms=turn.now_ms,
        arrive_ms=turn.now_ms + (route.slow_duration_ms if slow else route.duration_ms),
        legs=ids,
    )
    turn.emit(CapsuleSent(command, sent=flight))
    expect_capsule(turn, flight)
