"""An alarm rings once at the earliest instant that it was set to."""

from __future__ import annotations

import simpy
from hypothesis import given
from hypothesis import strategies as st

from simulation.twin.alarm import Alarm


@given(st.lists(st.integers(0, 50), min_size=1))
def test_it_rings_once_at_the_earliest_instant(instants: list[int]) -> None:
    """Whatever the order in which it is set."""
    env = simpy.Environment(initial_time=10)
    rang: list[int] = []
    alarm = Alarm(env, lambda: rang.append(int(env.now)))
    for due_ms in instants:
        alarm.set(due_ms)
    alarm.set(None)
    env.run()
    assert rang == [max(10, min(instants))]


def test_it_may_be_set_again_when_it_has_rung() -> None:
    """As a timer that moves on."""
    env = simpy.Environment()
    rang: list[int] = []

    def ring() -> None:
        rang.append(int(env.now))
        if len(rang) < 3:
            alarm.set(int(env.now) + 5)

    alarm = Alarm(env, ring)
    alarm.set(5)
    env.run()
    assert rang == [5, 10, 15]
