"""Cuts, the way out of one another's way, maps of squares, and traffic that is taken up again."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from routing.traffic.control import Drive, Stop, Traffic, TrafficState
from routing.traffic.grid import grid_network
from routing.traffic.joint import way_out
from routing.traffic.network import NO_WAY
from routing.traffic.separation import separating
from tests.routing.traffic.traffic_worlds import go_on, network_of

LADDER = network_of(
    {("h0", "a"): 1, ("a", "b"): 1, ("b", "d"): 1, ("a", "c"): 1, ("c", "d"): 1, ("d", "e"): 1, ("e", "h1"): 1}
    | {("a", "s"): 1},
    bays=("h0", "h1", "s"),
)
"""Two ways, by b or by c, from a to d, then one by e."""


def number(name: str) -> int:
    return LADDER.points.index(name)


def separated(*obstacles: str, forbidden: tuple[str, ...] = ()) -> list[str]:
    """What separates h0 from h1."""
    cells = separating(
        LADDER, 0, number("h0"), number("h1"), [number(o) for o in obstacles], [number(f) for f in forbidden]
    )
    return [LADDER.cells[cell] for cell in cells]


def test_the_cut_names_as_few_as_separate() -> None:
    """Of b, c and e it is e alone that lies across all ways; without it b and c do together."""
    assert separated("b", "c", "e") == ["e"]
    assert separated("b", "c") == ["b", "c"]


def test_where_there_is_a_way_round_nothing_is_named() -> None:
    """One of two ways is closed; and where what nobody may enter closes the other, it is the first that separates."""
    assert separated("b") == []
    assert separated("b", forbidden=("c",)) == ["b"]
    assert separated(forbidden=("e",)) == []


def test_a_closed_goal_is_named_itself() -> None:
    """If the goal cannot be entered that is what is said."""
    assert separated("b", "h1") == ["h1"]


def test_two_face_to_face_come_out_together() -> None:
    """In a lane with one place aside: who stands beside it goes in, the other passes, and he comes out again."""
    lane = network_of(
        {("h0", "a"): 1, ("a", "b"): 1, ("b", "c"): 1, ("c", "h1"): 1, ("b", "aside"): 1}, bays=("h0", "h1")
    )
    a, b, c, aside, h0, h1 = (lane.points.index(name) for name in ("a", "b", "c", "aside", "h0", "h1"))
    moves = way_out(lane, [0, 0], [a, c], [frozenset({h1}), frozenset({h0})], frozenset())
    assert moves is not None
    # Four moves for each to the other end, and two more for him who goes aside.
    assert len(moves) == 8
    where = [a, c]
    for robot, point in moves:
        where[robot] = point
        assert where[0] != where[1]
    assert where == [h1, h0]
    assert aside in {point for _, point in moves}
    assert b in {point for _, point in moves}
    assert way_out(lane, [0, 0], [a, c], [frozenset({h1}), frozenset({h0})], frozenset({aside})) is None


def test_robots_that_a_closure_left_face_to_face_go_home() -> None:
    """The middle is closed between two that come from either side, and opened: they untangle, and both come home."""
    lane = network_of(
        {("h0", "a"): 1, ("a", "b"): 1, ("b", "c"): 1, ("c", "h1"): 1, ("b", "aside"): 1}, bays=("h0", "h1")
    )
    traffic = Traffic(lane)
    traffic.place("from west", 0, lane.points.index("a"), lane.points.index("h1"))
    traffic.place("from east", 0, lane.points.index("c"), lane.points.index("h0"))
    wishes = {"from west": [Stop(lane.points.index("h1"))], "from east": [Stop(lane.points.index("h0"))]}
    traffic.block([lane.points.index("b")])
    assert {refused.code for refused in go_on(traffic, wishes, 0).values()} == {"cut"}
    traffic.unblock([lane.points.index("b")])
    go_on(traffic, wishes, 5)
    for now_ms in range(6, 40):
        for robot in sorted(wishes):
            drive = traffic.drive(robot)
            if drive.reached < traffic.released(robot):
                traffic.reached(robot, drive.reached + 1, now_ms)
    assert traffic.cells("from west") == (lane.points.index("h1"),)
    assert traffic.cells("from east") == (lane.points.index("h0"),)


def test_a_map_of_squares_is_a_network_in_unit_steps() -> None:
    """Squares that can be passed are points; each has moves to those beside it, and each move leads back."""
    passable = np.array([[True, True, False], [True, False, True]])
    grid = grid_network(passable, np.array([[True, False, False], [False, False, True]]))
    assert grid.points == ("0,0", "0,1", "1,0", "1,2")
    assert grid.bay.tolist() == [True, False, False, True]
    assert [grid.head[grid.first[p] : grid.first[p + 1]].tolist() for p in range(4)] == [[1, 2], [0], [0], []]
    tails = np.repeat(np.arange(4), np.diff(grid.first))
    assert NO_WAY not in grid.opposite
    assert (grid.head[grid.opposite] == tails).all()
    assert grid.following
    assert (grid.duration_ms == 1).all()


def two_under_way() -> Traffic:
    traffic = Traffic(LADDER, ahead=1)
    traffic.place("east", 0, number("h0"), number("h0"))
    traffic.place("west", 0, number("h1"), number("h1"))
    for robot, stops in (("east", ("e", "s")), ("west", ("a", "h1"))):
        answer = traffic.plan(robot, [Stop(number(stop), 5) for stop in stops], 100)
        assert isinstance(answer, Drive)
        traffic.commit(answer, 100)
    traffic.reached("east", 1, 110)
    return traffic


def test_state_goes_through_json_and_is_taken_up_again() -> None:
    """What is kept has names, is equal to what it was after it was written and read, and gives the same times."""
    traffic = two_under_way()
    kept = msgspec.json.decode(msgspec.json.encode(traffic.state()), type=TrafficState)
    again = Traffic.restore(LADDER, kept, ahead=1)
    assert kept == traffic.state() == again.state()
    for robot in ("east", "west"):
        assert again.times(robot, 120) == traffic.times(robot, 120)
        assert again.watched(robot) == traffic.watched(robot)


def test_a_state_of_another_network_is_refused() -> None:
    """A name that the network does not have is said."""
    kept = two_under_way().state()
    changed = msgspec.structs.replace(kept, blocked=("cellar",))
    with pytest.raises(KeyError, match="cellar"):
        Traffic.restore(LADDER, changed)


def test_who_is_put_into_anothers_way_cuts_it_short() -> None:
    """A person says that a robot stands where another was to come: he stops on his way, and who was to pass him too."""
    traffic = two_under_way()
    assert traffic.place("lost", 0, number("s"), None) == {"east", "west"}
    assert traffic.in_the_way("east")
    assert not traffic.in_the_way("lost")
    traffic.remove("lost")
    assert go_on(traffic, {"east": [Stop(number("s"))], "west": [Stop(number("h1"))]}, 120) == {}
    assert traffic.drive("east").points[-1] == number("s")
