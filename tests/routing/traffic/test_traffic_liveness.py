"""On any network of lanes, shared cells and bays nobody ever meets another, and everybody arrives."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.routing.traffic.traffic_judge import way_round
from tests.routing.traffic.traffic_worlds import Case, Play, cases, done

AHEAD = st.sampled_from((1, 2, 8, None))


def played(case: Case, seed: int, ahead: int | None, quiet: bool) -> Play:
    """Robots that wish to come to up to three stations each."""
    chance = random.Random(seed)  # noqa: S311  # delays, not secrets
    wishes = {f"r{k}": chance.choices(case.stations, k=chance.randrange(4)) for k in range(len(case.homes))}
    return Play(case, chance, 0 if case.network.following else ahead, wishes, quiet=quiet)


def check_all_done(play: Play, asked: list[tuple[str, int]]) -> None:
    """All stations have been come to, and everybody is at home."""
    assert sorted(play.served) == asked
    for robot, home in play.home.items():
        drive = play.traffic.drive(robot)
        assert done(drive)
        assert drive.points[-1] == play.judge.where[robot] == home


def wished(play: Play) -> list[tuple[str, int]]:
    return sorted((robot, station) for robot, stations in play.wishes.items() for station in stations)


@given(case=cases(), seed=st.integers(0, 2**32), ahead=AHEAD, quiet=st.booleans())
def test_everybody_comes_to_all_stations_and_home(case: Case, seed: int, ahead: int | None, quiet: bool) -> None:
    """However late robots are: each comes to all its stations, one after the other, and in the end all are at home."""
    play = played(case, seed, ahead, quiet)
    asked = wished(play)
    play.run()
    check_all_done(play, asked)


@given(case=cases(), seed=st.integers(0, 2**32), ahead=AHEAD, quiet=st.booleans())
def test_after_failures_and_closures_everybody_arrives(case: Case, seed: int, ahead: int | None, quiet: bool) -> None:
    """Robots die and cells are closed at any time, nobody ever meets another, and when all is well again all arrive."""
    play = played(case, seed, ahead, quiet)
    asked = wished(play)
    play.run(steps=60, trouble=0.1)
    play.run()
    for robot, refusal in play.refused.items():
        closed = play.closed | set(refusal.cells)
        goal = play.wishes[robot][0] if play.wishes[robot] else play.home[robot]
        at = play.judge.where[robot]
        assert refusal.code != "cut" or not way_round(case.network, 0, at, goal, closed)
    play.make_good()
    play.run()
    check_all_done(play, asked)
