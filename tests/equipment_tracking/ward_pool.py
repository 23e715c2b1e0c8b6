"""A small pool for the tests: a few assets, somebody who asks, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from equipment_tracking.pool.core import handle
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked, Event, TimerFired
from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.requests import AnyRequest, Confirm, MarkCleaned, Register
from equipment_tracking.pool.rules import Rules
from equipment_tracking.pool.search import Guesses
from equipment_tracking.pool.turn import Decision
from equipment_tracking.register.answers import Accepted, Refusal
from equipment_tracking.register.assets import Asset
from equipment_tracking.register.catalogue import standard_catalogue

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
START_MS = 1_773_640_800_000
RULES = Rules(standard_catalogue(), exits=("0-entrance",))


def pump(number: int, **more: object) -> Asset:
    """A syringe pump of ward A that lives in the clean utility."""
    fields = {"type": "infusion_pump", "ward": "A", "home": "a-clean", "pump": "syringe"} | more
    return Asset(f"5712345P{number}", f"Pump {number}", **fields)  # type: ignore[arg-type]  # any of its fields


def chair(number: int, **more: object) -> Asset:
    """A wheelchair of ward B."""
    fields = {"type": "wheelchair", "ward": "B", "home": "b-clean", "safe_load_kg": 160.0} | more
    return Asset(f"5712345C{number}", f"Chair {number}", **fields)  # type: ignore[arg-type]  # any of its fields


P1, P2, P3 = (f"5712345P{number}" for number in (1, 2, 3))
C1 = "5712345C1"


class Whereabouts(NamedTuple):
    """Where an asset may be: (number of the room, probability), when and where it was last surely seen."""

    asset: str
    rooms: tuple[tuple[int, float], ...]
    seen_ms: int = START_MS
    last_room: int = -1


def columns(candidates: Sequence[Whereabouts]) -> Guesses:
    """The same as search wants it."""
    most = max((len(where.rooms) for where in candidates), default=1)
    filled = [[*where.rooms, *[(-1, 0.0)] * (most - len(where.rooms))] for where in candidates]
    table = np.array(filled, dtype=np.float64).reshape(len(candidates), most, 2)
    return Guesses(
        assets=tuple(where.asset for where in candidates),
        room=table[:, :, 0].astype(np.int32),
        p=table[:, :, 1],
        seen_ms=np.array([where.seen_ms for where in candidates], dtype=np.int64),
        last_room=np.array([where.last_room for where in candidates], dtype=np.int32),
    )


class Pool:
    """Asks, commits as a store would, and remembers every fact."""

    def __init__(self, *assets: Asset, rules: Rules = RULES) -> None:
        self.state = State()
        self.rules = rules
        self.now_ms = START_MS
        self.facts: list[Fact] = []
        self.authors: list[tuple[str, str]] = []
        if assets:
            self.do(Register(assets))

    def handle(self, event: Event) -> Decision:
        """One event, committed."""
        decision = handle(self.state, event, self.now_ms, self.rules)
        self.state.commit()
        self.facts += [fact for _, fact in decision.facts]
        self.authors += [(actor, fact.type) for actor, fact in decision.logged()]
        return decision

    def ask(self, request: AnyRequest, actor: str = "anna") -> Accepted | Refusal:
        """What somebody asks for; a refusal changes nothing, which is looked at each time."""
        before = self.state.snapshot()
        decision = self.handle(Asked(request, actor))
        assert decision.answer is not None
        if isinstance(decision.answer, Refusal):
            assert decision.facts == ()
            assert self.state.snapshot() == before
            assert all(violation.da and violation.en for violation in decision.answer.violations)
        return decision.answer

    def do(self, request: AnyRequest, actor: str = "anna") -> Accepted:
        """What must be granted."""
        answer = self.ask(request, actor)
        assert isinstance(answer, Accepted), answer
        return answer

    def refused(self, request: AnyRequest, actor: str = "anna") -> list[str]:
        """The rules of what must be refused."""
        answer = self.ask(request, actor)
        assert isinstance(answer, Refusal), answer
        return [violation.rule for violation in answer.violations]

    def make_ready(self, *assets: str) -> None:
        """Clean and confirm, from used."""
        for asset in assets:
            self.do(MarkCleaned(asset, "wipe_alcohol"), "carl")
            self.do(Confirm(asset, self.rules.catalogue.checks(self.state.assets[asset].type)), "carl")

    def run_to(self, now_ms: int) -> None:
        """Let time pass; every timer fires when it is due."""
        while (due_ms := self.state.next_due_ms()) is not None and due_ms <= now_ms:
            self.now_ms = max(self.now_ms, due_ms)
            for timer in self.state.due(self.now_ms):
                self.handle(TimerFired(timer.id))
        self.now_ms = now_ms

    def is_(self, asset: str) -> str:
        """Its state."""
        return self.state.items[asset].state

    def alarms(self) -> list[str]:
        """The alarms that are on."""
        return self.state.alarms.ids()

    def types(self) -> list[str]:
        """The types of all logged facts so far."""
        return [fact.type for fact in self.facts if fact.logged]
