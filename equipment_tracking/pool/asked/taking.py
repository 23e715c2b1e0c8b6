"""Asked: a ward takes, reserves or borrows a ready asset; whoever comes second is told and offered the next."""

from __future__ import annotations

from equipment_tracking.pool.asked.common import (
    end_reservation,
    give_up,
    leave,
    missing,
    refusal,
    refused,
    unknown_asset,
    withdraw_recalled,
)
from equipment_tracking.pool.available import hindrances, offers
from equipment_tracking.pool.facts.cycle import Taken, Used
from equipment_tracking.pool.facts.holding import Lent, Reserved
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.requests import CancelReservation, GiveBack, Lend, Reserve, Take
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation


def take(turn: Turn, request: Take) -> Accepted | Refusal:
    """Into use in a ward; its own reservation ends with that."""
    item = turn.state.items.get(request.asset)
    if item is not None and item.state == "in_use" and item.holder == request.ward and not item.loan:
        return Accepted(item.id, repeated=True)
    found = having(turn, request.asset, request.ward, request.candidates, emergency=request.emergency)
    if isinstance(found, Refusal):
        return found
    opened = request.emergency and bool(hindrances(turn.state, found, request.ward, turn.now_ms))
    end_reservation(turn, found, "taken")
    turn.emit(Taken(found.id, turn.now_ms, request.ward, emergency=request.emergency, evidence=request.evidence))
    if opened:
        turn.alarm("emergency", f"{found.place}/{turn.state.assets[found.id].type}", on=True)
    return Accepted(found.id)


def having(
    turn: Turn, asset: str, ward: str, candidates: tuple[str, ...], *more: Violation, emergency: bool = False
) -> Item | Refusal:
    """The item when the ward may have it now; else everything that is wrong, and what it may have instead."""
    faults = [*missing(ward=ward), *turn.rules.known.unknown_wards(ward=ward), *more]
    item = turn.state.items.get(asset)
    if item is None:
        faults.insert(0, unknown_asset(asset))
    else:
        faults = [*hindrances(turn.state, item, ward, turn.now_ms, emergency=emergency), *faults]
    if faults or item is None:
        return refused(faults, offers(turn.state, candidates, asset, turn.now_ms))
    return item


def reserve(turn: Turn, request: Reserve) -> Accepted | Refusal:
    """Keep a ready one for a ward, for a limited time."""
    known = turn.state.reservations.get(request.id)
    same = known is not None and (known.asset, known.ward) == (request.asset, request.ward)
    if known is not None and same and request.until_ms in (None, known.until_ms):
        return Accepted(known.id, repeated=True)
    until_ms = turn.now_ms + turn.rules.reservation_ms if request.until_ms is None else request.until_ms
    latest_ms = turn.now_ms + turn.rules.longest_reservation_ms
    faults = [*missing(id=request.id), *_taken_id(request.id, known is not None)]
    if not turn.now_ms < until_ms <= latest_ms:
        hours = turn.rules.longest_reservation_ms / 3_600_000
        faults.append(
            Violation(
                "until",
                "until_ms",
                f"En reservation slutter i fremtiden og senest om {hours:g} timer.",
                f"A reservation ends in the future, in {hours:g} hours at the latest.",
            )
        )
    found = having(turn, request.asset, request.ward, request.candidates, *faults)
    if isinstance(found, Refusal):
        return found
    keep(turn, found, request.id, request.ward, until_ms)
    return Accepted(request.id)


def keep(turn: Turn, item: Item, id: str, ward: str, until_ms: int) -> None:
    """Reserve it; an earlier reservation of the same ward gives way."""
    end_reservation(turn, item, "cancelled")
    turn.emit(Reserved(item.id, turn.now_ms, id, ward, turn.actor, until_ms))
    turn.set_timer(f"reservation:{id}", until_ms, "reservation", id)


def cancel_reservation(turn: Turn, request: CancelReservation) -> Accepted | Refusal:
    """Others may have it again."""
    reservation = turn.state.reservations.get(request.reservation)
    if reservation is None:
        return refusal(
            "unknown_reservation",
            "reservation",
            f"Reservationen “{request.reservation}” findes ikke; den er udløbet eller afsluttet.",
            f"There is no reservation “{request.reservation}”; it has expired or ended.",
        )
    give_up(turn, turn.state.items[reservation.asset], "cancelled")
    return Accepted(reservation.id)


def lend(turn: Turn, request: Lend) -> Accepted | Refusal:
    """In use with a borrower until it is due back."""
    known = turn.state.loans.get(request.id)
    if known is not None and (known.asset, known.ward, known.due_ms) == (request.asset, request.ward, request.due_ms):
        return Accepted(known.id, repeated=True)
    faults = [*missing(id=request.id), *_taken_id(request.id, known is not None)]
    if request.due_ms <= turn.now_ms:
        faults.append(
            Violation(
                "due",
                "due_ms",
                "Et lån skal leveres tilbage i fremtiden. Vælg et senere tidspunkt.",
                "A loan is due in the future. Choose a later time.",
            )
        )
    found = having(turn, request.asset, request.ward, request.candidates, *faults)
    if isinstance(found, Refusal):
        return found
    end_reservation(turn, found, "taken")
    turn.emit(Lent(found.id, turn.now_ms, request.id, request.ward, request.due_ms, turn.actor))
    turn.set_timer(f"loan:{request.id}", request.due_ms, "loan", request.id)
    return Accepted(request.id)


def give_back(turn: Turn, request: GiveBack) -> Accepted | Refusal:
    """The borrower is done with it."""
    loan = turn.state.loans.get(request.loan)
    if loan is None:
        return refusal(
            "unknown_loan",
            "loan",
            f"Lånet “{request.loan}” findes ikke; det er allerede afsluttet.",
            f"There is no loan “{request.loan}”; it has ended already.",
        )
    leave(turn, turn.state.items[loan.asset])
    turn.emit(Used(loan.asset, turn.now_ms, loan.ward, wiped=request.wiped))
    withdraw_recalled(turn, loan.asset)
    return Accepted(loan.id)


def _taken_id(id: str, taken: bool) -> list[Violation]:
    if not taken:
        return []
    return [
        Violation(
            "id_taken",
            "id",
            f"“{id}” er allerede brugt til noget andet eller et andet tidspunkt. Brug et nyt id.",
            f"“{id}” stands for something else, or another time, already. Use a new id.",
        )
    ]
