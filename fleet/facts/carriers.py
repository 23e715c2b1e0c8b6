"""Facts about carriers, lifts, slots, closures, agents and the numbers of commands."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from fleet.draft import State
from fleet.facts.base import Fact, Note
from fleet.model import Agent, Carrier, Closure, LiftState, OpenCommand, PendingJob, Slots, Step, Timer
from fleet.views import Reason


class CarrierFact(Fact, frozen=True):
    """A fact whose subject is a carrier."""

    carrier: str

    @property
    def subject(self) -> str:
        return self.carrier


class CarrierOutOfService(CarrierFact, frozen=True):
    """A person took the carrier (or lift) out of service."""

    type: ClassVar[str] = "carrier.out"

    def apply(self, state: State) -> None:
        lift = state.lifts.get(self.carrier)
        if lift is not None:
            state.lifts.put(replace(lift, in_service=False))
            return
        carrier = state.carriers[self.carrier]
        state.carriers.put(replace(carrier, status="out_of_service", reason=Reason("out_of_service")))


class CarrierBackInService(CarrierFact, frozen=True):
    """The carrier (or lift) may be used again."""

    type: ClassVar[str] = "carrier.back"

    def apply(self, state: State) -> None:
        lift = state.lifts.get(self.carrier)
        if lift is not None:
            state.lifts.put(replace(lift, in_service=True))
            return
        state.carriers.put(replace(state.carriers[self.carrier], status="active", reason=None))


class CarrierFailed(CarrierFact, frozen=True):
    """The carrier reported a fault: it stands where it is until a person puts it back into service."""

    type: ClassVar[str] = "carrier.failed"
    reason: Reason
    node: str

    def apply(self, state: State) -> None:
        carrier = state.carriers[self.carrier]
        state.carriers.put(
            replace(carrier, status="trouble", reason=self.reason, node=self.node or carrier.node, steps=(), purpose="")
        )


class AgentHeard(Fact, frozen=True):
    """An agent said hello: who it speaks for, and how far its numbers have come.

    Fewer reports than we have processed mean that it lost its memory: its numbers begin anew.
    """

    type: ClassVar[str] = "agent.hello"
    agent: str
    session: str
    last_command: int
    last_report: int

    @property
    def subject(self) -> str:
        return self.agent

    def apply(self, state: State) -> None:
        known = state.agents.get(self.agent) or Agent(id=self.agent)
        state.agents.put(
            replace(
                known,
                session=self.session,
                connected=True,
                last_command=max(known.last_command, self.last_command),
                last_report=min(known.last_report, self.last_report),
            )
        )
        mark_heard(state, self.agent, True)


class AgentLost(Fact, frozen=True):
    """Nothing heard from an agent: its carriers get nothing new, what they do goes on."""

    type: ClassVar[str] = "agent.lost"
    agent: str

    @property
    def subject(self) -> str:
        return self.agent

    def apply(self, state: State) -> None:
        state.agents.put(replace(state.agents[self.agent], connected=False))
        mark_heard(state, self.agent, False)


def mark_heard(state: State, agent: str, heard: bool) -> None:
    """Say of everything the agent speaks for whether it is heard."""
    for carrier in list(state.carriers.values()):
        if carrier.agent == agent and carrier.heard != heard:
            state.carriers.put(replace(carrier, heard=heard))
    for lift in list(state.lifts.values()):
        if lift.agent == agent and lift.heard != heard:
            state.lifts.put(replace(lift, heard=heard))


class ClosureSet(Fact, frozen=True):
    """A person closed a part of the building. The reason in words is not chained."""

    type: ClassVar[str] = "closure.set"
    closure: Closure

    @property
    def subject(self) -> str:
        return self.closure.target

    def apply(self, state: State) -> None:
        state.closures.put(self.closure)
        state.metas.put(replace(state.meta, last_closure=state.meta.last_closure + 1))


class ClosureEnded(Fact, frozen=True):
    """A closed part is open again."""

    type: ClassVar[str] = "closure.ended"
    closure: str
    target: str

    @property
    def subject(self) -> str:
        return self.target

    def apply(self, state: State) -> None:
        state.closures.remove(self.closure)


class ClockSet(Fact, frozen=True):
    """Site time runs this fast from now on (simulated carriers only)."""

    type: ClassVar[str] = "clock.set"
    factor: float

    @property
    def subject(self) -> str:
        return "clock"

    def apply(self, state: State) -> None:
        state.metas.put(replace(state.meta, factor=self.factor))


class ClockJumped(Fact, frozen=True):
    """Site time jumped (restart, or the machine's clock was set): time-outs are moved along with it."""

    type: ClassVar[str] = "clock.jumped"
    from_ms: int
    to_ms: int

    @property
    def subject(self) -> str:
        return "clock"

    def apply(self, state: State) -> None:
        for timer in list(state.timers.values()):
            if timer.timeout:
                state.timers.put(replace(timer, due_ms=timer.due_ms + self.to_ms - self.from_ms))


# --- state only ------------------------------------------------------------------------------------------------------


class CarrierKnown(Note, frozen=True):
    """A carrier is part of the fleet (first hello), or stands elsewhere than we thought."""

    type: ClassVar[str] = "carrier.known"
    carrier: Carrier

    def apply(self, state: State) -> None:
        state.carriers.put(self.carrier)


class LiftChanged(Note, frozen=True):
    """A lift's holder, queue or floor."""

    type: ClassVar[str] = "lift.changed"
    lift: LiftState

    def apply(self, state: State) -> None:
        state.lifts.put(self.lift)


class SlotHeld(Note, frozen=True):
    """A carrier holds a slot of a station (or gave it back)."""

    type: ClassVar[str] = "slot.held"
    carrier: str
    station: str | None

    def apply(self, state: State) -> None:
        carrier = state.carriers[self.carrier]
        if carrier.slot is not None:
            held = state.slots[carrier.slot]
            state.slots.put(replace(held, holders=tuple(h for h in held.holders if h != self.carrier)))
        if self.station is not None:
            held = state.slots.get(self.station) or Slots(id=self.station)
            state.slots.put(replace(held, holders=(*held.holders, self.carrier)))
        state.carriers.put(replace(carrier, slot=self.station))


class DriveSet(Note, frozen=True):
    """The steps to the carrier's next stop (or home); none = it stands. `charging` None: as before."""

    type: ClassVar[str] = "drive.set"
    carrier: str
    steps: tuple[Step, ...]
    purpose: str
    waiting: Reason | None = None
    node: str | None = None
    loaded_m: float = 0.0
    empty_m: float = 0.0
    busy_ms: int = 0
    at_ms: int = 0
    free_ms: int | None = None
    charging: bool | None = None

    def apply(self, state: State) -> None:
        carrier = state.carriers[self.carrier]
        state.carriers.put(
            replace(
                carrier,
                steps=self.steps,
                purpose=self.purpose,
                waiting=self.waiting,
                node=self.node or carrier.node,
                since_ms=self.at_ms or carrier.since_ms,
                loaded_m=carrier.loaded_m + self.loaded_m,
                empty_m=carrier.empty_m + self.empty_m,
                busy_ms=carrier.busy_ms + self.busy_ms,
                free_ms=carrier.free_ms if self.free_ms is None else self.free_ms,
                charging=carrier.charging if self.charging is None else self.charging,
            )
        )


class BatteryRead(Note, frozen=True):
    """What a robot's battery holds, as a share."""

    type: ClassVar[str] = "battery.read"
    carrier: str
    battery: float

    def apply(self, state: State) -> None:
        state.carriers.put(replace(state.carriers[self.carrier], battery=self.battery))


class ShiftsKnown(Note, frozen=True):
    """When a porter is on duty."""

    type: ClassVar[str] = "shifts.known"
    carrier: str
    shifts: tuple[tuple[int, int], ...]

    def apply(self, state: State) -> None:
        state.carriers.put(replace(state.carriers[self.carrier], shifts=self.shifts))


class CommandOpened(Note, frozen=True):
    """A command got its number and is to be sent after the commit."""

    type: ClassVar[str] = "command.opened"
    command: OpenCommand

    def apply(self, state: State) -> None:
        state.commands.put(self.command)
        agent = state.agents[self.command.agent]
        state.agents.put(replace(agent, last_command=max(agent.last_command, self.command.number)))


class CommandAcked(Note, frozen=True):
    """The agent has the command on its disk."""

    type: ClassVar[str] = "command.acked"
    command: str

    def apply(self, state: State) -> None:
        state.commands.put(replace(state.commands[self.command], acked=True))


class CommandClosed(Note, frozen=True):
    """The command is finished, failed or given up."""

    type: ClassVar[str] = "command.closed"
    command: str

    def apply(self, state: State) -> None:
        state.commands.remove(self.command)


class ReportProcessed(Note, frozen=True):
    """The last report of an agent whose effect is in this transaction."""

    type: ClassVar[str] = "report.processed"
    agent: str
    number: int

    def apply(self, state: State) -> None:
        state.agents.put(replace(state.agents[self.agent], last_report=self.number))


class TimerSet(Note, frozen=True):
    """Something is to be done at an instant."""

    type: ClassVar[str] = "timer.set"
    timer: Timer

    def apply(self, state: State) -> None:
        state.timers.put(self.timer)


class TimerCleared(Note, frozen=True):
    """It was done, or is not wanted any more."""

    type: ClassVar[str] = "timer.cleared"
    timer: str

    def apply(self, state: State) -> None:
        state.timers.remove(self.timer)


class JobForeseen(Note, frozen=True):
    """A round or a return will order this job when its time comes."""

    type: ClassVar[str] = "job.foreseen"
    pending: PendingJob

    def apply(self, state: State) -> None:
        state.pending.put(self.pending)


class JobDue(Note, frozen=True):
    """A foreseen job has been ordered."""

    type: ClassVar[str] = "job.due"
    pending: str

    def apply(self, state: State) -> None:
        state.pending.remove(self.pending)


class SolveAsked(Note, frozen=True):
    """A problem went to the solver (or its answer came)."""

    type: ClassVar[str] = "solve.asked"
    waiting: bool
    at_ms: int = 0

    def apply(self, state: State) -> None:
        meta = state.meta
        asked = meta.last_solve + int(self.waiting)
        state.metas.put(replace(meta, solving=self.waiting, last_solve=asked, solve_ms=self.at_ms or meta.solve_ms))
