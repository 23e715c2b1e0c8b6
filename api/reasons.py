"""Why something is as it is: a sentence for each reason code, from the fullest wording that its figures allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from api.texts import N_

REASONS: dict[str, tuple[str, ...]] = {
    "battery_low": (
        N_("The battery of {carrier} is too low: {battery}."),
        N_("The battery is too low."),
    ),
    "blocked": (N_("The way is blocked at {node}."), N_("The way is blocked.")),
    "busy": (N_("Busy until {free_ms}."), N_("Busy with other jobs.")),
    "cancelled": (N_("The job was cancelled."),),
    "capsule_stuck": (N_("A capsule is stuck in {line}."), N_("A capsule is stuck.")),
    "capsule_missing": (N_("A capsule has not arrived; it may be in {line}."), N_("A capsule has not arrived.")),
    "carrier_back": (N_("{carrier} is back; the job is planned anew."), N_("Planned anew.")),
    "carrier_failed": (
        N_("{carrier} failed; the job is planned anew."),
        N_("The carrier failed; the job is planned anew."),
    ),
    "cheapest": (
        N_("The {mode} gets there {saved_s} before the {other}, with the least work."),
        N_("Best of those that can: least delay with the least work."),
    ),
    "closed_station": (
        N_("{station} is closed until {opens_ms}."),
        N_("{station} is closed at that time."),
        N_("The station is closed at that time."),
    ),
    "dearer": (N_("Arrives no later, but takes more work."),),
    "driven_more": (N_("As good, but has driven more."),),
    "expects": (
        N_("Waits for work from {station}: about {number} expected until {until_ms}."),
        N_("Waits where work is expected."),
    ),
    "fault": (N_("{carrier} reported a fault."), N_("The carrier reported a fault.")),
    "full_for_empty": (
        N_("{carrier} brings something there and takes this along on the same visit."),
        N_("Taken along by a robot that brings something there."),
    ),
    "in_doubt": (
        N_("Nobody knows whether the hand-over happened: contact with {carrier} was lost."),
        N_("Nobody knows whether the hand-over happened: contact was lost."),
    ),
    "kept_apart": (
        N_("Carries {load}, which never travels together with this; else it would be there {sooner_s} sooner."),
        N_("Carries {load}, which never travels together with this."),
        N_("Carries something that never travels together with this."),
    ),
    "late": (
        N_("Will arrive {late_s} late."),
        N_("Will arrive after its deadline."),
    ),
    "later": (N_("Arrives {seconds} later."), N_("Arrives later.")),
    "locked_needed": (N_("The load needs a locked compartment, which this carrier has not."),),
    "needs_two_porters": (N_("Waits until two porters can meet at the same time."),),
    "no_answer": (N_("{carrier} has not answered."), N_("No answer from the carrier.")),
    "no_free_carrier": (
        N_("No free {mode} now; {carrier} is free at {free_ms}."),
        N_("No free {mode} now."),
        N_("No free carrier now."),
    ),
    "no_route": (
        N_("No open way for {carrier}."),
        N_("No open way for a {mode}."),
        N_("No open way between the two stations."),
    ),
    "not_ready": (
        N_("Not ready when {carrier} came; tried again at {retry_ms}."),
        N_("Not ready when it was to be fetched."),
    ),
    "not_yet_ready": (
        N_("Ready at {ready_ms}."),
        N_("Not ready yet."),
    ),
    "only_mode": (
        N_("Only a {mode} may carry this."),
        N_("Only this way of carrying is allowed."),
    ),
    "out_of_service": (
        N_("{carrier} is out of service."),
        N_("Out of service."),
    ),
    "override": (
        N_("Chosen by {actor}."),
        N_("Chosen by a person."),
    ),
    "pick_failed": (N_("{carrier} could not pick up."), N_("It could not be picked up.")),
    "precaution": (
        N_("Precaution: {precaution}."),
        N_("Infection precautions decide who may carry this."),
    ),
    "refused": (N_("{carrier} declined."), N_("The carrier declined.")),
    "rested": (N_("As good as the cheapest, and has driven least."),),
    "retry_later": (
        N_("Tried again at {retry_ms}."),
        N_("Will be tried again shortly."),
    ),
    "shift_ends": (
        N_("The shift of {carrier} ends at {ends_ms}."),
        N_("The shift of {carrier} ends too soon."),
        N_("The shift ends before it could be delivered."),
    ),
    "silent": (N_("No contact with {carrier}."), N_("No contact with the carrier.")),
    "specimen_not_by_robot": (
        N_("{specimen} may not be sent by robot."),
        N_("This specimen may not be sent by robot."),
    ),
    "specimen_not_by_tube": (
        N_("{specimen} may not be sent by tube."),
        N_("This specimen may not be sent by tube."),
    ),
    "specimen_unlisted": (N_("The specimen is not in the laboratory's table, so a porter carries it."),),
    "too_heavy": (
        N_("Too heavy: {mass_kg}, and the limit is {limit_kg}."),
        N_("Too heavy."),
    ),
    "trapped": (N_("The load is in a robot that stands in a lift, and nobody can get to it."),),
    "tube_down": (
        N_("Tube line {line} is out of service."),
        N_("The tube is out of service."),
    ),
    "upright": (N_("Must stay upright, so the tube cannot carry it."),),
    "waiting_for_basket": (
        N_("Waits for room in the basket of {station}."),
        N_("Waits for room in the basket."),
    ),
    "waiting_for_capsule": (
        N_("Waits for an empty capsule at {station}."),
        N_("Waits for an empty capsule."),
    ),
    "waiting_for_charger": (
        N_("Waits for a charger; number {number} in the queue."),
        N_("Waits for a charger."),
    ),
    "waiting_for_load": (N_("Waits for the load to be ready."),),
    "waiting_for_partner": (N_("Waits for the other porter."),),
    "waiting_for_lift": (
        N_("Waits for lift {lift}."),
        N_("Waits for a lift."),
    ),
    "waiting_for_traffic": (
        N_("Waits for {robot} at {place}."),
        N_("Waits for another robot."),
    ),
    "no_way": (
        N_("No way on: {places} is closed or occupied."),
        N_("There is no way on for the robot."),
    ),
    "waiting_for_tube": (
        N_("Waits until the tube is free, leaves {leaves_ms}."),
        N_("Waits until the tube is free."),
    ),
    "waiting_for_taker": (N_("Waits for the porter who takes the load on."),),
    "way_open": (N_("The way is open again; the robot goes on."),),
    "waiting_to_share": (
        N_("Waits for {missing} more, leaves {leaves_ms}."),
        N_("Waits for more in the same capsule."),
    ),
    "waiting_for_slot": (
        N_("Waits for room at {station}."),
        N_("Waits for room at the station."),
    ),
}
GENERIC = N_("Decided by the dispatcher ({code}).")

HISTORY: dict[str, tuple[str, ...]] = {
    "job.created": (N_("Ordered."),),
    "job.mode_chosen": (N_("Way of carrying chosen: {mode}."), N_("Way of carrying chosen.")),
    "job.unplanned": (N_("To be planned anew. {reason}"), N_("To be planned anew.")),
    "job.delivered": (N_("Delivered at {destination}."), N_("Delivered.")),
    "job.cancelled": (N_("Cancelled."),),
    "job.reprioritised": (N_("Priority changed to {priority}."), N_("Priority changed.")),
    "job.resumed": (N_("{carrier} goes on with the load."), N_("The carrier goes on with the load.")),
    "job.handed_on": (
        N_("{carrier}: how it goes on has changed. {reason}"),
        N_("The way on has changed."),
    ),
    "job.trouble": (N_("Needs a person. {reason}"), N_("Needs a person.")),
    "job.overridden": (
        N_("Carrier chosen by a person: {carrier}."),
        N_("Way of carrying chosen by a person: {mode}."),
        N_("Carrier chosen by a person."),
    ),
    "job.returned": (N_("Cancelled on the way: brought to {destination}."), N_("Cancelled on the way: brought back.")),
    "leg.planned": (N_("Planned from {origin} to {destination}."), N_("Planned.")),
    "leg.assigned": (
        N_("Given to {carriers}; expected {promised_ms}."),
        N_("Given to {carrier}; expected {promised_ms}."),
        N_("Given to {carriers}."),
        N_("Given to {carrier}."),
        N_("Given out; expected {promised_ms}."),
        N_("Given out."),
    ),
    "leg.unassigned": (N_("Taken back, to be given to another. {reason}"), N_("Taken back, to be given to another.")),
    "leg.offered": (N_("Offered to {carrier}."), N_("Offered.")),
    "leg.accepted": (N_("Accepted by {carrier}."), N_("Accepted.")),
    "leg.picked_up": (
        N_("Picked up by {carrier} at {station}."),
        N_("Picked up by {carrier}."),
        N_("Picked up."),
    ),
    "leg.delivered": (
        N_("Handed over by {carrier} at {station}."),
        N_("Handed over at {station}."),
        N_("Handed over."),
    ),
    "leg.failed": (N_("{carrier} failed. {reason}"), N_("{carrier} failed."), N_("The carrier failed.")),
    "leg.in_doubt": (
        N_("Contact with {carrier} lost during the hand-over: in doubt whether it happened."),
        N_("Contact lost during the hand-over: in doubt whether it happened."),
    ),
    "leg.located": (N_("Found: {where}."), N_("Found.")),
}
GENERIC_EVENT = N_("Noted ({code}).")


def sentence(
    variants: Sequence[str],
    args: Mapping[str, str | int | float],
    translate: Callable[[str], str],
    show: Callable[[str, str | int | float], str],
) -> str:
    """Return the first wording whose figures are all known, translated, each figure shown as people write it."""
    chosen = next((text for text in variants if _fields(text) <= args.keys()), variants[-1])
    shown = {name: show(name, args[name]) for name in sorted(_fields(chosen) & args.keys())}
    return translate(chosen).format_map(_Gaps(shown)).strip()


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class _Gaps(dict[str, str]):
    """A wording without all its figures still makes a sentence."""

    def __missing__(self, key: str) -> str:
        return "…"
