"""Agents that carry out every command in the time it should take: the shortest way to run the core in a test."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from zoneinfo import ZoneInfo

import msgspec

from bus.messages import (
    Ack,
    Cancel,
    CarrierReport,
    Charge,
    Command,
    CommandFate,
    Done,
    Drop,
    Failed,
    Hello,
    Lift,
    Move,
    Passed,
    Pick,
    Release,
    Report,
    SendCapsule,
    Waypoint,
)
from fleet.calendar import local_day, publish
from fleet.draft import State
from fleet.events import Asked, Event, Greeted, Reported, TimerFired
from fleet.facts.base import Fact
from fleet.hospital import Hospital
from fleet.model import Job, OpenCommand
from fleet.orchestrator.core import handle
from fleet.orchestrator.turn import Decision
from fleet.planner import Planner
from fleet.requests import Accepted, AnyRequest, CreateJob, Refusal
from fleet.simulated.cores.work import released

MONDAY_8 = 1_773_640_800_000  # 2026-03-16 07:00 in Copenhagen (06:00 UTC)
ACK_MS = 500


@dataclass(slots=True)
class Driving:
    """A move as it stands, and the waypoint where its carrier is; `moving` on the way to the next."""

    move: Move
    at: int = -1
    moving: bool = False


class Clinic:
    """A hospital with obedient agents under one virtual clock; nothing is stored, every event commits."""

    def __init__(self, hospital: Hospital, now_ms: int = MONDAY_8, *, porters_answer: bool = True) -> None:
        self.hospital = hospital
        self.state = State()
        self.planner = Planner(hospital)
        self.now_ms = now_ms
        self.facts: list[tuple[int, str, Fact]] = []
        self.porters_answer = porters_answer
        self.lift_ms = 15_000  # what a call, a ride and an exit take each
        self.refuse: dict[str, str] = {}  # leg → reason with which its next pick fails
        self.broken: dict[str, str] = {}  # carrier → reason with which its next move fails
        self._queue: list[tuple[int, int, str, Report]] = []
        self.drives: dict[tuple[str, int], Driving] = {}
        self._order = count()
        self._known: dict[str, Job] = {}
        self._numbers: dict[str, int] = {}
        self._running: dict[tuple[str, int], bool] = {}
        self.handle(publish(hospital, local_day(now_ms, ZoneInfo(hospital.site.site.timezone))))
        for agent, reports in self._greetings().items():
            self.handle(Greeted(Hello(agent, "s1", 1, tuple(reports))))

    def _greetings(self) -> dict[str, list[CarrierReport]]:
        layout, site = self.hospital.layout, self.hospital.site
        base = {shift.id: layout.station_node[shift.base] for shift in site.porters.shifts}
        return {
            "sim-robots": [CarrierReport(r.id, layout.bay_node[r.bay], battery=0.9) for r in layout.robots],
            "sim-lifts": [CarrierReport(lift.id, "", floor=lift.serves[0]) for lift in site.lifts],
            "sim-porters": [CarrierReport(id, base[shift]) for id, shift in self.hospital.shift_of.items()],
            "sim-tube": [CarrierReport(tube.id, "") for tube in site.tubes],
        }

    def handle(self, event: Event) -> Decision:
        """Let the core decide, commit, and give its commands to the agents."""
        decision = handle(self.state, event, self.now_ms, self.hospital, self.planner)
        self._known.update((id, job) for id, job in self.state.jobs.changes.items() if job is not None)
        self.facts += [(self.now_ms, actor, fact) for actor, fact in decision.authored()]
        self.state.commit()
        self.judge(event, decision)
        for agent, command in decision.sends:
            self._accept(agent, command)
        return decision

    def judge(self, event: Event, decision: Decision) -> None:
        """What a test wants to see after every event, before the agents hear of it."""

    def ask(self, request: AnyRequest, actor: str = "anna") -> Accepted | Refusal:
        """Ask the fleet for something."""
        answer = self.handle(Asked(request, actor=actor)).answer
        assert answer is not None
        return answer

    def order(self, load: str, origin: str, destination: str, **more: object) -> Job:
        """Order a transport that must be accepted."""
        answer = self.ask(CreateJob(load=load, origin=origin, destination=destination, **more))  # type: ignore[arg-type]
        assert isinstance(answer, Accepted), answer
        return self.job(answer.id)

    def job(self, id: str) -> Job:
        """A job as it is now, or as it was when it left the state."""
        return self._known[id]

    def run(self, minutes: float) -> None:
        """Let time pass: reports and timers in order of their instants."""
        end_ms = self.now_ms + round(minutes * 60_000)
        while True:
            due_ms = self.state.next_due_ms()
            report_ms = self._queue[0][0] if self._queue else None
            upcoming = min((at for at in (due_ms, report_ms) if at is not None), default=None)
            if upcoming is None or upcoming > end_ms:
                break
            self.now_ms = max(self.now_ms, upcoming)
            if report_ms is not None and report_ms <= upcoming:
                _, _, agent, report = heapq.heappop(self._queue)
                self._deliver(agent, report)
            else:
                for timer in self.state.due(self.now_ms):
                    self.handle(TimerFired(timer.id))
        self.now_ms = end_ms

    def until(self, act: type[Command], job: str = "") -> OpenCommand:
        """Let time pass until such a command (for a leg of the job) is being carried out."""
        for _ in range(2000):
            for command in self.state.commands.values():
                leg = getattr(command.message, "leg", "")
                if isinstance(command.message, act) and (not job or leg.startswith(f"{job}.")) and command.acked:
                    return command
            self.run(0.02)
        raise AssertionError(f"no {act.__name__} within 40 minutes")

    def restart(
        self,
        agent: str,
        *,
        unknown: Iterable[int] = (),
        missed: Iterable[int] = (),
        forgot: bool = False,
        nodes: Mapping[str, str] | None = None,
    ) -> Decision:
        """The agent starts anew and says hello.

        Of the `unknown` commands it cannot tell what became of them, the `missed` ones never reached it; one that
        `forgot` has lost its disk. `nodes` says where its carriers stand, if not where they were thought to be.
        """
        mine = [command.number for command in self.state.commands.values() if command.agent == agent]
        gone = mine if forgot else [*unknown, *missed]
        for number in gone:
            self._running.pop((agent, number), None)
            self.drives.pop((agent, number), None)
        self._queue = [
            entry for entry in self._queue if entry[2] != agent or (entry[3].command not in gone and not forgot)
        ]
        heapq.heapify(self._queue)
        last_command = min((*missed, self.state.agents[agent].last_command + 1)) - 1
        fates = tuple(
            CommandFate(number, "unknown" if number in gone else "running") for number in mine if number <= last_command
        )
        if forgot:
            self._numbers[agent] = last_command = 0
            fates = ()
        hello = self.hello(agent, f"s{next(self._order)}", nodes or {})
        return self.handle(Greeted(msgspec.structs.replace(hello, last_command=last_command, fates=fates)))

    def hello(self, agent: str, session: str, nodes: Mapping[str, str] | None = None) -> Hello:
        """What an agent says that has accepted every command: its carriers stand where they are thought to, or here."""
        stands = {c.id: c.node for c in self.state.carriers.values() if c.agent == agent}
        stands |= {d.move.carrier: d.move.nodes[max(d.at, 0)].node for (of, _), d in self.drives.items() if of == agent}
        stands |= dict(nodes or {})
        reports = tuple(
            msgspec.structs.replace(report, node=stands.get(report.carrier, report.node))
            for report in self._greetings()[agent]
        )
        return Hello(agent, session, 1, reports, self.state.agents[agent].last_command, self._numbers.get(agent, 0))

    def report(self, command: OpenCommand, reason: str) -> None:
        """The running command fails with this reason, now."""
        self._running.pop((command.agent, command.number), None)
        self.drives.pop((command.agent, command.number), None)
        number = self._numbers[command.agent] = self._numbers.get(command.agent, 0) + 1
        self.handle(Reported(command.agent, Failed(number, command.number, self.now_ms, reason)))

    def break_down(self, carrier: str) -> None:
        """The carrier's running move ends with a fault at the waypoint that it last passed."""
        command = next(c for c in self.state.commands.values() if c.carrier == carrier and isinstance(c.message, Move))
        assert isinstance(command.message, Move)
        self._running.pop((command.agent, command.number), None)
        number = self._numbers[command.agent] = self._numbers.get(command.agent, 0) + 1
        node = self._stop(command.agent, command.number).node
        self.handle(Reported(command.agent, Failed(number, command.number, self.now_ms, "fault", node)))

    def is_at(self, carrier: str) -> str:
        """The node that a carrier with a move has passed last; nothing if it has none."""
        drives = [driving for driving in self.drives.values() if driving.move.carrier == carrier and driving.at >= 0]
        return drives[0].move.nodes[drives[0].at].node if drives else ""

    def kinds(self, job: str) -> list[str]:
        """The logged facts about a job, in order."""
        return [fact.type for _, _, fact in self.facts if fact.logged and fact.subject == job]

    def _stop(self, agent: str, number: int) -> Waypoint:
        """The move is over; where its carrier stands."""
        driving = self.drives.pop((agent, number))
        return driving.move.nodes[max(driving.at, 0)]

    def _drive_on(self, agent: str, driving: Driving) -> None:
        """To the next waypoint if it is released, else to the end of the move if this is it."""
        nodes, at = driving.move.nodes, driving.at
        if driving.moving:
            return
        if at < driving.move.released_to:
            ahead = nodes[at + 1]
            here = nodes[max(at, 0)]
            metres = math.dist((here.x_m, here.y_m), (ahead.x_m, ahead.y_m))
            driving.moving = True
            passed = Passed(0, driving.move.number, 0, at + 1, ahead.node)
            self._report(round(1000 * (metres / ahead.max_speed_m_s + ahead.dwell_s)), agent, passed)
        elif at + 1 == len(nodes):
            self._report(0, agent, Done(0, driving.move.number, 0, nodes[at].node))

    def _arrive(self, agent: str, passed: Passed) -> None:
        driving = self.drives.get((agent, passed.command))
        if driving is None:
            return
        driving.at, driving.moving = passed.index, False
        self._drive_on(agent, driving)
        if passed.index in driving.move.report_at:
            self._say(agent, passed)

    def _say(self, agent: str, report: Report) -> None:
        number = self._numbers[agent] = self._numbers.get(agent, 0) + 1
        self.handle(Reported(agent, msgspec.structs.replace(report, number=number, at_ms=self.now_ms)))

    def _deliver(self, agent: str, report: Report) -> None:
        key = (agent, report.command)
        if isinstance(report, Passed):
            self._arrive(agent, report)
            return
        if isinstance(report, Done):
            self.drives.pop(key, None)
        if not isinstance(report, Ack) and not self._running.pop(key, False):
            return
        self._say(agent, report)

    def _report(self, after_ms: int, agent: str, report: Report) -> None:
        heapq.heappush(self._queue, (self.now_ms + after_ms, next(self._order), agent, report))

    def _accept(self, agent: str, command: Command) -> None:
        if agent == "sim-porters" and isinstance(command, Move) and command.leg and not self.porters_answer:
            self._running[agent, command.number] = True
            return
        self._running[agent, command.number] = True
        self._report(ACK_MS, agent, Ack(0, command.number, 0))
        if isinstance(command, Cancel):
            if self._running.pop((agent, command.command), False):
                number = self._numbers.get(agent, 0) + 1
                self._numbers[agent] = number
                driving = self.drives.pop((agent, command.command), None)
                here = self.state.carriers[command.carrier].node
                node = here if driving is None else driving.move.nodes[max(driving.at, 0)].node
                self.handle(Reported(agent, Failed(number, command.command, self.now_ms, "cancelled", node)))
            self._report(ACK_MS, agent, Done(0, command.number, 0))
            return
        if isinstance(command, Pick) and command.leg in self.refuse:
            self._report(ACK_MS + 1, agent, Failed(0, command.number, 0, self.refuse.pop(command.leg)))
            return
        if isinstance(command, Move) and command.carrier in self.broken:
            node = command.nodes[0].node
            self._report(ACK_MS + 1, agent, Failed(0, command.number, 0, self.broken.pop(command.carrier), node))
            return
        if isinstance(command, Release):
            self._release(agent, command)
        elif isinstance(command, Move):
            driving = self.drives[agent, command.number] = Driving(command, moving=True)
            self._report(ACK_MS, agent, Passed(0, command.number, 0, 0, driving.move.nodes[0].node))
        elif not isinstance(command, Charge):
            self._report(ACK_MS + self._takes_ms(command), agent, Done(0, command.number, 0))

    def _release(self, agent: str, command: Release) -> None:
        self._report(ACK_MS, agent, Done(0, command.number, 0))
        driving = self.drives.get((agent, command.move))
        if driving is not None:
            driving.move = released(driving.move, command)
            self._drive_on(agent, driving)

    def _takes_ms(self, command: Command) -> int:
        if isinstance(command, Pick | Drop):
            return round(command.duration_s * 1000)
        if isinstance(command, SendCapsule):
            return round(1000 * (15 + command.path_m / 4 + 25 * command.transfers))
        return self.lift_ms if isinstance(command, Lift) else 0
