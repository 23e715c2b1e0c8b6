"""The simulated tube: what it is told, it does, but never lets two capsules into one segment, unit or air."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tube.judge import conflicts
from bus.messages import NO_CAPSULE, Ack, Cancel, Done, Failed, SendCapsule
from fleet.simulated.cores.faults import Jam
from fleet.simulated.cores.tube import Capsule, Tube
from tests.fleet.simulated.small_world import PIPES, said, tubes

RULES = tubes()
EMPTY = {"tube": Tube(id="tube")}


def send(number: int, origin: str = "ward-2", destination: str = "lab", *, slow: bool = False) -> SendCapsule:
    return SendCapsule(
        number,
        1,
        "tube",
        leg=f"j{number}.1",
        origin=origin,
        destination=destination,
        path_m=200,
        transfers=1,
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


def test_the_interlock_holds_back_what_would_meet_another() -> None:
    """The same way at once: the last 100 m to the lab take 25 s, so the second is there 25 s after the first."""
    state, _ = RULES.accept(EMPTY, send(1), 0)
    state, _ = RULES.accept(state, send(2), 0)
    _, reports = RULES.advance(state, 600_000)
    assert said(reports) == [("done", 1, 70_000), ("done", 2, 95_000)]


def test_against_the_air_nothing_enters() -> None:
    """From the lab to ward 2 while a capsule comes from there. Both want the unit at 30 s, so the second goes later.

    The first is in the lab's line from 45 s to 70 s and the air stands for 4 s, so the second enters it at 74 s, leaves
    it at 99 s, has changed line at 114 s and is there at 139 s.
    """
    state, _ = RULES.accept(EMPTY, send(1), 0)
    state, _ = RULES.accept(state, send(2, "lab", "ward-2"), 0)
    _, reports = RULES.advance(state, 600_000)
    assert said(reports) == [("done", 1, 70_000), ("done", 2, 139_000)]
    assert conflicts(PIPES, list(state["tube"].capsules)) == []


def test_a_station_without_tube_or_a_way_that_is_none_is_refused() -> None:
    """At either end, or a way over lines that no unit joins."""
    strange = SendCapsule(1, 1, "tube", "j", "ward-1", "lab", 10, 1, lines=("north", "south"), units=("elsewhere",))
    for command in (send(1, "cellar"), send(1, "ward-1", "cellar"), strange):
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


def test_a_jam_stops_what_comes_to_it_and_holds_its_place_until_it_is_cleared() -> None:
    """The unit is reached after 5 s + 25 s; it jams until 500 s, so the next capsule enters it then: sent at 470 s."""
    rules = tubes(Jam(place="unit", at_ms=0, until_ms=500_000))
    state, _ = rules.accept(EMPTY, send(1), 0)
    state, reports = rules.advance(state, 100_000)
    assert reports == (Failed(number=0, command=1, at_ms=30_000, reason="stuck", node="unit"),)
    state, _ = rules.accept(state, send(2), 100_000)
    _, reports = rules.advance(state, 900_000)
    assert said(reports) == [("done", 2, 470_000 + 70_000)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ward-1", "ward-2", "lab"]),
            st.sampled_from(["ward-1", "ward-2", "lab"]),
            st.booleans(),
            st.integers(0, 60_000),
        ),
        max_size=15,
    )
)
def test_whatever_it_is_told_no_two_capsules_ever_meet(sends: list[tuple[str, str, bool, int]]) -> None:
    """Judged by the geometry of the lines alone: segments, units, directions, speeds and arrivals."""
    state, now_ms, trips = EMPTY, 0, dict[int, Capsule]()
    for number, (origin, destination, slow, pause_ms) in enumerate(sends, start=1):
        now_ms += pause_ms
        state, _ = RULES.accept(state, send(number, origin, destination, slow=slow), now_ms)
        trips |= {each.command.number: each for each in state["tube"].capsules}
    assert conflicts(PIPES, list(trips.values())) == []
    assert len(trips) == sum(origin != destination for origin, destination, _, _ in sends)


def test_the_judge_sees_what_meets() -> None:
    """Drawn by hand: two at once through the same segment, through the unit, and one that came too early."""
    state, _ = RULES.accept(EMPTY, send(1), 0)
    (one,) = state["tube"].capsules
    twin = Capsule(
        command=send(2), lines=one.lines, units=one.units, start_ms=one.start_ms + 2_000, away_ms=7_000, end_ms=72_000
    )
    hasty = Capsule(command=send(3), lines=one.lines, units=one.units, start_ms=900_000, away_ms=0, end_ms=910_000)
    found = conflicts(PIPES, [one, twin, hasty])
    assert any("are in unit" in each for each in found)
    assert any("of north" in each for each in found)
    assert any("capsule 3 arrives" in each for each in found)


def test_a_station_without_capsule_sends_none() -> None:
    """Ward 2 has one: the second send is refused until a capsule has come from ward 1."""
    state = {"tube": Tube(id="tube", stock={"ward-1": 1, "ward-2": 1, "lab": 0})}
    state, _ = RULES.accept(state, send(1), 0)
    state, reports = RULES.accept(state, send(2), 0)
    assert reports == (Failed(number=0, command=2, at_ms=0, reason=NO_CAPSULE),)
    state, _ = RULES.accept(state, send(3, "ward-1", "ward-2"), 100_000)
    state, _ = RULES.advance(state, 200_000)
    assert state["tube"].stock == {"ward-1": 0, "ward-2": 1, "lab": 1}
    state, reports = RULES.accept(state, send(4), 200_000)
    assert said(reports) == [("ack", 4, 200_000)]


def test_a_capsule_that_is_taken_out_again_or_found_in_the_tube_is_counted() -> None:
    """A cancelled one stays at its station, a stuck one is brought to where it was sent."""
    rules = tubes(Jam(place="unit", at_ms=0, until_ms=500_000))
    state = {"tube": Tube(id="tube", stock={"ward-1": 0, "ward-2": 2, "lab": 0})}
    state, _ = rules.accept(state, send(1), 0)
    state, _ = rules.accept(state, send(2), 0)
    state, _ = rules.accept(state, Cancel(3, 1, "tube", command=2), 1000)
    state, reports = rules.advance(state, 100_000)
    assert said(reports) == [("failed", 1, 30_000)]
    assert state["tube"].stock == {"ward-1": 0, "ward-2": 1, "lab": 1}


def test_a_world_of_before_capsules_were_counted_is_read() -> None:
    """Sixty belong to the three stations; the two under way are taken off where they were sent from."""
    state, _ = RULES.accept(EMPTY, send(1), 0)
    state, _ = RULES.accept(state, send(2), 0)
    old = msgspec.to_builtins(state["tube"])
    del old["stock"]
    read = {"tube": msgspec.convert(old, Tube)}
    assert read["tube"].stock is None
    read, _ = RULES.accept(read, send(3, "lab", "ward-1"), 1000)
    assert read["tube"].stock == {"ward-1": 20, "ward-2": 18, "lab": 19}
    read, _ = RULES.advance(read, 900_000)
    assert read["tube"].stock == {"ward-1": 21, "ward-2": 18, "lab": 21}
