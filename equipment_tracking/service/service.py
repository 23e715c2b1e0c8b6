"""The loop of equipment tracking: requests are answered, what was seen is settled, timers fire, the fleet is heard."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from bus import wire
from bus.broker import Broker
from bus.clock import ClockFollower
from bus.messages import Reply, Request
from equipment_tracking.evidence import Evidence, Kind
from equipment_tracking.pool.events import Event, Seen, TagHeard, TimerFired
from equipment_tracking.pool.facts.base import AssetFact, Fact
from equipment_tracking.pool.facts.watching import Sighted, TransportEnded
from equipment_tracking.pool.requests import AnyRequest
from equipment_tracking.queries import AnyQuery
from equipment_tracking.readings import plain_id
from equipment_tracking.register.answers import Violation
from equipment_tracking.service.desk import BROKEN, Desk
from equipment_tracking.service.fleet import FleetFollower
from equipment_tracking.service.listening import Listener, Moves
from equipment_tracking.store.writer import EquipmentWriter
from equipment_tracking.views import Refused
from ledger.errors import DatabaseBusy, DiskFull

log = logging.getLogger(__name__)

BEAT_S = 1.0
LOOK_MS = 200
"""How long the loop waits for messages at most before it looks what the locator has found."""
SOON_MS = 20
GROUP = 32
TIMERS = 100
AT_ONCE = 200
"""Sightings settled in one transaction: after a start every tag is seen, and others write this database too."""
KEPT_ANSWERS_MS = 7 * 24 * 3_600_000
"""A repeated key is recognised for a week."""
FORGET_EVERY_S = 3600.0
_decode = msgspec.msgpack.Decoder(AnyRequest | AnyQuery).decode
STARTING = Violation(
    "starting",
    "",
    "Udstyrssporingen er ved at starte. Prøv igen om et øjeblik.",
    "Equipment tracking is starting. Try again in a moment.",
)


class Service:
    """Owns the sockets and the order of things; the desk decides nothing without it, the core everything."""

    def __init__(
        self,
        *,
        desk: Desk,
        listener: Listener,
        writer: EquipmentWriter,
        broker: Broker,
        clock: ClockFollower,
        fleet: FleetFollower,
        monotonic: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] | None = None,
    ) -> None:
        self._desk = desk
        self._listener = listener
        self._writer = writer
        self._broker = broker
        self._clock = clock
        self._fleet = fleet
        self._monotonic = monotonic
        self._wall_ms = wall_ms or (lambda: time.time_ns() // 1_000_000)
        self._beat_s = monotonic() - BEAT_S
        self._forgotten_s = monotonic()
        self._followed = -1
        self._seen: list[Event] = []

    @property
    def knows_time(self) -> bool:
        """Whether the dispatcher has said what time it is; before, every request is asked to come again."""
        return self._clock.now_ms() is not None

    def step(self) -> None:
        """One turn of the loop."""
        for received in self._broker.poll(self._wait_ms(), GROUP):
            if isinstance(received.message, Request):
                self._answer(received.peer, received.message)
        self._clock.poll()
        now_ms = self._clock.now_ms()
        if now_ms is None:
            return
        try:
            self._settle(now_ms)
            self._tick(now_ms)
        except (DiskFull, DatabaseBusy) as away:
            log.warning("nothing written: %s", away)

    def learn(self, facts: Sequence[Fact]) -> None:
        """What people, scans and hand-overs say of places is evidence to the locator."""
        for fact in facts:
            evidence = _evidence(fact)
            if evidence is None or not isinstance(fact, AssetFact):
                continue
            asset = self._desk.state.assets.get(fact.asset)
            if asset is not None and asset.tag:
                self._listener.learn(plain_id(asset.tag), evidence)

    def _wait_ms(self) -> int:
        due_ms, now_ms = self._desk.state.next_due_ms(), self._clock.now_ms()
        if self._seen:
            return SOON_MS
        return 0 if due_ms is not None and now_ms is not None and due_ms <= now_ms else LOOK_MS

    def _answer(self, peer: str, request: Request) -> None:
        now_ms = self._clock.now_ms()
        status: int
        body: msgspec.Struct
        try:
            asked = _decode(request.body)
            if now_ms is None:
                status, body = 503, Refused((STARTING,), retry_s=1)
            else:
                status, body = self._desk.answer(asked, actor=request.actor, key=request.key, now_ms=now_ms)
        except msgspec.DecodeError as problem:
            sentence = Violation("malformed", "body", f"Ugyldig anmodning: {problem}", f"Malformed request: {problem}")
            status, body = 400, Refused((sentence,))
        except Exception:
            log.exception("request dropped: %r", request.body[:200])
            self._desk.state.rollback()
            status, body = 500, Refused((BROKEN,))
        self._broker.send(peer, Reply(id=request.id, status=status, body=wire.body(body)))

    def _settle(self, now_ms: int) -> None:
        """What the locator has found, and timers that are due."""
        moves = self._listener.taken()
        if moves.located is not None:
            self._desk.sightings.locate(moves.located, now_ms - self._wall_ms())
        self._seen += self._events(moves)
        timers = [TimerFired(timer.id) for timer in self._desk.state.due(now_ms)[:TIMERS]]
        events = [*timers, *self._seen[:AT_ONCE]]
        if events:
            self._desk.settle(events, now_ms)
            del self._seen[:AT_ONCE]

    def _events(self, moves: Moves) -> list[Event]:
        """What the locator has found, for those tags that an asset carries."""
        events: list[Event] = []
        building, sightings = self._desk.building, self._desk.sightings
        for tag, area in moves.entered:
            if (asset := sightings.asset_of(tag)) is not None:
                place = building.areas[area]
                events.append(Seen(asset, place, building.kind_of(place), building.ward_of.get(place, "")))
        for tag, share in moves.batteries:
            if (asset := sightings.asset_of(tag)) is not None:
                events.append(TagHeard(asset, share))
        return events

    def _tick(self, now_ms: int) -> None:
        """Once a second: the lease, the fleet's answers, new tags."""
        now_s = self._monotonic()
        if now_s < self._beat_s + BEAT_S:
            return
        self._beat_s = now_s
        self._writer.renew_beat()
        told, cursor = self._fleet.read(self._desk.state)
        if told:
            self._desk.settle(told, now_ms, cursor)
        if self._desk.sightings.version != self._followed:
            self._followed = self._desk.sightings.version
            self._listener.follow(self._desk.sightings.tags())
        if now_s >= self._forgotten_s + FORGET_EVERY_S:
            self._forgotten_s = now_s
            self._writer.forget_answers(now_ms - KEPT_ANSWERS_MS)


def _evidence(fact: Fact) -> Evidence | None:
    """What a fact says of a place, if it does."""
    if isinstance(fact, Sighted):
        kind: Kind = "not_here" if not fact.here else "scan" if fact.evidence == "scan" else "found"
        return Evidence(kind=kind, place=fact.place)
    if isinstance(fact, TransportEnded) and fact.how == "delivered":
        return Evidence(kind="dock", place=fact.destination)
    return None
