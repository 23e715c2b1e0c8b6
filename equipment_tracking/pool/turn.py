"""One turn of the pool: the draft, the facts so far, and the answer to whoever asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.facts.watching import AlarmEnded, AlarmRaised, TimerCleared, TimerSet
from equipment_tracking.pool.model import Alarm, AlarmKind, Timer, TimerKind
from equipment_tracking.pool.rules import Rules
from equipment_tracking.register.answers import Accepted, Refusal

SERVICE = "portor"
"""Who answers for what the service decides by itself."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """State changes only by `emit`."""

    state: State
    rules: Rules
    now_ms: int
    actor: str = SERVICE
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    answer: Accepted | Refusal | None = None

    def emit(self, fact: Fact, *, by_service: bool = False) -> None:
        """Apply a fact to the draft and remember it with who answers for it."""
        fact.apply(self.state)
        self.facts.append((SERVICE if by_service else self.actor, fact))

    def set_timer(self, id: str, due_ms: int, what: TimerKind, subject: str = "") -> None:
        """Ask to be woken at an instant; the same id replaces an earlier one."""
        self.emit(TimerSet(Timer(id, due_ms, what, subject)), by_service=True)

    def clear_timer(self, id: str) -> None:
        """Not wanted any more."""
        if id in self.state.timers:
            self.emit(TimerCleared(id), by_service=True)

    def alarm(self, what: AlarmKind, subject: str, on: bool) -> None:
        """Raise the alarm if its cause is there and it is not yet, end it if the cause is gone."""
        id = f"{what}:{subject}"
        if on and id not in self.state.alarms:
            self.emit(AlarmRaised(Alarm(id, what, subject, self.now_ms)), by_service=True)
        elif not on and id in self.state.alarms:
            self.emit(AlarmEnded(id, what, subject, self.now_ms), by_service=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a turn decided: facts (already in the draft), each with who answers for it, and the answer."""

    facts: tuple[tuple[str, Fact], ...]
    answer: Accepted | Refusal | None

    def logged(self) -> Iterator[tuple[str, Fact]]:
        """Those that become rows of the ledger."""
        return ((actor, fact) for actor, fact in self.facts if fact.logged)
