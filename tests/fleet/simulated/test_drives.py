"""A drive is a timetable, and a position is a look-up in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bus.messages import Waypoint
from fleet.simulated.cores.drives import Place, place_at, stop_at_waypoint, stop_here, timetable

ORIGIN = Place("bay:B", 0.0, 0.0, "0")
metres = st.floats(-200, 200, allow_nan=False)
points = st.builds(
    Waypoint,
    node=st.sampled_from(["n1", "n2", "n3"]),
    x_m=metres,
    y_m=metres,
    floor=st.sampled_from(["0", "1"]),
    max_speed_m_s=st.floats(0.1, 2.0),
    dwell_s=st.floats(0, 30),
)
ways = st.lists(points, max_size=12)


def test_a_drive_without_waypoints_ends_where_it_begins() -> None:
    """The carrier is there already."""
    drive = timetable(ORIGIN, (), 5)
    assert (drive[-1].leave_ms, place_at(drive, 99)) == (5, ORIGIN)


def test_at_a_door_it_stands() -> None:
    """10 m at 1 m/s, 4 s at the door, 10 m more: at 12 s still at 10 m, at 19 s at 15 m, over at 24 s."""
    drive = timetable(ORIGIN, [Waypoint("door", 10, 0, "0", 1.0, 4.0), Waypoint("end", 20, 0, "0", 1.0)], 0)
    assert [place_at(drive, at_ms).x_m for at_ms in (12_000, 19_000, 24_000)] == [10.0, 15.0, 20.0]


def test_a_ride_between_floors_takes_no_distance() -> None:
    """A porter waits and rides 40 s in the lobby, then is on the other floor at the same place."""
    lobby, above = Waypoint("lobby", 10, 0, "0", 1.0, 40.0), Waypoint("lobby2", 10, 0, "1", 1.0)
    drive = timetable(ORIGIN, [lobby, above], 0)
    assert drive[-1].arrive_ms == 50_000
    assert place_at(drive, 49_999).floor == "0"
    assert place_at(drive, 50_000).floor == "1"


@given(ways, st.integers(0, 10**13), st.integers(0, 10**7))
def test_a_position_is_always_between_the_waypoints_around_it(
    way: list[Waypoint], start_ms: int, after_ms: int
) -> None:
    """Times rise, and at any instant the place lies on the line from the last waypoint to the next."""
    drive = timetable(ORIGIN, way, start_ms)
    times = [time for passage in drive for time in (passage.arrive_ms, passage.leave_ms)]
    assert times == sorted(times)
    here = place_at(drive, start_ms + after_ms)
    reached = max(index for index, passage in enumerate(drive) if passage.arrive_ms <= start_ms + after_ms)
    around = drive[reached : reached + 2]
    assert min(p.x_m for p in around) - 1e-6 <= here.x_m <= max(p.x_m for p in around) + 1e-6
    assert here.node == drive[reached].node


@given(ways, st.integers(0, 10**7))
def test_a_stopped_drive_ends_on_its_way_and_not_in_the_past(way: list[Waypoint], after_ms: int) -> None:
    """At the next waypoint or on the spot: not before now, not after the drive would have ended."""
    drive = timetable(ORIGIN, way, 0)
    at_ms = min(after_ms, drive[-1].leave_ms)
    next_stop, spot = stop_at_waypoint(drive, at_ms), stop_here(drive, at_ms)
    assert at_ms <= next_stop[-1].leave_ms <= drive[-1].leave_ms
    assert (next_stop[-1].node, next_stop[-1].floor) in {(passage.node, passage.floor) for passage in drive}
    assert spot[-1].leave_ms == at_ms
    assert place_at(spot, at_ms) == place_at(drive, at_ms)
