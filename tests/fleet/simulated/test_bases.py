"""A robot drives what is released, waits where that ends, drives on as it grows, and says what it was asked to say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus import wire
from bus.messages import Cancel, Done, Failed, Move, Passed, Release, Report
from fleet.simulated.cores.robots import Robot
from fleet.simulated.journal import WorldJournal
from tests.fleet.simulated.small_world import based, move, release, robot, robots, rules, said, world

RULES = robots()
HOUR_MS = 3_600_000
WAY = ("st:a", "st:b", "st:c")


def drive(*steps: tuple[int, Move | Release | Cancel]) -> tuple[dict[str, Robot], list[Report]]:
    """These commands at these instants, then an hour; what was said, without the acknowledgements."""
    state: Mapping[str, Robot] = {"R01": robot()}
    reports: list[Report] = []
    for at_ms, command in steps:
        state, more = RULES.accept(state, command, at_ms)
        reports += more
    state, more = RULES.advance(state, HOUR_MS)
    return state, [report for report in (*reports, *more) if type(report).__name__ != "Ack"]


def test_a_robot_waits_where_its_base_ends() -> None:
    """Released to the first of three points, it stands there at 10 m an hour later, and its move is not over."""
    state, reports = drive((0, based(1, *WAY, to=0)))
    assert reports == []
    here = RULES.report(state["R01"], HOUR_MS)
    assert (here.x_m, here.node) == (10.0, "st:a")
    assert RULES.next_due(state) is None


def test_it_drives_on_without_stopping_when_its_base_grows_in_time() -> None:
    """Released at 4 s, before it is at a (10 s): at c after 30 s, as if all had been released from the outset."""
    _, reports = drive((0, based(1, *WAY, to=0)), (4000, release(2, 2)))
    assert reports == [
        Done(number=0, command=2, at_ms=4000),
        Done(number=0, command=1, at_ms=30_000, node="st:c"),
    ]


def test_it_drives_on_from_where_it_waits() -> None:
    """At a from 10 s on, released at 25 s: 20 m more, at c at 45 s; at 30 s it is at 15 m."""
    state, _ = RULES.accept({"R01": robot()}, based(1, *WAY, to=0), 0)
    state, _ = RULES.accept(state, release(2, 2), 25_000)
    assert RULES.report(state["R01"], 30_000).x_m == 15.0
    _, reports = RULES.advance(state, HOUR_MS)
    assert said(reports) == [("done", 1, 45_000)]


def test_it_says_when_it_comes_to_the_points_that_were_asked_for() -> None:
    """Asked for a with the move and for b while it drives to a: at 10 s and 20 s, by index."""
    _, reports = drive((0, based(1, *WAY, to=2, report_at=(0,))), (4000, release(2, 2, report_at=(1,))))
    assert [report for report in reports if isinstance(report, Passed)] == [
        Passed(number=0, command=1, at_ms=10_000, index=0, node="st:a"),
        Passed(number=0, command=1, at_ms=20_000, index=1, node="st:b"),
    ]


def test_a_point_that_is_behind_it_already_is_told_at_once() -> None:
    """Asked at 15 s for a, which it passed at 10 s: said at 15 s, with the instant at which it was there."""
    state, _ = RULES.accept({"R01": robot()}, based(1, *WAY, to=2), 0)
    _, reports = RULES.accept(state, release(2, 2, report_at=(0,)), 15_000)
    assert said(reports) == [("ack", 2, 15_000), ("done", 2, 15_000), ("passed", 1, 10_000)]


def test_a_release_that_comes_again_changes_nothing() -> None:
    """Repeatable: the same base, the same end; and a base never shrinks."""
    once, _ = drive((0, based(1, *WAY, to=0)), (4000, release(2, 1)))
    thrice, _ = drive((0, based(1, *WAY, to=0)), (4000, release(2, 1)), (5000, release(3, 1)), (6000, release(4, 0)))
    assert thrice == once


def test_the_horizon_may_change_the_base_stays() -> None:
    """Released to a of a, b, c; instead of b and c it goes back to the bay: at a at 10 s, home at 20 s."""
    home = move(9, "bay:B")
    state, reports = drive((0, based(1, *WAY, to=0)), (4000, release(2, 1, onward=home)))
    assert said(reports) == [("done", 2, 4000), ("done", 1, 20_000)]
    assert state["R01"].node == "bay:B"


def test_without_a_horizon_a_move_ends_where_its_base_ends() -> None:
    """Cut while it drives to a: done there at 10 s. Cut while it waits there: done at once."""
    nothing = Move(9, 1, "R01", nodes=(), released_to=0)
    _, reports = drive((0, based(1, *WAY, to=0)), (4000, release(2, 0, onward=nothing)))
    assert reports[-1] == Done(number=0, command=1, at_ms=10_000, node="st:a")
    _, reports = drive((0, based(1, *WAY, to=0)), (25_000, release(2, 0, onward=nothing)))
    assert reports[-1] == Done(number=0, command=1, at_ms=25_000, node="st:a")


def test_a_cancelled_move_ends_at_the_next_point_whatever_is_released() -> None:
    """All is released; cancelled on the way to a, asked for a and b: at a it says so, and ends there."""
    _, reports = drive((0, based(1, *WAY, to=2, report_at=(0, 1))), (4000, Cancel(2, 1, "R01", command=1)))
    assert said(reports) == [("passed", 1, 10_000), ("failed", 1, 10_000), ("done", 2, 10_000)]


def test_a_robot_that_waits_can_be_cancelled_at_once() -> None:
    """It stands at the end of its base: there is no next point."""
    _, reports = drive((0, based(1, *WAY, to=0)), (25_000, Cancel(2, 1, "R01", command=1)))
    assert said(reports) == [("failed", 1, 25_000), ("done", 2, 25_000)]


def test_nothing_is_released_of_a_move_that_is_over_or_stopped() -> None:
    """Refused: it was cancelled and is about to stand, or it has ended."""
    _, reports = drive(
        (0, based(1, *WAY, to=0)),
        (4000, Cancel(2, 1, "R01", command=1)),
        (5000, release(3, 2)),
        (HOUR_MS, release(4, 2)),
    )
    assert [report.command for report in reports if isinstance(report, Failed)] == [3, 1, 4]


def test_a_move_that_waits_for_its_turn_is_released_too() -> None:
    """It stands behind a move to a; released before it begins, it ends at c."""
    state, reports = drive((0, move(1, "st:a")), (0, based(2, "st:b", "st:c", to=0)), (4000, release(3, 1, move=2)))
    assert said(reports) == [("done", 3, 4000), ("done", 1, 10_000), ("done", 2, 30_000)]
    assert state["R01"].node == "st:c"


def test_a_robot_that_breaks_down_while_it_waits_is_at_fault_there() -> None:
    """At the end of its base; repaired, it takes a new move."""
    state, _ = RULES.accept({"R01": robot()}, based(1, *WAY, to=0, report_at=(2,)), 0)
    state, reports = RULES.break_down(state, "R01", 25_000, 60_000)
    assert reports == (Failed(number=0, command=1, at_ms=25_000, reason="fault", node="st:a"),)
    state, _ = RULES.accept(state, move(2, "st:b"), 60_000)
    _, reports = RULES.advance(state, HOUR_MS)
    assert said(reports) == [("done", 2, 70_000)]


def test_a_restart_remembers_base_and_horizon(tmp_path: Path) -> None:
    """Saved while it waits, loaded: the move is running, and the release takes it on as before."""
    rule = rules()
    here, _ = rule.accept(rule.wake(world(), 0), "sim-robots", based(1, *WAY, to=0, report_at=(1,)), 0)
    here, _ = rule.advance(here, 25_000)
    journal = WorldJournal(tmp_path, "clinic")
    journal.save(journal.load(world()), here)
    journal.close()
    journal = WorldJournal(tmp_path, "clinic")
    again = journal.load(world())
    journal.close()
    assert again == here
    assert [(fate.number, fate.fate) for fate in rule.fates(again, "sim-robots")] == [(1, "running")]
    assert rule.accept(again, "sim-robots", release(2, 2), 30_000) == rule.accept(
        here, "sim-robots", release(2, 2), 30_000
    )


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 2)), max_size=6))
def test_it_is_never_beyond_its_base(releases: list[tuple[int, int]]) -> None:
    """Whatever is released when: at no instant is it farther than what was released by then, and it ends as far."""
    state: Mapping[str, Robot] = {"R01": robot()}
    state, _ = RULES.accept(state, based(1, *WAY, to=0), 0)
    released = 0
    for number, (at_ms, to) in enumerate(sorted(releases), start=2):
        assert RULES.report(state["R01"], at_ms).x_m <= 10.0 * (released + 1)
        state, _ = RULES.accept(state, release(number, to), at_ms)
        released = max(released, to)
    state, reports = RULES.advance(state, HOUR_MS)
    assert RULES.report(state["R01"], HOUR_MS).x_m == 10.0 * (released + 1)
    assert (released == 2) == any(isinstance(report, Done) and report.command == 1 for report in reports) or not reports


@pytest.mark.parametrize("onward", [None, (), move(1, "st:a").nodes], ids=["as before", "ends", "another way"])
def test_a_release_keeps_its_meaning_on_the_wire(onward: tuple[object, ...] | None) -> None:
    """None and nothing are two things."""
    sent = Release(3, 1, "R01", move=2, released_to=7, report_at=(4, 5), onward=onward)  # type: ignore[arg-type]  # waypoints
    assert wire.unpack_outbound(wire.pack(sent)) == sent


def test_what_was_passed_is_a_report_like_others_on_the_wire() -> None:
    """Numbered, so it is heard once and in order."""
    passed = Passed(number=9, command=2, at_ms=5, index=3, node="n")
    assert wire.unpack_inbound(wire.pack(passed)) == passed
