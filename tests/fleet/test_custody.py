"""Custody when agents come and go: what was done is not done again, what nobody knows is asked of a person."""

from __future__ import annotations

from typing import Literal

import pytest

from bus.messages import Ack, Charge, Done, Drop, Failed, Lift, Move, Pick, SendCapsule
from fleet.events import Greeted, Lost, Reported
from fleet.facts.jobs import JobCancelled
from fleet.facts.legs import LegDelivered, LegInDoubt, LegPickedUp
from fleet.model import OpenCommand
from fleet.requests import Accepted, CancelJob, CarrierBack, ChooseCarrier, ConfirmWhereabouts, Refusal
from tests.fleet.obedient import Clinic

Where = Literal["origin", "aboard", "destination"]
PLACES: tuple[Where, ...] = ("origin", "aboard", "destination")


def linen(clinic: Clinic) -> str:
    """A robot's job over two floors: pick, lift and drop."""
    return clinic.order("linen", "store-out", "s1-clean").id


def sample(clinic: Clinic) -> str:
    """A job of the tube."""
    return clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood").id


def doubtful_pick(clinic: Clinic) -> tuple[str, OpenCommand]:
    """A robot was taking its load when its agent stopped, and nobody knows whether it has it."""
    job = linen(clinic)
    command = clinic.until(Pick, job)
    clinic.restart(command.agent, unknown=[command.number])
    return job, command


def doubtful_drop(clinic: Clinic) -> tuple[str, OpenCommand]:
    """A robot was giving its load when its agent stopped."""
    job = linen(clinic)
    command = clinic.until(Drop, job)
    clinic.restart(command.agent, unknown=[command.number])
    return job, command


def confirm(clinic: Clinic, job: str, where: Where) -> None:
    """A person looks and says where the load is."""
    assert isinstance(clinic.ask(ConfirmWhereabouts(job, where)), Accepted)


def hand_overs(clinic: Clinic, job: str) -> list[tuple[str, str]]:
    """Who took and gave the load where, in order."""
    told = []
    for _, _, fact in clinic.facts:
        if isinstance(fact, LegPickedUp | LegDelivered) and fact.job == job:
            told.append((fact.type.removeprefix("leg."), fact.station))
    return told


# --- an agent starts anew and knows everything -----------------------------------------------------------------------


@pytest.mark.parametrize("act", [Move, Pick, Drop, Lift])
def test_an_agent_that_restarts_and_goes_on_disturbs_nothing(clinic: Clinic, act: type) -> None:
    """Its commands are running: nothing is sent again, and the job is delivered with one hand-over each."""
    job = linen(clinic)
    command = clinic.until(act, "" if act is Lift else job)
    decision = clinic.restart(command.agent)
    assert [message for agent, message in decision.sends if agent == command.agent] == []
    clinic.run(30)
    assert clinic.job(job).state == "delivered"
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "s1-clean")]


def test_what_was_done_while_nobody_listened_is_reported_and_not_done_again(clinic: Clinic) -> None:
    """The report of the finished pick comes after the hello; the load is picked up once."""
    job = linen(clinic)
    command = clinic.until(Pick, job)
    clinic.handle(Lost(command.agent))
    clinic.restart(command.agent)
    clinic.run(30)
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "s1-clean")]


def test_a_command_that_never_arrived_is_sent_again_with_its_number(clinic: Clinic) -> None:
    """Lost on the way: the very same command, once, not a new one beside it."""
    job = linen(clinic)
    (command,) = [c for c in clinic.state.commands.values() if isinstance(c.message, Move) and c.message.leg]
    assert not command.acked
    decision = clinic.restart(command.agent, missed=[command.number])
    assert [message for agent, message in decision.sends if agent == command.agent] == [command.message]
    clinic.run(30)
    assert clinic.job(job).state == "delivered"


def test_a_second_hello_sends_nothing_that_has_arrived_meanwhile(clinic: Clinic) -> None:
    """The connection was short: the first hello brought the command, the second finds it accepted."""
    linen(clinic)
    (command,) = [c for c in clinic.state.commands.values() if isinstance(c.message, Move) and c.message.leg]
    clinic.restart(command.agent, missed=[command.number])
    clinic.run(0.05)
    decision = clinic.restart(command.agent)
    assert [message for agent, message in decision.sends if agent == command.agent] == []


def test_an_accepted_command_whose_word_is_still_on_its_way_is_not_sent_again(clinic: Clinic) -> None:
    """The agent has the number although we have not heard so: its acknowledgement will come."""
    linen(clinic)
    (command,) = [c for c in clinic.state.commands.values() if isinstance(c.message, Move) and c.message.leg]
    decision = clinic.restart(command.agent)
    assert [message for agent, message in decision.sends if agent == command.agent] == []


# --- a once-only act of unknown outcome ------------------------------------------------------------------------------


def test_a_pick_of_unknown_outcome_is_never_sent_again_blindly(clinic: Clinic) -> None:
    """The job asks for a person, the robot stands, and an hour later nothing has been picked."""
    job, command = doubtful_pick(clinic)
    clinic.run(60)
    assert clinic.job(job).state == "trouble"
    reason = clinic.job(job).reason
    assert reason is not None
    assert (reason.code, reason.args["act"]) == ("in_doubt", "pick")
    assert not any(isinstance(c.message, Pick) and c.carrier == command.carrier for c in clinic.state.commands.values())
    assert hand_overs(clinic, job) == []


@pytest.mark.parametrize("where", PLACES)
def test_after_a_doubtful_pick_every_answer_ends_well(clinic: Clinic, where: Where) -> None:
    """Found at the store, on the robot or at the ward: it is delivered, and signed for once."""
    job, _ = doubtful_pick(clinic)
    confirm(clinic, job, where)
    assert clinic.job(job).state != "trouble"
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
    assert clinic.job(job).custodian == "station:s1-clean"
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "s1-clean")]


@pytest.mark.parametrize("where", PLACES)
def test_after_a_doubtful_drop_every_answer_ends_well(clinic: Clinic, where: Where) -> None:
    """Found at the store after all it is fetched again; on the robot it is given again; at the ward it is there."""
    job, _ = doubtful_drop(clinic)
    assert clinic.job(job).state == "trouble"
    confirm(clinic, job, where)
    assert clinic.job(job).state != "trouble"
    clinic.run(60)
    assert clinic.job(job).state == "delivered"
    picks = [place for act, place in hand_overs(clinic, job) if act == "picked_up"]
    assert picks == ["store-out"] * (2 if where == "origin" else 1)
    assert hand_overs(clinic, job)[-1] == ("delivered", "s1-clean")


def test_a_load_found_where_it_began_is_with_that_station_again(clinic: Clinic) -> None:
    """Custody goes back in the same moment, not when somebody fetches it."""
    job, command = doubtful_drop(clinic)
    confirm(clinic, job, "origin")
    assert clinic.job(job).custodian == "station:store-out"
    assert clinic.state.carriers[command.carrier].aboard == ()


@pytest.mark.parametrize("where", ["origin", "destination"])
def test_a_capsule_of_unknown_fate_ends_well_where_it_is_found(clinic: Clinic, where: Where) -> None:
    """Still at the ward it is chosen anew, at the laboratory it is delivered."""
    job = sample(clinic)
    command = clinic.until(SendCapsule, job)
    clinic.restart(command.agent, unknown=[command.number])
    assert clinic.job(job).state == "trouble"
    confirm(clinic, job, where)
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert clinic.job(job).custodian == "station:lab-tube"


def test_a_capsule_that_is_still_in_the_tube_stays_a_question(clinic: Clinic) -> None:
    """No report of its arrival will ever come, so whoever sees it arrive must say so."""
    job = sample(clinic)
    command = clinic.until(SendCapsule, job)
    clinic.restart(command.agent, unknown=[command.number])
    confirm(clinic, job, "aboard")
    assert clinic.job(job).state == "trouble"
    confirm(clinic, job, "destination")
    assert clinic.job(job).state == "delivered"


def test_two_porters_in_doubt_about_a_bed(clinic: Clinic) -> None:
    """The one who signs lost the phone: found aboard, the bed is moved on by both."""
    job = clinic.order("bed", "s1-beds", "imaging-desk").id
    command = clinic.until(Pick, job)
    clinic.restart(command.agent, unknown=[command.number])
    confirm(clinic, job, "aboard")
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert all(not clinic.state.carriers[id].stops for id in clinic.hospital.shift_of if id in clinic.state.carriers)


def test_a_job_in_doubt_cannot_be_cancelled_or_given_to_another(clinic: Clinic) -> None:
    """First somebody must know where the load is; the refusals change nothing."""
    job, _ = doubtful_pick(clinic)
    before = clinic.state.snapshot()
    for request in (CancelJob(job), ChooseCarrier(job, reason="", mode="porter")):
        assert isinstance(clinic.ask(request), Refusal)
    assert clinic.state.snapshot() == before


def test_whereabouts_of_a_job_that_is_not_in_doubt_are_refused(clinic: Clinic) -> None:
    """Nobody signs for a load by a slip of the finger."""
    job = linen(clinic)
    answer = clinic.ask(ConfirmWhereabouts(job, "destination"))
    assert isinstance(answer, Refusal)
    assert answer.violations[0].rule == "not_in_doubt"


@pytest.mark.parametrize("where", PLACES)
def test_a_robot_put_back_into_service_does_not_answer_for_the_person(clinic: Clinic, where: Where) -> None:
    """“Back in service” says nothing of where the load is: the doubt stays until somebody has looked."""
    job, command = doubtful_drop(clinic)
    clinic.ask(CarrierBack(command.carrier))
    assert clinic.job(job).state == "trouble"
    confirm(clinic, job, where)
    clinic.run(60)
    assert clinic.job(job).state == "delivered"


def test_a_failed_drop_leaves_the_question_where_the_load_is(clinic: Clinic) -> None:
    """The robot says the hand-over did not end as it should: a person looks."""
    job = linen(clinic)
    command = clinic.until(Drop, job)
    clinic.report(command, "jammed")
    assert [fact.act for _, _, fact in clinic.facts if isinstance(fact, LegInDoubt)] == ["drop"]
    confirm(clinic, job, "destination")
    assert clinic.job(job).state == "delivered"


# --- an agent that lost its memory -----------------------------------------------------------------------------------


def test_an_agent_without_memory_numbers_its_reports_from_one_again(clinic: Clinic) -> None:
    """Its disk was exchanged: its first report is number one, and it counts."""
    job = linen(clinic)
    clinic.until(Move, job)
    clinic.restart("sim-robots", forgot=True)
    assert clinic.state.agents["sim-robots"].last_report == 0
    clinic.run(30)
    assert clinic.job(job).state == "delivered"


def test_an_agent_without_memory_is_told_anew_what_may_be_repeated(clinic: Clinic) -> None:
    """A drive is planned again from where the robot says that it stands, with a number not used before."""
    job = linen(clinic)
    command = clinic.until(Move, job)
    elsewhere = clinic.hospital.layout.station_node["imaging-desk"]
    decision = clinic.restart("sim-robots", forgot=True, nodes={command.carrier: elsewhere})
    drives = [m for _, m in decision.sends if isinstance(m, Move) and m.carrier == command.carrier]
    assert [drive.number > command.number for drive in drives] == [True]
    assert clinic.state.carriers[command.carrier].node == elsewhere
    clinic.run(30)
    assert clinic.job(job).state == "delivered"


def test_an_agent_without_memory_leaves_its_hand_over_in_doubt(clinic: Clinic) -> None:
    """It does not know of any pick, and neither do we."""
    job = linen(clinic)
    clinic.until(Pick, job)
    clinic.restart("sim-robots", forgot=True)
    assert clinic.job(job).state == "trouble"
    confirm(clinic, job, "aboard")
    clinic.run(30)
    assert clinic.job(job).state == "delivered"


def test_a_charge_that_the_agent_forgot_is_ordered_again(clinic: Clinic) -> None:
    """The robot stands at its bay, so it charges again; whoever was picking a load is not disturbed by that."""
    clinic.run(1)
    charging = [c.carrier for c in clinic.state.commands.values() if isinstance(c.message, Charge)]
    assert charging
    clinic.restart("sim-robots", forgot=True)
    assert [c.carrier for c in clinic.state.commands.values() if isinstance(c.message, Charge)] == charging


@pytest.mark.parametrize("act", ["call", "enter", "exit"])
def test_a_lift_that_forgot_its_rider_is_asked_again(clinic: Clinic, act: str) -> None:
    """Calls and rides may be repeated; who has left is out, and the lift serves the next."""
    job = linen(clinic)
    command = clinic.until(Lift)
    while not (isinstance(command.message, Lift) and command.message.act == act):
        clinic.run(0.01)
        command = clinic.until(Lift)
    clinic.restart("sim-lifts", unknown=[command.number])
    clinic.run(40)
    assert clinic.job(job).state == "delivered"
    assert all(lift.holder is None for lift in clinic.state.lifts.values())


def test_a_lift_that_forgot_who_left_is_free_for_the_next(clinic: Clinic) -> None:
    """A minute later it is nobody's, while its last rider is still on the way to the ward."""
    linen(clinic)
    command = clinic.until(Lift)
    while not (isinstance(command.message, Lift) and command.message.act == "exit"):
        clinic.run(0.01)
        command = clinic.until(Lift)
    clinic.restart("sim-lifts", unknown=[command.number])
    clinic.run(1)
    assert clinic.state.lifts["E1"].holder is None


# --- silence ---------------------------------------------------------------------------------------------------------


def test_silent_robots_get_nothing_new(clinic: Clinic) -> None:
    """Linen ordered while the robots' agent is silent goes by porter; the robots are told nothing."""
    clinic.handle(Lost("sim-robots"))
    job = clinic.order("linen", "store-out", "s1-clean")
    assert clinic.job(job.id).mode == "porter"
    clinic.run(60)
    assert not any(
        c.agent == "sim-robots" and not isinstance(c.message, Charge) for c in clinic.state.commands.values()
    )
    assert clinic.job(job.id).state == "delivered"


def test_what_a_silent_robot_has_is_not_taken_from_it(clinic: Clinic) -> None:
    """Silence is no fault: the load is aboard, and goes on when the agent is heard again."""
    job = linen(clinic)
    clinic.until(Move, job)
    clinic.handle(Lost("sim-robots"))
    assert clinic.state.carriers[clinic.state.legs[clinic.job(job).legs[0]].carriers[0]].stops
    clinic.restart("sim-robots")
    clinic.run(30)
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "s1-clean")]


def test_a_silent_lift_is_waited_for(clinic: Clinic) -> None:
    """The robot stands in the lobby until the lift is heard, then rides."""
    clinic.handle(Lost("sim-lifts"))
    job = linen(clinic)
    clinic.run(20)
    assert clinic.job(job).state == "under_way"
    clinic.restart("sim-lifts")
    clinic.run(20)
    assert clinic.job(job).state == "delivered"


def test_a_silent_tube_is_waited_for(clinic: Clinic) -> None:
    """Orders for it are tried again until it is heard or another way is chosen."""
    clinic.handle(Lost("sim-tube"))
    job = sample(clinic)
    clinic.run(1)
    clinic.restart("sim-tube")
    clinic.run(20)
    assert clinic.job(job).state == "delivered"


def test_losing_and_hearing_an_agent_are_in_the_ledger_once(clinic: Clinic) -> None:
    """Two words of silence about one agent are one fact."""
    clinic.handle(Lost("sim-robots"))
    clinic.handle(Lost("sim-robots"))
    clinic.restart("sim-robots")
    assert clinic.kinds("sim-robots") == ["agent.hello", "agent.lost", "agent.hello"]


# --- duplicates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["ack", "done", "failed"])
def test_a_report_about_a_finished_command_changes_nothing(clinic: Clinic, what: str) -> None:
    """A report that comes twice, or late, is counted and forgotten."""
    job = linen(clinic)
    command = clinic.until(Pick, job)
    clinic.run(5)
    before = clinic.state.snapshot()
    number = clinic.state.agents[command.agent].last_report
    reports: dict[str, Ack | Done | Failed] = {
        "ack": Ack(number, command.number, clinic.now_ms),
        "done": Done(number, command.number, clinic.now_ms),
        "failed": Failed(number, command.number, clinic.now_ms, "fault"),
    }
    decision = clinic.handle(Reported(command.agent, reports[what]))
    assert clinic.state.snapshot() == before
    assert decision.sends == ()


def test_the_same_hello_twice_changes_nothing(clinic: Clinic) -> None:
    """The connection was made anew without a restart of the agent."""
    linen(clinic)
    clinic.run(1)
    known = clinic.state.agents["sim-robots"]
    first = clinic.hello("sim-robots", known.session)
    clinic.handle(Greeted(first))
    before = clinic.state.snapshot()
    decision = clinic.handle(Greeted(first))
    assert clinic.state.snapshot() == before
    assert decision.sends == ()


# --- cancelled while it is being handed over -------------------------------------------------------------------------


def test_cancelling_while_the_load_is_being_taken_brings_it_back(clinic: Clinic) -> None:
    """The hand-over ends, then the load goes back to the counter it came from."""
    job = linen(clinic)
    clinic.until(Pick, job)
    assert isinstance(clinic.ask(CancelJob(job)), Accepted)
    clinic.run(20)
    assert clinic.job(job).state == "cancelled"
    assert hand_overs(clinic, job) == [("picked_up", "store-out"), ("delivered", "store-out")]


def test_cancelling_a_pick_that_then_fails_ends_the_job(clinic: Clinic) -> None:
    """The patient was not ready and the move is not wanted any more: nobody comes back in ten minutes."""
    job = clinic.order("patient", "s1-beds", "imaging-desk").id
    command = clinic.until(Pick, job)
    clinic.ask(CancelJob(job))
    clinic.report(command, "not_ready")
    clinic.run(30)
    assert clinic.job(job).state == "cancelled"
    assert hand_overs(clinic, job) == []


def test_cancelling_a_capsule_that_is_being_sent_ends_at_the_far_station(clinic: Clinic) -> None:
    """A capsule cannot turn: it arrives, is signed for there, and the job is cancelled and not lost."""
    job = sample(clinic)
    assert clinic.state.legs[clinic.job(job).legs[0]].state == "offered"
    clinic.ask(CancelJob(job))
    clinic.run(10)
    assert hand_overs(clinic, job) == [("picked_up", "s1-tube"), ("delivered", "lab-tube")]
    assert clinic.job(job).state == "cancelled"


def test_a_capsule_that_is_being_sent_is_not_sent_by_another_way_too(clinic: Clinic) -> None:
    """Between command and answer it may be in the tube already."""
    job = sample(clinic)
    answer = clinic.ask(ChooseCarrier(job, reason="in a hurry", mode="porter"))
    assert isinstance(answer, Refusal)
    assert answer.violations[0].rule == "already_aboard"


def test_a_cancelled_load_on_a_broken_robot_still_comes_back(clinic: Clinic) -> None:
    """The porter who fetches it brings it to where it came from, not to where nobody wants it."""
    job = linen(clinic)
    (robot,) = clinic.state.legs[clinic.job(job).legs[0]].carriers
    while not clinic.state.carriers[robot].node.startswith("c:1-main"):
        clinic.run(0.02)
    clinic.broken[robot] = "fault"
    clinic.ask(CancelJob(job))
    clinic.run(60)
    assert clinic.job(job).state == "cancelled"
    assert clinic.job(job).custodian == "station:store-out"
    assert [fact.custodian for _, _, fact in clinic.facts if isinstance(fact, JobCancelled)] == ["station:store-out"]
