"""Guard: a carrier that failed keeps its load in custody; everything else it had goes to others."""

from __future__ import annotations

from msgspec.structs import replace

from bus.messages import Move
from fleet.facts.carriers import CarrierFailed, CommandClosed, LiftChanged
from fleet.model import Carrier
from fleet.orchestrator.blocking import stopped
from fleet.orchestrator.handover import failed
from fleet.orchestrator.queues import give_back_slot, leave_queues
from fleet.orchestrator.replan import unplan
from fleet.orchestrator.turn import Turn
from fleet.views import Reason


def carrier_failed(turn: Turn, carrier: Carrier, reason: str, node: str, *, beyond: bool = False) -> None:
    """A fault: the carrier stands until a person puts it back. A lift it was in stays held: nobody enters blindly.

    What is aboard is fetched from where it stands by a porter who can carry it; if nobody can, a person is asked.
    """
    because = Reason("carrier_failed", {"carrier": carrier.id, "fault": reason})
    stopped(turn, carrier.id, node, broken=True, beyond=beyond)
    turn.emit(CarrierFailed(carrier.id, reason=because, node=node))
    for command in list(turn.state.commands.values()):
        if command.carrier == carrier.id and isinstance(command.message, Move):
            turn.emit(CommandClosed(command.id))
    leave_queues(turn, carrier.id)
    give_back_slot(turn, turn.state.carriers[carrier.id])
    for leg in [turn.state.legs[id] for id in dict.fromkeys(stop.leg for stop in carrier.stops)]:
        if leg.id not in carrier.aboard and leg.state != "in_doubt":
            unplan(turn, turn.state.jobs[leg.job], because)
            turn.choose.add(leg.job)
    for id in carrier.aboard:
        leg = turn.state.legs[id]
        job = turn.state.jobs[leg.job]
        load = turn.hospital.loads[job.load]
        liftable = load.cart or job.mass_kg <= turn.hospital.site.porters.carry_kg
        able = "porter" in load.modes and liftable
        failed(turn, leg, carrier.id, because, custodian=f"carrier:{carrier.id}", trouble=not able)
    for lift in list(turn.state.lifts.values()):
        if lift.holder == carrier.id and not _inside(carrier, lift.id):
            turn.emit(LiftChanged(replace(lift, holder=None)))
            turn.grant.add(lift.id)


def _inside(carrier: Carrier, lift: str) -> bool:
    """Is (or may) the carrier be in the cabin? Only a person's word frees a lift with a robot in it."""
    step = carrier.steps[0] if carrier.steps else None
    return step is None or step.act in ("ride", "leave") or step.node.startswith((f"lift:{lift}@", f"lobby:{lift}@"))
