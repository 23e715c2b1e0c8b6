"""Events that are decided and committed together, with whoever waits for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from bus.messages import Request
from fleet.events import Event
from fleet.orchestrator.turn import Decision
from fleet.views import JobView


@dataclass(slots=True, kw_only=True)
class Group:
    """Events that are decided and committed together."""

    items: list[tuple[Event, str | None, Request | None]] = field(default_factory=list)
    decisions: list[tuple[Decision, int]] = field(default_factory=list)
    replies: list[tuple[str, Request, int, object]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    orders: dict[str, bytes] = field(default_factory=dict)
    ended: dict[str, JobView] = field(default_factory=dict)

    def add(self, event: Event, peer: str | None = None, request: Request | None = None) -> None:
        """One more event; `peer` and `request` when somebody waits for its answer."""
        self.items.append((event, peer, request))
