"""Where all tags are: for each what the summary of its posterior says, in one call for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_tracking.emission import Emission
from equipment_tracking.estimate import Summary
from equipment_tracking.locator import Motion
from equipment_tracking.places import Places
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts import Rooms, Whereabouts
from site_models.expand import expand
from site_models.load import load_site
from tests.equipment_tracking.hearing import emission_of, hear, sites, some_levels


def assert_summaries(where: Places, twin: Twin, found: Whereabouts, tags: list[int]) -> None:
    """Every row is the summary of that tag's posterior."""
    summary = Summary(where, 2.0)
    assert len(found) == len(tags)
    for row, tag in enumerate(tags):
        posterior = twin.posterior(tag)
        expected = summary.of(posterior)
        by_room = np.bincount(summary.room_of_place, posterior, len(summary.rooms) + 1)
        assert np.isclose(found.p_room[row], expected.p_room, atol=1e-6)
        assert np.isclose(found.p_room2[row], expected.p_room2, atol=1e-6)
        for room, p_room in ((found.room[row], found.p_room[row]), (found.room2[row], found.p_room2[row])):
            # Two rooms that are as likely may stand in either order.
            assert p_room == 0.0 if room < 0 else np.isclose(by_room[room], p_room, atol=1e-6)
        assert found.room[row] != found.room2[row] or found.room[row] < 0
        by_floor = np.bincount(where.floor, posterior, len(where.floors))
        floor = int(found.floor[row])
        assert np.isclose(found.p_floor[row], by_floor.max(), atol=1e-6)
        assert np.isclose(by_floor[floor], by_floor.max(), atol=1e-6)
        here = np.where(where.floor == floor, posterior, 0.0) / by_floor[floor]
        assert np.isclose(found.x_m[row], here @ where.x_m, atol=1e-6)
        assert np.isclose(found.y_m[row], here @ where.y_m, atol=1e-6)
        assert np.isclose(found.p_known[row], 1.0 - twin.lost[tag])


@settings(max_examples=60, deadline=None)
@given(sites(), st.integers(1, 10), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=5))
def test_every_row_is_the_summary_of_that_tags_posterior(
    site: tuple[Places, Emission, int], keep: int, spans_s: list[float]
) -> None:
    """On any graph, with any rooms, floors and corridors, however few places are kept, heard now or long ago."""
    where, emission, seed = site
    generator = np.random.default_rng(seed + 2)
    floor = generator.integers(0, 3, len(where)).astype(np.int32)
    names = [None, "a", "b", "c", "d"]
    where = replace(
        where,
        x_m=generator.uniform(0.0, 50.0, len(where)),
        y_m=generator.uniform(0.0, 50.0, len(where)),
        floor=floor,
        floors=("0", "1", "2"),
        room=tuple(names[number] for number in generator.integers(0, 5, len(where)).tolist()),
    )
    twin = Twin(where, emission, Motion(), tags=3, keep=keep)
    for span_s in spans_s:
        hear(twin, {tag: some_levels(generator, silent=True) for tag in range(2)}, span_s)
    assert_summaries(where, twin, Rooms(where).of(twin), [0, 1, 2])


def test_the_tags_of_a_clinic_are_in_its_rooms() -> None:
    """By its floor graph: a tag heard as if in a room is in that room, by its name; only who is asked for is told."""
    where = Places.of(expand(load_site("clinic_small")))
    generator = np.random.default_rng(3)
    at = generator.integers(0, len(where), 12)
    apart_m = np.hypot(where.x_m - where.x_m[at, None], where.y_m - where.y_m[at, None])
    apart_m += 10.0 * np.abs(where.floor - where.floor[at, None])
    mean_dbm = -45.0 - 25.0 * np.log10(np.maximum(apart_m, 1.0))
    emission = emission_of(mean_dbm, np.full_like(mean_dbm, 2.0), np.where(mean_dbm > -80.0, 0.9, 0.05))
    places_of_rooms = [place for place, room in enumerate(where.room) if room is not None]
    true = [places_of_rooms[number] for number in generator.integers(0, len(places_of_rooms), 5).tolist()]
    twin = Twin(where, emission, Motion(), tags=7)
    for _ in range(8):
        heard = {
            tag: np.where(mean_dbm[:, place] > -80.0, mean_dbm[:, place], np.nan) for tag, place in enumerate(true)
        }
        hear(twin, heard, 1.0)
    rooms = Rooms(where)
    found = rooms.of(twin)
    assert_summaries(where, twin, found, list(range(7)))
    assert [rooms.rooms[room] for room in found.room[:5].tolist()] == [where.room[place] for place in true]
    assert [rooms.floors[floor] for floor in found.floor[:5].tolist()] == [where.floors[where.floor[p]] for p in true]
    assert np.array_equal(found.node, twin.likeliest()[0])
    assert_summaries(where, twin, rooms.of(twin, np.array([4, 0, 4], dtype=np.int32)), [4, 0, 4])


def test_a_tag_never_heard_is_nowhere_in_particular() -> None:
    """It has no likeliest place, nothing is known of it, and its room is only the largest."""
    where = Places.of(expand(load_site("clinic_small")))
    flat_dbm = np.full((1, len(where)), -70.0)
    twin = Twin(where, emission_of(flat_dbm, flat_dbm * 0.0 + 3.0, flat_dbm * 0.0 + 0.5), Motion(), tags=1)
    rooms = Rooms(where)
    found = rooms.of(twin)
    assert (found.node[0], found.p_known[0]) == (-1, 0.0)
    size = max(where.room.count(room) for room in rooms.rooms)
    assert where.room.count(rooms.rooms[found.room[0]]) == size
    assert np.isclose(found.p_room[0], size / len(where))


def test_a_floor_without_rooms_has_a_point_alone() -> None:
    """No room at all is -1 with probability 0."""
    bare = Places.grid([(0.0, 0.0), (4.0, 2.0)], 1.0)
    level_dbm = -50.0 - 5.0 * bare.x_m[None, :]
    twin = Twin(bare, emission_of(level_dbm, level_dbm * 0.0 + 1.0, level_dbm * 0.0 + 0.5), Motion(), tags=1)
    for _ in range(5):
        hear(twin, {0: np.array([-52.5])}, 1.0)
    found = Rooms(bare).of(twin)
    assert (found.room[0], found.p_room[0], found.room2[0], found.p_room2[0]) == (-1, 0.0, -1, 0.0)
    assert_summaries(bare, twin, found, [0])


def test_whom_the_twin_does_not_follow_cannot_be_asked_for() -> None:
    """Nor can a twin of another site be summarised."""
    bare = Places.grid([(0.0, 0.0), (4.0, 2.0)], 1.0)
    level_dbm = np.full((1, len(bare)), -70.0)
    twin = Twin(bare, emission_of(level_dbm, level_dbm * 0.0 + 1.0, level_dbm * 0.0 + 0.5), Motion(), tags=2)
    with pytest.raises(ValueError, match="a tag outside 0 to 1"):
        Rooms(bare).of(twin, np.array([2], dtype=np.int32))
    with pytest.raises(ValueError, match="a twin of 8 places, here are 4"):
        Rooms(Places.grid([(0.0, 0.0), (2.0, 2.0)], 1.0)).of(twin)
