"""Robots drive at the speed of their waypoints, take and give loads, charge, and can be stopped."""

from __future__ import annotations

import pytest

from bus.messages import Cancel, Charge, Done, Drop, Failed, Lift, Pick
from tests.fleet.simulated.small_world import move, robot, robots, said

RULES = robots()
HOUR_MS = 3_600_000


def pick(number: int, leg: str = "j1.1", station: str = "a", carrier: str = "R01") -> Pick:
    return Pick(number, 1, carrier, leg=leg, station=station, duration_s=30)


def drop(number: int, leg: str = "j1.1", station: str = "b") -> Drop:
    return Drop(number, 1, "R01", leg=leg, station=station, duration_s=30)


def test_a_move_is_acknowledged_at_once_and_done_on_arrival() -> None:
    """From 0 m over 10 m to 20 m at 1 m/s: 20 s."""
    state, reports = RULES.accept({"R01": robot()}, move(1, "st:a", "st:b"), 1000)
    assert said(reports) == [("ack", 1, 1000)]
    assert RULES.next_due(state) == 21_000
    state, reports = RULES.advance(state, 21_000)
    assert said(reports) == [("done", 1, 21_000)]
    assert state["R01"].node == "st:b"
    assert RULES.next_due(state) is None


def test_doors_on_the_way_take_their_time() -> None:
    """10 m at 1 m/s and 4 s at the door: 14 s."""
    state, _ = RULES.accept({"R01": robot()}, move(1, "st:a", dwell_s=4), 0)
    assert RULES.next_due(state) == 14_000


def test_under_way_the_robot_is_between_its_waypoints() -> None:
    """After 15 s at 1 m/s: at 15 m, and the last node passed is a at 10 m."""
    state, _ = RULES.accept({"R01": robot()}, move(1, "st:a", "st:b"), 0)
    report = RULES.report(state["R01"], 15_000)
    assert (report.x_m, report.node) == (15.0, "st:a")


def test_commands_are_carried_out_one_after_the_other() -> None:
    """Two moves of 10 s sent together: done at 10 s and 20 s, however late anybody looks."""
    state, _ = RULES.accept({"R01": robot()}, move(1, "st:a"), 0)
    state, _ = RULES.accept(state, move(2, "st:b"), 0)
    _, reports = RULES.advance(state, HOUR_MS)
    assert said(reports) == [("done", 1, 10_000), ("done", 2, 20_000)]


def test_a_load_is_aboard_from_the_pick_to_the_drop() -> None:
    """Taken at a, given at b; each hand-over takes 30 s give or take 20 %."""
    state, _ = RULES.accept({"R01": robot(node="st:a")}, pick(1), 0)
    state, reports = RULES.advance(state, 36_000)
    assert isinstance(reports[0], Done)
    assert 24_000 <= reports[0].at_ms <= 36_000
    assert RULES.report(state["R01"], 36_000).loads == ("j1.1",)
    state, _ = RULES.accept(state, move(2, "st:b"), 36_000)
    state, _ = RULES.accept(state, drop(3), 36_000)
    state, reports = RULES.advance(state, HOUR_MS)
    assert [type(report) for report in reports] == [Done, Done]
    assert state["R01"].loads == ()


def test_a_hand_over_takes_the_same_time_for_the_same_command_whatever_happened_before() -> None:
    """The draw is named by seed, carrier and command number."""
    alone, _ = RULES.accept({"R01": robot(node="st:a")}, pick(7), 0)
    busy, _ = RULES.accept({"R01": robot(node="st:a"), "R02": robot("R02", "st:a")}, pick(6, carrier="R02"), 0)
    busy, _ = RULES.accept(busy, pick(7), 0)
    assert alone["R01"].task == busy["R01"].task
    other, _ = robots(seed=2).accept({"R01": robot(node="st:a")}, pick(7), 0)
    assert other["R01"].task != alone["R01"].task


@pytest.mark.parametrize(
    ("command", "loads"),
    [
        pytest.param(pick(1, station="b"), (), id="pick at a station where it does not stand"),
        pytest.param(pick(1, station="nowhere"), (), id="pick at a station that does not exist"),
        pytest.param(drop(1, station="a"), (), id="drop what is not aboard"),
        pytest.param(pick(1), ("j1.1",), id="pick what is aboard"),
        pytest.param(pick(1), ("j2.1", "j3.1"), id="a third load in two compartments"),
        pytest.param(Lift(1, 1, "R01", act="call", rider="R01", floor="0"), (), id="a lift's command"),
    ],
)
def test_what_cannot_be_is_refused(command: Pick | Drop | Lift, loads: tuple[str, ...]) -> None:
    """The dispatcher is told, and nothing has changed."""
    state, reports = RULES.accept({"R01": robot(node="st:a", loads=loads)}, command, 5)
    assert reports[-1] == Failed(number=0, command=1, at_ms=5, reason="refused", node="st:a")
    assert state["R01"].loads == loads


def test_an_unknown_carrier_is_refused() -> None:
    """Nothing changes, and the dispatcher is told."""
    state, reports = RULES.accept({"R01": robot()}, move(1, "st:a", carrier="R99"), 5)
    assert reports == (Failed(number=0, command=1, at_ms=5, reason="refused"),)
    assert state == {"R01": robot()}


def test_a_load_is_fetched_from_where_a_robot_broke_down() -> None:
    """`@<node>` is a place too: whoever stands there takes the load."""
    _, reports = RULES.accept({"R01": robot(node="st:a")}, pick(1, station="@st:b"), 0)
    assert isinstance(reports[-1], Failed)
    state, _ = RULES.accept({"R01": robot(node="st:b")}, pick(1, station="@st:b"), 0)
    _, reports = RULES.advance(state, HOUR_MS)
    assert isinstance(reports[-1], Done)


def test_a_cancelled_move_ends_at_the_next_waypoint() -> None:
    """Cancelled after 4 s on the way to a (10 s) and b: it stops at a; then the cancel is done too."""
    state, _ = RULES.accept({"R01": robot()}, move(1, "st:a", "st:b"), 0)
    state, reports = RULES.accept(state, Cancel(2, 1, "R01", command=1), 4000)
    assert said(reports) == [("ack", 2, 4000)]
    state, reports = RULES.advance(state, HOUR_MS)
    assert reports == (
        Failed(number=0, command=1, at_ms=10_000, reason="cancelled", node="st:a"),
        Done(number=0, command=2, at_ms=10_000, node="st:a"),
    )
    assert state["R01"].node == "st:a"


def test_a_command_that_waits_is_cancelled_at_once_and_one_that_is_over_never() -> None:
    """The second of two moves goes without a trace; cancelling the finished first changes nothing."""
    state, _ = RULES.accept({"R01": robot()}, move(1, "st:a"), 0)
    state, _ = RULES.accept(state, move(2, "st:b"), 0)
    state, reports = RULES.accept(state, Cancel(3, 1, "R01", command=2), 1000)
    assert said(reports) == [("ack", 3, 1000), ("failed", 2, 1000), ("done", 3, 1000)]
    state, reports = RULES.accept(state, Cancel(4, 1, "R01", command=1), 60_000)
    assert said(reports) == [("done", 1, 10_000), ("ack", 4, 60_000), ("done", 4, 60_000)]


def test_a_cancelled_pick_leaves_the_load() -> None:
    """Broken off before its end, it has no effect."""
    state, _ = RULES.accept({"R01": robot(node="st:a")}, pick(1), 0)
    state, reports = RULES.accept(state, Cancel(2, 1, "R01", command=1), 1000)
    assert said(reports) == [("ack", 2, 1000), ("failed", 1, 1000), ("done", 2, 1000)]
    assert state["R01"].loads == ()


def test_driving_takes_and_charging_gives_charge() -> None:
    """Idle for 1 h at 2 %: 98 %. Charging at 50 % an hour, the missing 2 % take 0.04 h = 144 s."""
    state, _ = RULES.accept({"R01": robot()}, Charge(1, 1, "R01", bay="B"), HOUR_MS)
    assert RULES.report(state["R01"], HOUR_MS).battery == 0.98
    _, reports = RULES.advance(state, 2 * HOUR_MS)
    assert said(reports) == [("done", 1, HOUR_MS + 144_000)]


def test_a_charge_ends_for_the_next_command() -> None:
    """Half empty it would take an hour; a move after a minute ends it and starts at once."""
    state, _ = RULES.accept({"R01": robot(battery=0.5)}, Charge(1, 1, "R01", bay="B"), 0)
    state, reports = RULES.accept(state, move(2, "st:a"), 60_000)
    assert said(reports) == [("ack", 2, 60_000), ("done", 1, 60_000)]
    assert RULES.next_due(state) == 70_000


def test_a_broken_robot_stands_where_it_broke_and_takes_no_command() -> None:
    """At 14 m after 14 s: `fault`, and so is the next command; its load is taken off. Repaired, it works again."""
    state, _ = RULES.accept({"R01": robot(loads=("j1.1",))}, move(1, "st:a", "st:b"), 0)
    state, reports = RULES.break_down(state, "R01", 14_000, 60_000)
    assert reports == (Failed(number=0, command=1, at_ms=14_000, reason="fault", node="st:a", beyond=True),)
    assert (state["R01"].x_m, state["R01"].loads) == (14.0, ())
    state, reports = RULES.accept(state, move(2, "st:b"), 20_000)
    assert said(reports) == [("ack", 2, 20_000), ("failed", 2, 20_000)]
    state, _ = RULES.accept(state, move(3, "st:b"), 60_000)
    _, reports = RULES.advance(state, HOUR_MS)
    # six metres are left
    assert said(reports) == [("done", 3, 66_000)]


def test_an_empty_robot_is_a_fault_and_is_rescued() -> None:
    """Its battery has run out: it does not move, half an hour later it does."""
    state, reports = RULES.accept({"R01": robot(battery=0.0)}, move(1, "st:a"), 0)
    assert isinstance(reports[-1], Failed)
    assert reports[-1].reason == "fault"
    state, _ = RULES.accept(state, move(2, "st:a"), HOUR_MS // 2)
    _, reports = RULES.advance(state, HOUR_MS)
    assert said(reports) == [("done", 2, HOUR_MS // 2 + 10_000)]


def test_too_many_waiting_commands_are_refused() -> None:
    """Nobody sends seventeen ahead; whoever does is told."""
    state = {"R01": robot()}
    for number in range(1, 19):
        state, reports = RULES.accept(state, move(number, "st:a"), 0)
    assert isinstance(reports[-1], Failed)
    assert len(state["R01"].waiting) == 16
