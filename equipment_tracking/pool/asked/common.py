"""What the requests share: finding the asset, refusing, and ending what a state leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from equipment_tracking.pool.facts.cycle import Quarantined
from equipment_tracking.pool.facts.holding import LoanEnd, LoanEnded, ReservationEnd, ReservationEnded
from equipment_tracking.pool.facts.watching import TransportWithdrawn
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.steps import StepName, forbidden
from equipment_tracking.pool.turn import SERVICE, Turn
from equipment_tracking.register.answers import Refusal, Violation

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}")


def refused(violations: Iterable[Violation], offers: tuple[str, ...] = ()) -> Refusal:
    """All broken rules at once."""
    return Refusal(tuple(violations), offers)


def refusal(rule: str, field: str, da: str, en: str) -> Refusal:
    """One broken rule."""
    return Refusal((Violation(rule, field, da, en),))


def missing(**fields: str) -> list[Violation]:
    """The fields that are empty and must not be."""
    return [
        Violation("missing", name, f"Feltet “{name}” mangler.", f"The field “{name}” is missing.")
        for name, value in fields.items()
        if not value.strip()
    ]


def not_coded(**fields: str) -> list[Violation]:
    """The fields that are no code: nothing that people write in words goes where nothing can be erased."""
    return [
        Violation(
            "not_a_code",
            name,
            f"Feltet “{name}” skal være en kode uden mellemrum, for eksempel wipe_alcohol.",
            f"The field “{name}” must be a code without blanks, for example wipe_alcohol.",
        )
        for name, value in fields.items()
        if not _CODE.fullmatch(value)
    ]


def unknown_asset(id: str) -> Violation:
    """Nobody has registered it."""
    return Violation(
        "unknown_asset",
        "asset",
        f"“{id}” er ikke registreret. Scan mærkaten igen, eller søg på navnet.",
        f"“{id}” is not registered. Scan the label again, or search by name.",
    )


def stepping(turn: Turn, asset: str, step: StepName, *more: Violation) -> Item | Refusal:
    """The item when the step may be taken and nothing more is wrong; else everything that is wrong."""
    item = turn.state.items.get(asset)
    if item is None:
        return refused([unknown_asset(asset), *more])
    faults = [*forbidden(step, item), *more]
    return refused(faults) if faults else item


def person_needed(turn: Turn) -> list[Violation]:
    """Some steps are answered for by a person, by name."""
    if turn.actor and turn.actor != SERVICE:
        return []
    return [
        Violation(
            "person_needed",
            "actor",
            "En person skal stå inde for dette trin. Log ind og gentag.",
            "A person must answer for this step. Sign in and repeat it.",
        )
    ]


def end_reservation(turn: Turn, item: Item, why: ReservationEnd, *, by_service: bool = False) -> None:
    """End the reservation of the asset, if it has one."""
    if item.reservation:
        reservation = turn.state.reservations[item.reservation]
        turn.emit(ReservationEnded(item.id, turn.now_ms, reservation.id, reservation.ward, why), by_service=by_service)
        turn.clear_timer(f"reservation:{reservation.id}")


def give_up(turn: Turn, item: Item, why: ReservationEnd, *, by_service: bool = False) -> None:
    """Nobody gets it now: its reservation ends, and it need not be brought."""
    end_reservation(turn, item, why, by_service=by_service)
    transport = turn.state.transports.get(item.transport)
    if transport is not None and transport.purpose == "bring":
        turn.emit(TransportWithdrawn(transport.id, item.id, why), by_service=by_service)


def leave(turn: Turn, item: Item, loan: LoanEnd = "returned", reservation: ReservationEnd = "not_ready") -> None:
    """The asset leaves its state: end its loan and its reservation first, and bring it to nobody."""
    if item.loan:
        made = turn.state.loans[item.loan]
        turn.emit(LoanEnded(item.id, turn.now_ms, made.id, made.ward, loan))
        turn.clear_timer(f"loan:{made.id}")
        turn.alarm("loan", made.id, on=False)
    give_up(turn, item, reservation)


def withdraw_recalled(turn: Turn, asset: str) -> None:
    """What a recall waits for is quarantined as soon as it is out of use, out of repair or found."""
    item = turn.state.items[asset]
    waiting = bool(item.recalls) and item.state != "quarantined"
    if waiting and not forbidden("quarantine", item):
        leave(turn, item)
        turn.emit(Quarantined(asset, turn.now_ms, reason="recall", recall=item.recalls[-1]), by_service=True)
        waiting = False
    turn.alarm("recall", asset, on=waiting)
