"""Asked: somebody has looked and says where a thing is, or that it is not where it was thought to be."""

from __future__ import annotations

from equipment_tracking.pool.arriving import arrive, propose, suggest
from equipment_tracking.pool.asked.common import missing, person_needed, refused, unknown_asset
from equipment_tracking.pool.facts.watching import Sighted
from equipment_tracking.pool.requests import SayWhere
from equipment_tracking.pool.turn import Turn
from equipment_tracking.register.answers import Accepted, Refusal


def say_where(turn: Turn, request: SayWhere) -> Accepted | Refusal:
    """Here: it came into this room, if it was not known to be in it. Not here: nobody knows where it is.

    An alarm about an exit stays while nobody knows where the thing went from there.
    """
    rules = turn.rules
    faults = [
        *missing(place=request.place),
        *rules.known.unknown_places(place=request.place),
        *person_needed(turn),
    ]
    item = turn.state.items.get(request.asset)
    if item is None:
        return refused([unknown_asset(request.asset), *faults])
    if faults:
        return refused(faults)
    room = rules.room_of(request.place)
    turn.emit(Sighted(item.id, turn.now_ms, room, request.here, request.evidence))
    room_kind = rules.room_kinds.get(room, "")
    if not request.here:
        if item.place == room:
            propose(turn, turn.state.items[item.id], None)
    elif item.place != room:
        arrive(turn, item, room, room_kind, rules.places.get(room, ""))
    elif item.state == "lost":
        suggest(turn, item.id, room_kind)
    return Accepted(item.id)
