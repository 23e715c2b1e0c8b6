"""How transports are ordered, carried and ended, as the people of a small clinic would tell it."""

from __future__ import annotations

from fleet.facts.legs import LegAssigned
from fleet.model import Job
from fleet.requests import (
    Accepted,
    CancelJob,
    CarrierBack,
    CarrierOut,
    ChooseCarrier,
    Close,
    CreateJob,
    Refusal,
    Reopen,
    Reprioritise,
)
from tests.fleet.obedient import Clinic


def carriers_of(clinic: Clinic, job: Job) -> set[str]:
    return {
        c for _, _, fact in clinic.facts if isinstance(fact, LegAssigned) and fact.job == job.id for c in fact.carriers
    }


def test_a_blood_sample_goes_by_tube_and_is_signed_for(clinic: Clinic) -> None:
    """From order to custody: every hand-over of a tube send is in the ledger."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood", within_min=20.0)
    clinic.run(10)
    assert clinic.kinds(job.id) == [
        "job.created",
        "job.mode_chosen",
        "leg.assigned",
        "leg.offered",
        "leg.accepted",
        "leg.picked_up",
        "leg.delivered",
        "job.delivered",
    ]


def test_a_specimen_the_laboratory_forbids_in_the_tube_is_carried_by_a_porter(clinic: Clinic) -> None:
    """The laboratory's table decides, specimen by specimen."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="platelet_function", within_min=60.0)
    assert clinic.job(job.id).mode == "porter"
    reason = clinic.job(job.id).reason
    assert reason is not None
    assert reason.code == "specimen_not_by_tube"


def test_a_specimen_the_laboratory_has_not_listed_is_carried_by_a_porter(clinic: Clinic) -> None:
    """What nobody has validated for the tube does not go by tube."""
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="moon_rock", within_min=60.0)
    assert clinic.job(job.id).mode == "porter"


def test_a_tube_send_to_a_desk_without_tube_ends_with_a_porter(clinic: Clinic) -> None:
    """Tube to the nearest arrival station, a porter for the last metres: one job, two legs, one custodian at a time."""
    job = clinic.order("medicine", "medicine-hatch", "imaging-desk", mass_kg=0.5)
    clinic.ask(ChooseCarrier(job.id, reason="tube only today", mode="tube"))
    modes = [clinic.state.legs[leg].mode for leg in clinic.job(job.id).legs]
    assert modes == ["tube", "porter"]
    clinic.run(30)
    assert clinic.kinds(job.id).count("leg.delivered") == 2
    assert clinic.job(job.id).state == "delivered"


def test_a_delivered_cart_creates_its_return(clinic: Clinic) -> None:
    """A meal cart that came comes back: the site says what returns, after how long."""
    job = clinic.order("meal", "store-out", "s1-clean")
    back = clinic.hospital.loads["meal"].returns
    assert back is not None
    clinic.run(back.after_min + 60)
    orders = [fact.created for _, _, fact in clinic.facts if fact.type == "job.created"]  # type: ignore[attr-defined]
    returned = [order for order in orders if order.key == f"return:{job.id}"]
    assert [(order.load, order.origin) for order in returned] == [(back.load, "s1-clean")]


def test_a_bed_is_moved_by_two_porters_at_one_place_and_time(clinic: Clinic) -> None:
    """Both have the leg; one signs; neither leaves before the other has come."""
    job = clinic.order("bed", "s1-beds", "imaging-desk")
    leg = clinic.state.legs[clinic.job(job.id).legs[0]]
    assert len(set(leg.carriers)) == 2
    clinic.run(40)
    assert clinic.job(job.id).state == "delivered"
    assert all(not clinic.state.carriers[id].stops for id in leg.carriers)


def test_cleaning_after_a_precaution_keeps_the_porter_busy(clinic: Clinic) -> None:
    """The move is delivered, the porter is free only when the cleaning is done."""
    job = clinic.order("patient", "s0-beds", "imaging-desk", precaution="contact")
    clinic.run(40)
    assert clinic.job(job.id).state == "delivered"
    (porter,) = carriers_of(clinic, job)
    delivered_ms = clinic.job(job.id).delivered_ms
    assert delivered_ms is not None
    cleaning_min = clinic.hospital.precautions["contact"].cleaning_min
    assert clinic.state.carriers[porter].free_ms - delivered_ms == round(cleaning_min * 60_000)


def test_a_porter_who_does_not_answer_loses_the_offer_to_another(clinic_site: object) -> None:
    """An offer without an answer goes to somebody else, and nobody is asked twice in a row."""
    clinic = Clinic(clinic_site, porters_answer=False)  # type: ignore[arg-type]
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    clinic.run(5)
    offered = [fact.carrier for _, _, fact in clinic.facts if fact.type == "leg.offered"]  # type: ignore[attr-defined]
    assert len(offered) >= 2
    assert len(set(offered[:2])) == 2
    clinic.porters_answer = True
    clinic.run(60)
    assert clinic.job(job.id).state == "delivered"


def test_a_patient_who_is_not_ready_is_fetched_again_later(clinic: Clinic) -> None:
    """“Not ready” is the commonest failure: the job waits ten minutes, nobody has to order again."""
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    leg = clinic.job(job.id).legs[0]
    clinic.refuse[leg] = "not_ready"
    clinic.run(9)
    assert "leg.unassigned" in clinic.kinds(job.id)
    assert clinic.job(job.id).state == "waiting"
    clinic.run(60)
    assert clinic.job(job.id).state == "delivered"


def test_a_robot_that_breaks_down_loses_its_jobs_to_others(clinic: Clinic) -> None:
    """What was not aboard is carried by somebody else; the robot waits for a person."""
    job = clinic.order("linen", "store-out", "s0-clean")
    (robot,) = carriers_of(clinic, job)
    other = clinic.order("linen", "store-out", "s1-clean")
    clinic.broken[robot] = "fault"
    clinic.ask(Reprioritise(job.id, "urgent"))
    clinic.broken = dict.fromkeys(carriers_of(clinic, job), "fault")
    clinic.run(90)
    assert clinic.job(job.id).state == "delivered"
    assert clinic.job(other.id).state == "delivered"


def test_what_is_aboard_a_broken_robot_is_fetched_by_a_porter(clinic: Clinic) -> None:
    """Custody stays with the robot until a porter has taken the load from it, where it stands."""
    job = clinic.order("linen", "store-out", "s1-clean")
    while clinic.job(job.id).state != "under_way":
        clinic.run(0.25)
    robot = clinic.job(job.id).custodian.removeprefix("carrier:")
    clinic.break_down(robot)
    clinic.run(20)
    assert clinic.state.carriers[robot].status == "trouble"
    clinic.ask(CarrierBack(robot))  # till then nobody can pass it in the only way
    clinic.run(70)
    job = clinic.job(job.id)
    assert job.state == "delivered"
    takers = [fact.carrier for _, _, fact in clinic.facts if fact.type == "leg.picked_up" and fact.subject == job.id]  # type: ignore[attr-defined]
    assert takers[0] == robot
    assert takers[1] in clinic.hospital.shift_of


def test_a_robot_back_in_service_takes_its_load_on(clinic: Clinic) -> None:
    """It broke down in the lift, where nobody can fetch the load: a person helps it out, and it goes on."""
    job = clinic.order("linen", "store-out", "s1-clean")
    robots = clinic.hospital.robots
    while not any(clinic.state.carriers[id].node.startswith("lift:") for id in robots):
        clinic.run(0.02)
    robot = clinic.job(job.id).custodian.removeprefix("carrier:")
    clinic.broken[robot] = "fault"
    clinic.run(10)
    assert clinic.job(job.id).state == "trouble"
    clinic.ask(CarrierBack(robot))
    clinic.run(30)
    assert clinic.job(job.id).state == "delivered"


def test_cancelling_before_pick_up_ends_the_job_and_turns_the_robot(clinic: Clinic) -> None:
    """Nothing is left in anybody's plan, and the robot goes home."""
    job = clinic.order("linen", "store-out", "s1-clean")
    clinic.run(0.1)
    assert isinstance(clinic.ask(CancelJob(job.id)), Accepted)
    clinic.run(20)
    assert clinic.job(job.id).state == "cancelled"
    assert "leg.picked_up" not in clinic.kinds(job.id)
    assert all(job.id not in stop.leg for c in clinic.state.carriers.values() for stop in c.stops)


def test_cancelling_with_the_load_aboard_brings_it_back(clinic: Clinic) -> None:
    """A load on its way is not dropped in a corridor: it returns to where it came from."""
    job = clinic.order("linen", "store-out", "s1-clean")
    while clinic.job(job.id).state != "under_way":
        clinic.run(0.25)
    clinic.ask(CancelJob(job.id))
    clinic.run(30)
    back = [fact for _, _, fact in clinic.facts if fact.type == "leg.delivered" and fact.subject == job.id]
    assert [fact.station for fact in back] == ["store-out"]  # type: ignore[attr-defined]
    assert clinic.kinds(job.id)[-1] == "job.cancelled"


def test_a_refused_order_changes_nothing_and_names_every_broken_rule(clinic: Clinic) -> None:
    """Unknown station, negative mass and a deadline in the past: three sentences, no change."""
    before = clinic.state.snapshot()
    answer = clinic.ask(
        CreateJob(load="linen", origin="nowhere", destination="s1-clean", mass_kg=-3, due_ms=clinic.now_ms - 1)
    )
    assert isinstance(answer, Refusal)
    assert {v.rule for v in answer.violations} == {"unknown_station", "mass_out_of_range", "deadline_passed"}
    assert all(v.da and v.en for v in answer.violations)
    assert clinic.state.snapshot() == before


def test_an_order_nobody_could_ever_carry_is_refused(clinic: Clinic) -> None:
    """Two hundred kilos of medicine: too much for the tube, the couriers and a porter's arms."""
    answer = clinic.ask(CreateJob(load="medicine", origin="medicine-hatch", destination="s1-clean", mass_kg=1900))
    assert isinstance(answer, Refusal)
    assert answer.violations[0].rule == "no_carrier_can"


def test_a_closed_corridor_is_driven_around_or_waited_out(clinic: Clinic) -> None:
    """With the only way closed the job says so; when it opens, it is delivered without anybody's help."""
    job = clinic.order("linen", "store-out", "s0-clean", ready_ms=clinic.now_ms + 20 * 60_000)
    closed = clinic.ask(Close("S0-corridor", reason="floor is wet"))
    assert isinstance(closed, Accepted)
    clinic.run(30)
    assert clinic.job(job.id).state in ("waiting", "trouble")
    assert "wet" not in str(clinic.kinds(job.id))
    clinic.ask(Reopen(closed.id))
    clinic.run(40)
    assert clinic.job(job.id).state == "delivered"


def test_closing_the_tube_line_moves_the_sample_to_a_porter(clinic: Clinic) -> None:
    """A line out of service is a closure like any other: the next best way is chosen, and said."""
    clinic.ask(CarrierOut("tube-wards", reason="service"))
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood", within_min=30.0)
    assert clinic.job(job.id).mode == "porter"
    reason = clinic.job(job.id).reason
    assert reason is not None
    assert reason.code == "tube_down"


def test_a_robot_out_of_service_gets_nothing_until_it_is_back(clinic: Clinic) -> None:
    """People decide who works."""
    for robot in clinic.hospital.robots:
        clinic.ask(CarrierOut(robot, reason="cleaning"))
    job = clinic.order("linen", "store-out", "s1-clean")
    clinic.run(10)
    assert not carriers_of(clinic, job) & set(clinic.hospital.robots)
    clinic.ask(CarrierBack("R01"))
    other = clinic.order("linen", "store-out", "s0-clean")
    clinic.run(60)
    assert clinic.job(other.id).state == "delivered"


def test_an_old_routine_job_is_not_starved_by_urgent_ones(clinic: Clinic) -> None:
    """A stream of urgent jobs that fills every porter: the routine one still gets through."""
    old = clinic.order("equipment", "s1-clean", "imaging-desk", priority="routine")
    for _ in range(40):
        for origin in ("s0-beds", "s1-beds"):
            clinic.order("patient", origin, "imaging-desk", priority="life_critical")
        clinic.run(6)
        if clinic.job(old.id).state == "delivered":
            break
    assert "job.delivered" in clinic.kinds(old.id)


def test_no_leg_is_planned_beyond_the_end_of_a_shift(clinic: Clinic) -> None:
    """Five minutes before the change of shifts nobody who leaves gets what would end after it."""
    zone_end_ms = next(end for start, end in clinic.state.carriers["day-01"].shifts if start <= clinic.now_ms < end)
    clinic.run((zone_end_ms - clinic.now_ms) / 60_000 - 3)
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    clinic.run(60)
    assert clinic.job(job.id).state == "delivered"
    assert all(id.startswith("evening") for id in carriers_of(clinic, job))


def test_why_this_carrier_shows_the_best_three(clinic: Clinic) -> None:
    """Whoever is told a decision may ask why: three candidates with arrival, cost and reason, the cheapest first."""
    job = clinic.order("linen", "store-out", "s1-clean")
    candidates = clinic.job(job.id).candidates
    assert len(candidates) == 3
    assert [c.cost for c in candidates] == sorted(c.cost for c in candidates)
    assert candidates[0].reason.code == "cheapest"


def test_a_job_for_later_waits_until_its_load_is_nearly_ready(clinic: Clinic) -> None:
    """Ready time is apart from the deadline: nobody drives out two hours early."""
    job = clinic.order("linen", "store-out", "s1-clean", ready_ms=clinic.now_ms + 120 * 60_000)
    clinic.run(100)
    assert clinic.job(job.id).state == "waiting"
    clinic.run(60)
    picked = [at for at, _, fact in clinic.facts if fact.type == "leg.picked_up" and fact.subject == job.id]
    assert picked
    assert picked[0] >= job.ready_ms


def test_two_porters_keep_a_sensible_appointment_over_a_closure(clinic: Clinic) -> None:
    """One of them cannot get to a patient first, behind a closed door: the bed does not wait for that for years."""
    clinic.order("patient", "s1-beds", "imaging-desk")
    job = clinic.order("bed", "s0-beds", "imaging-desk")
    assert isinstance(clinic.ask(Close("S1-door", reason="lock is stuck")), Accepted)
    promised_ms = clinic.job(job.id).promised_ms
    assert promised_ms is None or promised_ms < clinic.now_ms + 86_400_000
    clinic.run(60)
    assert clinic.job(job.id).state == "delivered"


def test_whatever_is_closed_nothing_is_promised_for_years_ahead(clinic: Clinic) -> None:
    """Behind a closed door nobody knows when: no promise is given rather than a meaningless one."""
    goods = [clinic.order("linen", "store-out", to) for to in ("s1-clean", "s0-clean") * 3]
    people = [clinic.order(load, at, "imaging-desk") for load, at in (("patient", "s1-beds"), ("bed", "s0-beds")) * 2]
    site = clinic.hospital.site
    parts = [part.id for part in (*site.doors, *site.zones, *site.lifts)]
    parts += [corridor.id for floor in site.floors for corridor in floor.corridors]
    for part in parts:
        clinic.run(0.5)
        closed = clinic.ask(Close(part, reason="test"))
        assert isinstance(closed, Accepted), closed
        clinic.run(0.5)
        for job in clinic.state.jobs.values():
            assert job.promised_ms is None or job.promised_ms < clinic.now_ms + 86_400_000, (part, job)
            for leg in job.legs:
                promised_ms = clinic.state.legs[leg].promised_ms
                assert promised_ms is None or promised_ms < clinic.now_ms + 86_400_000, (part, leg)
        clinic.ask(Reopen(closed.id))
    clinic.run(90)
    assert {clinic.job(job.id).state for job in goods + people} == {"delivered"}


def test_what_will_be_late_is_weighed_anew(clinic: Clinic) -> None:
    """The best three of half an hour ago are no way out: those who are shown could still come, and one has it now."""
    rush = [clinic.order("linen", "store-out", "s1-clean", within_min=15.0) for _ in range(9)]
    clinic.run(6)
    waiting = [job for id in rush if (job := clinic.job(id.id)).state in ("waiting", "assigned")]
    late = [job for job in waiting if job.promised_ms is not None and job.promised_ms > job.due_ms]
    assert late
    for job in late:
        assert all(one.arrival_ms > clinic.now_ms for one in job.candidates), job
        assert [one.cost for one in job.candidates] == sorted(one.cost for one in job.candidates)


def test_a_sample_for_a_tube_that_was_never_heard_can_be_cancelled(clinic: Clinic) -> None:
    """Right after the first start the tube's agent may not have said hello: the order waits, and may be withdrawn."""
    clinic.state.carriers.remove("tube")
    clinic.state.commit()
    job = clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood")
    assert clinic.job(job.id).mode == "tube"
    assert isinstance(clinic.ask(CancelJob(job.id)), Accepted)
    assert clinic.job(job.id).state == "cancelled"
