"""From facts to rows: ledger entries without free text, and job rows as people list them."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from fleet.facts.base import Fact
from fleet.facts.carriers import ClosureSet
from fleet.orchestrator.turn import Decision
from fleet.requests import ChooseCarrier, CreateJob
from ledger.chain import Entry

_encoder = msgspec.json.Encoder()


def entries(decision: Decision, at_ms: int) -> list[Entry]:
    """The ledger rows of a decision."""
    return [fact.entry(actor, at_ms, payload(fact)) for actor, fact in decision.authored() if fact.logged]


def payload(fact: Fact) -> bytes:
    """The fact as JSON; what people wrote in words is left out, it lies in erasable tables."""
    if isinstance(fact, ClosureSet):
        fact = replace(fact, closure=replace(fact.closure, reason=""))
    return _encoder.encode(fact)


def note_of(request: object) -> str | None:
    """The free text of a request that belongs to its job."""
    if isinstance(request, CreateJob):
        return request.note or None
    if isinstance(request, ChooseCarrier):
        return request.reason or None
    return None
