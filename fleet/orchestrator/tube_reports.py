"""Settle what the tube reports: a capsule is away, has arrived, never left, is stuck, or nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bus.messages import NO_CAPSULE, Done, Failed, SendCapsule
from fleet.facts.legs import LegAccepted
from fleet.facts.tubes import (
    CapsuleArrived,
    CapsuleAway,
    CapsuleDoubted,
    CapsuleMissing,
    CapsuleReturned,
    CapsuleStuck,
    StockKnown,
)
from fleet.model import Leg, OpenCommand, Timer
from fleet.orchestrator.handover import delivered, failed, in_doubt, picked_up
from fleet.orchestrator.replan import retry_without_way
from fleet.orchestrator.turn import Turn
from fleet.tubes import Flight
from fleet.views import Reason

MISSING_MS = 3 * 60_000
"""A capsule that is so much later than its time is missing (assumed): a person is asked for it."""


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
        if leg.state not in ("offered", "accepted", "picked_up", "in_doubt"):
            continue
        if not leg.picked_ms:
            picked_up(turn, leg.id, message.carrier, "sensor")
        delivered(turn, leg.id, message.carrier, report.evidence)


def capsule_failed(turn: Turn, command: OpenCommand, message: SendCapsule, report: Failed) -> None:
    """It never left, as when its station has no capsule; or it is stuck on its way, and a person must find it."""
    turn.tubes.add(message.carrier)
    flight = turn.state.flights.get(command.id)
    if report.reason == "stuck":
        if flight is not None:
            turn.emit(CapsuleStuck(flight.id, place=report.node))
        _doubt(turn, message.carrier, _legs(turn, message))
        return
    if flight is not None:
        turn.clear_timer(_overdue(flight.id))
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
    _doubt(turn, message.carrier, _legs(turn, message))


def expect_capsule(turn: Turn, flight: Flight) -> None:
    """Look after the capsule if it has not come minutes after it should have."""
    turn.set_timer(_overdue(flight.id), flight.arrive_ms + MISSING_MS, "missing", flight.id, timeout=True)


def capsule_overdue(turn: Turn, timer: Timer) -> None:
    """Ask a person for a capsule of which nothing was heard in time; what waits behind it finds another way.

    Its line stays closed: nobody knows that it is out of it. While its system is silent the word may be on its way.
    """
    flight = turn.state.flights.get(timer.subject)
    if flight is None or flight.state not in ("sent", "away"):
        return
    if not turn.state.carriers[flight.system].heard or turn.now_ms < flight.arrive_ms + MISSING_MS:
        expect_capsule(turn, replace(flight, arrive_ms=max(turn.now_ms, flight.arrive_ms)))
        return
    turn.emit(CapsuleMissing(flight.id, place=flight.lines[-1]))
    turn.tubes.add(flight.system)
    _doubt(turn, flight.system, [turn.state.legs[id] for id in flight.legs if id in turn.state.legs])


def capsule_found(turn: Turn, leg: Leg, station: str) -> None:
    """A person has seen the capsule of a leg in doubt at a station; what it was stuck in is free again."""
    for flight in list(turn.state.flights.values()):
        if leg.id in flight.legs:
            _put_down(turn, flight, station)
            turn.tubes.add(flight.system)


def tube_cleared(turn: Turn, part: str) -> bool:
    """A person says that a line, unit or system is clear; whether anything was stuck or missing in it.

    What was in a capsule stays in doubt until somebody says where it is; an empty one is counted where it was sent to.
    """
    closing = [f for f in turn.state.flights.values() if f.closes and part in (f.place, f.system)]
    for flight in closing:
        if flight.legs:
            turn.emit(CapsuleDoubted(flight.id))
        else:
            _put_down(turn, flight, flight.destination)
        turn.tubes.add(flight.system)
        retry_without_way(turn)
    return bool(closing)


def _put_down(turn: Turn, flight: Flight, station: str) -> None:
    empty_ms = turn.now_ms + round(turn.hospital.tubes[flight.system].emptying_s * 1000)
    turn.clear_timer(_overdue(flight.id))
    turn.emit(CapsuleArrived(flight.id, station=station, at_ms=turn.now_ms, empty_ms=empty_ms))
    if flight.closes:
        retry_without_way(turn)


def _doubt(turn: Turn, system: str, legs: Sequence[Leg]) -> None:
    for leg in legs:
        if leg.state != "in_doubt":
            in_doubt(turn, leg, system, "send")


def _overdue(flight: str) -> str:
    return f"missing:{flight}"


def _legs(turn: Turn, message: SendCapsule) -> list[Leg]:
    return [leg for id in message.legs if (leg := turn.state.legs.get(id)) is not None]
