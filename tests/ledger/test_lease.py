"""Who may write a stream, with a clock that the tests move."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from ledger import lease
from ledger.append import append, open_stream, read_head
from ledger.chain import Entry
from ledger.errors import Fenced, Held

EVENT = Entry(at_ms=1, actor="p1", kind="job.created")


class Clock:
    """A monotonic clock that only sleeping moves; `meanwhile` happens after each sleep."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.now_s = 100.0
        self.meanwhile = meanwhile

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s
        self.meanwhile()


def acquire(engine: Engine, holder: str, clock: Clock | None = None) -> int:
    clock = clock or Clock()
    return lease.acquire(engine, "fleet", holder, clock.sleep, clock.monotonic)


def change(engine: Engine, what: Callable[..., None], epoch: int) -> None:
    with engine.begin() as connection:
        what(connection, "fleet", epoch)


def test_the_first_holder_gets_epoch_1_without_waiting(engine: Engine) -> None:
    """A new database belongs to nobody."""
    clock = Clock()
    assert acquire(engine, "dispatcher 1", clock) == 1
    assert clock.now_s == 100.0


def test_a_released_stream_is_taken_at_once(engine: Engine) -> None:
    """After a clean stop the next process does not wait, and the epoch rises all the same."""
    change(engine, lease.release, acquire(engine, "dispatcher 1"))
    clock = Clock()
    assert acquire(engine, "dispatcher 2", clock) == 2
    assert clock.now_s == 100.0


def test_the_same_holder_takes_over_at_once(engine: Engine) -> None:
    """A supervisor that restarts its dispatcher under the same name does not wait, and fences the one before."""
    first = acquire(engine, "supervisor 7")
    clock = Clock()
    assert acquire(engine, "supervisor 7", clock) == first + 1
    assert clock.now_s == 100.0
    with pytest.raises(Fenced):
        change(engine, lease.renew, first)


def test_a_silent_holder_is_replaced_after_three_seconds(engine: Engine) -> None:
    """Its beat has stood still for 3 s of the waiting process's own clock."""
    acquire(engine, "dispatcher 1")
    clock = Clock()
    assert acquire(engine, "dispatcher 2", clock) == 2
    assert clock.now_s == pytest.approx(103.0)


def test_a_living_holder_keeps_the_stream(engine: Engine) -> None:
    """One beat within the 3 s is enough; the error says who holds which database and what to do."""
    epoch = acquire(engine, "dispatcher 4711 at host")
    clock = Clock()

    def beat() -> None:
        if clock.now_s >= 102.5:
            change(engine, lease.renew, epoch)

    clock.meanwhile = beat
    with pytest.raises(Held, match=r"held by a running process, dispatcher 4711 at host\. Stop that process first"):
        acquire(engine, "dispatcher 2", clock)
    assert clock.now_s == pytest.approx(102.5)
    change(engine, lease.renew, epoch)


def test_a_holder_that_only_appends_is_alive(engine: Engine) -> None:
    """A busy writer's rows count as signs of life."""
    epoch = acquire(engine, "dispatcher 1")

    def work() -> None:
        with engine.begin() as connection:
            append(connection, "fleet", epoch, [EVENT])

    with pytest.raises(Held):
        acquire(engine, "dispatcher 2", Clock(work))


def test_a_holder_that_lets_go_meanwhile_is_followed_at_once(engine: Engine) -> None:
    """Whoever waits while the other stops gets the stream at its next look, a quarter of a second later."""
    epoch = acquire(engine, "dispatcher 1")
    clock = Clock(lambda: change(engine, lease.release, epoch))
    assert acquire(engine, "dispatcher 2", clock) == 2
    assert clock.now_s == pytest.approx(100.25)


def test_of_two_that_wait_one_gets_the_stream(engine: Engine) -> None:
    """While the third process waits the second takes over: the third sees its head move and stands back."""
    acquire(engine, "dispatcher 1")
    clock = Clock()

    def overtake() -> None:
        if clock.now_s == 103.0:
            assert acquire(engine, "dispatcher 2") == 2

    clock.meanwhile = overtake
    with pytest.raises(Held, match="dispatcher 2"):
        acquire(engine, "dispatcher 3", clock)


def test_whoever_was_replaced_can_neither_beat_nor_write_nor_release(engine: Engine) -> None:
    """A process that slept through its own replacement is stopped by the epoch, and the new holder stays."""
    old = acquire(engine, "dispatcher 1")
    new = acquire(engine, "dispatcher 2")
    for act in (lease.renew, lease.release):
        with pytest.raises(Fenced, match="epoch 2 is held by dispatcher 2"):
            change(engine, act, old)
    with pytest.raises(Fenced), engine.begin() as connection:
        append(connection, "fleet", old, [EVENT])
    with engine.begin() as connection:
        head = read_head(connection, "fleet")
    assert head is not None
    assert (head.holder, head.epoch, head.seq) == ("dispatcher 2", new, 0)


def test_a_holder_needs_a_name(engine: Engine) -> None:
    """The empty name would mean released."""
    with pytest.raises(ValueError, match="needs a name"):
        acquire(engine, "")


def test_each_stream_has_a_holder_of_its_own(engine: Engine) -> None:
    """Holding one stream says nothing about another."""
    acquire(engine, "dispatcher 1")
    with engine.begin() as connection:
        open_stream(connection, "equipment")
    clock = Clock()
    assert lease.acquire(engine, "equipment", "tracker 1", clock.sleep, clock.monotonic) == 1
