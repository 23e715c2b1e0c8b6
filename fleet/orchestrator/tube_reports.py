"""Settle what the tube reports: a capsule is away, has arrived, never left, is stuck, or nobody knows."""

from __future__ import annotations

from msgspec.structs import replace

from bus.messages import NO_CAPSULE, Done, Failed, SendCapsule
from fleet.facts.legs import LegAccepted
from fleet.facts.tubes import CapsuleArrived, CapsuleAway, CapsuleDoubted, CapsuleReturned, CapsuleStuck, StockKnown
from fleet.model import Leg, OpenCommand
from fleet.orchestrator.handover import delivered, failed, in_doubt, picked_up
from fleet.orchestrator.replan import retry_without_way
from fleet.orchestrator.turn import Turn
from fleet.tubes import Flight
from fleet.views import Reason


def capsule_away(turn: Turn, command: OpenCommand, message: SendCapsule) -> None:
    """The tube has taken the capsule: from now on it answers for what is in it."""
    flight = turn.state.flights.get(command.id)
    if flight is not None and flight.state == "sent":
        turn.emit(CapsuleAway(flight.id, late_ms=max(0, turn.now_ms - flight.start_ms)))
    for leg in _legs(turn, message):
        if leg.state == "offered" and command.carrier in leg.carriers:
            turn.emit(LegAccepted(leg.job, leg=leg.id, carrier=command.carrier))
            picked_up(turn, leg.id, command.carrier, "sensor")


def capsule_arrived(turn: Turn, command: OpenCommand, message: SendCapsule, report: Done) -> None:
    """The capsule lies in the basket; its station answers for what is in it."""
    turn.tubes.add(message.carrier)
    flight = turn.state.flights.get(command.id)
    if flight is not None:
        _put_down(turn, flight, message.destination)
    for leg in _legs(turn, message):
        if leg.state not in ("offered", "accepted", "picked_up"):
            continue
        if leg.state != "picked_up":
            picked_up(turn, leg.id, message.carrier, "sensor")
        delivered(turn, leg.id, message.carrier, report.evidence)


def capsule_failed(turn: Turn, command: OpenCommand, message: SendCapsule, report: Failed) -> None:
    """It never left, as when its station has no capsule; or it is stuck on its way, and a person must find it."""
    turn.tubes.add(message.carrier)
    flight = turn.state.flights.get(command.id)
    if report.reason == "stuck":
        if flight is not None:
            turn.emit(CapsuleStuck(flight.id, place=report.node))
        for leg in _legs(turn, message):
            in_doubt(turn, leg, message.carrier, "send")
        return
    if flight is not None:
        turn.emit(CapsuleReturned(flight.id, station=flight.origin))
    reason = Reason("tube_down")
    if report.reason == NO_CAPSULE:
        reason = Reason("waiting_for_capsule", {"station": message.origin})
        turn.emit(StockKnown(replace(turn.state.stocks[message.origin], capsules=0)))
    for leg in _legs(turn, message):
        failed(turn, leg, message.carrier, reason, custodian=f"station:{leg.origin}", trouble=False)


def capsule_unknown(turn: Turn, command: OpenCommand, message: SendCapsule) -> None:
    """The tube has forgotten the capsule. Nobody looks for an empty one: it is counted where it was sent to."""
    turn.tubes.add(message.carrier)
    flight = turn.state.flights.get(command.id)
    if flight is not None and flight.legs:
        turn.emit(CapsuleDoubted(flight.id))
    elif flight is not None:
        _put_down(turn, flight, flight.destination)
    for leg in _legs(turn, message):
        in_doubt(turn, leg, message.carrier, "send")


def capsule_found(turn: Turn, leg: Leg, station: str) -> None:
    """A person has seen the capsule of a leg in doubt at a station; what it was stuck in is free again."""
    for flight in list(turn.state.flights.values()):
        if leg.id in flight.legs:
            _put_down(turn, flight, station)
            turn.tubes.add(flight.system)
            retry_without_way(turn)


def tube_cleared(turn: Turn, part: str) -> bool:
    """A person says that a line, unit or system is clear; whether anything was stuck in it.

    What was in a capsule stays in doubt until somebody says where it is; an empty one is counted where it was sent to.
    """
    stuck = [f for f in turn.state.flights.values() if f.state == "stuck" and part in (f.place, f.system)]
    for flight in stuck:
        if flight.legs:
            turn.emit(CapsuleDoubted(flight.id))
        else:
            _put_down(turn, flight, flight.destination)
        turn.tubes.add(flight.system)
        retry_without_way(turn)
    return bool(stuck)


def _put_down(turn: Turn, flight: Flight, station: str) -> None:
    empty_ms = turn.now_ms + round(turn.hospital.tubes[flight.system].emptying_s * 1000)
    turn.emit(CapsuleArrived(flight.id, station=station, at_ms=turn.now_ms, empty_ms=empty_ms))


def _legs(turn: Turn, message: SendCapsule) -> list[Leg]:
    return [leg for id in message.legs if (leg := turn.state.legs.get(id)) is not None]
