"""Send a capsule: the one command of a tube leg."""

from __future__ import annotations

from bus.messages import SendCapsule
from fleet.facts.legs import LegOffered
from fleet.orchestrator.command import open_command
from fleet.orchestrator.turn import Turn


def send_capsule(turn: Turn, leg_id: str) -> None:
    """Tell the tube to send the leg's capsule now."""
    leg = turn.state.legs[leg_id]
    tube = leg.tube
    if tube is None or leg.state != "planned":
        return
    system = turn.state.carriers.get(tube.system)
    if system is None or not system.heard:
        turn.set_timer(f"retry:{leg.id}", turn.now_ms + 10_000, "retry", leg.id)
        return
    turn.emit(LegOffered(leg.job, leg=leg.id, carrier=tube.system, at_ms=turn.now_ms))
    open_command(
        turn,
        system.agent,
        tube.system,
        lambda number: SendCapsule(
            number,
            0,
            tube.system,
            leg=leg.id,
            origin=leg.origin,
            destination=leg.destination,
            path_m=tube.path_m,
            transfers=tube.transfers,
            slow=tube.slow,
        ),
    )
