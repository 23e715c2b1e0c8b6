"""Long thinking: a proposal is adopted where it still holds and is better, and never breaks what happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from bus.messages import Command, Drop, Pick
from fleet.events import Event, Proposed
from fleet.facts.legs import PlanAdopted
from fleet.hospital import Hospital
from fleet.orchestrator.proposals import GIVEN_UP_MS, problem_of
from fleet.orchestrator.turn import Decision, Turn
from fleet.planner import frozen_stops, legs_of
from fleet.requests import CancelJob, CarrierBack, CarrierOut, ChooseCarrier, Reprioritise
from routing.dispatch.checker import new_violations, violations
from routing.dispatch.engines.worker import answer
from routing.dispatch.messages import PlanProposed, SolveRequested
from routing.dispatch.problem import Plan, Problem, Route, Stop
from routing.dispatch.schedule import cost
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_invariants import contradictions

SOLUTIONS = 5
"""Enough for a better plan, and the same one on every machine."""
_answers: dict[bytes, PlanProposed] = {}
"""What the engine said to a problem; most stories here begin with the same one."""


class Thinking(Clinic):
    """A clinic that keeps what the solver was asked and what the agents were told."""

    def __init__(self, hospital: Hospital) -> None:
        self.asked: list[SolveRequested] = []
        self.sent: list[Command] = []
        super().__init__(hospital)

    def judge(self, event: Event, decision: Decision) -> None:
        """Remember problems and commands; nothing may contradict itself after a proposal."""
        if decision.solve is not None:
            self.asked.append(decision.solve)
        self.sent.extend(command for _, command in decision.sends)
        if isinstance(event, Proposed):
            assert contradictions(self.state, self.hospital) == []


@pytest.fixture(scope="module")
def quiet_clinic() -> Hospital:
    """The small clinic without rounds."""
    return Hospital.of(load_site("clinic_small").model_copy(update={"rounds": []}))


@pytest.fixture
def clinic(quiet_clinic: Hospital) -> Thinking:
    """Two robots were away while six loads were ordered: everything waits for the third, then they come back."""
    clinic = Thinking(quiet_clinic)
    for robot in ("R01", "R02"):
        clinic.ask(CarrierOut(robot, reason="software"))
    for origin, destination in (("store-out", "s1-clean"), ("store-out", "s0-clean"), ("s1-soiled", "soiled-in")) * 2:
        load = "waste" if destination == "soiled-in" else "linen"
        job = clinic.order(load, origin, destination, priority="urgent", within_min=10.0)
        clinic.ask(ChooseCarrier(job.id, reason="a test", mode="robot"))
    for robot in ("R01", "R02"):
        clinic.ask(CarrierBack(robot))
    return clinic


def request(clinic: Thinking) -> SolveRequested:
    """Time passes until the solver is asked."""
    clinic.run(1)
    return clinic.asked[-1]


def solved(clinic: Thinking, asked: SolveRequested) -> PlanProposed:
    """The worker's answer, by the real engine."""
    limited = msgspec.structs.replace(asked, solution_limit=SOLUTIONS)
    known = msgspec.json.encode(limited)
    if known not in _answers:
        _answers[known] = answer(limited, clinic.hospital.ways(frozenset(asked.problem.closures)).times)
    return _answers[known]


def now(clinic: Clinic) -> Problem:
    """Everybody's plan as a problem of this moment."""
    state = clinic.state
    turn = Turn(state=state, hospital=clinic.hospital, planner=clinic.planner, now_ms=clinic.now_ms)
    carriers = [carrier for carrier in state.carriers.values() if carrier.mode != "tube"]
    planned = {leg for carrier in carriers for leg in legs_of(carrier)}
    loose = [leg for leg in state.legs.values() if leg.state == "planned" and leg.id not in planned and not leg.tube]
    return problem_of(turn, loose, carriers)


def adopted(clinic: Clinic) -> list[PlanAdopted]:
    """What was adopted so far."""
    return [fact for _, _, fact in clinic.facts if isinstance(fact, PlanAdopted)]


def finish(clinic: Clinic, minutes: float = 240) -> None:
    """All jobs come to their end."""
    clinic.run(minutes)
    jobs = {fact.subject for _, _, fact in clinic.facts if fact.type == "job.created"}
    assert {clinic.job(job).state for job in jobs} <= {"delivered", "cancelled"}


def propose(clinic: Clinic, routes: dict[str, tuple[Stop, ...]]) -> Decision:
    """Somebody proposes these plans."""
    plan = Plan(tuple(Route(carrier, stops) for carrier, stops in sorted(routes.items())))
    return clinic.handle(Proposed(PlanProposed("S1", plan, (), "a test", 0, 0, 0)))


def stops(clinic: Clinic, carrier: str) -> tuple[Stop, ...]:
    """A carrier's plan as the solver writes it."""
    return tuple(Stop(stop.leg, stop.act, stop.not_before_ms) for stop in clinic.state.carriers[carrier].stops)


# --- asking ----------------------------------------------------------------------------------------------------------


def test_the_solver_is_asked_when_there_is_enough_to_improve(clinic: Thinking) -> None:
    """Within the minute, with the plan that is being executed and the versions of it."""
    asked = request(clinic)
    assert clinic.state.meta.solving
    assert dict(asked.problem.versions) == {
        vehicle.id: clinic.state.carriers[vehicle.id].plan_version for vehicle in asked.problem.vehicles
    }
    assert len(asked.problem.tasks) >= 6


def test_nobody_is_asked_about_an_idle_house(quiet_clinic: Hospital) -> None:
    """Three legs are no puzzle."""
    clinic = Thinking(quiet_clinic)
    for _ in range(3):
        clinic.order("linen", "store-out", "s1-clean", ready_ms=clinic.now_ms + 10 * 60_000)
    clinic.run(5)
    assert clinic.asked == []


def test_there_is_one_question_at_a_time(clinic: Thinking) -> None:
    """Until the answer has come, or is given up after half an hour."""
    request(clinic)
    clinic.run(5)
    assert len(clinic.asked) == 1
    for number in range(12):
        clinic.order("linen", "store-out", "s1-clean", ready_ms=clinic.now_ms + (30 + number) * 60_000)
    clinic.run(GIVEN_UP_MS / 60_000)
    assert len(clinic.asked) == 2


# --- adopting --------------------------------------------------------------------------------------------------------


def test_a_better_plan_is_adopted_and_costs_less(clinic: Thinking) -> None:
    """The two robots that came back get their share; the judge finds no rule broken, and the whole costs less."""
    proposal = solved(clinic, request(clinic))
    assert proposal.cost_after < proposal.cost_before
    before = now(clinic)
    times = clinic.hospital.ways().times
    clinic.handle(Proposed(proposal))
    after = now(clinic)
    assert adopted(clinic)
    assert cost(before, after.plan, times) < cost(before, before.plan, times)
    assert new_violations(before, after.plan, times) == []
    assert {id for fact in adopted(clinic) for id, _ in fact.plans} >= {"R01", "R02", "R03"}
    finish(clinic)


def test_what_is_adopted_gains_what_it_says(clinic: Thinking) -> None:
    """The gain in the ledger is the difference of the two costs, in whole minutes of lateness at weight one."""
    proposal = solved(clinic, request(clinic))
    before = now(clinic)
    times = clinic.hospital.ways().times
    clinic.handle(Proposed(proposal))
    saved = cost(before, before.plan, times) - cost(before, now(clinic).plan, times)
    assert sum(fact.gain for fact in adopted(clinic)) == pytest.approx(saved / 1000)


@pytest.mark.parametrize("minutes", [0.0, 0.5, 2.0, 5.0, 15.0, 60.0])
def test_an_answer_that_comes_late_does_no_harm(clinic: Thinking, minutes: float) -> None:
    """Meanwhile loads were picked up and delivered: what is adopted costs no more than what was, and all arrives."""
    proposal = solved(clinic, request(clinic))
    clinic.run(minutes)
    before = now(clinic)
    times = clinic.hospital.ways().times
    clinic.handle(Proposed(proposal))
    after = now(clinic)
    assert cost(before, after.plan, times) <= cost(before, before.plan, times)
    assert new_violations(before, after.plan, times) == []
    finish(clinic)


@pytest.mark.parametrize("minutes", [0.0, 1.0, 3.0])
def test_the_stop_that_is_begun_stays_first(clinic: Thinking, minutes: float) -> None:
    """Nobody is turned round on the way to a load, or away from a counter."""
    proposal = solved(clinic, request(clinic))
    clinic.run(minutes)
    begun = {c.id: c.stops[: frozen_stops(c)] for c in clinic.state.carriers.values()}
    assert any(begun.values())
    driving = {c.id: c.steps for c in clinic.state.carriers.values() if begun[c.id]}
    clinic.handle(Proposed(proposal))
    for id, head in begun.items():
        assert clinic.state.carriers[id].stops[: len(head)] == head
    assert {id: clinic.state.carriers[id].steps for id in driving} == driving


def test_custody_does_not_move_by_a_plan(clinic: Thinking) -> None:
    """What is aboard stays aboard, and its delivery stays with whoever carries it."""
    proposal = solved(clinic, request(clinic))
    while not any(carrier.aboard for carrier in clinic.state.carriers.values()):
        clinic.run(0.1)
    aboard = {carrier.id: carrier.aboard for carrier in clinic.state.carriers.values()}
    clinic.handle(Proposed(proposal))
    assert {carrier.id: carrier.aboard for carrier in clinic.state.carriers.values()} == aboard
    finish(clinic)


# --- stale answers ---------------------------------------------------------------------------------------------------


def cancelled(clinic: Thinking) -> None:
    """Half of the jobs are cancelled."""
    for job in clinic.state.jobs.ids()[::2]:
        clinic.ask(CancelJob(job))


def broken(clinic: Thinking) -> None:
    """A robot of the proposal is taken out of service."""
    clinic.ask(CarrierOut("R02", reason="it smokes"))


def replanned(clinic: Thinking) -> None:
    """Other legs of the same jobs take the place of those that the solver knew."""
    for job in clinic.state.jobs.ids():
        clinic.ask(Reprioritise(job, "urgent"))


def ordered(clinic: Thinking) -> None:
    """New jobs stand in the plans that the solver never saw."""
    for _ in range(6):
        clinic.order("linen", "store-out", "s0-clean")


@pytest.mark.parametrize("meanwhile", [cancelled, broken, replanned, ordered])
def test_what_happened_meanwhile_counts_more_than_the_answer(
    clinic: Thinking, meanwhile: Callable[[Thinking], None]
) -> None:
    """Of a stale answer only what still holds is adopted; no leg is lost, doubled or given to who cannot come."""
    proposal = solved(clinic, request(clinic))
    meanwhile(clinic)
    clinic.run(0.2)
    before = now(clinic)
    clinic.handle(Proposed(proposal))
    after = now(clinic)
    assert sorted(task.id for task in after.tasks) == sorted(task.id for task in before.tasks)
    times = clinic.hospital.ways().times
    assert cost(before, after.plan, times) <= cost(before, before.plan, times)
    finish(clinic)


def test_a_plan_that_is_no_better_is_not_adopted(clinic: Thinking) -> None:
    """Everything to one robot in the same order: no gain, no row, no change but that an answer came."""
    request(clinic)
    before = clinic.state.snapshot()
    propose(clinic, {"R03": tuple(reversed(stops(clinic, "R03")))})
    assert adopted(clinic) == []
    after = clinic.state.snapshot()
    assert [kind for kind in after if after[kind] != before[kind]] == ["meta"]
    assert not clinic.state.meta.solving


def test_a_plan_that_forgets_a_leg_is_not_adopted(clinic: Thinking) -> None:
    """However much cheaper it is to leave a load standing."""
    request(clinic)
    plan = stops(clinic, "R03")
    last = plan[-1].task
    propose(clinic, {"R03": tuple(stop for stop in plan if stop.task != last)})
    assert adopted(clinic) == []
    assert stops(clinic, "R03") == plan


def test_a_plan_that_carries_a_leg_twice_is_not_adopted(clinic: Thinking) -> None:
    """Two robots for one load."""
    request(clinic)
    twice = stops(clinic, "R03")[-2:]
    before = clinic.state.snapshot()["carrier"]
    propose(clinic, {"R01": twice})
    assert adopted(clinic) == []
    assert clinic.state.snapshot()["carrier"] == before


def test_a_plan_of_unknown_legs_and_carriers_changes_nothing(clinic: Thinking) -> None:
    """A mistake of the solver is no mistake of the house."""
    request(clinic)
    before = clinic.state.snapshot()["carrier"]
    nonsense = (Stop("J99999.1", "pickup"), Stop("J99999.1", "delivery"))
    propose(clinic, {"R01": nonsense, "R99": stops(clinic, "R03")})
    assert adopted(clinic) == []
    assert clinic.state.snapshot()["carrier"] == before


def test_a_plan_for_who_may_not_carry_it_is_not_adopted(quiet_clinic: Hospital) -> None:
    """Controlled drugs to a robot without a lock: the judge says no, whatever it would save."""
    clinic = Thinking(quiet_clinic)
    for robot in ("R01", "R02", "R03"):
        clinic.ask(CarrierOut(robot, reason=""))
    for _ in range(6):
        clinic.order("narcotics", "medicine-hatch", "s1-clean", within_min=5.0)
    clinic.ask(CarrierBack("R01"))
    planned = stops(clinic, "C01")
    begun = frozen_stops(clinic.state.carriers["C01"])
    later = [stop for stop in planned[begun:] if (stop.task, "pickup") in {(s.task, s.kind) for s in planned[begun:]}]
    tasks = {stop.task for stop in later if stop.task != planned[0].task}
    given = tuple(stop for stop in planned if stop.task in tasks)
    assert given
    propose(clinic, {"C01": tuple(stop for stop in planned if stop.task not in tasks), "R01": given})
    assert adopted(clinic) == []
    assert stops(clinic, "C01") == planned


def test_a_move_of_two_keeps_its_people(quiet_clinic: Hospital) -> None:
    """A crew is an appointment: two others are not sent instead, however much sooner they could be there."""
    clinic = Thinking(quiet_clinic)
    ready_ms = clinic.now_ms + 14 * 60_000
    job = clinic.order("bed", "s1-beds", "imaging-desk", ready_ms=ready_ms, within_min=20.0)
    (leg,) = clinic.job(job.id).legs
    first = clinic.state.legs[leg].carriers
    others = [id for id in ("day-01", "day-02", "day-03", "day-04") if id not in first]
    before = clinic.state.snapshot()["carrier"]
    plan = (Stop(leg, "pickup", ready_ms), Stop(leg, "delivery"))
    propose(clinic, {**dict.fromkeys(first, ()), **dict.fromkeys(others, plan)})
    assert adopted(clinic) == []
    assert clinic.state.snapshot()["carrier"] == before
    finish(clinic, 60)


@pytest.mark.parametrize("half", [0, 1])
def test_a_move_of_two_stays_one_when_only_one_of_them_gets_another_plan(quiet_clinic: Hospital, half: int) -> None:
    """The patients of one of the two go to a third porter: the bed keeps both, is picked up once and set down once."""
    clinic = Thinking(quiet_clinic)
    for porter in ("day-03", "day-04"):
        clinic.ask(CarrierOut(porter, reason="a course"))
    ready_ms = clinic.now_ms + 14 * 60_000
    bed = clinic.order("bed", "s1-beds", "imaging-desk", ready_ms=ready_ms, within_min=20.0)
    for _ in range(6):
        clinic.order("patient", "s1-beds", "imaging-desk", ready_ms=ready_ms, within_min=10.0, priority="urgent")
    clinic.ask(CarrierBack("day-03"))
    (leg,) = clinic.job(bed.id).legs
    crew = clinic.state.legs[leg].carriers
    planned = stops(clinic, crew[half])
    kept = tuple(stop for stop in planned if stop.task == leg)
    propose(clinic, {crew[half]: kept, "day-03": tuple(stop for stop in planned if stop not in kept)})
    assert stops(clinic, crew[half]) == kept
    (fact,) = adopted(clinic)
    assert {id for id, _ in fact.plans} == {crew[half], "day-03"}
    assert leg not in dict(fact.moved)
    assert clinic.state.legs[leg].carriers == crew
    finish(clinic, 120)
    acts = [type(command) for command in clinic.sent if isinstance(command, Pick | Drop) and command.leg == leg]
    assert acts == [Pick, Drop]


def test_what_was_offered_stays_with_whom_it_was_offered_to(clinic: Thinking) -> None:
    """The solver is told so: a leg that somebody was sent for can only be carried by them."""
    clinic.run(0.5)
    tasks = now(clinic).task_by_id()
    told = [leg for leg in clinic.state.legs.values() if leg.state in ("offered", "accepted")]
    assert told
    assert all(f"is:{leg.carriers[0]}" in tasks[leg.id].requires for leg in told)


def test_the_plan_at_hand_breaks_no_rule_that_time_has_not_broken(clinic: Thinking) -> None:
    """The insertions of the core and the judge agree before the solver ever speaks."""
    request(clinic)
    assert violations(now(clinic), now(clinic).plan, clinic.hospital.ways().times) == []
