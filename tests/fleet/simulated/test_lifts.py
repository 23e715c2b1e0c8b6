"""A lift carries one rider at a time: called, entered, left."""

from __future__ import annotations

from typing import Literal

from bus.messages import Cancel, Done, Failed, Lift
from fleet.simulated.cores.lifts import LiftCar
from tests.fleet.simulated.small_world import lifts, said

RULES = lifts()
AT_REST = {"L1": LiftCar(id="L1", floor="0")}


def lift(number: int, act: Literal["call", "enter", "exit"], floor: str = "", rider: str = "R01") -> Lift:
    return Lift(number, 1, "L1", act=act, rider=rider, floor=floor)


def test_a_ride_from_call_to_exit() -> None:
    """Floors 4 m apart, 2 m/s, doors 5 s.

    Call from 0 to 1: 2 s + 5 s = 7 s. Enter, to 2: 5 s closing + 2 s + 5 s = 12 s. Exit: 5 s closing.
    """
    state, reports = RULES.accept(AT_REST, lift(1, "call", "1"), 0)
    state, reports = RULES.advance(state, 7000)
    assert reports == (Done(number=0, command=1, at_ms=7000, node="lift:L1@1"),)
    state, _ = RULES.accept(state, lift(2, "enter", "2"), 10_000)
    state, reports = RULES.advance(state, 60_000)
    assert reports == (Done(number=0, command=2, at_ms=22_000, node="lift:L1@2"),)
    assert state["L1"].holder == "R01"
    state, _ = RULES.accept(state, lift(3, "exit"), 60_000)
    state, reports = RULES.advance(state, 70_000)
    assert said(reports) == [("done", 3, 65_000)]
    assert (state["L1"].holder, state["L1"].floor) == ("", "2")


def test_a_lift_on_the_floor_only_opens() -> None:
    """No travel: 5 s for the doors."""
    state, _ = RULES.accept(AT_REST, lift(1, "call", "0"), 0)
    assert RULES.next_due(state) == 5000


def test_a_held_lift_refuses_everybody_else() -> None:
    """R02 calls, enters and leaves in vain while R01 has it; nothing changes for R01."""
    held, _ = RULES.accept(AT_REST, lift(1, "call", "1"), 0)
    for command in (lift(2, "call", "0", "R02"), lift(2, "enter", "0", "R02"), lift(2, "exit", rider="R02")):
        state, reports = RULES.accept(held, command, 1000)
        assert reports == (Failed(number=0, command=2, at_ms=1000, reason="refused"),)
        assert state == held


def test_whoever_calls_while_the_rider_is_leaving_comes_next() -> None:
    """The doors close for 5 s, then the call from floor 1 to 0 takes 2 s + 5 s."""
    state, _ = RULES.accept({"L1": LiftCar(id="L1", floor="1", holder="R01")}, lift(1, "exit"), 0)
    state, reports = RULES.accept(state, lift(2, "call", "0", "R02"), 1000)
    assert said(reports) == [("ack", 2, 1000)]
    _, reports = RULES.advance(state, 60_000)
    assert said(reports) == [("done", 1, 5000), ("done", 2, 12_000)]


def test_entering_without_having_called_and_floors_it_does_not_serve_are_refused() -> None:
    """A free lift is not entered; a floor outside its shaft is none."""
    for command in (lift(1, "enter", "1"), lift(1, "exit"), lift(1, "call", "9")):
        state, reports = RULES.accept(AT_REST, command, 0)
        assert isinstance(reports[-1], Failed)
        assert (state["L1"].holder, state["L1"].floor) == ("", "0")


def test_a_cancelled_call_leaves_the_lift_free_where_it_was_going() -> None:
    """It cannot stop between floors: it arrives, and nobody holds it."""
    state, _ = RULES.accept(AT_REST, lift(1, "call", "2"), 0)
    state, _ = RULES.accept(state, Cancel(2, 1, "L1", command=1), 1000)
    state, reports = RULES.advance(state, 60_000)
    # 8 m at 2 m/s and 5 s: 9 s
    assert said(reports) == [("failed", 1, 9000), ("done", 2, 9000)]
    assert (state["L1"].holder, state["L1"].floor) == ("", "2")


def test_with_a_rider_inside_nothing_is_cancelled() -> None:
    """The cabin goes where it was told; the cancel is refused."""
    state, _ = RULES.accept({"L1": LiftCar(id="L1", floor="1", holder="R01")}, lift(1, "enter", "2"), 0)
    state, reports = RULES.accept(state, Cancel(2, 1, "L1", command=1), 1000)
    assert isinstance(reports[-1], Failed)
    _, reports = RULES.advance(state, 60_000)
    assert said(reports) == [("done", 1, 12_000)]
