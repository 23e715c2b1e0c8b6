"""Which ways of carrying are allowed, and in how many legs: the rules of load, specimen, mass and stations."""

from __future__ import annotations

import msgspec
import pytest

from bus.messages import CarrierReport, Hello
from fleet.events import Greeted
from fleet.hospital import Hospital
from fleet.model import Job
from fleet.modes import Option, Options, nearest, options, tube_path
from fleet.planner import task_of
from fleet.requests import CarrierOut, ChooseCarrier, CreateJob, Refusal
from fleet.views import ModeName, Reason
from tests.fleet.obedient import Clinic

MINUTE_MS = 60_000


def job_of(hospital: Hospital, load: str, origin: str, destination: str, **more: object) -> Job:
    """A job as it is ordered, ready at 0 and due in two hours."""
    job = Job(
        id="J1",
        load=load,
        origin=origin,
        destination=destination,
        priority="planned",
        ready_ms=0,
        due_ms=120 * MINUTE_MS,
        created_ms=0,
        requester="carla",
        mass_kg=hospital.loads[load].mass_kg,
        custodian=f"station:{origin}",
    )
    return msgspec.structs.replace(job, **more)


def ways_of(hospital: Hospital, job: Job, *, closed: frozenset[str] = frozenset(), down: str = "") -> Options:
    """Every way to carry a job from its station."""
    return options(hospital, hospital.ways(closed), job, job.origin, frozenset({down} - {""}))


def possible(found: Options) -> list[ModeName]:
    """Modes that are possible, in the load's order of preference."""
    return [option.mode for option in found.possible]


def refusal(found: Options, mode: ModeName) -> Reason:
    """Why a mode is not possible."""
    return dict(found.refused)[mode]


def option(found: Options, mode: ModeName) -> Option:
    """The way of a mode."""
    return next(option for option in found.possible if option.mode == mode)


# --- the laboratory's table ------------------------------------------------------------------------------------------


def sample(hospital: Hospital, specimen: str | None) -> Options:
    """The ways of a sample from the ward's tube station to the laboratory's."""
    return ways_of(hospital, job_of(hospital, "blood_sample", "s1-tube", "lab-tube", specimen=specimen))


def test_an_allowed_specimen_may_go_any_way(clinic_site: Hospital) -> None:
    """Routine blood: tube, robot, porter, in the load's order."""
    assert possible(sample(clinic_site, "routine_blood")) == ["tube", "robot", "porter"]


def test_a_specimen_that_the_table_forbids_does_not_go_by_tube(clinic_site: Hospital) -> None:
    """Platelets are shaken out of order in the tube; where no robot is named it is forbidden that too."""
    found = sample(clinic_site, "platelet_function")
    assert possible(found) == ["porter"]
    assert refusal(found, "tube") == Reason("specimen_not_by_tube", {"specimen": "platelet_function"})
    assert refusal(found, "robot") == Reason("specimen_not_by_robot", {"specimen": "platelet_function"})


def test_a_specimen_that_only_a_robot_may_take_besides_people(clinic_site: Hospital) -> None:
    """A biopsy in formalin: not by tube, but a robot is allowed."""
    assert possible(sample(clinic_site, "biopsy_formalin")) == ["robot", "porter"]


@pytest.mark.parametrize("specimen", [None, "moon_rock"])
def test_a_specimen_that_is_not_in_the_table_goes_by_porter(clinic_site: Hospital, specimen: str | None) -> None:
    """What nobody has validated goes neither by tube nor by robot."""
    found = sample(clinic_site, specimen)
    assert possible(found) == ["porter"]
    assert {why.code for _, why in found.refused} == {"specimen_unlisted"}


def test_a_specimen_that_must_stand_upright_does_not_go_by_tube(clinic_site: Hospital) -> None:
    """A capsule turns over on its way, whatever else the table says."""
    found = sample(clinic_site, "urine")
    assert refusal(found, "tube") == Reason("upright")
    assert "robot" in possible(found)


def test_a_slow_specimen_flies_slowly(clinic_site: Hospital) -> None:
    """The table's `slow_only` makes the same way longer; the distance stays."""
    specimens = {**clinic_site.specimens}
    slow = next(specimen for specimen in specimens.values() if specimen.tube == "slow_only")
    flat = slow.model_copy(update={"upright": False})
    site = clinic_site.site.model_copy(
        update={"specimens": [flat if entry.id == slow.id else entry for entry in clinic_site.site.specimens]}
    )
    hospital = Hospital(site=site, layout=clinic_site.layout)
    fast_tube = option(sample(hospital, "routine_blood"), "tube").parts[0].tube
    slow_tube = option(sample(hospital, slow.id), "tube").parts[0].tube
    assert fast_tube is not None
    assert slow_tube is not None
    assert (fast_tube.slow, slow_tube.slow) == (False, True)
    assert fast_tube.path_m == slow_tube.path_m
    # path / 2.5 − path / 4 = 0.15 s a metre more
    assert slow_tube.duration_ms - fast_tube.duration_ms == pytest.approx(150 * fast_tube.path_m, abs=2)


def test_a_load_that_always_flies_slowly(clinic_site: Hospital) -> None:
    """Blood from the blood bank is spared, whatever the table says of samples."""
    found = ways_of(clinic_site, job_of(clinic_site, "blood_component", "lab-blood", "s1-tube"))
    tube = option(found, "tube").parts[0].tube
    assert tube is not None
    assert tube.slow


def test_the_longest_time_of_a_specimen_tightens_the_deadline(clinic: Clinic) -> None:
    """A blood gas is worth nothing after 15 minutes: due in an hour, the plan works to a quarter of one."""
    gas = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="blood_gas", within_min=60.0)
    leg = clinic.state.legs[clinic.job(gas.id).legs[0]]
    assert task_of(clinic.state, clinic.hospital, leg).due_ms == gas.ready_ms + 15 * MINUTE_MS
    assert clinic.job(gas.id).due_ms == gas.ready_ms + 60 * MINUTE_MS


def test_a_longest_time_beyond_the_deadline_loosens_nothing(clinic: Clinic) -> None:
    """Routine blood keeps for 120 minutes, but it was wanted within twenty."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood", within_min=20.0)
    leg = clinic.state.legs[clinic.job(job.id).legs[0]]
    assert task_of(clinic.state, clinic.hospital, leg).due_ms == job.ready_ms + 20 * MINUTE_MS


# --- mass, locks, upright, skill -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mass_kg", "modes"), [(2.0, ["tube", "robot", "porter"]), (2.1, ["robot", "porter"])])
def test_a_capsule_carries_two_kilos(clinic_site: Hospital, mass_kg: float, modes: list[ModeName]) -> None:
    """2.0 kg of medicine fly, 2.1 kg do not."""
    found = ways_of(clinic_site, job_of(clinic_site, "medicine", "medicine-hatch", "s1-clean", mass_kg=mass_kg))
    assert possible(found) == modes


def test_a_porter_carries_in_arms_what_a_porter_can(clinic_site: Hospital) -> None:
    """25 kg is the limit of this clinic; 26 kg of mail need a robot."""
    light = ways_of(clinic_site, job_of(clinic_site, "mail", "store-out", "s1-clean", mass_kg=25.0))
    heavy = ways_of(clinic_site, job_of(clinic_site, "mail", "store-out", "s1-clean", mass_kg=26.0))
    assert "porter" in possible(light)
    assert refusal(heavy, "porter") == Reason("too_heavy", {"mass_kg": 26.0, "limit_kg": 25.0})
    assert possible(heavy) == ["robot"]


def test_what_has_wheels_is_pushed_and_not_carried(clinic_site: Hospital) -> None:
    """A cart of 140 kg and a patient of 90 kg are no burden of a porter's arms."""
    assert "porter" in possible(ways_of(clinic_site, job_of(clinic_site, "linen", "store-out", "s1-clean")))
    assert possible(ways_of(clinic_site, job_of(clinic_site, "patient", "s1-beds", "imaging-desk"))) == ["porter"]


def test_a_robot_takes_what_the_strongest_of_them_can(clinic_site: Hospital) -> None:
    """Carts to 400 kg; beyond that a robot is refused with the limit."""
    found = ways_of(clinic_site, job_of(clinic_site, "linen", "store-out", "s1-clean", mass_kg=401.0))
    assert refusal(found, "robot") == Reason("too_heavy", {"mass_kg": 401.0, "limit_kg": 400.0})


def test_locked_loads_are_weighed_by_what_locked_robots_can_take(clinic_site: Hospital) -> None:
    """The cart robots could carry 100 kg of medicine, but only the courier has a lock, and it takes 60 kg."""
    found = ways_of(clinic_site, job_of(clinic_site, "medicine", "medicine-hatch", "s1-clean", mass_kg=100.0))
    assert refusal(found, "robot") == Reason("too_heavy", {"mass_kg": 100.0, "limit_kg": 60.0})


def test_a_locked_load_rides_only_in_a_locked_compartment(clinic: Clinic) -> None:
    """Ten orders of controlled drugs at once: three cart robots stand idle, none of them gets one."""
    for _ in range(10):
        job = clinic.order("narcotics", "medicine-hatch", "s1-clean")
        clinic.ask(ChooseCarrier(job.id, reason="a test", mode="robot"))
    carriers = {id for leg in clinic.state.legs.values() for id in leg.carriers}
    assert carriers == {"C01"}


def test_without_a_locked_robot_a_locked_load_is_carried_by_people(clinic_site: Hospital) -> None:
    """And the reason says what is missing."""
    open_fleets = [fleet for fleet in clinic_site.site.fleets if not fleet.locked]
    hospital = Hospital(site=clinic_site.site.model_copy(update={"fleets": open_fleets}), layout=clinic_site.layout)
    found = ways_of(hospital, job_of(hospital, "narcotics", "medicine-hatch", "s1-clean"))
    assert refusal(found, "robot") == Reason("locked_needed")
    assert possible(found) == ["porter"]


def test_a_load_that_must_stand_upright_does_not_go_by_tube(clinic_site: Hospital) -> None:
    """Even if somebody allowed the tube for it and it were light enough."""
    job = job_of(clinic_site, "meal", "store-out", "s1-clean", mass_kg=1.0, wanted_mode="tube")
    assert refusal(ways_of(clinic_site, job), "tube") == Reason("upright")


def test_only_porters_with_the_skill_get_the_job(clinic_site: Hospital) -> None:
    """Three of the four by day may not move patients: every patient goes to the fourth's shift."""
    day, *others = clinic_site.site.porters.shifts
    skilled = day.model_copy(update={"id": "patients", "count": 1})
    unskilled = day.model_copy(update={"count": 3, "skills": ["equipment", "waste"]})
    porters = clinic_site.site.porters.model_copy(update={"shifts": [unskilled, skilled, *others]})
    clinic = Clinic(Hospital(site=clinic_site.site.model_copy(update={"porters": porters}), layout=clinic_site.layout))
    for _ in range(4):
        clinic.order("patient", "s1-beds", "imaging-desk")
    clinic.order("equipment", "s1-clean", "imaging-desk")
    by_load = {(clinic.job(leg.job).load, id) for leg in clinic.state.legs.values() for id in leg.carriers}
    assert {id for load, id in by_load if load == "patient"} == {"patients-01"}
    assert not any(load == "equipment" and id == "patients-01" for load, id in by_load)


# --- stations and legs -----------------------------------------------------------------------------------------------


def parts(found: Options, mode: ModeName) -> list[tuple[ModeName, str, str]]:
    """The legs of a way: who, from, to."""
    return [(part.mode, part.origin, part.destination) for part in option(found, mode).parts]


def test_between_two_tube_stations_it_flies_all_the_way(clinic_site: Hospital) -> None:
    """One leg, nobody walks."""
    found = ways_of(clinic_site, job_of(clinic_site, "blood_component", "lab-blood", "s1-tube"))
    assert parts(found, "tube") == [("tube", "lab-blood", "s1-tube")]


def test_a_porter_walks_the_last_metres_from_the_tube(clinic_site: Hospital) -> None:
    """Imaging's reception has no tube; the arrival station next door has one."""
    found = ways_of(clinic_site, job_of(clinic_site, "medicine", "medicine-hatch", "imaging-desk"))
    assert parts(found, "tube") == [
        ("tube", "medicine-hatch", "imaging-tube"),
        ("porter", "imaging-tube", "imaging-desk"),
    ]


def test_a_porter_walks_the_first_and_the_last_metres(clinic_site: Hospital) -> None:
    """From store to reception: to the medicine hatch, through the tube, from its arrival station."""
    found = ways_of(clinic_site, job_of(clinic_site, "medicine", "store-out", "imaging-desk"))
    assert parts(found, "tube") == [
        ("porter", "store-out", "medicine-hatch"),
        ("tube", "medicine-hatch", "imaging-tube"),
        ("porter", "imaging-tube", "imaging-desk"),
    ]


def test_a_robot_goes_only_where_robots_have_a_station(clinic_site: Hospital) -> None:
    """The ward's tube station has no room for a robot: a porter brings the sample to the nearest that has."""
    found = sample(clinic_site, "routine_blood")
    (first, ride, last) = parts(found, "robot")
    robot_stations = set(clinic_site.stations_of["robot"])
    assert (first[0], ride[0], last[0]) == ("porter", "robot", "porter")
    assert {ride[1], ride[2]} <= robot_stations
    assert "s1-tube" not in robot_stations
    assert last[2] == "lab-tube"


def test_the_same_stop_at_both_ends_is_no_way(clinic_site: Hospital) -> None:
    """When the nearest tube of both places is the same, nothing would fly."""
    found = ways_of(clinic_site, job_of(clinic_site, "medicine", "imaging-tube", "imaging-desk"))
    assert refusal(found, "tube") == Reason("no_route", {"mode": "tube"})


def test_a_load_that_no_porter_may_touch_is_not_split_into_legs(clinic_site: Hospital) -> None:
    """Without porters in its modes there is nobody for the first and last metres."""
    loads = [
        load.model_copy(update={"modes": ["robot"]}) if load.id == "mail" else load for load in clinic_site.site.loads
    ]
    hospital = Hospital(site=clinic_site.site.model_copy(update={"loads": loads}), layout=clinic_site.layout)
    found = ways_of(hospital, job_of(hospital, "mail", "store-out", "s1-tube"))
    assert found.possible == ()
    assert refusal(found, "robot").code == "no_route"


def test_what_a_porter_cannot_carry_is_not_split_into_legs_either(clinic_site: Hospital) -> None:
    """26 kg of mail could ride on a robot, but nobody could bring it the last metres from there: refused at once."""
    found = ways_of(clinic_site, job_of(clinic_site, "mail", "store-out", "s1-tube", mass_kg=26.0))
    assert found.possible == ()
    assert refusal(found, "robot") == Reason("too_heavy", {"mass_kg": 26.0, "limit_kg": 25.0})


def test_the_nearest_station_is_the_place_itself_if_it_can_serve(clinic_site: Hospital) -> None:
    """Nobody walks to another counter when this one has what is needed."""
    ways = clinic_site.ways()
    assert nearest(clinic_site, ways, "medicine-hatch", "tube") == "medicine-hatch"
    assert nearest(clinic_site, ways, "s1-tube", "robot") in ("s1-clean", "s1-soiled")


@pytest.mark.parametrize("closed", ["tube-wards", "tube-services"])
def test_a_closed_line_closes_the_ways_over_it(clinic_site: Hospital, closed: str) -> None:
    """Ward to laboratory needs both lines; with either closed there is no flight."""
    job = job_of(clinic_site, "blood_sample", "s1-tube", "lab-tube", specimen="routine_blood")
    found = ways_of(clinic_site, job, closed=frozenset({closed}))
    assert refusal(found, "tube") == Reason("tube_down")


def test_a_closed_line_does_not_stop_what_flies_on_another(clinic_site: Hospital) -> None:
    """Between the wards the wards' line is enough."""
    job = job_of(clinic_site, "blood_component", "s0-tube", "s1-tube")
    assert "tube" in possible(ways_of(clinic_site, job, closed=frozenset({"tube-services"})))
    assert tube_path(clinic_site, "s0-tube", "s1-tube", False, frozenset({"tube-services"})) is not None


def test_a_tube_system_out_of_service_sends_nothing(clinic: Clinic) -> None:
    """A carrier like any other: a person takes it out, and the next sample goes on foot or wheels."""
    clinic.ask(CarrierOut("tube", reason="service"))
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood")
    assert clinic.job(job.id).mode != "tube"
    reason = clinic.job(job.id).reason
    assert reason is not None
    assert reason.code == "tube_down"


# --- why -------------------------------------------------------------------------------------------------------------


def test_the_reason_names_what_kept_a_preferred_way_away(clinic: Clinic) -> None:
    """The load would rather fly; the job says that the table forbids it."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="blood_gas")
    assert clinic.job(job.id).reason == Reason("specimen_not_by_tube", {"specimen": "blood_gas"})


def test_the_reason_of_a_choice_names_the_next_best(clinic: Clinic) -> None:
    """With all ways open: this one costs least, and so many seconds are saved against the other."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood")
    reason = clinic.job(job.id).reason
    assert reason is not None
    assert (reason.code, reason.args["mode"]) == ("cheapest", "tube")
    assert reason.args["other"] in ("robot", "porter")


def test_a_single_way_says_so(clinic: Clinic) -> None:
    """Patients are moved by porters, there was nothing to choose."""
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    assert clinic.job(job.id).reason == Reason("only_mode", {"mode": "porter"})


def test_a_choice_of_a_person_is_the_reason(clinic: Clinic) -> None:
    """An override is named as one, and it holds."""
    job = clinic.order("linen", "store-out", "s1-clean")
    assert clinic.job(job.id).mode == "robot"
    clinic.ask(ChooseCarrier(job.id, reason="robots are being washed", mode="porter"))
    assert clinic.job(job.id).reason == Reason("override", {"mode": "porter"})
    assert clinic.state.legs[clinic.job(job.id).legs[0]].mode == "porter"


def test_a_mode_that_the_load_may_not_take_cannot_be_chosen(clinic: Clinic) -> None:
    """A person may choose among what is allowed, not beyond it."""
    job = clinic.order("linen", "store-out", "s1-clean")
    before = clinic.state.snapshot()
    answer = clinic.ask(ChooseCarrier(job.id, reason="", mode="tube"))
    assert isinstance(answer, Refusal)
    assert answer.violations[0].rule == "mode_not_allowed"
    assert clinic.state.snapshot() == before


def test_a_porter_chosen_for_a_move_of_two_is_one_of_them(clinic: Clinic) -> None:
    """The dispatcher wants the fourth porter at the bed: somebody helps."""
    job = clinic.order("bed", "s0-beds", "imaging-desk")
    clinic.ask(ChooseCarrier(job.id, reason="knows the patient", carrier="day-04"))
    (leg,) = clinic.job(job.id).legs
    assert len(clinic.state.legs[leg].carriers) == 2
    assert "day-04" in clinic.state.legs[leg].carriers


@pytest.mark.parametrize(
    ("load", "chosen"),
    [
        ("medicine", ChooseCarrier("", reason="", carrier="R01")),
        ("linen", ChooseCarrier("", reason="", carrier="C01")),
        ("blood_sample", ChooseCarrier("", reason="", mode="tube")),
    ],
    ids=["no lock", "too heavy for the courier", "no specimen named"],
)
def test_a_choice_that_could_never_carry_it_is_refused(clinic: Clinic, load: str, chosen: ChooseCarrier) -> None:
    """Otherwise the job would wait for ever for somebody who cannot take it."""
    job = clinic.order(load, "s1-tube" if load == "blood_sample" else "medicine-hatch", "imaging-desk")
    before = clinic.state.snapshot()
    answer = clinic.ask(msgspec.structs.replace(chosen, job=job.id))
    assert isinstance(answer, Refusal)
    assert [violation.rule for violation in answer.violations] == ["choice_not_possible"]
    assert clinic.state.snapshot() == before


def test_a_load_nobody_here_can_carry_is_refused_with_the_way_out(clinic: Clinic) -> None:
    """450 kg of mail: too much for arms, tube and robots."""
    answer = clinic.ask(CreateJob(load="mail", origin="store-out", destination="s1-clean", mass_kg=450.0))
    assert isinstance(answer, Refusal)
    assert [violation.rule for violation in answer.violations] == ["no_carrier_can"]


def test_a_carrier_that_the_site_does_not_know_gets_nothing(clinic: Clinic) -> None:
    """An agent may say what it likes; work is planned only for what the site has."""
    stranger = CarrierReport("R99", clinic.hospital.home_node("R01"))
    clinic.handle(Greeted(Hello("sim-others", "s1", 1, (stranger,))))
    assert "R99" not in clinic.state.carriers
