"""Asked: have an asset carried. The wish is an event that the fleet follows; its key makes one job of it."""

from __future__ import annotations

from equipment_tracking.pool.asked.cleaning import to_cleaning
from equipment_tracking.pool.asked.common import end_reservation, missing, not_coded, refusal, refused, unknown_asset
from equipment_tracking.pool.asked.taking import keep
from equipment_tracking.pool.available import hindrances, offers
from equipment_tracking.pool.facts.watching import TransportWanted, TransportWithdrawn
from equipment_tracking.pool.model import Item, Transport
from equipment_tracking.pool.requests import AskTransport, WithdrawTransport
from equipment_tracking.pool.steps import forbidden
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal, Violation


def ask_transport(turn: Turn, request: AskTransport) -> Accepted | Refusal:
    """Wish for it; what is brought is kept for its ward on the way, what goes to cleaning is on its way there."""
    known = turn.state.transports.get(request.key)
    if known is not None and _wish(known) == _wish(request):
        return Accepted(known.id, repeated=True)
    item = turn.state.items.get(request.asset)
    faults = _faults(turn, request, item, known)
    if faults or item is None:
        return refused(faults, offers(turn.state, request.candidates, request.asset, turn.now_ms))
    turn.emit(
        TransportWanted(
            request.key,
            turn.rules.load,
            request.origin,
            request.destination,
            request.purpose,
            item.id,
            due_ms=request.due_ms,
        )
    )
    turn.alarm("transport", item.id, on=False)
    if request.purpose == "bring":
        until_ms = max(turn.now_ms, request.due_ms or 0) + turn.rules.longest_reservation_ms
        keep(turn, turn.state.items[item.id], request.key, request.ward, until_ms)
    elif request.purpose == "to_cleaning" and item.state != "to_cleaning":
        to_cleaning(turn, turn.state.items[item.id])
    return Accepted(request.key)


def withdraw_transport(turn: Turn, request: WithdrawTransport) -> Accepted | Refusal:
    """It need not be carried; what was kept for the way is free again."""
    transport = turn.state.transports.get(request.key)
    if transport is None:
        return refusal(
            "unknown_transport",
            "key",
            f"Transporten “{request.key}” findes ikke eller er afsluttet.",
            f"There is no transport “{request.key}”, or it has ended.",
        )
    if request.reason and (faults := not_coded(reason=request.reason)):
        return refused(faults)
    turn.emit(TransportWithdrawn(transport.id, transport.asset, request.reason))
    let_go(turn, transport)
    return Accepted(transport.id)


def let_go(turn: Turn, transport: Transport) -> None:
    """Nobody brings it: whom it was kept for has to ask again."""
    item = turn.state.items[transport.asset]
    if item.reservation == transport.id:
        end_reservation(turn, item, "cancelled")


def _faults(turn: Turn, request: AskTransport, item: Item | None, known: Transport | None) -> list[Violation]:
    site = turn.rules.known
    faults = [
        *missing(key=request.key, origin=request.origin, destination=request.destination),
        *site.unknown_places(origin=request.origin, destination=request.destination),
        *site.unknown_wards(ward=request.ward),
    ]
    if item is None:
        faults.insert(0, unknown_asset(request.asset))
    elif request.purpose == "bring":
        faults = [*hindrances(turn.state, item, request.ward, turn.now_ms), *missing(ward=request.ward), *faults]
    elif request.purpose == "to_cleaning" and item.state != "to_cleaning":
        faults = [*forbidden("send_to_cleaning", item), *faults]
    elif item.state == "lost":
        faults = [*forbidden("put_down", item), *faults]
    if item is not None and item.transport:
        faults.append(
            Violation(
                "on_its_way",
                "asset",
                f"{item.id} er allerede bestilt til transport ({item.transport}). Afvent den, eller træk den tilbage.",
                f"A transport of {item.id} is ordered already ({item.transport}). Wait for it, or withdraw it.",
            )
        )
    if known is not None or request.key in turn.state.reservations:
        faults.append(
            Violation(
                "id_taken",
                "key",
                f"“{request.key}” er allerede brugt til noget andet. Brug en ny nøgle.",
                f"“{request.key}” stands for something else already. Use a new key.",
            )
        )
    if request.origin and request.origin == request.destination:
        faults.append(
            Violation(
                "same_place",
                "destination",
                "Afhentning og aflevering er samme sted. Vælg et andet sted.",
                "Origin and destination are the same. Choose another place.",
            )
        )
    if request.due_ms is not None and request.due_ms <= turn.now_ms:
        faults.append(
            Violation(
                "due",
                "due_ms",
                "Fristen er allerede passeret. Vælg et senere tidspunkt.",
                "The deadline has already passed. Choose a later time.",
            )
        )
    return faults


def _wish(wish: Transport | AskTransport) -> tuple[str, str, str, str, int | None]:
    return wish.asset, wish.purpose, wish.origin, wish.destination, wish.due_ms
