"""Site time followed from the updates of a real broker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bus.address import read_address, write_address
from bus.broker import Broker
from bus.clock import ClockFollower, ClockTold
from bus.keys import Keys
from fleet.views import ClockView
from tests.bus.conftest import turn_for, until

WALL_MS = 1_790_000_000_000


class Machine:
    """The two clocks of a machine; the monotonic one runs, so that the address is looked up, or stands."""

    def __init__(self) -> None:
        self.wall_s = WALL_MS / 1000
        self.stopped_s: float | None = None

    def wall(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return time.monotonic() if self.stopped_s is None else self.stopped_s

    def stop(self) -> None:
        self.stopped_s = time.monotonic()

    def pass_s(self, passed_s: float) -> None:
        assert self.stopped_s is not None
        self.stopped_s += passed_s
        self.wall_s += passed_s


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def broker(keys: Keys, data: Path) -> Iterator[Broker]:
    broker = Broker(keys)
    write_address(data, broker.address)
    yield broker
    broker.close()


@pytest.fixture
def follower(keys: Keys, data: Path, machine: Machine) -> Iterator[ClockFollower]:
    with ClockFollower(keys, lambda: read_address(data), wall=machine.wall, monotonic=machine.monotonic) as follower:
        yield follower


def say(broker: Broker, site_ms: int, factor: float = 1.0, at_wall_ms: int = WALL_MS) -> None:
    broker.publish("clock", ClockTold(site_ms=site_ms, factor=factor, at_wall_ms=at_wall_ms))


def hear(follower: ClockFollower, broker: Broker, site_ms: int, factor: float) -> None:
    """Say nought until somebody listens, then this once: what was said before has all been read when it is heard."""
    until(lambda: follower.factor == 0.0, lambda: say(broker, 0, 0.0), follower.poll, lambda: broker.poll(5))
    say(broker, site_ms, factor)
    until(lambda: follower.factor == factor, follower.poll)


def arrived(follower: ClockFollower) -> bool:
    """Something waits to be read."""
    return bool(follower._updates.poll(10))


def test_without_a_dispatcher_the_time_is_unknown(keys: Keys, data: Path) -> None:
    """Nobody has ever started here: polling is harmless and does not wait."""
    with ClockFollower(keys, lambda: read_address(data)) as follower:
        turn_for(0.1, follower.poll)
        assert follower.now_ms() is None
        assert follower.factor is None


def test_the_dispatcher_says_what_is_understood_here() -> None:
    """The fleet's view of the clock is read as it was meant."""
    said = msgspec.msgpack.encode(ClockView(site_ms=7, factor=2.0, at_wall_ms=9))
    assert msgspec.msgpack.decode(said, type=ClockTold) == ClockTold(site_ms=7, factor=2.0, at_wall_ms=9)


def test_time_runs_on_between_two_words(follower: ClockFollower, broker: Broker, machine: Machine) -> None:
    """Heard at 300 times: two seconds of the machine are ten minutes, whether or not anything else is said."""
    machine.stop()
    hear(follower, broker, 1_000_000, 300.0)
    assert follower.now_ms() == 1_000_000
    machine.pass_s(2)
    assert follower.now_ms() == 1_600_000


def test_a_word_that_waited_is_taken_at_the_instant_it_was_said(
    follower: ClockFollower, broker: Broker, machine: Machine
) -> None:
    """Said a second ago and read only now, at 60 times: a minute has passed since."""
    machine.stop()
    hear(follower, broker, 1_000_000, 60.0)
    follower.poll()
    say(broker, 2_000_000, 60.0)
    until(lambda: arrived(follower))
    machine.pass_s(1)
    follower.poll()
    assert follower.now_ms() == 2_060_000


def test_a_dispatcher_whose_clock_differs_shifts_nothing(
    follower: ClockFollower, broker: Broker, machine: Machine
) -> None:
    """Its machine is an hour behind: the word cannot have waited for longer than since the last poll."""
    machine.stop()
    hear(follower, broker, 1_000_000, 60.0)
    follower.poll()
    say(broker, 2_000_000, 60.0, at_wall_ms=WALL_MS - 3_600_000)
    until(lambda: arrived(follower))
    follower.poll()
    assert follower.now_ms() == 2_000_000


def test_the_last_of_many_words_counts_and_other_news_are_left_aside(
    follower: ClockFollower, broker: Broker, machine: Machine
) -> None:
    """A process that polls seldom reads everything at once."""
    machine.stop()
    hear(follower, broker, 1_000_000, 1.0)
    broker.publish("counter", msgspec.Raw(msgspec.msgpack.encode({"value": 7})))
    broker.publish("clock", msgspec.Raw(msgspec.msgpack.encode({"site_ms": "noon"})))
    for second in range(1, 50):
        say(broker, 1_000_000 + second * 1000)
    say(broker, 1_000_000 + 50_000, 2.0)
    until(lambda: follower.factor == 2.0, follower.poll)
    assert follower.now_ms() == 1_050_000


def test_a_new_dispatcher_on_another_port_is_found(
    keys: Keys, data: Path, follower: ClockFollower, broker: Broker, machine: Machine
) -> None:
    """The address is read again; site time goes on from what the new one says."""
    hear(follower, broker, 1_000_000, 1.0)
    successor = Broker(keys, epoch=2)
    write_address(data, successor.address)
    hear(follower, successor, 9_000_000, 0.5)
    say(broker, 90_000_000, 3.0)
    turn_for(0.2, follower.poll)
    now_ms = follower.now_ms()
    assert follower.factor == 0.5
    assert now_ms is not None
    assert 9_000_000 <= now_ms < 10_000_000
    successor.close()


def test_site_time_goes_on_while_the_dispatcher_is_away(
    keys: Keys, data: Path, follower: ClockFollower, machine: Machine
) -> None:
    """It died; what it said last runs on with the machine."""
    broker = Broker(keys)
    write_address(data, broker.address)
    hear(follower, broker, 1_000_000, 60.0)
    broker.close()
    machine.stop()
    before_ms = follower.now_ms()
    assert before_ms is not None
    machine.pass_s(10)
    follower.poll()
    assert follower.now_ms() == before_ms + 600_000
