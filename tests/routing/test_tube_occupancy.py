"""The compiled timetable of the tube answers as the readable one, whatever is sent where and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from routing.tube.courses import Courses
from routing.tube.occupancy import FIRST_ROOM, Occupancy
from routing.tube.schedule import Hold, Timetable, holds
from tests.routing.test_tube import THREE, network

TWIN = {"id": "U21", "lines": ["L1", "L2"], "transfer_s": 30}
NETWORK = network(THREE | {"transfers": [*THREE["transfers"], TWIN]})
COURSES = Courses(NETWORK)
SENDS = st.tuples(
    st.sampled_from("abcde"), st.sampled_from("abcde"), st.booleans(), st.integers(0, 400_000), st.integers(0, 60_000)
)


@given(st.lists(SENDS, max_size=20), st.sampled_from(["", "U12", "L1"]))
def test_both_timetables_send_every_capsule_on_the_same_way_at_the_same_instant(
    sends: list[tuple[str, str, bool, int, int]], closed: str
) -> None:
    """Time goes on from send to send, so that the compiled one forgets what has ended and the readable one does not.

    Of several ways the one that is there first is taken, of equal ones the first.
    """
    now_ms, closed_lines = 0, frozenset({closed} - {""})
    planned: list[tuple[str, str, bool, int, int]] = []
    table = Timetable()
    for origin, destination, slow, later_ms, pause_ms in sends:
        now_ms += pause_ms
        occupancy = Occupancy(COURSES, now_ms)
        for a, b, gently, way, start_ms in planned:
            course = COURSES.between(a, b, gently, closed_lines)
            assert course is not None
            occupancy.note(course, way, start_ms)
        course = COURSES.between(origin, destination, slow, closed_lines)
        ways = NETWORK.ways(origin, destination, closed_lines=closed_lines)
        assert (course is None) == (not ways)
        if course is None:
            continue
        starts = [table.earliest(NETWORK.passages(way, slow), now_ms + later_ms) for way in ways]
        arrivals = [
            start_ms + (way.slow_duration_ms if slow else way.duration_ms)
            for way, start_ms in zip(ways, starts, strict=True)
        ]
        best = arrivals.index(min(arrivals))
        assert occupancy.soonest(course, now_ms + later_ms) == (best, starts[best])
        assert starts[best] + course.took_ms[best] == arrivals[best]
        table.add(holds(NETWORK.passages(ways[best], slow), starts[best]))
        planned.append((origin, destination, slow, best, starts[best]))


def test_there_is_room_for_more_holds_than_at_first() -> None:
    """A hundred capsules from a to b follow one another, the next when the segment and the air allow it."""
    course = COURSES.between("a", "b", False, frozenset())
    assert course is not None
    occupancy, table = Occupancy(COURSES, 0), Timetable()
    for _ in range(3 * FIRST_ROOM):
        way, start_ms = occupancy.soonest(course, 0)
        assert start_ms == table.earliest(NETWORK.passages(course.routes[way], False), 0)
        occupancy.note(course, way, start_ms)
        table.add(holds(NETWORK.passages(course.routes[way], False), start_ms))


def test_a_single_resource_may_be_held() -> None:
    """A jam of the unit until 100 s: a capsule from a enters it after 15 s of loading and 25 s of tube, or later."""
    course = COURSES.along("a", "c", ("L1", "L2"), ("U12",), False)
    assert course is not None
    occupancy, table = Occupancy(COURSES, 0), Timetable([Hold("U12", 0, 100_000)])
    occupancy.hold("U12", 0, 100_000)
    assert occupancy.soonest(course, 0) == (0, 60_000)
    assert table.earliest(NETWORK.passages(course.routes[0], False), 0) == 60_000


def test_a_way_that_does_not_exist_has_no_course() -> None:
    """From a over line 3, and from a station to itself."""
    assert COURSES.along("a", "c", ("L1", "L3"), ("U12",), False) is None
    assert COURSES.between("a", "a", False, frozenset()) is None
