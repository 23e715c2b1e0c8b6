"""The event types that rooms share: the only way in which rooms of one floor meet.

A room may write more into an event than stands here, and has event types of its own; readers in other rooms see what
stands here. A released version never changes: a new one gets a number, an upcaster and a golden file.
"""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

import msgspec

from ledger.chain import Entry
from ledger.upcast import UPCASTERS, UnknownVersion, Upcasters

E = TypeVar("E", bound="Event")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; instants are integer milliseconds UTC of site time, people are references."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1


class TransportWanted(Event, frozen=True, kw_only=True):
    """A room needs something carried; the fleet makes one job of it and answers with the same key.

    `thing` is the tracked asset that is to be moved, if it is one.
    """

    kind: ClassVar[str] = "transport.wanted"
    key: str
    load: str
    origin: str
    destination: str
    due_ms: int | None = None
    ready_ms: int | None = None
    priority: str | None = None
    thing: str = ""


class TransportWithdrawn(Event, frozen=True, kw_only=True):
    """The room does not need the transport any more; `reason` is a code."""

    kind: ClassVar[str] = "transport.withdrawn"
    key: str
    reason: str = ""


class TransportRefused(Event, frozen=True, kw_only=True):
    """The fleet cannot make a job of it; the codes of all the rules that it broke."""

    kind: ClassVar[str] = "transport.refused"
    key: str
    rules: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered, as a part of `job.created`."""

    load: str
    origin: str
    destination: str
    priority: str
    ready_ms: int
    due_ms: int
    key: str = ""


class JobCreated(Event, frozen=True, kw_only=True):
    """The fleet has taken on a transport."""

    kind: ClassVar[str] = "job.created"
    job: str
    created: Order


class JobDelivered(Event, frozen=True, kw_only=True):
    """The load is where it was to go."""

    kind: ClassVar[str] = "job.delivered"
    job: str
    load: str
    destination: str
    at_ms: int
    on_time: bool
    key: str = ""


class JobCancelled(Event, frozen=True, kw_only=True):
    """The job ended without being carried out; `custodian` has the load now."""

    kind: ClassVar[str] = "job.cancelled"
    job: str
    custodian: str
    key: str = ""


VOCABULARY: Final[tuple[type[Event], ...]] = (
    TransportWanted,
    TransportWithdrawn,
    TransportRefused,
    JobCreated,
    JobDelivered,
    JobCancelled,
)
"""Every type that rooms share."""

_ENCODER: Final = msgspec.json.Encoder()


def entry(event: Event, *, at_ms: int, actor: str, subject: str) -> Entry:
    """The event as it is appended to the ledger."""
    return Entry(
        at_ms=at_ms,
        actor=actor,
        kind=event.kind,
        version=event.version,
        subject=subject,
        payload=_ENCODER.encode(event),
    )


def decode(event_type: type[E], version: int, payload: bytes, upcasters: Upcasters = UPCASTERS) -> E:
    """The event behind a payload that was written in `version`, in today's version of its type.

    Raises
    ------
    UnknownVersion
        It was written by a later version of the program, or an upcaster is missing.
    msgspec.ValidationError
        The payload is not of this type.
    """
    reached, fields = upcasters.upcast(event_type.kind, version, msgspec.json.decode(payload))
    if reached != event_type.version:
        raise UnknownVersion(
            f"{event_type.kind} was written in version {version}, and this program reads up to version "
            f"{event_type.version}. Install the version that wrote it."
        )
    return msgspec.convert(fields, event_type)
