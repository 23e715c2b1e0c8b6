"""Reserve: turn the first stop of a plan into a drive, holding a slot at its end and one lift at a time on its way.

Its steps come from `plan_drive`; the lanes they lead over are held by traffic, stage by stage (`stages`).
"""

from __future__ import annotations

from fleet.facts.carriers import DriveSet, SlotHeld
from fleet.model import Carrier, Leg, PlannedStop, Step
from fleet.orchestrator.cut_off import CUT_OFF, note_cut_off, without_way
from fleet.orchestrator.energy import SETTLED_BATTERY, waits_for_charger
from fleet.orchestrator.orders import HORIZON_MS
from fleet.orchestrator.parking import expects_work, resting_place
from fleet.orchestrator.plan_drive import plan_drive
from fleet.orchestrator.queues import (
    WANTS_SLOT,
    give_back_slot,
    holds_lift,
    is_slot_wanted,
    leave_queues,
    next_rider,
    wants_slot,
)
from fleet.orchestrator.replan import cut_short, unplan
from fleet.orchestrator.returns import SOON_MS
from fleet.orchestrator.stages import clear_the_lane, end_old_drive, is_wanted, untangle
from fleet.orchestrator.start import load_is_here, start_step
from fleet.orchestrator.turn import Turn
from fleet.views import Reason

MOST_ROUNDS = 100
"""Carriers call one another to look again; whoever is called after so many rounds does so a second later."""
LATER_MS = 1_000


def reserve(turn: Turn) -> None:
    """Let every carrier on the list take its next step, and give free lifts to those who wait.

    However they call one another, a turn ends: all others wait for it.
    """
    for _ in range(MOST_ROUNDS):
        for id in _called(turn):
            _advance(turn, turn.state.carriers[id])
            _settle_down(turn, turn.state.carriers[id])
        if not (turn.drive or turn.grant or turn.withdrawn):
            return
    for id in _called(turn):
        turn.set_timer(f"free:{id}", turn.now_ms + LATER_MS, "free", id)


def _called(turn: Turn) -> list[str]:
    """Who is on the list now, those first in the queue of a free lift among them; it is empty then."""
    for robot in sorted(turn.withdrawn):
        cut_short(turn, robot)
    turn.withdrawn.clear()
    for lift in sorted(turn.grant):
        _grant(turn, lift)
    turn.grant.clear()
    carriers = sorted(turn.drive)
    turn.drive.clear()
    return carriers


def _advance(turn: Turn, carrier: Carrier) -> None:
    if carrier.mode == "tube" or carrier.status == "trouble" or not carrier.heard:
        return
    if carrier.steps and carrier.steps[0].command:
        return
    if _yields(turn, carrier):
        _give_way(turn, carrier)
        return
    if carrier.steps and _still_wanted(turn, carrier):
        start_step(turn, carrier)
        return
    if carrier.steps:
        leave_queues(turn, carrier.id)
        turn.emit(DriveSet(carrier.id, steps=(), purpose=""))
        carrier = turn.state.carriers[carrier.id]
    if carrier.free_ms > turn.now_ms:
        return
    stop = _next_stop(turn, carrier)
    if stop is not None:
        _begin(turn, carrier, stop)
    elif not carrier.stops or carrier.waiting is not None or _keeps_slot_from_others(turn, carrier):
        _go_home(turn, carrier)


def _settle_down(turn: Turn, carrier: Carrier) -> None:
    """A robot that stands and goes nowhere holds nothing but a bay; from one that another waits for it goes home."""
    if carrier.steps or carrier.mode != "robot" or carrier.status == "trouble" or not carrier.heard:
        return
    if end_old_drive(turn, carrier):
        start_step(turn, turn.state.carriers[carrier.id])
        return
    waiting = carrier.waiting
    if is_wanted(turn, carrier.id) and carrier.node != turn.hospital.home_node(carrier.id):
        _go_home(turn, carrier, waiting, out_of_the_way=True)
        carrier = turn.state.carriers[carrier.id]
    if waiting is None or waiting.code not in CUT_OFF:
        return
    if not carrier.steps and (clear_the_lane(turn, carrier) or untangle(turn, carrier)):
        start_step(turn, turn.state.carriers[carrier.id])
    elif not carrier.steps:
        note_cut_off(turn, carrier)


def _yields(turn: Turn, carrier: Carrier) -> bool:
    """Whether a robot waits for a load that is still on its way where another could do its work at once."""
    step = carrier.steps[0] if carrier.steps else None
    if carrier.mode != "robot" or step is None or step.act != "pick" or load_is_here(turn, turn.state.legs[step.leg]):
        return False
    return is_wanted(turn, carrier.id) or any(
        other.stops and _can_begin(turn, other.stops[0])
        for other in turn.state.carriers.values()
        if carrier.slot is not None and wants_slot(other, carrier.slot)
    )


def _can_begin(turn: Turn, stop: PlannedStop) -> bool:
    """Whether a robot that came to this stop would not wait there for its load."""
    return stop.act == "delivery" or load_is_here(turn, turn.state.legs[stop.leg])


def _give_way(turn: Turn, carrier: Carrier) -> None:
    """Home until there is room again: whoever waits for the place comes first, then this robot comes back."""
    station = turn.state.legs[carrier.steps[0].leg].origin
    turn.emit(DriveSet(carrier.id, steps=(), purpose=""))
    _go_home(turn, turn.state.carriers[carrier.id], Reason(WANTS_SLOT, {"station": station}), out_of_the_way=True)


def _still_wanted(turn: Turn, carrier: Carrier) -> bool:
    """Does the drive under way still lead to the plan's first stop? Inside a lift there is only the way out."""
    if holds_lift(turn, carrier.id):
        return True
    if carrier.purpose == "home":
        wanted = _next_stop(turn, carrier)
        return wanted is None or (carrier.mode == "robot" and not _has_slot(turn, carrier, _place(turn, wanted)))
    stop = carrier.stops[0] if carrier.stops else None
    last = carrier.steps[-1]
    return stop is not None and (last.leg, last.act) == (stop.leg, "pick" if stop.act == "pickup" else "drop")


def _next_stop(turn: Turn, carrier: Carrier) -> PlannedStop | None:
    """The first stop, if it is time to depart for it and no slot or answer is waited for."""
    if not carrier.stops:
        return None
    stop = carrier.stops[0]
    leg = turn.state.legs[stop.leg]
    if leg.state == "in_doubt":
        return None
    depart_ms = _depart_ms(turn, carrier, stop, leg)
    if depart_ms > turn.now_ms:
        turn.set_timer(f"free:{carrier.id}", depart_ms, "free", carrier.id)
        return None
    return stop


def _keeps_slot_from_others(turn: Turn, carrier: Carrier) -> bool:
    """Whether others wait for the slot in which it stands, with some time left before it has to depart.

    Who waits for a load that is soon ready keeps its slot: so a robot takes the empty cart for the full one. One that
    waits for a person to say what became of its load does not.
    """
    if carrier.slot is None or not carrier.stops or not is_slot_wanted(turn, carrier.slot):
        return False
    leg = turn.state.legs[carrier.stops[0].leg]
    return leg.state == "in_doubt" or _depart_ms(turn, carrier, carrier.stops[0], leg) > turn.now_ms + SOON_MS


def _place(turn: Turn, stop: PlannedStop) -> str:
    """Where a stop is."""
    leg = turn.state.legs[stop.leg]
    return leg.origin if stop.act == "pickup" else leg.destination


def _depart_ms(turn: Turn, carrier: Carrier, stop: PlannedStop, leg: Leg) -> int:
    """When to leave so as to arrive as the load is ready, the station open and the partner there."""
    place = _place(turn, stop)
    wanted_ms = max(leg.ready_ms, stop.not_before_ms) if stop.act == "pickup" else 0
    windows = turn.state.meta.windows.get(place, ())
    if windows:
        opens = [start for start, end in windows if end > turn.now_ms]
        wanted_ms = max(wanted_ms, opens[0] if opens else turn.now_ms + HORIZON_MS)
    here = turn.hospital.near_stop(carrier.node)
    there = turn.hospital.near_stop(turn.hospital.node(place))
    profile = carrier.fleet if carrier.mode == "robot" else "porter"
    travel_ms = turn.ways.times.between(profile, here, there)
    return wanted_ms - travel_ms if wanted_ms else 0


def _begin(turn: Turn, carrier: Carrier, stop: PlannedStop) -> None:
    leg, place = turn.state.legs[stop.leg], _place(turn, stop)
    if carrier.mode == "robot" and not _take_slot(turn, carrier, place):
        _go_home(turn, carrier, Reason("waiting_for_slot", {"station": place}))
        return
    steps = plan_drive(turn, carrier, turn.hospital.node(place))
    if steps is None:
        _no_way(turn, carrier, leg)
        return
    act = "pick" if stop.act == "pickup" else "drop"
    last = Step(act, leg=leg.id, expected_ms=turn.hospital.handover_ms(place))  # type: ignore[arg-type]  # one of two literals
    if carrier.mode == "porter" and not steps:
        steps = (Step("move", node=carrier.node),)  # the offer, when the porter already stands there
    turn.emit(DriveSet(carrier.id, steps=(*steps, last), purpose="stop", at_ms=turn.now_ms))
    turn.estimate.add(carrier.id)
    start_step(turn, turn.state.carriers[carrier.id])


def _no_way(turn: Turn, carrier: Carrier, leg: Leg) -> None:
    place = leg.origin if leg.state != "picked_up" else leg.destination
    reason = without_way(turn, carrier, turn.hospital.node(place))
    if leg.state == "picked_up":
        turn.emit(DriveSet(carrier.id, steps=(), purpose="", waiting=reason))
        turn.set_timer(f"free:{carrier.id}", turn.now_ms + 30_000, "free", carrier.id)
        return
    unplan(turn, turn.state.jobs[leg.job], reason)
    turn.late_choose.add(leg.job)


def _take_slot(turn: Turn, carrier: Carrier, place: str) -> bool:
    """Hold a slot at the place; the slot left behind is given back."""
    if not _has_slot(turn, carrier, place):
        holders = [turn.state.carriers[id] for id in turn.state.slots[place].holders]
        turn.drive.update(other.id for other in holders if not (other.steps and other.steps[0].command))
        return False
    if carrier.slot != place and not place.startswith("@"):
        give_back_slot(turn, carrier)
        turn.emit(SlotHeld(carrier.id, station=place))
    return True


def _has_slot(turn: Turn, carrier: Carrier, place: str) -> bool:
    """Whether the place has a slot for a carrier, or needs none for it."""
    if carrier.slot == place or place.startswith("@"):
        return True
    held = turn.state.slots.get(place)
    return held is None or len(held.holders) < turn.hospital.layout.stations[place].slots


def _go_home(turn: Turn, carrier: Carrier, waiting: Reason | None = None, *, out_of_the_way: bool = False) -> None:
    """Home to the bay it owns for life (there it charges), to a shared charger, or to where work is expected.

    It gives back its slot. `out_of_the_way`, it goes to its own bay, where nobody else ever wants to be.
    """
    if carrier.mode != "robot":
        return
    own = turn.hospital.home_node(carrier.id), None
    home, queued = own if out_of_the_way else resting_place(turn, carrier)
    waiting = waiting or queued
    give_back_slot(turn, carrier)
    if carrier.node == home:
        if waiting is not None or waits_for_charger(carrier) or expects_work(carrier):
            turn.emit(DriveSet(carrier.id, steps=(), purpose="", waiting=waiting))
        low = carrier.battery is None or carrier.battery < SETTLED_BATTERY
        if low and not carrier.charging and home in turn.hospital.chargers:
            turn.emit(DriveSet(carrier.id, steps=(Step("charge", node=home),), purpose="home", waiting=waiting))
            start_step(turn, turn.state.carriers[carrier.id])
        return
    steps = plan_drive(turn, carrier, home)
    if steps is None:
        turn.emit(DriveSet(carrier.id, steps=(), purpose="", waiting=without_way(turn, carrier, home)))
        return
    turn.emit(DriveSet(carrier.id, steps=steps, purpose="home", waiting=waiting, at_ms=turn.now_ms))
    start_step(turn, turn.state.carriers[carrier.id])


def _grant(turn: Turn, lift_id: str) -> None:
    """A free lift goes to the first in its queue that can move; without one, to who waits for another of its group."""
    lift = turn.state.lifts[lift_id]
    if lift.holder is not None or not lift.heard:
        return
    group = next((lifts for lifts in turn.hospital.lift_groups.values() if lift_id in lifts), ())
    others = (turn.state.lifts.get(id) for id in group if id != lift_id)
    riders = (next_rider(turn, one) for one in (lift, *others) if one is not None)
    rider = next((id for id in riders if id is not None), None)
    if rider is not None:
        turn.drive.add(rider)
