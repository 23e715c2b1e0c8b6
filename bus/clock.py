"""Site time for a process that is no agent: follows the clock, and other updates, that the dispatcher publishes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Self

import msgspec
import zmq

from bus import wire
from bus.address import Address
from bus.connection import hear_updates, secure
from bus.keys import Keys
from bus.messages import Update
from bus.site_time import SiteTime

log = logging.getLogger(__name__)

TOPIC = "clock"
_WATCH_S = 0.25
_HIGH_WATER = 2000


class ClockTold(msgspec.Struct, frozen=True):
    """The body of an update about the clock; `at_wall_ms` is the dispatcher's UTC clock when it was said."""

    site_ms: int
    factor: float
    at_wall_ms: int


class ClockFollower:
    """Hears the clock whenever it is polled; not for use by several threads. Use it as `with ClockFollower(...)`.

    While the dispatcher is away site time runs on; `address` is read again, at most four times a second. `others` take
    the bodies of updates of other topics; what they raise is a fault of theirs.
    """

    def __init__(
        self,
        keys: Keys,
        address: Callable[[], Address | None],
        *,
        others: Mapping[str, Callable[[msgspec.Raw], None]] | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._others = dict(others or {})
        self._wall = wall
        self._monotonic = monotonic
        self._time = SiteTime()
        self._epoch = 0
        self._polled_s = monotonic()
        self._looked_s = float("-inf")
        self._connected: str | None = None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._updates = self._context.socket(zmq.SUB)
        secure(self._updates, keys)
        hear_updates(self._updates, [TOPIC, *self._others])
        self._updates.set_hwm(_HIGH_WATER)
        self._updates.set(zmq.RECONNECT_IVL, 100)
        self._updates.set(zmq.RECONNECT_IVL_MAX, 1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def factor(self) -> float | None:
        """Site seconds a second of the wall, or None while no clock has been heard."""
        return self._time.factor

    def now_ms(self) -> int | None:
        """Site time now, milliseconds UTC, never backwards; None while no clock has been heard."""
        return self._time.now_ms(self._monotonic()) if self._time.known else None

    def poll(self) -> None:
        """Take everything that has arrived, without waiting."""
        self._follow_address()
        last: ClockTold | None = None
        while (update := self._receive()) is not None:
            if update.epoch < self._epoch:
                continue  # the last words of a dispatcher that has been replaced
            self._epoch = update.epoch
            if update.topic == TOPIC:
                last = _read(update) or last
            elif (take := self._others.get(update.topic)) is not None:
                take(update.body)
        now_s = self._monotonic()
        if last is not None:
            self._time.hear(last.site_ms, last.factor, now_s - self._age_s(last, now_s))
        self._polled_s = now_s

    def close(self) -> None:
        """Hear no more."""
        self._updates.close()
        self._context.term()

    def _age_s(self, told: ClockTold, now_s: float) -> float:
        """How long ago it was said: it may have waited since the last poll, and two machines' clocks may differ."""
        return min(max(0.0, self._wall() - told.at_wall_ms / 1000), now_s - self._polled_s)

    def _receive(self) -> Update | None:
        while True:
            try:
                return wire.unpack_update(self._updates.recv_multipart(zmq.NOBLOCK))
            except zmq.Again:
                return None
            except wire.Malformed as problem:
                log.warning("an update of the dispatcher cannot be read: %s", problem.reason)

    def _follow_address(self) -> None:
        now_s = self._monotonic()
        if now_s < self._looked_s + _WATCH_S:
            return
        self._looked_s = now_s
        address = self._address()
        if address is None or address.updates == self._connected:
            return
        if self._connected is not None:
            self._updates.disconnect(self._connected)
        self._updates.connect(address.updates)
        self._connected = address.updates


def _read(update: Update) -> ClockTold | None:
    try:
        return msgspec.msgpack.decode(update.body, type=ClockTold)
    except msgspec.DecodeError as problem:
        log.warning("the dispatcher's clock cannot be read: %s", problem)
        return None
