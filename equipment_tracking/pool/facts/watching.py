"""Facts about where assets were seen, what that suggests, what is carried, and what people are warned of."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from equipment_tracking.pool.draft import State
from equipment_tracking.pool.facts.base import AssetFact, Fact, Note
from equipment_tracking.pool.model import Alarm, AlarmKind, Evidence, ItemState, Purpose, Timer, Transport


class Entered(AssetFact, frozen=True):
    """It came into another room; `ward` is whose room it is."""

    type: ClassVar[str] = "asset.entered"
    place: str
    ward: str = ""

    def apply(self, state: State) -> None:
        """It is there since now; in the same ward it stays since when it came."""
        item = state.items[self.asset]
        ward_since_ms = item.ward_since_ms if item.ward == self.ward and item.place else self.at_ms
        state.items.put(
            replace(item, place=self.place, ward=self.ward, entered_ms=self.at_ms, ward_since_ms=ward_since_ms)
        )


class Sighted(AssetFact, frozen=True):
    """Somebody looked for it at this place: it is `here`, or it is not. That it came in is said by `Entered`."""

    type: ClassVar[str] = "asset.sighted"
    place: str
    here: bool
    evidence: Evidence = "person"

    def apply(self, state: State) -> None:
        """Not where it was thought to be: from now on nobody knows where it is."""
        item = state.items[self.asset]
        if self.here:
            state.items.put(replace(item, sighted_ms=self.at_ms))
        elif item.place == self.place:
            state.items.put(replace(item, place="", ward="", entered_ms=self.at_ms, ward_since_ms=self.at_ms))


class StateSuggested(AssetFact, frozen=True):
    """The kind of room makes another state likely (None: nothing but what is known); a person or a scan decides."""

    type: ClassVar[str] = "asset.suggested"
    state: ItemState | None = None

    def apply(self, state: State) -> None:
        """Note the suggestion beside the state."""
        state.items.put(replace(state.items[self.asset], suggestion=self.state))


class TransportWanted(Fact, frozen=True):
    """The fleet shall carry the asset. The shared fields are those of `ledger.vocabulary.TransportWanted`."""

    type: ClassVar[str] = "transport.wanted"
    key: str
    load: str
    origin: str
    destination: str
    purpose: Purpose
    thing: str
    due_ms: int | None = None

    @property
    def subject(self) -> str:
        """The asset."""
        return self.thing

    def apply(self, state: State) -> None:
        """The asset has one open transport."""
        state.transports.put(
            Transport(self.key, self.thing, self.purpose, self.origin, self.destination, due_ms=self.due_ms)
        )
        state.items.put(replace(state.items[self.thing], transport=self.key))


class TransportTaken(AssetFact, frozen=True):
    """The fleet has made a job of it."""

    type: ClassVar[str] = "asset.transport_taken"
    key: str
    job: str

    def apply(self, state: State) -> None:
        """Note the job."""
        state.transports.put(replace(state.transports[self.key], job=self.job))


class TransportEnded(AssetFact, frozen=True):
    """The fleet brought it (`delivered`), or will not: `cancelled`, `refused` with the fleet's codes."""

    type: ClassVar[str] = "asset.transport_ended"
    key: str
    how: str
    destination: str = ""
    rules: tuple[str, ...] = ()

    def apply(self, state: State) -> None:
        """Forget the transport."""
        state.transports.remove(self.key)
        state.items.put(replace(state.items[self.asset], transport=""))


class TransportWithdrawn(Fact, frozen=True):
    """The transport is not needed any more. The shared fields are those of the vocabulary's event."""

    type: ClassVar[str] = "transport.withdrawn"
    key: str
    thing: str
    reason: str = ""

    @property
    def subject(self) -> str:
        """The asset."""
        return self.thing

    def apply(self, state: State) -> None:
        """Forget the transport."""
        state.transports.remove(self.key)
        state.items.put(replace(state.items[self.thing], transport=""))


class AlarmRaised(Fact, frozen=True):
    """A person should see to this."""

    type: ClassVar[str] = "alarm.raised"
    alarm: Alarm

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.alarm.subject

    def apply(self, state: State) -> None:
        """Raise it."""
        state.alarms.put(self.alarm)


class AlarmSeen(Fact, frozen=True):
    """A person has seen the alarm; it stays until its cause ends."""

    type: ClassVar[str] = "alarm.seen"
    alarm: str
    about: str
    by: str

    @property
    def subject(self) -> str:
        """What the alarm is about."""
        return self.about

    def apply(self, state: State) -> None:
        """Note who."""
        state.alarms.put(replace(state.alarms[self.alarm], seen_by=self.by))


class AlarmEnded(Fact, frozen=True):
    """Its cause is gone."""

    type: ClassVar[str] = "alarm.ended"
    alarm: str
    what: AlarmKind
    about: str
    at_ms: int

    @property
    def subject(self) -> str:
        """What it was about."""
        return self.about

    def apply(self, state: State) -> None:
        """Forget it."""
        state.alarms.remove(self.alarm)


# --- state only ------------------------------------------------------------------------------------------------------


class BatteryRead(Note, frozen=True):
    """What the battery of its tag holds, as a share."""

    type: ClassVar[str] = "tag.battery"
    asset: str
    battery: float

    def apply(self, state: State) -> None:
        """Note it."""
        state.items.put(replace(state.items[self.asset], battery=self.battery))


class TimerSet(Note, frozen=True):
    """Something is to be done at an instant."""

    type: ClassVar[str] = "timer.set"
    timer: Timer

    def apply(self, state: State) -> None:
        """Set it; the same id replaces an earlier one."""
        state.timers.put(self.timer)


class TimerCleared(Note, frozen=True):
    """Not wanted any more."""

    type: ClassVar[str] = "timer.cleared"
    timer: str

    def apply(self, state: State) -> None:
        """Forget it."""
        state.timers.remove(self.timer)
