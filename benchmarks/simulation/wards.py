"""The wards by hand: into a bed, the stay, the way home, and those who come to a ward directly.

It follows `site_models/koege/flows/wards.yaml` in structure, function by pathway.
"""

from __future__ import annotations

from benchmarks.simulation.figures import Visit
from benchmarks.simulation.house import Bed, Held, House
from benchmarks.simulation.pools import Request, Way


def into_a_bed(house: House, visit: Visit, room: Request) -> Way[Held | None]:
    """From the department into a bed on a ward, intensive care or observation first; None for who has left."""
    first: Held | None = None
    if visit.need == "intensive":
        staffed = house.ask_patiently(visit, house.intensive.staffed, "emergency/into_a_bed/icu_from_ed")
        yield staffed
        if not staffed.triggered:
            house.mark(visit, "emergency/into_a_bed/mark_icu_refused", "icu_refused")
            yield house.delay(visit, "emergency/into_a_bed/handed_on")
            house.give_back(room, "emergency/into_a_bed/release_room")
            house.leave(visit, "emergency/into_a_bed/leave_transferred", "transferred")
            return None
        first = yield from house.into_room(visit, house.intensive, staffed, "emergency/into_a_bed/icu_from_ed")
        yield from house.hold(visit, house.porter, "emergency/into_a_bed/porter_to_icu")
        house.give_back(room, "emergency/into_a_bed/release_room-2")
        house.mark(visit, "emergency/into_a_bed/mark_on_ward", "on_ward")
        yield house.delay(visit, "emergency/into_a_bed/intensive_care")
    elif visit.need in {"night", "night_then_ward"}:
        first = yield from house.into_bed(visit, house.observation, "emergency/into_a_bed/acute_from_ed")
        yield from house.hold(visit, house.porter, "emergency/into_a_bed/porter_to_acute")
        house.give_back(room, "emergency/into_a_bed/release_room-3")
        house.mark(visit, "emergency/into_a_bed/mark_on_ward-2", "on_ward")
        yield house.delay(visit, "emergency/into_a_bed/observed")
        if visit.need == "night":
            house.leave_bed(visit, first, "emergency/into_a_bed/release_observation")
            house.leave(visit, "emergency/into_a_bed/leave_discharged", "discharged")
            return None
    if visit.problem in {"medical", "stroke"}:
        bed = yield from house.into_bed(visit, house.medical, "emergency/into_a_bed/medical_from_ed")
    else:
        bed = yield from house.into_bed(visit, house.surgical, "emergency/into_a_bed/surgical_from_ed")
    if first is not None:
        left = "release_icu" if visit.need == "intensive" else "release_observation-2"
        house.leave_bed(visit, first, f"emergency/into_a_bed/{left}")
    else:
        yield from house.hold(visit, house.porter, "emergency/into_a_bed/porter_to_ward")
        house.give_back(room, "emergency/into_a_bed/release_room-4")
        house.mark(visit, "emergency/into_a_bed/mark_on_ward-3", "on_ward")
    return bed


def ward_stay(house: House, visit: Visit, bed: Held) -> Way[None]:
    """Treatment on the ward, and home."""
    yield house.delay(visit, "emergency/ward_stay/treatment")
    yield from goes_home(house, visit, bed, "emergency/ward_stay")


def goes_home(house: House, visit: Visit, bed: Held, after: str) -> Way[None]:
    """Ready, perhaps waiting for the municipality, the round, the papers, home."""
    house.mark(visit, f"{after}/goes_home/mark_ready", "ready")
    if house.choice(visit, f"{after}/goes_home/municipality") == 0:
        house.mark(visit, f"{after}/goes_home/mark_awaits_municipality", "awaits_municipality")
        yield house.delay(visit, f"{after}/goes_home/municipality_ready")
    yield from house.until_next(visit, f"{after}/goes_home/round")
    yield house.delay(visit, f"{after}/goes_home/papers")
    house.leave_bed(visit, bed, f"{after}/goes_home/release_bed")
    house.mark(visit, f"{after}/goes_home/mark_gone_home", "gone_home")
    house.leave(visit, f"{after}/goes_home/leave_discharged", "discharged")


def direct_medical(house: House, visit: Visit) -> Way[None]:
    """Straight to a medical ward."""
    yield from _direct(house, visit, house.medical, "direct_medical", "medical_direct", "medical_short")


def direct_surgical(house: House, visit: Visit) -> Way[None]:
    """Straight to a surgical ward."""
    yield from _direct(house, visit, house.surgical, "direct_surgical", "surgical_direct", "surgical_short")


def elective_stay(house: House, visit: Visit) -> Way[None]:
    """After an elective operation."""
    yield from _direct(house, visit, house.surgical, "elective_stay", "surgical_elective", "after_operation")


def _direct(house: House, visit: Visit, bed: Bed, pathway: str, wait: str, stay: str) -> Way[None]:
    """A bed on a ward, unless there is none for too long; a stay, and home."""
    staffed = house.ask_patiently(visit, bed.staffed, f"{pathway}/{wait}")
    yield staffed
    if not staffed.triggered:
        house.leave(visit, f"{pathway}/leave_transferred", "transferred")
        return
    held = yield from house.into_room(visit, bed, staffed, f"{pathway}/{wait}")
    yield house.delay(visit, f"{pathway}/{stay}")
    yield from goes_home(house, visit, held, pathway)


def direct_intensive(house: House, visit: Visit) -> Way[None]:
    """Straight to intensive care, then a medical ward."""
    staffed = house.ask_patiently(visit, house.intensive.staffed, "direct_intensive/icu_direct")
    yield staffed
    if not staffed.triggered:
        house.mark(visit, "direct_intensive/mark_icu_refused", "icu_refused")
        house.leave(visit, "direct_intensive/leave_transferred", "transferred")
        return
    intensive = yield from house.into_room(visit, house.intensive, staffed, "direct_intensive/icu_direct")
    yield house.delay(visit, "direct_intensive/intensive_care")
    bed = yield from house.into_bed(visit, house.medical, "direct_intensive/medical_from_icu")
    house.leave_bed(visit, intensive, "direct_intensive/release_icu")
    yield house.delay(visit, "direct_intensive/medical_treatment")
    yield from goes_home(house, visit, bed, "direct_intensive")
