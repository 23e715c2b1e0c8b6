"""The timetable of the tube: one capsule a segment and unit, one air a line, and never an earlier start than needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routing.tube.network import Passage, TubeNetwork
from routing.tube.schedule import Hold, Timetable, holds
from tests.routing.test_tube import THREE, network

STATIONS = "abcd"


def tubes() -> TubeNetwork:
    return network(THREE)


def test_a_capsule_passes_its_segments_one_after_the_other() -> None:
    """a at 100 m to the unit: 60 m to b in 15 s, 40 m in 10 s, behind 15 s of loading; then 25 s of transfer."""
    network = tubes()
    route = network.route("a", "c")
    assert route is not None
    seen = {each.resource: (each.enter_ms, each.leave_ms) for each in network.passages(route, False)}
    assert seen["a"] == (0, 15_000)
    assert seen["L1/a"] == (15_000, 30_000)
    assert seen["L1/b"] == (30_000, 40_000)
    assert seen["U12"] == (40_000, 65_000)
    assert seen["L2/c"] == (65_000, 85_000)
    assert seen["L1"] == (15_000, 40_000 + 20_000)  # the air stands for the headway before it turns


def test_the_next_capsule_of_a_station_waits_until_its_segment_is_free() -> None:
    """Its segment is free after 15 s and the line's headway over after 20 s, but the transfer unit only after 25 s."""
    network = tubes()
    route = network.route("a", "c")
    assert route is not None
    passages = network.passages(route, False)
    table = Timetable(holds(passages, 0))
    assert table.earliest(passages, 0) == 25_000


def test_the_air_of_a_line_moves_one_way() -> None:
    """b sends into the line while a capsule comes out to a: it waits until the air has stood for the headway.

    From b to a: in the line from 15 to 30 s, headway until 50 s; so from a to b may enter at 50 s: sent at 35 s.
    """
    network = tubes()
    there, back = network.route("b", "a"), network.route("a", "b")
    assert there is not None
    assert back is not None
    table = Timetable(holds(network.passages(there, False), 0))
    assert table.earliest(network.passages(back, False), 0) == 35_000


def test_a_slow_capsule_is_not_caught_up() -> None:
    """Slowly from a to b takes 30 s from 15 s on: a fast one behind it enters when it is out and the air has stood."""
    network = tubes()
    route = network.route("a", "b")
    assert route is not None
    table = Timetable(holds(network.passages(route, True), 0))
    assert table.earliest(network.passages(route, False), 0) == 15_000 + 30_000 + 20_000 - 15_000


def test_capsules_follow_one_another_in_their_own_segments() -> None:
    """From a, and 20 s behind it from b, which is then just passed: both in L1 at once, in the same air."""
    network = tubes()
    first, second = network.route("a", "c"), network.route("b", "c")
    assert first is not None
    assert second is not None
    table = Timetable(holds(network.passages(first, False), 0))
    start_ms = table.earliest(network.passages(second, False), 0)
    assert start_ms == 40_000  # its transfer begins when the first's ends, at 65 s: 25 s after it was sent
    assert Timetable().earliest(network.passages(second, False), 7) == 7


def clashes(held: list[Hold]) -> list[tuple[Hold, Hold]]:
    """Any two holds of one resource at one time, unless of the same air: compared pair by pair."""
    return [
        (one, other)
        for number, one in enumerate(held)
        for other in held[number + 1 :]
        if one.resource == other.resource
        and one.from_ms < other.until_ms
        and other.from_ms < one.until_ms
        and not (one.air and one.air == other.air)
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(STATIONS), st.sampled_from(STATIONS), st.booleans(), st.integers(0, 400_000)),
        max_size=12,
    )
)
def test_whatever_is_planned_in_whatever_order_nothing_clashes_and_no_start_is_later_than_it_must(
    sends: list[tuple[str, str, bool, int]],
) -> None:
    """Each is placed at its earliest start; half a second earlier it would clash, or be earlier than asked for."""
    network = tubes()
    held: list[Hold] = []
    for origin, destination, slow, from_ms in sends:
        route = network.route(origin, destination)
        if route is None:
            continue
        passages: tuple[Passage, ...] = network.passages(route, slow)
        start_ms = Timetable(held).earliest(passages, from_ms)
        assert start_ms >= from_ms
        assert clashes([*held, *holds(passages, start_ms)]) == []
        if start_ms > from_ms:
            assert clashes([*held, *holds(passages, start_ms - 1)]) != []
        held.extend(holds(passages, start_ms))


def test_parallel_units_are_ways_side_by_side() -> None:
    """Two units join the same lines: when one is taken the other is the sooner way."""
    twin = {"id": "U21", "lines": ["L1", "L2"], "transfer_s": 25}
    network_ = network(THREE | {"transfers": [*THREE["transfers"], twin]})
    ways = network_.ways("a", "c")
    assert [way.transfers for way in ways] == [("U12",), ("U21",)]
    assert network_.along("a", "c", ways[1].lines, ways[1].transfers) == ways[1]
    assert network_.along("a", "c", ("L1", "L3"), ("U12",)) is None
    assert [way.transfers for way in network_.ways("a", "c", closed_lines={"U12"})] == [("U21",)]
