"""The compiled projection and search find what the readable reference finds."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.traffic.control import Drive, Stop
from routing.traffic.reference import Reference, earliest
from tests.routing.traffic.traffic_worlds import Case, Play, cases


@settings(max_examples=40)
@given(case=cases(), seed=st.integers(0, 2**32), steps=st.integers(0, 30), ahead=st.sampled_from((1, 8, None)))
def test_arrivals_and_drives_are_those_of_the_reference(case: Case, seed: int, steps: int, ahead: int | None) -> None:
    """In the midst of any traffic: all projected arrivals are equal, and no drive could arrive earlier."""
    chance = random.Random(seed)  # noqa: S311  # delays, not secrets
    wishes = {f"r{k}": chance.choices(case.stations, k=3) for k in range(len(case.homes))}
    play = Play(case, chance, 0 if case.network.following else ahead, wishes)
    play.run(steps)
    traffic, network = play.traffic, case.network
    reference = Reference(network, traffic.state())
    now_ms = play.now_ms + chance.randrange(5)
    arrivals = reference.arrivals(now_ms)
    for robot in play.home:
        times = traffic.times(robot, now_ms)
        reached = traffic.drive(robot).reached
        assert [arrivals[robot, i] for i in range(reached, len(times))] == list(times[reached:])
    robot = chance.choice(sorted(play.home))
    stops = [Stop(chance.choice(case.stations), 2), Stop(play.home[robot])]
    taken = reference.taken(robot, now_ms)
    for other, home in play.home.items():
        if other != robot:
            taken[int(network.cell[home])] = [(-(2**60), 2**60)]
    answer = traffic.plan(robot, stops, now_ms)
    drive, released = traffic.drive(robot), traffic.released(robot)
    start_ms = max(traffic.times(robot, now_ms)[released] + drive.stays_ms[released], now_ms)
    found = earliest(network, 0, drive.points[released], start_ms, stops, taken)
    assert found == (answer.times_ms[-1] if isinstance(answer, Drive) else None)
