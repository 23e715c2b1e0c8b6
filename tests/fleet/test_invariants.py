"""Whatever happens, in whatever order: the state never contradicts itself, and in the end every job has ended."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from bus.messages import Command, Pick
from fleet.draft import State
from fleet.events import BatterySeen, Event, Lost
from fleet.facts.jobs import JobCancelled, JobDelivered
from fleet.facts.legs import LegDelivered, LegPickedUp
from fleet.hospital import Hospital
from fleet.model import Carrier
from fleet.orchestrator.clockwork import ACTIONS
from fleet.orchestrator.turn import Decision
from fleet.planner import Planner
from fleet.requests import (
    AnyRequest,
    CancelJob,
    CarrierBack,
    CarrierOut,
    ChooseCarrier,
    Close,
    ConfirmWhereabouts,
    CreateJob,
    Reopen,
    Reprioritise,
)
from fleet.views import OPEN_STATES
from site_models.load import load_site
from tests.fleet.obedient import Clinic
from tests.fleet.test_replay import LOADS, reloaded

HOSPITAL = Hospital.of(load_site("clinic_small"))
AGENTS = ("sim-robots", "sim-lifts", "sim-porters", "sim-tube")
TARGETS = ("E1", "S0-corridor", "S1-door", "0-store", "tube-wards", "fire-1")


class Judged(Clinic):
    """A clinic whose every decision is judged."""

    def __init__(self, hospital: Hospital) -> None:
        self.numbers: Counter[str] = Counter()
        self.sent: dict[tuple[str, int], Command] = {}
        super().__init__(hospital)

    def judge(self, event: Event, decision: Decision) -> None:
        """Nothing may contradict itself."""
        faults = [*contradictions(self.state, self.hospital), *self._numbering(decision)]
        assert faults == [], f"{faults} after {event}"

    def _numbering(self, decision: Decision) -> list[str]:
        """Numbers rise by one; a command sent again is the very same; a load is fetched by whom it waits for, once."""
        faults = []
        for agent, command in decision.sends:
            known = self.sent.get((agent, command.number))
            if known is None and command.number != self.numbers[agent] + 1:
                faults.append(f"{agent}#{command.number} follows {self.numbers[agent]}")
            if known not in (None, command):
                faults.append(f"{agent}#{command.number} was {known} and is {command}")
            if known is None and isinstance(command, Pick) and not self._to_be_picked(command):
                faults.append(f"{command.carrier} fetches {command.leg}: {self.state.legs.get(command.leg)}")
            self.sent[agent, command.number] = command
            self.numbers[agent] = max(self.numbers[agent], command.number)
        return faults

    def _to_be_picked(self, command: Pick) -> bool:
        """Whether the load waits for this very carrier."""
        leg = self.state.legs.get(command.leg)
        return leg is not None and leg.state in ("offered", "accepted") and leg.carriers[0] == command.carrier


def contradictions(state: State, hospital: Hospital) -> list[str]:
    """Every way in which the state contradicts itself."""
    faults = [fault for carrier in state.carriers.values() for fault in _of_carrier(state, carrier)]
    for lift in state.lifts.values():
        if lift.holder is not None and lift.holder in lift.queue:
            faults.append(f"{lift.holder} holds {lift.id} and waits for it")
        if len(set(lift.queue)) != len(lift.queue):
            faults.append(f"{lift.id} is waited for twice by one: {lift.queue}")
        faults += [
            f"{carrier.id} stands in {lift.id}, held by {lift.holder}"
            for carrier in state.carriers.values()
            if carrier.mode == "robot" and carrier.node.startswith(f"lift:{lift.id}@") and lift.holder != carrier.id
        ]
    held = Counter(lift.holder for lift in state.lifts.values() if lift.holder is not None)
    faults += [f"{carrier} holds {count} lifts" for carrier, count in held.items() if count > 1]
    for slots in state.slots.values():
        if len(slots.holders) > hospital.layout.stations[slots.id].slots:
            faults.append(f"{slots.id} has no room for {slots.holders}")
        faults += [f"{id} does not know of its slot" for id in slots.holders if state.carriers[id].slot != slots.id]
    for job in state.jobs.values():
        legs = [state.legs.get(id) for id in job.legs]
        if None in legs:
            faults.append(f"{job.id} has legs that are gone: {job.legs}")
        elif job.state == "delivered" and any(leg is not None and leg.state != "delivered" for leg in legs):
            faults.append(f"{job.id} is delivered, its legs are not")
    faults += [f"{leg.id} belongs to no job" for leg in state.legs.values() if leg.id not in _legs_of_jobs(state)]
    faults += [f"nobody answers for timer {timer.id}" for timer in state.timers.values() if timer.what not in ACTIONS]
    picks = Counter(c.message.leg for c in state.commands.values() if isinstance(c.message, Pick))
    faults += [f"{leg} is being picked {count} times" for leg, count in picks.items() if count > 1]
    return faults


def _legs_of_jobs(state: State) -> set[str]:
    return {leg for job in state.jobs.values() for leg in job.legs}


def _of_carrier(state: State, carrier: Carrier) -> list[str]:
    faults = []
    for id in (*carrier.aboard, *(stop.leg for stop in carrier.stops)):
        leg = state.legs.get(id)
        if leg is None:
            faults.append(f"{carrier.id} has {id}, which is gone")
        elif carrier.id not in leg.carriers:
            faults.append(f"{carrier.id} has {id} of {leg.carriers}")
        elif id in carrier.aboard and leg.state not in ("picked_up", "in_doubt"):
            faults.append(f"{id} is aboard {carrier.id} and {leg.state}")
        elif id not in carrier.aboard and leg.state == "picked_up" and carrier.mode != "tube":
            faults.append(f"{id} is picked up but not aboard {carrier.id}")
    acts = [(stop.leg, stop.act) for stop in carrier.stops]
    if len(set(acts)) != len(acts):
        faults.append(f"{carrier.id} has a stop twice: {acts}")
    if carrier.slot is not None and carrier.id not in state.slots[carrier.slot].holders:
        faults.append(f"{carrier.id} holds no slot at {carrier.slot}")
    if carrier.steps and carrier.steps[0].command and carrier.steps[0].command not in state.commands:
        faults.append(f"{carrier.id} waits for {carrier.steps[0].command}, which is over")
    return faults


# --- stories ---------------------------------------------------------------------------------------------------------

pick = st.integers(0, 999)
steps = st.one_of(
    st.tuples(st.just("order"), pick),
    st.tuples(st.just("order"), pick),
    st.tuples(st.just("order"), pick),
    st.tuples(st.just("pass"), st.sampled_from([1, 5, 20, 60, 180, 600])),
    st.tuples(st.just("pass"), st.sampled_from([1, 5, 20, 60, 180, 600])),
    st.tuples(st.sampled_from(["cancel", "urgent", "override", "close", "reopen", "out", "back", "confirm"]), pick),
    st.tuples(st.sampled_from(["break", "refuse", "low", "lost", "restart", "unknown", "forgot", "reload"]), pick),
)


def tell(clinic: Judged, what: str, which: int) -> None:
    """One step of a story; a step that has no object does nothing."""
    state = clinic.state
    jobs = state.jobs.ids()
    carriers = [id for id in state.carriers.ids() if not id.startswith(("evening", "night"))]
    asked: AnyRequest | None = None
    if what == "order":
        load, origin, destination = LOADS[which % len(LOADS)]
        specimen = "routine_blood" if load == "blood_sample" else None
        asked = CreateJob(load=load, origin=origin, destination=destination, specimen=specimen)
    elif what == "pass":
        clinic.run(which / 60)
    elif what in ("cancel", "urgent", "override", "confirm") and jobs:
        job = jobs[which % len(jobs)]
        asked = {
            "cancel": CancelJob(job),
            "urgent": Reprioritise(job, "urgent"),
            "override": ChooseCarrier(job, reason="", carrier=carriers[which % len(carriers)]),
            "confirm": ConfirmWhereabouts(job, ("origin", "aboard", "destination")[which % 3]),
        }[what]  # type: ignore[assignment]  # each of them is a request
    elif what == "close":
        asked = Close(TARGETS[which % len(TARGETS)], reason="", until_ms=clinic.now_ms + 900_000 if which % 2 else None)
    elif what == "reopen" and state.closures.ids():
        asked = Reopen(state.closures.ids()[which % len(state.closures.ids())])
    elif what == "out":
        asked = CarrierOut(carriers[which % len(carriers)], reason="")
    elif what == "back":
        asked = CarrierBack(carriers[which % len(carriers)])
    else:
        mishap(clinic, what, which)
    if asked is not None:
        clinic.ask(asked)


def mishap(clinic: Judged, what: str, which: int) -> None:
    """Something goes wrong: with a robot, a load, an agent, or the dispatcher itself."""
    state = clinic.state
    agent = AGENTS[which % len(AGENTS)]
    robot = sorted(clinic.hospital.robots)[which % len(clinic.hospital.robots)]
    if what == "break":
        clinic.broken[robot] = "fault"
    elif what == "refuse" and state.legs.ids():
        clinic.refuse[state.legs.ids()[which % len(state.legs.ids())]] = "not_ready"
    elif what == "low":
        clinic.handle(BatterySeen(clinic.hello("sim-robots", "").carriers[which % 4]))
    elif what == "lost":
        clinic.handle(Lost(agent))
    elif what in ("restart", "unknown", "forgot"):
        mine = [c.number for c in state.commands.values() if c.agent == agent]
        forgot = what == "forgot" and agent != "sim-lifts"
        clinic.restart(agent, unknown=mine if what == "unknown" and agent != "sim-lifts" else (), forgot=forgot)
    elif what == "reload":
        clinic.state = reloaded(state)
        clinic.planner = Planner(clinic.hospital)


def heal(clinic: Judged) -> None:
    """Everything is repaired, heard and opened, and every doubt is looked into."""
    clinic.broken.clear()
    for agent in AGENTS:
        clinic.restart(agent)
    for closure in clinic.state.closures.ids():
        clinic.ask(Reopen(closure))
    for carrier in clinic.state.carriers.ids():
        clinic.ask(CarrierBack(carrier))
    for job in clinic.state.jobs.ids():
        clinic.ask(ConfirmWhereabouts(job, "destination"))


@settings(max_examples=40)
@given(st.lists(steps, min_size=3, max_size=25))
def test_no_story_makes_the_state_contradict_itself(story: list[tuple[str, int]]) -> None:
    """Orders, cancellations, faults, closures, silence and lost memories in any order; judged after every event."""
    clinic = Judged(HOSPITAL)
    for what, which in story:
        tell(clinic, what, which)
    ends = Counter(fact.job for _, _, fact in clinic.facts if isinstance(fact, JobDelivered | JobCancelled))
    assert all(count == 1 for count in ends.values())


@settings(max_examples=12)
@given(st.lists(steps, min_size=3, max_size=25))
def test_after_every_story_everything_ends_once_all_is_repaired(story: list[tuple[str, int]]) -> None:
    """Nothing waits for ever: when nothing is broken, closed or in doubt any more, every job comes to its end."""
    clinic = Judged(HOSPITAL)
    for what, which in story:
        tell(clinic, what, which)
    heal(clinic)
    clinic.run(120)
    heal(clinic)
    clinic.run(240)
    horizon_ms = clinic.now_ms - 180 * 60_000
    stuck = {
        job.id: (job.state, job.reason)
        for job in clinic.state.jobs.values()
        if job.state in OPEN_STATES and job.ready_ms < horizon_ms
    }
    assert stuck == {}
    hand_overs = Counter(
        (fact.leg, fact.type) for _, _, fact in clinic.facts if isinstance(fact, LegPickedUp | LegDelivered)
    )
    assert all(count == 1 for count in hand_overs.values())
