"""Small stories of robots that share ways, with the times worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from routing.traffic.control import Drive, Refused, Stop, Traffic
from routing.traffic.network import NO_WAY, Network
from tests.routing.traffic.traffic_worlds import network_of

CORRIDOR = network_of(
    {("h0", "a"): 1, ("a", "b"): 1, ("b", "c"): 1, ("c", "h1"): 1, ("b", "side"): 1, ("a", "s0"): 1, ("c", "s1"): 1},
    bays=("h0", "h1", "side", "s0", "s1"),
)
"""A narrow corridor a-b-c; home and station at each end, a bay aside of the middle; all moves take 1."""


def points(network: Network, *names: str) -> tuple[int, ...]:
    """The numbers of points."""
    return tuple(network.points.index(name) for name in names)


def go(traffic: Traffic, robot: str, *stops: str, now_ms: int = 0) -> Drive:
    """Plan and commit a drive, which is not refused."""
    answer = traffic.plan(robot, [Stop(point) for point in points(traffic.network, *stops)], now_ms)
    assert isinstance(answer, Drive)
    traffic.commit(answer, now_ms)
    return answer


def in_corridor(*, ahead: int | None = 8) -> Traffic:
    """Two robots at home at the ends of the corridor."""
    traffic = Traffic(CORRIDOR, ahead=ahead)
    for robot, home in zip(("east", "west"), points(CORRIDOR, "h0", "h1"), strict=True):
        traffic.place(robot, 0, home, home)
    return traffic


def test_a_lone_robot_is_released_to_the_end() -> None:
    """Nobody is in the way: the drive takes the sum of its moves and all of it may be driven."""
    traffic = in_corridor()
    drive = go(traffic, "east", "s1")
    assert drive.points == points(CORRIDOR, "h0", "a", "b", "c", "s1")
    assert traffic.times("east", 0) == (0, 1, 2, 3, 4)
    assert traffic.released("east") == 4


def test_head_on_the_second_waits_in_its_bay() -> None:
    """Who asks second waits until the other has left the corridor, and goes then."""
    traffic = in_corridor()
    go(traffic, "east", "s1")
    go(traffic, "west", "s0")
    # The other comes to c at 3 and leaves it by arriving in s1 at 4; c may be entered from 4 on, so: c 5, b 6, a 7.
    assert traffic.times("west", 0) == (0, 5, 6, 7, 8)
    assert traffic.waits_for("west") == ("east", CORRIDOR.cells.index("c"))
    assert traffic.watched("east") == (2, 3, 4)
    for index in (1, 2, 3):
        assert traffic.reached("east", index, index) == frozenset()
    assert traffic.reached("east", 4, 4) == {"west"}
    assert traffic.released("west") == 4


def test_who_is_late_delays_the_other_but_keeps_his_turn() -> None:
    """Times move with the delay; the order does not, and nothing is released by time alone."""
    traffic = in_corridor()
    go(traffic, "east", "s1")
    go(traffic, "west", "s0")
    traffic.reached("east", 1, 100)
    # a at 100, then b 101, c 102, s1 103; the other enters c from 103 on.
    assert traffic.times("east", 100) == (100, 100, 101, 102, 103)
    assert traffic.times("west", 100)[1:] == (104, 105, 106, 107)
    assert traffic.released("west") == 0
    # The next point is overdue: it is expected at any moment.
    assert traffic.times("east", 500)[2:] == (500, 501, 502)


def test_a_gap_is_used_if_it_is_wide_enough() -> None:
    """A later robot goes first where the earlier one is still far away, and has not been released so far."""
    far = network_of(
        {("h0", "a"): 100, ("a", "x"): 1, ("x", "s0"): 1, ("h1", "x"): 1, ("x", "s1"): 1}, ("h0", "h1", "s0", "s1")
    )
    traffic = Traffic(far, ahead=1)
    for robot, home in zip(("far", "near"), points(far, "h0", "h1"), strict=True):
        traffic.place(robot, 0, home, home)
    go(traffic, "far", "s0")
    go(traffic, "near", "s1")
    # The first begins to move into the crossing at 100; the other has left it at 2.
    assert traffic.times("near", 0) == (0, 1, 2)
    assert traffic.times("far", 0) == (0, 100, 101, 102)


def test_what_is_released_is_not_taken_back() -> None:
    """A robot that has been released through the crossing has it from now on, however far away it is."""
    far = network_of(
        {("h0", "a"): 100, ("a", "x"): 1, ("x", "s0"): 1, ("h1", "x"): 1, ("x", "s1"): 1}, ("h0", "h1", "s0", "s1")
    )
    traffic = Traffic(far, ahead=None)
    for robot, home in zip(("far", "near"), points(far, "h0", "h1"), strict=True):
        traffic.place(robot, 0, home, home)
    go(traffic, "far", "s0")
    go(traffic, "near", "s1")
    assert traffic.times("near", 0) == (0, 103, 104)


def test_a_lift_carries_one_at_a_time() -> None:
    """Approach and cabin are one cell, so the second robot waits in the lobby until the first is out of the lift."""
    lift = network_of(
        {("h0", "lobby"): 1, ("h1", "lobby"): 1, ("lobby", "below"): 2, ("below", "above"): 10, ("above", "s0"): 2}
        | {("above", "s1"): 3},
        bays=("h0", "h1", "s0", "s1"),
        cells={"below": "lift", "above": "lift"},
    )
    traffic = Traffic(lift)
    for robot, home in zip(("one", "two"), points(lift, "h0", "h1"), strict=True):
        traffic.place(robot, 0, home, home)
    go(traffic, "one", "s0")
    go(traffic, "two", "s1")
    assert traffic.times("one", 0) == (0, 1, 3, 13, 15)
    # Out of the lift at 15; then the way in, the ride and the way out. The lobby is entered once the first has left it.
    assert traffic.times("two", 0)[2:] == (17, 27, 30)


def test_a_stop_on_the_way_is_stayed_at() -> None:
    """A drive through a stop stays there so long, and goes on to the bay."""
    traffic = in_corridor()
    answer = traffic.plan("east", [Stop(CORRIDOR.points.index("b"), 7), Stop(CORRIDOR.points.index("s1"))], 0)
    assert isinstance(answer, Drive)
    traffic.commit(answer, 0)
    assert answer.stays_ms == (0, 0, 7, 0, 0)
    assert traffic.times("east", 0) == (0, 1, 2, 10, 11)


def test_a_bay_with_somebody_in_it_is_refused_by_name() -> None:
    """Each stands where the other wants to go: both are told by whom the bay is held, and one home run frees both."""
    traffic = in_corridor()
    for robot, station in (("east", "s0"), ("west", "s1")):
        drive = go(traffic, robot, station)
        traffic.reached(robot, len(drive.points) - 1, 10)
    s0, s1 = points(CORRIDOR, "s0", "s1")
    assert traffic.plan("east", [Stop(s1)], 10) == Refused("held", (CORRIDOR.cells.index("s1"),), ("west",))
    assert traffic.plan("west", [Stop(s0)], 10) == Refused("held", (CORRIDOR.cells.index("s0"),), ("east",))
    go(traffic, "east", "h0", now_ms=10)
    go(traffic, "west", "s0", now_ms=10)
    assert isinstance(traffic.plan("east", [Stop(s1)], 10), Drive)


def test_a_home_bay_is_for_its_owner_alone() -> None:
    """Nobody else drives to it or through it."""
    traffic = in_corridor()
    assert traffic.plan("east", [Stop(CORRIDOR.points.index("h1"))], 0) == Refused(
        "held", (CORRIDOR.cells.index("h1"),), ("west",)
    )


def test_a_closed_corridor_is_named() -> None:
    """What separates a robot from its goal is the closed cell; drives through it are cut to what is released."""
    traffic = in_corridor(ahead=1)
    go(traffic, "east", "s1")
    (b,) = points(CORRIDOR, "b")
    assert traffic.block([b]) == {"east"}
    assert traffic.drive("east").points == points(CORRIDOR, "h0", "a")
    (s1,) = points(CORRIDOR, "s1")
    assert traffic.plan("east", [Stop(s1)], 0) == Refused("cut", (b,), ())
    assert traffic.cut("east", s1) == (b,)
    traffic.unblock([b])
    # The corridor's first point is released, so the drive goes on from there.
    assert go(traffic, "east", "s1").points == points(CORRIDOR, "h0", "a", "b", "c", "s1")


def test_a_drive_is_replaced_on_the_way_without_losing_its_place() -> None:
    """A new drive keeps the points up to where the robot is released, so the indices that are reported stay."""
    traffic = in_corridor(ahead=1)
    go(traffic, "east", "s1")
    traffic.reached("east", 1, 1)
    drive = go(traffic, "east", "side", now_ms=1)
    assert drive.points == points(CORRIDOR, "h0", "a", "b", "side")
    assert drive.reached == 1
    # One that stands where it is released to begins anew.
    traffic.reached("east", 2, 2)
    traffic.reached("east", 3, 3)
    assert go(traffic, "east", "h0", now_ms=3).points == points(CORRIDOR, "side", "b", "a", "h0")


def test_a_stopped_robot_gives_up_what_was_released() -> None:
    """Who is told to stop and says where he stands has only that cell; others may have the rest."""
    traffic = in_corridor()
    go(traffic, "east", "s1")
    go(traffic, "west", "side")
    assert traffic.released("west") == 0
    assert traffic.halt("east", 1, 1) == {"east"}
    assert traffic.grown() == {"west"}
    assert traffic.drive("east").points == points(CORRIDOR, "h0", "a")
    assert traffic.in_the_way("east")
    assert traffic.cells("west") == points(CORRIDOR, "h1", "c", "b", "side")


def test_each_kind_of_robot_has_its_own_times_and_ways() -> None:
    """A slow kind needs twice the time, and one that may not enter the bay aside is told that there is no way."""
    aside = CORRIDOR.head == CORRIDOR.points.index("side")
    slow = np.where(aside, NO_WAY, 2 * CORRIDOR.duration_ms[0]).astype(np.int32)
    mixed = replace(CORRIDOR, profiles=("plain", "slow"), duration_ms=np.vstack((CORRIDOR.duration_ms[0], slow)))
    traffic = Traffic(mixed)
    for robot, (profile, home) in {"plain": (0, "h0"), "slow": (1, "h1")}.items():
        traffic.place(robot, profile, *points(mixed, home, home))
    (side,) = points(mixed, "side")
    assert traffic.plan("slow", [Stop(side)], 0) == Refused("cut", (), ())
    go(traffic, "slow", "s0")
    assert traffic.times("slow", 0) == (0, 2, 4, 6, 8)
    go(traffic, "plain", "side")
    # The slow one comes to s0 at 8 and leaves a only then; a may be entered from 8 on.
    assert traffic.times("plain", 0) == (0, 9, 10, 11)


def test_with_following_a_square_is_entered_as_it_is_left() -> None:
    """In unit steps the second robot keeps one square behind the first; they never swap."""
    row = network_of(
        {("s0", "h0"): 1, ("h0", "a"): 1, ("a", "h1"): 1, ("h1", "b"): 1, ("b", "s1"): 1, ("b", "s2"): 1},
        bays=("s0", "h0", "h1", "s1", "s2"),
        following=True,
    )
    traffic = Traffic(row, ahead=0)
    traffic.place("behind", 0, row.points.index("h0"), None)
    traffic.place("before", 0, row.points.index("h1"), None)
    go(traffic, "before", "s1")
    go(traffic, "behind", "s2")
    assert traffic.times("before", 0) == (0, 1, 2)
    assert traffic.times("behind", 0) == (0, 1, 2, 3, 4)
    # Who turns round cannot swap with the one behind, who comes to h1 at 2, to b at 3 and to s2 at 4: he goes aside.
    traffic.reached("before", 1, 1)
    assert go(traffic, "before", "s0", now_ms=1).points == points(row, "b", "s1", "b", "h1", "a", "h0", "s0")
    assert traffic.times("before", 1) == (1, 2, 5, 6, 7, 8, 9)


REFUSED: dict[str, Callable[[Traffic, Drive], object]] = {
    "gone too far": lambda traffic, _: traffic.reached("east", 2, 5),
    "unknown point of the drive": lambda traffic, _: traffic.halt("east", 3, 5),
    "unknown robot": lambda traffic, _: traffic.withdraw("north", 5),
    "no bay": lambda traffic, _: traffic.plan("west", [Stop(CORRIDOR.points.index("b"))], 5),
    "no longer fits": lambda traffic, old: traffic.commit(old, 0),
    "taken": lambda traffic, _: traffic.place("north", 0, CORRIDOR.points.index("h0"), None),
    "home of another": lambda traffic, _: traffic.place("north", 0, *points(CORRIDOR, "s0", "h1")),
    "home no bay": lambda traffic, _: traffic.place("north", 0, *points(CORRIDOR, "s0", "b")),
    "home that others drive to": lambda traffic, _: traffic.place("north", 0, *points(CORRIDOR, "s0", "side")),
    "robot twice": lambda traffic, _: traffic.place("east", 0, CORRIDOR.points.index("s0"), None),
}


@pytest.mark.parametrize("call", REFUSED)
def test_a_refused_call_changes_nothing(call: str) -> None:
    """Whatever is asked against the rules is refused with a sentence, and all stays as it was."""
    traffic = in_corridor(ahead=1)
    first, second = (traffic.plan(robot, [Stop(CORRIDOR.points.index("side"))], 0) for robot in ("east", "west"))
    assert isinstance(first, Drive)
    assert isinstance(second, Drive)
    traffic.commit(first, 0)
    before = traffic.state()
    with pytest.raises(ValueError, match=" "):
        REFUSED[call](traffic, second)
    assert traffic.state() == before
