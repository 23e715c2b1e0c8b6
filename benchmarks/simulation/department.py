"""The emergency department by hand: what its patients go through, as SimPy processes.

It follows `site_models/koege/flows/emergency.yaml` in structure, function by pathway; numbers are read from the plan
and all chance from the sample.
"""

from __future__ import annotations

from benchmarks.simulation.figures import Visit
from benchmarks.simulation.house import House
from benchmarks.simulation.pools import Request, Way
from benchmarks.simulation.wards import into_a_bed, ward_stay


def emergency(house: House, visit: Visit) -> Way[None]:
    """An emergency patient, from the door to the way home."""
    if visit.mode == "walk_in":
        yield from house.hold(visit, house.reception, "emergency/ed/registration")
    if visit.problem == "stroke":
        room = yield from stroke_track(house, visit)
    elif visit.problem == "trauma":
        room = yield from trauma_track(house, visit)
    else:
        treated_in = yield from ordinary_track(house, visit)
        if treated_in is None:
            return
        room = treated_in
    if house.choice(visit, "emergency/ed/recovered") == 0:
        house.mark(visit, "emergency/ed/mark_sent_home", "sent_home")
        house.give_back(room, "emergency/ed/release_room")
        house.leave(visit, "emergency/ed/leave_home", "home")
        return
    if visit.problem in {"medical", "surgical"} and house.choice(visit, "emergency/ed/home") == 0:
        house.mark(visit, "emergency/ed/mark_sent_home-2", "sent_home")
        house.give_back(room, "emergency/ed/release_room-2")
        house.leave(visit, "emergency/ed/leave_home-2", "home")
        return
    bed = yield from into_a_bed(house, visit, room)
    if bed is not None:
        yield from ward_stay(house, visit, bed)


def stroke_track(house: House, visit: Visit) -> Way[Request]:
    """Met at the door, straight to the scanner."""
    track = "emergency/ed/stroke_track"
    house.mark(visit, f"{track}/mark_triaged", "triaged")
    house.urgency(visit, f"{track}/priority", f"{track}/deadline")
    yield from house.hold(visit, house.stroke_team, f"{track}/stroke_call")
    house.mark(visit, f"{track}/mark_seen", "seen")
    yield from house.hold(visit, house.ct, f"{track}/stroke_ct")
    house.mark(visit, f"{track}/mark_scanned", "scanned")
    if house.choice(visit, f"{track}/thrombolysed") == 0:
        yield from house.hold(visit, house.stroke_team, f"{track}/thrombolysis")
        house.mark(visit, f"{track}/mark_needle", "needle")
    house.mark(visit, f"{track}/mark_started", "started")
    room = house.ask(visit, house.room, f"{track}/stroke_room")
    yield room
    yield house.delay(visit, f"{track}/stroke_observation")
    house.mark(visit, f"{track}/mark_decided", "decided")
    house.mark(visit, f"{track}/mark_diagnosed", "diagnosed")
    return room


def trauma_track(house: House, visit: Visit) -> Way[Request]:
    """Met by the team, scanned from head to foot."""
    track = "emergency/ed/trauma_track"
    house.mark(visit, f"{track}/mark_triaged", "triaged")
    house.urgency(visit, f"{track}/priority", f"{track}/deadline")
    room = house.ask(visit, house.room, f"{track}/trauma_room")
    yield room
    yield from house.hold(visit, house.acute_team, f"{track}/trauma_call")
    house.mark(visit, f"{track}/mark_seen", "seen")
    house.mark(visit, f"{track}/mark_started", "started")

    def scan() -> Way[None]:
        yield from house.hold(visit, house.ct, f"{track}/trauma_ct")
        house.mark(visit, f"{track}/mark_scanned", "scanned")

    nursing = house.hold(visit, house.nurse, f"{track}/trauma_nursing")
    yield from house.together(visit, f"{track}/together", scan(), nursing)
    yield from house.hold(visit, house.specialist, f"{track}/trauma_conferral")
    house.mark(visit, f"{track}/mark_decided", "decided")
    house.mark(visit, f"{track}/mark_diagnosed", "diagnosed")
    return room


def ordinary_track(house: House, visit: Visit) -> Way[Request | None]:
    """Triage, room, doctor, nursing and images, the decision; the room, or None for who left unseen."""
    yield from house.hold(visit, house.triage_nurse, "emergency/ed/ordinary_track/triage")
    house.mark(visit, "emergency/ed/ordinary_track/mark_triaged", "triaged")
    house.urgency(visit, "emergency/ed/ordinary_track/priority", "emergency/ed/ordinary_track/deadline")
    room = house.ask_patiently(visit, house.room, "emergency/ed/ordinary_track/to_room")
    yield room
    if not room.triggered:
        house.leave(visit, "emergency/ed/ordinary_track/leave_left_unseen", "left_unseen")
        return None
    if visit.triage == "red":
        yield from house.hold(visit, house.acute_team, "emergency/ed/ordinary_track/red_call")
        house.mark(visit, "emergency/ed/ordinary_track/mark_seen", "seen")
        house.mark(visit, "emergency/ed/ordinary_track/mark_started", "started")
    else:
        doctor = yield from wait_for_doctor(house, visit)
        if doctor is None:
            house.give_back(room, "emergency/ed/ordinary_track/wait_for_doctor/release_room")
            house.leave(visit, "emergency/ed/ordinary_track/wait_for_doctor/leave_left_unseen", "left_unseen")
            return None
        house.mark(visit, "emergency/ed/ordinary_track/mark_seen-2", "seen")
        yield house.delay(visit, "emergency/ed/ordinary_track/assessment")
        house.give_back(doctor, "emergency/ed/ordinary_track/release_doctor")
        if house.choice(visit, "emergency/ed/ordinary_track/confers") == 0:
            yield from house.hold(visit, house.specialist, "emergency/ed/ordinary_track/conferral")
        house.mark(visit, "emergency/ed/ordinary_track/mark_started-2", "started")
    yield from house.together(
        visit, "emergency/ed/ordinary_track/together", nursing(house, visit), imaging(house, visit)
    )
    yield from house.hold(visit, house.doctor, "emergency/ed/ordinary_track/review")
    house.mark(visit, "emergency/ed/ordinary_track/mark_decided", "decided")
    if house.choice(visit, "emergency/ed/ordinary_track/diagnosis_known") == 0:
        house.mark(visit, "emergency/ed/ordinary_track/mark_diagnosed", "diagnosed")
    else:
        step = house.figures.at["emergency/ed/ordinary_track/aside"]
        house.aside(visit, step, later_diagnosis(house, visit))
    return room


def wait_for_doctor(house: House, visit: Visit) -> Way[Request | None]:
    """A doctor, or None for who lost patience; the others are looked at again while they wait."""
    if house.choice(visit, "emergency/ed/ordinary_track/wait_for_doctor/bears_waiting") == 0:
        step = "emergency/ed/ordinary_track/wait_for_doctor/to_doctor_impatient"
        doctor = house.ask_patiently(visit, house.doctor, step)
        yield doctor
        return doctor if doctor.triggered else None
    at_most = house.figures.rounds["emergency/ed/ordinary_track/wait_for_doctor/repeat"]
    for number in range(at_most):
        visit.round = number
        doctor = house.ask_patiently(visit, house.doctor, "emergency/ed/ordinary_track/wait_for_doctor/to_doctor")
        yield doctor
        if doctor.triggered:
            return doctor
        yield from house.hold(visit, house.triage_nurse, "emergency/ed/ordinary_track/wait_for_doctor/re_evaluation")
        house.again(visit, "emergency/ed/ordinary_track/wait_for_doctor/again", number + 1)
    doctor = house.ask(visit, house.doctor, "emergency/ed/ordinary_track/wait_for_doctor/to_doctor_at_last")
    yield doctor
    return doctor


def nursing(house: House, visit: Visit) -> Way[None]:
    """Nursing, and blood tests for many."""
    yield from house.hold(visit, house.nurse, "emergency/ed/ordinary_track/nursing")
    if house.choice(visit, "emergency/ed/ordinary_track/blood_test") == 0:
        yield house.delay(visit, "emergency/ed/ordinary_track/laboratory")


def imaging(house: House, visit: Visit) -> Way[None]:
    """X-ray, CT, ultrasound, or none."""
    image = house.choice(visit, "emergency/ed/ordinary_track/imaging/which_image")
    if image == 0:
        yield from house.hold(visit, house.xray, "emergency/ed/ordinary_track/imaging/xray")
        yield house.delay(visit, "emergency/ed/ordinary_track/imaging/xray_report")
    elif image == 1:
        yield from house.hold(visit, house.ct, "emergency/ed/ordinary_track/imaging/ct")
        yield house.delay(visit, "emergency/ed/ordinary_track/imaging/ct_report")
    elif image == 2:
        yield from house.hold(visit, house.ultrasound, "emergency/ed/ordinary_track/imaging/ultrasound")


def later_diagnosis(house: House, visit: Visit) -> Way[None]:
    """The diagnosis comes after the round."""
    yield house.delay(visit, "emergency/ed/ordinary_track/later_diagnosis")
    house.mark(visit, "emergency/ed/ordinary_track/mark_diagnosed-2", "diagnosed")
