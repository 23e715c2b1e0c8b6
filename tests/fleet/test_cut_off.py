"""Who is cut off lets go: another robot or a porter carries on, and if nobody can, a person reads what separates."""

from __future__ import annotations

import pytest

from fleet.hospital import Hospital
from fleet.requests import Accepted, CarrierBack, ChooseCarrier, Close, Reopen
from fleet.views import Reason
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_custody import hand_overs
from tests.fleet.test_invariants import contradictions
from tests.fleet.test_robot_traffic import at_home, robots_of, until_in_corridor


@pytest.fixture(scope="module")
def calm() -> Hospital:
    """The clinic without rounds, so that only these tests want its robots."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


@pytest.fixture
def clinic(calm: Hospital) -> Clinic:
    """That clinic at seven on a Monday."""
    return Clinic(calm)


def broken_in_the_store(clinic: Clinic) -> str:
    """The robot that is to fetch linen breaks down in the door of the store; its job."""
    job = clinic.order("linen", "store-out", "s0-clean").id
    robot = next(leg.carriers[0] for leg in clinic.state.legs.values() if leg.job == job)
    until_in_corridor(clinic, robot, "room:0-store")
    clinic.break_down(robot)
    return job


def with_the_load(clinic: Clinic, destination: str) -> tuple[str, str]:
    """A job whose linen is aboard a robot, and that robot."""
    job = clinic.order("linen", "store-out", destination).id
    while clinic.job(job).state != "under_way":
        clinic.run(0.05)
    return job, clinic.job(job).custodian.removeprefix("carrier:")


def closed(clinic: Clinic, target: str) -> str:
    """A part that a person closes."""
    answer = clinic.ask(Close(target, reason="a leak"))
    assert isinstance(answer, Accepted)
    return answer.id


def test_what_no_robot_can_fetch_any_more_is_fetched_by_a_porter(clinic: Clinic) -> None:
    """Behind a broken robot nobody drives; people walk past it."""
    clinic.order("linen", "store-out", "s0-clean")
    job = broken_in_the_store(clinic)
    assert contradictions(clinic.state, clinic.hospital) == []
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert clinic.job(job).mode == "porter"


def test_if_nobody_else_may_carry_it_the_cut_is_named_and_the_job_goes_on_when_the_way_is_open(clinic: Clinic) -> None:
    """A person wants a robot for it: the job says which part lies between, until somebody opens it."""
    closure = closed(clinic, "S1-door")
    job = clinic.order("linen", "store-out", "s0-clean").id
    clinic.ask(Reopen(closure))
    assert isinstance(clinic.ask(ChooseCarrier(job, reason="", mode="robot")), Accepted)
    closure = closed(clinic, "S0-door")
    assert clinic.job(job).state == "trouble"
    assert clinic.job(job).reason == Reason("no_way", {"places": "S0-door"})
    clinic.run(30)
    told = [fact for _, _, fact in clinic.facts if fact.type == "job.trouble"]
    assert len(told) == 1
    clinic.ask(Reopen(closure))
    clinic.run(30)
    assert clinic.job(job).state == "delivered"


def test_a_load_on_a_robot_that_is_cut_off_is_carried_on_from_where_it_stands(clinic: Clinic) -> None:
    """Robots may not pass, a porter may go round: the robot gives the load to the porter, who signs for it."""
    job, robot = with_the_load(clinic, "s1-clean")
    closed(clinic, "E1")
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
    stands = clinic.hospital.home_node(robot)
    (took, _), (gave, where), (took_on, there), (gave_on, at_last) = hand_overs(clinic, job)
    assert (took, gave, took_on, gave_on) == ("picked_up", "delivered", "picked_up", "delivered")
    assert (where, at_last) == (there, "s1-clean")
    assert where.startswith("@")
    assert clinic.state.carriers[robot].node == stands
    assert contradictions(clinic.state, clinic.hospital) == []


def test_a_robot_that_is_cut_off_for_a_moment_brings_its_load_itself(clinic: Clinic) -> None:
    """A minute and a half is no reason to send for a porter."""
    job, robot = with_the_load(clinic, "s1-clean")
    closure = closed(clinic, "E1")
    clinic.run(1.5)
    clinic.ask(Reopen(closure))
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert [act for act, _ in hand_overs(clinic, job)] == ["picked_up", "delivered"]
    assert at_home(clinic) == robots_of(clinic), robot


def test_nobody_comes_for_what_its_robot_can_bring_again(calm: Hospital) -> None:
    """A porter was sent for and has not set out when the way opens: the robot goes on, once."""
    clinic = Clinic(calm, porters_answer=False)
    job, _ = with_the_load(clinic, "s1-clean")
    closure = closed(clinic, "E1")
    for _ in range(40):
        clinic.run(0.25)
    clinic.ask(Reopen(closure))
    clinic.run(60)
    assert clinic.job(job).state == "delivered"


def test_a_load_that_nobody_can_take_on_waits_with_the_cut_named(clinic: Clinic) -> None:
    """A person wants this robot: its load stays aboard, and goes on when the lift runs again."""
    job, robot = with_the_load(clinic, "s1-clean")
    clinic.ask(ChooseCarrier(job, reason="", carrier=robot))
    closure = closed(clinic, "fire-1")
    clinic.run(30)
    assert clinic.job(job).state == "trouble"
    assert clinic.job(job).custodian == f"carrier:{robot}"
    reason = clinic.job(job).reason
    assert reason is not None
    assert reason.code in ("no_way", "no_route")
    clinic.ask(Reopen(closure))
    clinic.run(40)
    assert clinic.job(job).state == "delivered"


def test_a_broken_robot_in_a_lift_is_gone_round_by_another_lift() -> None:
    """Nobody queues for a cabin in which a robot stands that does not move."""
    site = load_site("clinic_small")
    far = site.lifts[0].model_copy(update={"id": "E3", "at": (30.0, 3.6)})
    clinic = Clinic(Hospital.of(site.model_copy(update={"rounds": [], "lifts": [*site.lifts, far]})))
    clinic.lift_ms = 60_000
    first, robot = with_the_load(clinic, "s1-clean")
    while not clinic.state.carriers[robot].node.startswith("lift:"):
        clinic.run(0.02)
    while not any(clinic.is_at(robot).startswith("lift:") for _ in (0,)):
        clinic.run(0.02)
    clinic.break_down(robot)
    second = clinic.order("linen", "store-out", "s1-clean").id
    clinic.ask(ChooseCarrier(second, reason="", mode="robot"))
    clinic.run(60)
    assert clinic.job(second).state == "delivered"
    clinic.ask(CarrierBack(robot))
    clinic.run(60)
    assert at_home(clinic) == robots_of(clinic), first


def test_when_a_leg_fails_those_who_had_the_later_ones_are_free(clinic: Clinic) -> None:
    """A porter is to meet the robot that breaks down: nothing of the job is left in the porter's plan."""
    job = clinic.order("linen", "store-out", "s1-beds").id
    clinic.ask(ChooseCarrier(job, reason="", mode="robot"))
    while clinic.job(job).state != "under_way":
        clinic.run(0.05)
    robot = clinic.job(job).custodian.removeprefix("carrier:")
    until_in_corridor(clinic, robot, "c:0-main")
    (later,) = (leg for leg in clinic.state.legs.values() if leg.job == job and leg.state == "planned")
    assert later.carriers
    clinic.break_down(robot)
    assert contradictions(clinic.state, clinic.hospital) == []
    clinic.ask(CarrierBack(robot))
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
