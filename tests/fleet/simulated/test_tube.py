"""Capsules leave a line one behind the other and arrive by length, transfers and speed."""

from __future__ import annotations

from bus.messages import Ack, Cancel, Done, Failed, SendCapsule
from fleet.simulated.cores.tube import Tube
from tests.fleet.simulated.small_world import said, tubes

RULES = tubes()
EMPTY = {"tube": Tube(id="tube")}


def send(number: int, origin: str = "ward-1", *, slow: bool = False, transfers: int = 1) -> SendCapsule:
    return SendCapsule(
        number,
        1,
        "tube",
        leg=f"j{number}.1",
        origin=origin,
        destination="lab",
        path_m=200,
        transfers=transfers,
        slow=slow,
    )


def test_a_send_takes_loading_way_and_transfers() -> None:
    """5 s loading, 200 m at 4 m/s = 50 s, one transfer of 15 s: 70 s. The arrival sensor says so."""
    state, reports = RULES.accept(EMPTY, send(1), 0)
    assert reports == (Ack(number=0, command=1, at_ms=0),)
    assert RULES.report(state["tube"], 0).loads == ("j1.1",)
    _, reports = RULES.advance(state, 70_000)
    assert reports == (Done(number=0, command=1, at_ms=70_000, evidence="sensor"),)


def test_a_gentle_send_takes_longer() -> None:
    """200 m at 2 m/s = 100 s: 120 s."""
    state, _ = RULES.accept(EMPTY, send(1, slow=True), 0)
    assert RULES.next_due(state) == 120_000


def test_capsules_into_one_line_keep_their_distance_and_other_lines_do_not_wait() -> None:
    """Three at once into north leave at 5, 15 and 25 s; one into south leaves at 5 s. Without transfers: 50 s more."""
    state = EMPTY
    for number, origin in ((1, "ward-1"), (2, "ward-2"), (3, "ward-1"), (4, "lab")):
        state, _ = RULES.accept(state, send(number, origin, transfers=0), 0)
    _, reports = RULES.advance(state, 600_000)
    assert said(reports) == [("done", 1, 55_000), ("done", 4, 55_000), ("done", 2, 65_000), ("done", 3, 75_000)]


def test_a_station_without_tube_is_refused() -> None:
    """At either end."""
    for command in (send(1, origin="cellar"), SendCapsule(1, 1, "tube", "j", "ward-1", "cellar", 10, 0)):
        state, reports = RULES.accept(EMPTY, command, 3)
        assert reports == (Failed(number=0, command=1, at_ms=3, reason="refused"),)
        assert state == EMPTY


def test_a_capsule_is_stopped_while_it_is_loaded_and_not_when_it_is_away() -> None:
    """Away after 5 s: at 4 s it can be taken out, at 5 s it is too late."""
    loaded, _ = RULES.accept(EMPTY, send(1), 0)
    state, reports = RULES.accept(loaded, Cancel(2, 1, "tube", command=1), 4000)
    assert said(reports) == [("ack", 2, 4000), ("failed", 1, 4000), ("done", 2, 4000)]
    assert state["tube"].capsules == ()
    state, reports = RULES.accept(loaded, Cancel(2, 1, "tube", command=1), 5000)
    assert said(reports) == [("ack", 2, 5000), ("failed", 2, 5000)]
    assert len(state["tube"].capsules) == 1
