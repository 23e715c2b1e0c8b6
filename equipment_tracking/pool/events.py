"""What happens to the pool: requests, sightings, tag batteries, the fleet's answers, timers."""

from __future__ import annotations

import msgspec

from equipment_tracking.pool.requests import AnyRequest
from ledger.vocabulary import JobCancelled, JobCreated, JobDelivered, TransportRefused


class Asked(msgspec.Struct, frozen=True):
    """A person asks for something; `actor` is that person's reference."""

    request: AnyRequest
    actor: str


class Seen(msgspec.Struct, frozen=True):
    """The locator is sure enough of the room that an asset is in: what kind it is, and whose."""

    asset: str
    place: str
    room_kind: str = ""
    ward: str = ""


class TagHeard(msgspec.Struct, frozen=True):
    """What the battery of an asset's tag holds, as a share."""

    asset: str
    battery: float


class Told(msgspec.Struct, frozen=True):
    """The fleet answers a wish for transport."""

    answer: JobCreated | JobDelivered | JobCancelled | TransportRefused


class TimerFired(msgspec.Struct, frozen=True):
    """A timer of the state is due."""

    timer: str


Event = Asked | Seen | TagHeard | Told | TimerFired
