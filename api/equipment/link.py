"""The api's way to equipment tracking: asks its process over the bus and turns every refusal into a problem."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import TypeVar

import msgspec

from api.access import Actor
from api.problems import Problem, refuse
from bus.client import BusClient, Unavailable
from bus.messages import Reply
from equipment_tracking.pool.requests import PoolRequest
from equipment_tracking.queries import Export, Import, Query
from equipment_tracking.views import Refused
from fleet.requests import Violation

QUESTION_S = 5.0
"""How long a question waits for its answer."""

LIST_S = 60.0
"""How long a list of the whole register may take, in or out."""

GLANCE_S = 1.0
"""How long a question waits while the part is out of contact: pages show what they have instead."""

FIELDS = {"asset_type": "type", "due_ms": "due", "until_ms": "until"}
"""What the interface calls a field where the part says otherwise."""

V = TypeVar("V", bound=msgspec.Struct)


class EquipmentLink:
    """The equipment process as the routes see it: whether it is there, and a way to ask it."""

    def __init__(self, bus: BusClient, hold_s: float, *, own: bool = False) -> None:
        self._bus = bus
        self._hold_s = hold_s
        self._own = own

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[EquipmentLink]:
        """Keep the connection open while the block runs, if it is this link's own."""
        async with self._bus if self._own else contextlib.nullcontext():
            yield self

    @property
    def in_contact(self) -> bool:
        """True while the part is heard."""
        return self._bus.in_contact

    async def ask(self, actor: Actor | None, body: PoolRequest | Query, view: type[V], key: str = "") -> V:
        """Ask in somebody's name (None: nobody's, for questions) and return the view that answers.

        A request to change something without a `key` gets one of its own; while the part changes or starts again the
        bus holds it and sends it again with the same key.

        Raises
        ------
        Problem
            The part's refusal with all broken rules, and with what may be had instead in `offers`; 503
            `equipment_away` when nobody answers.
        """
        if _writes(body):
            key = key or secrets.token_urlsafe(16)
        reply = await self._send(actor, body, key, self._patience_s(body))
        if reply.status < 400:
            return msgspec.msgpack.decode(reply.body, type=view)
        refused = msgspec.msgpack.decode(reply.body, type=Refused)
        violations = [Violation(v.rule, FIELDS.get(v.field, v.field), v.da, v.en) for v in refused.violations]
        raise Problem(reply.status, violations, refused.retry_s, offers=refused.offers)

    def _patience_s(self, body: PoolRequest | Query) -> float:
        if isinstance(body, PoolRequest):
            return self._hold_s
        if not self.in_contact:
            return self._hold_s if _writes(body) else GLANCE_S
        return LIST_S if isinstance(body, Import | Export) else QUESTION_S

    async def _send(self, actor: Actor | None, body: msgspec.Struct, key: str, timeout_s: float) -> Reply:
        id, role = (actor.id, actor.role) if actor else ("api", "technician")
        try:
            return await self._bus.request(id, role, key, body, timeout_s)
        except Unavailable as away:
            raise refuse(
                503,
                "equipment_away",
                "",
                da="Udstyrssporingen svarer ikke lige nu. Prøv igen om lidt; en ændring sendes med samme nøgle.",
                en="Equipment tracking does not answer just now. Try again shortly; a change with the same key.",
                retry_s=away.retry_s,
            ) from away


def _writes(body: PoolRequest | Query) -> bool:
    return isinstance(body, PoolRequest) or (isinstance(body, Import) and not body.dry_run)
