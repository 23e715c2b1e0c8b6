"""What a new job must satisfy: every broken rule at once, each a sentence in both languages with the way out."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.hospital import Hospital, Ways
from fleet.model import Job
from fleet.modes import options, reachable
from fleet.requests import CreateJob, Refusal, Violation

MAX_AHEAD_MS = 14 * 86_400_000


def violations(hospital: Hospital, request: CreateJob, now_ms: int) -> tuple[Violation, ...]:
    """Broken rules of the order itself, before anything is weighed."""
    return (
        *_places(hospital, request),
        *_times(hospital, request, now_ms),
        *_content(hospital, request),
    )


def _places(hospital: Hospital, request: CreateJob) -> Iterator[Violation]:
    for field, place in (("from", request.origin), ("to", request.destination)):
        if hospital.station(place) is None:
            yield Violation(
                "unknown_station",
                field,
                f"Afsætningspladsen “{place}” findes ikke (eller er ikke taget i brug). Vælg en fra listen.",
                f"There is no station “{place}” (or it is not in use yet). Choose one from the list.",
            )
    if request.origin == request.destination:
        yield Violation(
            "same_station",
            "to",
            "Fra og til er samme sted. Vælg et andet modtagersted.",
            "From and to are the same place. Choose another destination.",
        )


def _times(hospital: Hospital, request: CreateJob, now_ms: int) -> Iterator[Violation]:
    if request.priority is not None and request.priority not in hospital.priorities:
        known = ", ".join(sorted(hospital.priorities))
        yield Violation(
            "unknown_priority",
            "priority",
            f"Prioriteten “{request.priority}” findes ikke. Brug en af: {known}.",
            f"There is no priority “{request.priority}”. Use one of: {known}.",
        )
    if request.due_ms is not None and request.within_min is not None:
        yield Violation(
            "two_deadlines",
            "due",
            "Angiv enten et klokkeslæt eller et antal minutter, ikke begge.",
            "Give either a time or a number of minutes, not both.",
        )
    if request.within_min is not None and not 0 < request.within_min <= MAX_AHEAD_MS / 60_000:
        yield Violation(
            "within_out_of_range",
            "within_min",
            "Antal minutter skal være over 0 og højst 14 døgn.",
            "The number of minutes must be above 0 and at most 14 days.",
        )
    due_ms = request.due_ms
    if due_ms is not None and due_ms <= now_ms:
        yield Violation(
            "deadline_passed",
            "due",
            "Fristen er allerede passeret. Vælg et senere tidspunkt.",
            "The deadline has already passed. Choose a later time.",
        )
    if due_ms is not None and request.ready_ms is not None and request.ready_ms >= due_ms:
        yield Violation(
            "ready_after_due",
            "ready",
            "Klar-tiden ligger efter fristen. Ret en af dem.",
            "The ready time is after the deadline. Change one of them.",
        )
    if any(at is not None and at > now_ms + MAX_AHEAD_MS for at in (due_ms, request.ready_ms)):
        yield Violation(
            "too_far_ahead",
            "due" if due_ms is not None and due_ms > now_ms + MAX_AHEAD_MS else "ready",
            "Opgaver kan bestilles højst 14 døgn frem.",
            "Transports can be ordered at most 14 days ahead.",
        )


def _content(hospital: Hospital, request: CreateJob) -> Iterator[Violation]:
    load = hospital.loads.get(request.load)
    if load is None:
        known = ", ".join(sorted(hospital.loads))
        yield Violation(
            "unknown_load",
            "load",
            f"Indholdet “{request.load}” kendes ikke. Brug en af: {known}.",
            f"The load “{request.load}” is not known. Use one of: {known}.",
        )
        return
    if request.mass_kg is not None and not 0 < request.mass_kg <= 2000:
        yield Violation(
            "mass_out_of_range",
            "mass_kg",
            "Vægten skal være over 0 og højst 2000 kg.",
            "The mass must be above 0 and at most 2000 kg.",
        )
    if request.precaution is not None and request.precaution not in hospital.precautions:
        known = ", ".join(sorted(hospital.precautions))
        yield Violation(
            "unknown_precaution",
            "precaution",
            f"Isolationsregimet “{request.precaution}” findes ikke. Brug en af: {known}.",
            f"There is no precaution “{request.precaution}”. Use one of: {known}.",
        )
    if not load.person and (request.escort or request.oxygen or request.bariatric):
        yield Violation(
            "not_a_person",
            "load",
            "Ledsager, ilt og bariatrisk hører til patient- og sengetransport. Fjern dem, eller vælg et andet indhold.",
            "Escort, oxygen and bariatric belong to patient and bed moves. Remove them, or choose another load.",
        )
    if request.specimen is not None and not load.specimen_table:
        yield Violation(
            "no_specimen",
            "specimen",
            "Prøvetype hører til blodprøver og andet prøvemateriale. Fjern den, eller vælg et andet indhold.",
            "A specimen type belongs to samples. Remove it, or choose another load.",
        )


def nobody_can(hospital: Hospital, ways: Ways, job: Job) -> tuple[Violation, ...]:
    """Refuse what no carrier of this hospital could ever carry between these places."""
    if options(hospital, ways, job, job.origin).possible:
        if reachable(ways, hospital, "porter", job.origin, job.destination):
            return ()
        return (
            Violation(
                "no_route",
                "to",
                "Der er ingen åben vej mellem de to steder lige nu. Se lukninger på kortet, eller vælg et andet sted.",
                "There is no open way between the two places now. See closures on the map, or choose another place.",
            ),
        )
    return (
        Violation(
            "no_carrier_can",
            "load",
            "Hverken rørpost, robot eller portør kan tage dette indhold mellem de to steder. "
            "Del transporten op, eller ring til logistikken.",
            "Neither tube, robot nor porter can take this load between the two places. "
            "Split the transport, or call logistics.",
        ),
    )


def refuse(rule: str, field: str, da: str, en: str) -> Refusal:
    """One broken rule."""
    return Refusal((Violation(rule, field, da, en),))


def unknown_carrier(id: str) -> Refusal:
    """Nobody is called that."""
    return refuse(
        "unknown_carrier",
        "carrier",
        f"“{id}” findes ikke blandt robotter, portører, elevatorer og rørpost.",
        f"There is no “{id}” among robots, porters, lifts and tube.",
    )


def unknown_priority(hospital: Hospital, id: str) -> Refusal:
    """No priority is called that."""
    known = ", ".join(sorted(hospital.priorities))
    return refuse(
        "unknown_priority",
        "priority",
        f"Prioriteten “{id}” findes ikke. Brug en af: {known}.",
        f"There is no priority “{id}”. Use one of: {known}.",
    )
