"""Hard evidence: where it is, it is found; the twin weighs it as the reference does, whatever it keeps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_tracking.emission import Emission
from equipment_tracking.evidence import OVERLOOKED, Evidence, Kind
from equipment_tracking.locator import Motion, Tracker
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from equipment_tracking.twin import Twin
from site_models.expand import expand
from site_models.load import load_site
from tests.equipment_tracking.flat import GATEWAYS, WALL_M, level_dbm, places, survey
from tests.equipment_tracking.hearing import BY_MAP, EMPTY, apart, hear, sites, some_levels, walked

KINDS: tuple[Kind, ...] = ("scan", "dock", "room_event", "found", "not_here")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.learn(survey(), places(), GATEWAYS, Settings(emission=BY_MAP))


def told(tracker: Tracker, twin: Twin, evidence: Evidence, where: Places) -> None:
    """Both learn it of tag 0."""
    mask = evidence.mask(where)
    tracker.learn_of(mask, evidence.inside, evidence.outside)
    twin.learn_of(0, mask, evidence.inside, evidence.outside)


def same_belief(tracker: Tracker, twin: Twin) -> None:
    """Give the reference what the twin has of tag 0."""
    parked, moving = twin._modes(0)
    tracker.parked, tracker.moving = parked, moving


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_tag_never_heard_evidence_is_all_that_is_known(model: Model, kind: Kind) -> None:
    """In half of the flat, or not there: the twin keeps fewer places than the flat has and still says the same."""
    tracker = Tracker(model.places, model.emission, Motion())
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    evidence = Evidence(kind=kind, place="west")
    told(tracker, twin, evidence, model.places)
    assert apart(twin.posterior(0), tracker.posterior) < 1e-9
    west = twin.posterior(0)[model.places.x_m < WALL_M].sum()
    # Both rooms are of the same size.
    assert np.isclose(west, evidence.inside / (evidence.inside + evidence.outside))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("place", "keep"), [("east", 256), ("0:9.25:4.25", 64)])
def test_evidence_outside_the_places_that_a_tag_keeps(model: Model, kind: Kind, place: str, keep: int) -> None:
    """Believed in the west, and by what is lost in the east: from the same belief the same conclusion."""
    tracker = Tracker(model.places, model.emission, Motion())
    twin = Twin(model.places, model.emission, Motion(), tags=1, keep=keep)
    for _ in range(6):
        hear(twin, {0: level_dbm(np.array([2.25]), np.array([4.25]))[0]}, 0.5)
    same_belief(tracker, twin)
    evidence = Evidence(kind=kind, place=place)
    kept, _ = twin.support(0)
    assert not evidence.mask(model.places)[kept].all()
    told(tracker, twin, evidence, model.places)
    assert apart(twin.posterior(0), tracker.posterior) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_right_after_a_long_silence_evidence_counts_as_in_the_reference(model: Model, kind: Kind) -> None:
    """Twenty minutes without a sound, then word of it: from the same belief the same conclusion."""
    tracker = Tracker(model.places, model.emission, Motion())
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    for levels_dbm, span_s in itertools.islice(walked(), 10):
        hear(twin, {0: levels_dbm}, span_s)
    for _ in range(1200):
        twin.step(EMPTY, EMPTY, np.empty(0), 1.0)
    same_belief(tracker, twin)
    told(tracker, twin, Evidence(kind=kind, place="east"), model.places)
    assert apart(twin.posterior(0), tracker.posterior) < 1e-3


@pytest.mark.parametrize("right", [True, False])
def test_among_readings_evidence_leaves_the_twin_where_the_reference_is(model: Model, right: bool) -> None:
    """Pushed through the flat and scanned now and then: within a thousandth and what was cut.

    So it is too when the scans are wrong, but for that the twin must cut nothing: they make much of little mass.
    """
    tracker = Tracker(model.places, model.emission, Motion())
    keep = {} if right else {"keep": len(model.places), "spare": 0.0}
    twin = Twin(model.places, model.emission, Motion(), tags=1, **keep)
    for number, (levels_dbm, span_s) in enumerate(walked()):
        tracker.step(levels_dbm, span_s)
        hear(twin, {0: levels_dbm}, span_s)
        if number % 7 == 6:
            west = tracker.posterior[model.places.x_m < WALL_M].sum() > 0.5
            kind = KINDS[number % 5]
            place = "west" if (west == (kind != "not_here")) == right else "east"
            told(tracker, twin, Evidence(kind=kind, place=place), model.places)
        assert apart(twin.posterior(0), tracker.posterior) < 1e-3 + twin.left_out[0]


@settings(max_examples=60, deadline=None)
@given(sites(), st.lists(st.tuples(st.booleans(), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0)), min_size=1, max_size=6))
def test_with_room_for_all_places_evidence_is_exact(
    site: tuple[Places, Emission, int], told_of: list[tuple[bool, float, float]]
) -> None:
    """On any graph, of any places, before and after the tag is heard."""
    where, emission, seed = site
    generator = np.random.default_rng(seed + 3)
    motion = Motion(lost_per_s=0.0)
    tracker = Tracker(where, emission, motion)
    twin = Twin(where, emission, motion, tags=1, keep=len(where), spare=0.0)
    for is_heard, inside, outside in told_of:
        if is_heard:
            levels_dbm = some_levels(generator, silent=False)
            tracker.step(levels_dbm, 1.0)
            hear(twin, {0: levels_dbm}, 1.0)
        here = generator.random(len(where)) < 0.4
        tracker.learn_of(here, inside, outside)
        twin.learn_of(0, here, inside, outside)
        assert apart(twin.posterior(0), tracker.posterior) < 1e-6
        assert np.isclose(twin.support(0)[1].sum() + twin.lost[0], 1.0)


@settings(max_examples=60, deadline=None)
@given(sites(), st.integers(1, 4), st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_what_few_places_cannot_say_is_left_out_by_name(
    site: tuple[Places, Emission, int], keep: int, inside: float, outside: float
) -> None:
    """However few places are kept: from the same belief the twin is off by no more than `left_out`."""
    where, emission, seed = site
    generator = np.random.default_rng(seed + 4)
    tracker = Tracker(where, emission, Motion())
    twin = Twin(where, emission, Motion(), tags=1, keep=keep)
    hear(twin, {0: some_levels(generator, silent=True)}, 1.0)
    same_belief(tracker, twin)
    here = generator.random(len(where)) < 0.4
    tracker.learn_of(here, inside, outside)
    twin.learn_of(0, here, inside, outside)
    assert apart(twin.posterior(0), tracker.posterior) <= twin.left_out[0] + 2e-5
    assert twin._tags.kept[0] <= keep


@pytest.mark.parametrize("kind", ["scan", "dock", "found", "room_event"])
def test_evidence_outweighs_a_locator_that_was_sure_of_another_room_and_readings_correct_it(
    model: Model, kind: Kind
) -> None:
    """Heard in the west for ten seconds, scanned in a far corner of the east: believed at once.

    Where it is still heard in the west the scan was wrong, and two seconds later nobody believes it any more.
    """
    corner = next(id for id, x, y in zip(*_points(model.places), strict=True) if (x, y) == (11.75, 5.75))
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    west = level_dbm(np.array([2.25]), np.array([4.25]))[0]
    for _ in range(20):
        hear(twin, {0: west}, 0.5)
    assert twin.posterior(0)[model.places.x_m > WALL_M].sum() < 1e-4
    evidence = Evidence(kind=kind, place=corner)
    twin.learn_of(0, evidence.mask(model.places), evidence.inside, evidence.outside)
    near = np.hypot(model.places.x_m - 11.75, model.places.y_m - 5.75) < 1.0
    assert twin.posterior(0)[near].sum() > 0.9
    for _ in range(4):
        hear(twin, {0: west}, 0.5)
    assert twin.posterior(0)[model.places.x_m < WALL_M].sum() > 0.95


def _points(where: Places) -> tuple[tuple[str, ...], list[float], list[float]]:
    return where.ids, where.x_m.tolist(), where.y_m.tolist()


def test_somebody_looked_and_did_not_see_it() -> None:
    """The room loses most of its probability, not all: people overlook things."""
    evidence = Evidence(kind="not_here", place="west")
    flat = places()
    tracker = Tracker(flat, None, Motion())  # type: ignore[arg-type]  # nothing is heard
    west = flat.x_m < WALL_M
    tracker.parked = tracker.moving = np.where(west, 0.9, 0.1) / len(flat)
    tracker.learn_of(evidence.mask(flat), evidence.inside, evidence.outside)
    # 0.9 × 0.05 beside 0.1.
    assert np.isclose(tracker.posterior[west].sum(), 0.9 * OVERLOOKED / (0.9 * OVERLOOKED + 0.1))


def test_evidence_names_a_room_a_station_or_a_node() -> None:
    """A room is all of its places; a station and a node are themselves and what is next to them on that floor."""
    layout = expand(load_site("clinic_small"))
    where = Places.of(layout)
    room = next(room for room in where.room if room is not None)
    assert Evidence(kind="found", place=room).mask(where).tolist() == [other == room for other in where.room]
    station, node = next(iter(sorted(layout.station_node.items())))
    by_station = Evidence(kind="dock", place=station).mask(where)
    assert by_station[where.ids.index(node)]
    assert np.array_equal(by_station, Evidence(kind="dock", place=node).mask(where))
    number = where.ids.index(node)
    away_m = np.hypot(where.x_m - where.x_m[number], where.y_m - where.y_m[number])
    assert away_m[by_station].max() <= 2.0
    assert set(where.floor[by_station].tolist()) == {int(where.floor[number])}
    assert not Evidence(kind="scan", place="nowhere").mask(where).any()


@pytest.mark.parametrize(
    ("tag", "count", "inside", "outside", "rule"),
    [
        (1, 288, 0.9, 0.1, "outside 0 to 0"),
        (-1, 288, 0.9, 0.1, "outside 0 to 0"),
        (0, 4, 0.9, 0.1, "a mask of 4 places"),
        (0, 288, 0.9, 0.0, "above 0"),
        (0, 288, 1.1, 0.1, "at most 1"),
    ],
)
def test_wrong_evidence_changes_nothing(
    model: Model, tag: int, count: int, inside: float, outside: float, rule: str
) -> None:
    """It is refused with the rule it breaks."""
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    hear(twin, {0: level_dbm(np.array([2.0]), np.array([4.0]))[0]}, 1.0)
    before = twin.posterior(0)
    with pytest.raises(ValueError, match=rule):
        twin.learn_of(tag, np.arange(count) < 3, inside, outside)
    assert np.array_equal(twin.posterior(0), before)
