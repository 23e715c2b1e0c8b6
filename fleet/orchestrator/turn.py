"""One turn of the orchestrator: the draft, the hospital, the facts so far, and what the later phases must look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from bus.messages import Command
from fleet.draft import State
from fleet.facts.base import Fact
from fleet.facts.carriers import TimerCleared, TimerSet
from fleet.hospital import Hospital, Ways
from fleet.model import Carrier, Timer, TimerKind
from fleet.planner import Planner
from fleet.requests import Accepted, Refusal
from fleet.views import Reason
from routing.dispatch.messages import SolveRequested
from routing.traffic.control import Traffic

if TYPE_CHECKING:
    from fleet.orchestrator.tube_plan import Projection

F = TypeVar("F", bound=Fact)
SERVICE = "portor"
"""Who answers for what the service decides by itself."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """State changes only by `emit`; the lists say what the following phases have to do, sorted before use."""

    state: State
    hospital: Hospital
    planner: Planner
    now_ms: int
    actor: str = SERVICE
    key: str = ""
    facts: list[Fact] = field(default_factory=list)
    sends: list[tuple[str, Command]] = field(default_factory=list)
    solve: SolveRequested | None = None
    answer: Accepted | Refusal | None = None
    due: set[str] = field(default_factory=set)
    choose: set[str] = field(default_factory=set)
    late_choose: set[str] = field(default_factory=set)
    assign: set[str] = field(default_factory=set)
    drive: set[str] = field(default_factory=set)
    estimate: set[str] = field(default_factory=set)
    grant: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    asked_to_go: set[str] = field(default_factory=set)
    tubes: set[str] = field(default_factory=set)
    projected: dict[str, Projection] = field(default_factory=dict)
    parking: dict[str, tuple[str, Reason | None] | None] = field(default_factory=dict)

    def emit(self, fact: Fact) -> None:
        """Apply a fact to the draft and remember it."""
        fact.apply(self.state)
        self.facts.append(fact)

    @property
    def shifts(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Porters' shifts as last published."""
        return self.state.meta.shifts

    @property
    def ways(self) -> Ways:
        """The floor graph under the closures of this draft."""
        return self.hospital.ways(frozenset(c.target for c in self.state.closures.values()))

    @property
    def lanes(self) -> Traffic:
        """Traffic as this draft has it; what is changed there counts when `keep_lanes` has been called."""
        return self.planner.lanes.of(self.state)

    def keep_lanes(self) -> None:
        """Make a fact of what has changed in traffic."""
        fact = self.planner.lanes.changed()
        if fact is not None:
            self.emit(fact)

    def set_timer(self, id: str, due_ms: int, what: TimerKind, subject: str = "", *, timeout: bool = False) -> None:
        """Ask to be woken at an instant; the same id replaces an earlier one."""
        self.emit(TimerSet(Timer(id=id, due_ms=due_ms, what=what, subject=subject, timeout=timeout)))

    def clear_timer(self, id: str) -> None:
        """Not wanted any more."""
        if id in self.state.timers:
            self.emit(TimerCleared(id))

    def touch(self, *carriers: str) -> None:
        """These carriers may have something to start, and their promises may have changed."""
        self.drive.update(carriers)
        self.estimate.update(carriers)

    def carrier(self, id: str) -> Carrier:
        """A carrier of the draft."""
        return self.state.carriers[id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a turn decided: facts (already in the draft), commands to send after the commit, and the answer."""

    facts: tuple[Fact, ...]
    sends: tuple[tuple[str, Command], ...]
    solve: SolveRequested | None
    answer: Accepted | Refusal | None
    actor: str
    settled: int

    def authored(self) -> Iterator[tuple[str, Fact]]:
        """Each fact with who answers for it: what settled the event is its actor's, what follows is the service's."""
        for number, fact in enumerate(self.facts):
            yield self.actor if number < self.settled else SERVICE, fact
