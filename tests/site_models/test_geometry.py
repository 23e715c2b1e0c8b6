"""Plane geometry: nearest corridors, polygons and what two of them share."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_models.geometry import CorridorLines, area_m2, crosses_itself, inside, middle, outline_distance_m, overlap_m2
from tests.site_models.small_sites import Place, corridor

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]


def test_the_nearest_corridor_is_the_one_whose_edge_is_nearest() -> None:
    """A wide corridor 3 m away is nearer than a narrow one 2.5 m away."""
    lines = CorridorLines([corridor("narrow", (0, 0), (10, 0)), corridor("wide", (0, 5.5), (10, 5.5), width_m=4)])
    # From (5, 2.5): 2.5 - 1.0 = 1.5 m to the narrow edge, 3.0 - 2.0 = 1.0 m to the wide one.
    foot = lines.nearest(5, 2.5)
    assert foot is not None
    assert (foot.corridor, foot.s_m, foot.distance_m, foot.edge_m) == (1, 5.0, 3.0, 1.0)


def test_beyond_the_end_the_nearest_point_is_the_end() -> None:
    """A corridor is not longer than it is drawn."""
    foot = CorridorLines([corridor("a", (0, 0), (10, 0))]).nearest(13, 4)
    assert foot is not None
    assert (foot.x_m, foot.y_m, foot.distance_m) == (10.0, 0.0, 5.0)


def test_a_floor_without_corridors_has_no_nearest() -> None:
    """None rather than a guess."""
    assert CorridorLines([]).nearest(0, 0) is None


def test_a_ring_meets_itself() -> None:
    """The last point of a ring is its first, and that is a joint."""
    joints = CorridorLines([corridor("ring", (0, 0), (6, 0), (6, 6), (0, 6), (0, 0))]).joints()
    assert any({round(joint.s_m, 3), round(joint.other_s_m, 3)} == {0.0, 24.0} for joint in joints)


def test_neighbours_share_a_wall_and_no_floor() -> None:
    """Side by side is no overlap; half on one another is half of it."""
    beside = [(4.0, 0.0), (8.0, 0.0), (8.0, 4.0), (4.0, 4.0)]
    half = [(2.0, 0.0), (6.0, 0.0), (6.0, 4.0), (2.0, 4.0)]
    assert overlap_m2(SQUARE, beside) == pytest.approx(0.0)
    assert overlap_m2(SQUARE, half) == pytest.approx(8.0)  # 2 m x 4 m


def test_crossing_rooms_share_the_crossing() -> None:
    """A cross has no corner of one inside the other."""
    across = [(-2.0, 1.0), (6.0, 1.0), (6.0, 2.0), (-2.0, 2.0)]
    assert overlap_m2(SQUARE, across) == pytest.approx(4.0)


def test_an_outline_in_the_wrong_order_crosses_itself() -> None:
    """An hourglass is no room."""
    assert crosses_itself([(0, 0), (4, 4), (4, 0), (0, 4)])
    assert not crosses_itself(SQUARE)


@st.composite
def stars(draw: st.DrawFn) -> list[Place]:
    """Simple polygons around the origin."""
    count = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(1, 20), min_size=count, max_size=count))
    return [(r * math.cos(2 * math.pi * k / count), r * math.sin(2 * math.pi * k / count)) for k, r in enumerate(radii)]


@given(stars())
def test_the_middle_of_a_room_is_in_the_room(outline: list[Place]) -> None:
    """So a robot sent to a room is sent inside it."""
    at = middle(outline)
    assert inside(*at, outline) or outline_distance_m(*at, outline) < 1e-6


@given(stars(), stars())
def test_a_polygon_shares_all_of_itself_with_itself_and_as_much_with_another_as_that_with_it(
    one: list[Place], other: list[Place]
) -> None:
    """The shared area is symmetric, and never more than either."""
    assert overlap_m2(one, one) == pytest.approx(area_m2(one), rel=1e-6)
    shared = overlap_m2(one, other)
    assert shared == pytest.approx(overlap_m2(other, one), rel=1e-6, abs=1e-6)
    assert shared <= min(area_m2(one), area_m2(other)) * (1 + 1e-6)
