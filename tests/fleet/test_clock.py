"""Site time: it may run fast, it follows the machine, and it never goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.clock import JUMP_MS, SiteClock
from fleet.events import Jumped, TimerFired
from fleet.facts.carriers import ClockJumped
from tests.fleet.obedient import MONDAY_8, Clinic

START_MS = 1_000_000


class Machine:
    """A machine whose two clocks a test turns by hand: milliseconds UTC and milliseconds since it was switched on."""

    def __init__(self) -> None:
        self.utc_ms = START_MS
        self.up_ms = 50_000

    def passes(self, ms: int) -> None:
        """Time passes on both clocks."""
        self.utc_ms += ms
        self.up_ms += ms

    def clock(self, start_ms: int | None = None, factor: float = 1.0) -> SiteClock:
        """A site clock on this machine."""
        return SiteClock(start_ms, factor, wall=lambda: self.utc_ms / 1000, monotonic=lambda: self.up_ms / 1000)


@pytest.fixture
def machine() -> Machine:
    """A machine at the beginning of a test."""
    return Machine()


def test_without_more_said_site_time_is_utc(machine: Machine) -> None:
    """A hospital in service lives by the machine's clock."""
    clock = machine.clock()
    machine.passes(1500)
    assert clock.now_ms() == START_MS + 1500


def test_a_demo_may_begin_at_another_instant_and_keeps_its_distance(machine: Machine) -> None:
    """Started at 0 it is at 1500 after a second and a half, and following the machine changes nothing."""
    clock = machine.clock(start_ms=0)
    machine.passes(1500)
    assert clock.follow() is None
    assert clock.now_ms() == 1500


def test_at_factor_sixty_a_second_is_a_minute(machine: Machine) -> None:
    """1000 ms × 60 = 60 000 ms."""
    clock = machine.clock(factor=60.0)
    machine.passes(1000)
    assert clock.now_ms() == START_MS + 60_000


def test_a_change_of_factor_continues_where_time_is(machine: Machine) -> None:
    """1 s at 60 and then 1 s at 2: 60 000 + 2000 ms, without a step between."""
    clock = machine.clock(factor=60.0)
    machine.passes(1000)
    before_ms = clock.now_ms()
    clock.set_factor(2.0)
    assert clock.now_ms() == before_ms
    machine.passes(1000)
    assert clock.now_ms() == START_MS + 62_000


def test_back_at_factor_one_it_follows_from_where_it_is(machine: Machine) -> None:
    """The minute gained at sixty stays; following the machine does not take it back."""
    clock = machine.clock(factor=60.0)
    machine.passes(1000)
    clock.set_factor(1.0)
    machine.passes(500)
    assert clock.follow() is None
    assert clock.now_ms() == START_MS + 60_500


def test_a_jump_forward_of_the_machine_is_reported_from_and_to(machine: Machine) -> None:
    """Somebody set the clock an hour on: site time follows, and says so once."""
    clock = machine.clock()
    machine.passes(1000)
    machine.utc_ms += 3_600_000
    assert clock.follow() == (START_MS + 1000, START_MS + 3_601_000)
    assert clock.now_ms() == START_MS + 3_601_000
    assert clock.follow() is None


def test_exactly_two_seconds_are_no_jump_yet(machine: Machine) -> None:
    """The rule says beyond two seconds: 2000 ms are taken over silently, 2001 are reported."""
    clock = machine.clock()
    machine.utc_ms += JUMP_MS
    assert clock.follow() is None
    assert clock.now_ms() == START_MS + JUMP_MS
    machine.utc_ms += JUMP_MS + 1
    assert clock.follow() == (START_MS + JUMP_MS, START_MS + 2 * JUMP_MS + 1)


def test_a_small_step_back_makes_time_stand_until_it_is_caught_up(machine: Machine) -> None:
    """The machine was corrected by half a second: site time stands for so long, then goes on with it."""
    clock = machine.clock()
    machine.passes(1000)
    said_ms = clock.now_ms()
    machine.utc_ms -= 500
    assert clock.follow() is None
    machine.passes(200)
    assert clock.now_ms() == said_ms
    machine.passes(400)
    assert clock.now_ms() == said_ms + 100


def test_a_big_step_back_is_ignored(machine: Machine) -> None:
    """An hour back is a mistake or the end of one: time goes on from where it is."""
    clock = machine.clock()
    machine.passes(1000)
    machine.utc_ms -= 3_600_000
    assert clock.follow() is None
    machine.passes(1000)
    assert clock.follow() is None
    assert clock.now_ms() == START_MS + 2000


def test_a_fast_clock_does_not_follow_the_machine(machine: Machine) -> None:
    """In a demo only the monotonic clock counts."""
    clock = machine.clock(factor=60.0)
    machine.utc_ms += 3_600_000
    assert clock.follow() is None
    assert clock.now_ms() == START_MS


def test_the_wait_for_an_instant_is_in_wall_time(machine: Machine) -> None:
    """A minute of site time at sixty is a second, and one millisecond more so as not to wake too early."""
    clock = machine.clock(factor=60.0)
    assert clock.wait_ms(START_MS + 60_000) == 1001
    machine.passes(clock.wait_ms(START_MS + 60_000))
    assert clock.now_ms() >= START_MS + 60_000
    assert clock.wait_ms(START_MS) == 0


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("passes"), st.integers(0, 10_000)),
            st.tuples(st.just("set"), st.integers(-100_000, 100_000)),
            st.tuples(st.just("factor"), st.integers(1, 1000)),
            st.tuples(st.just("follow"), st.just(0)),
        ),
        max_size=30,
    )
)
def test_site_time_never_goes_back(steps: list[tuple[str, int]]) -> None:
    """Whatever is done to the machine's clock and to the factor."""
    machine = Machine()
    clock = machine.clock()
    last_ms = clock.now_ms()
    for what, figure in steps:
        if what == "passes":
            machine.passes(figure)
        elif what == "set":
            machine.utc_ms += figure
        elif what == "factor":
            clock.set_factor(float(figure))
        else:
            jump = clock.follow()
            assert jump is None or jump[1] - jump[0] > 0
        now_ms = clock.now_ms()
        assert now_ms >= last_ms
        last_ms = now_ms


# --- a jump in the core ----------------------------------------------------------------------------------------------


def jump(clinic: Clinic, ms: int) -> None:
    """The machine's clock is set on, and the shell tells the core."""
    before_ms = clinic.now_ms
    clinic.now_ms += ms
    clinic.handle(Jumped(before_ms, clinic.now_ms))


def test_the_time_to_answer_moves_with_a_jump(clinic: Clinic) -> None:
    """A porter who has 90 s to answer still has them after the clock was set an hour on."""
    clinic.porters_answer = False
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    leg = clinic.job(job.id).legs[0]
    due_ms = clinic.state.timers[f"accept:{leg}"].due_ms
    jump(clinic, 3_600_000)
    assert clinic.state.timers[f"accept:{leg}"].due_ms == due_ms + 3_600_000
    clinic.handle(TimerFired(f"accept:{leg}"))
    assert clinic.state.legs[leg].state == "offered"


def test_deadlines_rounds_and_shifts_do_not_move_with_a_jump(clinic: Clinic) -> None:
    """They are promises about the world, not about how long somebody has waited."""
    later = clinic.order("linen", "store-out", "s1-clean", ready_ms=MONDAY_8 + 7_200_000)
    before = {timer.id: timer.due_ms for timer in clinic.state.timers.values() if not timer.timeout}
    jump(clinic, 3_600_000)
    after = {timer.id: timer.due_ms for timer in clinic.state.timers.values() if not timer.timeout}
    assert f"release:{later.id}" in after
    assert after == before
    assert clinic.job(later.id).due_ms == later.due_ms


def test_a_jump_is_in_the_ledger(clinic: Clinic) -> None:
    """Whoever reads the times later must know that an hour of them never was."""
    jump(clinic, 3_600_000)
    jumps = [fact for _, _, fact in clinic.facts if isinstance(fact, ClockJumped)]
    assert jumps == [ClockJumped(from_ms=MONDAY_8, to_ms=MONDAY_8 + 3_600_000)]
    assert all(fact.logged for fact in jumps)
