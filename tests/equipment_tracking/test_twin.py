"""The twin: says of all tags what the reference says of each, on few places, and finds what was lost."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.fingerprints import UNHEARD_DBM, Fingerprints, PrintSettings
from equipment_tracking.locator import Motion, Tracker
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from equipment_tracking.twin import Twin
from tests.equipment_tracking.flat import GATEWAYS, WALL_M, level_dbm, places, survey
from tests.equipment_tracking.hearing import BY_MAP, EMPTY, apart, emission_of, hear, sites, some_levels, walked


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.learn(survey(), places(), GATEWAYS, Settings(emission=BY_MAP))


@pytest.mark.parametrize(
    "chosen",
    [
        BY_MAP,
        replace(BY_MAP, independent_s=0.25, reading_db=3.0),
        EmissionSettings(map_share=0.7),
        EmissionSettings(map_share=0.3),
    ],
)
def test_the_twin_says_what_the_reference_says(model: Model, chosen: EmissionSettings) -> None:
    """A tag pushed through the flat: at every step within a thousandth and what was cut, which is less than that."""
    emission = replace(model.emission, settings=chosen)
    tracker = Tracker(model.places, emission, Motion())
    twin = Twin(model.places, emission, Motion(), tags=2)
    for levels_dbm, span_s in walked():
        tracker.step(levels_dbm, span_s)
        hear(twin, {1: levels_dbm}, span_s)
        assert twin.left_out[1] < 1e-3
        assert apart(twin.posterior(1), tracker.posterior) < 1e-3 + twin.left_out[1]


def test_a_tag_that_few_gateways_hear_is_where_the_reference_has_it(model: Model) -> None:
    """Seven in ten readings are lost, some steps hear nothing: with room for every place the same thousandth holds."""
    generator = np.random.default_rng(6)
    tracker = Tracker(model.places, model.emission, Motion())
    twin = Twin(model.places, model.emission, Motion(), tags=1, keep=len(model.places))
    for number, (levels_dbm, span_s) in enumerate(walked()):
        missed = (generator.random(len(GATEWAYS)) < 0.7) & (number > 0)
        some_dbm = np.where(missed, np.nan, levels_dbm)
        tracker.step(some_dbm, span_s)
        hear(twin, {0: some_dbm}, span_s)
        assert apart(twin.posterior(0), tracker.posterior) < 1e-3 + twin.left_out[0]


def test_the_likeliest_place_is_that_of_the_posterior(model: Model) -> None:
    """And nobody knows a place of a tag that was never heard."""
    twin = Twin(model.places, model.emission, Motion(), tags=2)
    assert twin.likeliest()[0].tolist() == [-1, -1]
    for levels, span_s in itertools.islice(walked(), 20):
        hear(twin, {1: levels}, span_s)
    place, mass = twin.likeliest()
    assert place[1] == twin.posterior(1).argmax()
    assert np.isclose(mass[1], twin.posterior(1).max())


def test_several_readings_of_one_gateway_count_as_their_mean(model: Model) -> None:
    """-60 and -70 dBm in one step are -65 dBm."""
    once, twice = (Twin(model.places, model.emission, Motion(), tags=1) for _ in range(2))
    once.step(np.array([3, 4]), np.array([0, 0]), np.array([-65.0, -50.0]), 1.0)
    twice.step(np.array([3, 4, 3]), np.array([0, 0, 0]), np.array([-60.0, -50.0, -70.0]), 1.0)
    assert np.allclose(once.posterior(0), twice.posterior(0))


@settings(max_examples=60, deadline=None)
@given(sites(), st.floats(0.0, 0.1), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=6))
def test_with_room_for_all_places_the_twin_is_exact(
    site: tuple[Places, Emission, int], lost_per_s: float, spans_s: list[float]
) -> None:
    """On any graph, with every place kept and above the floor, three tags are where the reference has them.

    What jumped is only exact while the tag is heard: where tags jump, all are heard at every step.
    """
    where, emission, seed = site
    generator = np.random.default_rng(seed + 1)
    motion = Motion(lost_per_s=lost_per_s)
    trackers = [Tracker(where, emission, motion) for _ in range(3)]
    twin = Twin(where, emission, motion, tags=3, keep=len(where), spare=0.0)
    for number, span_s in enumerate(spans_s):
        silent = number > 0 and lost_per_s == 0.0
        levels = {tag: some_levels(generator, silent=silent) for tag in range(3)}
        hear(twin, levels, span_s)
        for tag, tracker in enumerate(trackers):
            tracker.step(levels[tag], span_s)
            assert apart(twin.posterior(tag), tracker.posterior) < 1e-6


@settings(max_examples=60, deadline=None)
@given(sites(), st.floats(0.0, 1.0), st.floats(0.05, 2.0), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=6))
def test_fingerprints_weigh_as_in_the_reference(
    site: tuple[Places, Emission, int], map_share: float, background: float, spans_s: list[float]
) -> None:
    """Whatever their share: prints at random, of which some places have none, and a gateway that nobody surveyed."""
    where, emission, seed = site
    generator = np.random.default_rng(seed + 5)
    levels_dbm = np.where(generator.random((12, 3)) < 0.3, UNHEARD_DBM, generator.uniform(-99.0, -50.0, (12, 3)))
    weight = np.where(generator.random((len(where), 12)) < 0.6, 0.0, generator.random((len(where), 12)))
    prints = Fingerprints(levels_dbm=levels_dbm, weight=weight, settings=PrintSettings(background=background))
    emission = replace(emission, prints=prints, settings=EmissionSettings(map_share=map_share))
    motion = Motion(lost_per_s=0.01)
    tracker = Tracker(where, emission, motion)
    twin = Twin(where, emission, motion, tags=1, keep=len(where), spare=0.0).grown(1, gateways=4)
    for span_s in spans_s:
        heard_dbm = some_levels(generator, silent=False)
        tracker.step(heard_dbm, span_s)
        hear(twin, {0: np.append(heard_dbm, -40.0)}, span_s)
        assert apart(twin.posterior(0), tracker.posterior) < 1e-6


@pytest.mark.parametrize("hold_s", [0.0, 0.5, 2.0])
def test_a_level_is_held_for_the_fingerprints_when_a_packet_is_lost(model: Model, hold_s: float) -> None:
    """Half of the readings are lost: the prints are compared with the last level of each gateway, if it is fresh."""
    generator = np.random.default_rng(8)
    emission = replace(model.emission, settings=EmissionSettings(map_share=0.7))
    tracker = Tracker(model.places, emission, Motion())
    twin = Twin(model.places, emission, Motion(), tags=1, keep=len(model.places), hold_s=hold_s)
    last_dbm, heard_s = np.full(len(GATEWAYS), np.nan), np.full(len(GATEWAYS), -np.inf)
    now_s = 0.0
    for number, (levels_dbm, span_s) in enumerate(walked()):
        now_s += span_s
        some_dbm = np.where((generator.random(len(GATEWAYS)) < 0.5) & (number > 0), np.nan, levels_dbm)
        heard = ~np.isnan(some_dbm)
        last_dbm, heard_s = np.where(heard, some_dbm, last_dbm), np.where(heard, now_s, heard_s)
        held_dbm = np.where(now_s - heard_s <= hold_s, last_dbm, np.nan)
        tracker.pass_time(span_s)
        if heard.any():
            believed = min(1.0, span_s / 0.5)
            by_map, by_prints = emission._by_map(some_dbm), emission.prints.log_likelihood(held_dbm)
            tracker.hear(believed * (0.7 * by_map + 0.3 * by_prints))
        hear(twin, {0: some_dbm}, span_s)
        assert apart(twin.posterior(0), tracker.posterior) < 1e-3 + twin.left_out[0]


@settings(max_examples=60, deadline=None)
@given(sites(), st.integers(1, 4), st.floats(0.0, 0.01), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=6))
def test_no_mass_is_ever_missing(
    site: tuple[Places, Emission, int], keep: int, spare: float, spans_s: list[float]
) -> None:
    """However few places are kept, support and lost mass make one; more than `spare` is cut only for lack of room."""
    where, emission, seed = site
    generator = np.random.default_rng(seed + 1)
    twin = Twin(where, emission, Motion(), tags=2, keep=keep, spare=spare)
    for span_s in spans_s:
        hear(twin, {tag: some_levels(generator, silent=True) for tag in range(2)}, span_s)
        for tag in range(2):
            kept, mass = twin.support(tag)
            assert len(set(kept.tolist())) == len(kept) <= keep
            assert np.all(mass > 0.0)
            assert np.isclose(mass.sum() + twin.lost[tag], 1.0)
            assert np.isclose(twin.posterior(tag).sum(), 1.0)
            assert twin.left_out[tag] <= spare + 1e-12 or len(where) > keep


def test_a_tag_carried_off_while_nobody_heard_it_is_found_again(model: Model) -> None:
    """Between rooms without a door, on 32 places: ten minutes of silence, and three steps later it is found."""
    corners = [(0.0, 0.0), (12.0, 6.0)]
    shut = Places.grid(corners, 0.5, is_passable=lambda x1, _y1, x2, _y2: (x1 < WALL_M) == (x2 < WALL_M))
    twin = Twin(shut, model.emission, Motion(), tags=1, keep=32)
    west, east = (level_dbm(np.array([x]), np.array([4.0]))[0] for x in (2.0, 10.0))
    for _ in range(5):
        hear(twin, {0: west}, 0.5)
    assert twin.posterior(0)[shut.x_m < WALL_M].sum() > 0.95
    for _ in range(600):
        twin.step(EMPTY, EMPTY, np.empty(0), 1.0)
    assert twin.posterior(0)[shut.x_m > WALL_M].sum() > 0.1
    for _ in range(3):
        hear(twin, {0: east}, 0.5)
    near = np.hypot(shut.x_m - 10.0, shut.y_m - 4.0) < 2.0
    assert twin.posterior(0)[near].sum() > 0.9


def test_a_tag_that_jumps_while_it_is_heard_is_found_as_soon_as_by_the_reference(model: Model) -> None:
    """Lifted over the wall from one step to the next: both give the new room more than 0.9 at the same step."""
    tracker = Tracker(model.places, model.emission, Motion())
    twin = Twin(model.places, model.emission, Motion(), tags=1, keep=64)
    west, east = (level_dbm(np.array([x]), np.array([5.5]))[0] for x in (1.0, 11.0))
    there = model.places.x_m > WALL_M
    found = []
    for number in range(12):
        levels_dbm = west if number < 4 else east
        tracker.step(levels_dbm, 0.5)
        hear(twin, {0: levels_dbm}, 0.5)
        found.append((tracker.posterior[there].sum() > 0.9, twin.posterior(0)[there].sum() > 0.9))
    assert found[3] == (False, False)
    assert found[-1] == (True, True)
    assert all(reference == fast for reference, fast in found)


def test_a_tag_heard_where_it_cannot_be_starts_afresh() -> None:
    """Two places without a way, no jumps, 150 gateways that all say the other place: a step later it is there."""
    apart_places = Places.grid([(0.0, 0.0), (2.0, 1.0)], 1.0, is_passable=lambda x1, _y1, x2, _y2: x1 == x2)
    mean_dbm = np.tile([-50.0, -90.0], (150, 1))
    emission = emission_of(mean_dbm, np.full_like(mean_dbm, 1.0), np.full_like(mean_dbm, 0.5))
    twin = Twin(apart_places, emission, Motion(lost_per_s=0.0), tags=1)
    hear(twin, {0: mean_dbm[:, 0]}, 1.0)
    assert np.allclose(twin.posterior(0), [1.0, 0.0])
    hear(twin, {0: mean_dbm[:, 1]}, 1.0)
    assert np.allclose(twin.posterior(0), [0.5, 0.5])
    hear(twin, {0: mean_dbm[:, 1]}, 1.0)
    assert np.allclose(twin.posterior(0), [0.0, 1.0])


def test_a_gateway_that_the_survey_never_met_misleads_nobody(model: Model) -> None:
    """It is the loudest and knows no place: the tag is found by what the others hear, as if it were not there."""
    radio = model.emission.radio
    unmet = np.full((1, len(model.places)), -108.0)
    emission = emission_of(
        np.vstack([radio.mean_dbm, unmet]),
        np.vstack([radio.spread_db, np.full_like(unmet, 5.0)]),
        np.vstack([radio.heard, np.full_like(unmet, 0.07)]),
    )
    known = level_dbm(np.array([2.0]), np.array([4.0]))[0]
    more = Twin(model.places, emission, Motion(), tags=1)
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    hear(more, {0: np.append(known, -30.0)}, 1.0)
    hear(twin, {0: known}, 1.0)
    assert np.allclose(more.posterior(0), twin.posterior(0), atol=1e-6)


def test_a_tag_that_nobody_hears_becomes_less_sure(model: Model) -> None:
    """While another tag is heard all the time, the silent one spreads out."""
    twin = Twin(model.places, model.emission, Motion(), tags=2)
    here = level_dbm(np.array([2.0]), np.array([4.0]))[0]
    hear(twin, {0: here, 1: here}, 1.0)
    most = twin.posterior(1).max()
    for _ in range(30):
        hear(twin, {0: here}, 1.0)
    assert twin.posterior(0).max() >= most
    assert twin.posterior(1).max() < most / 2


def test_below_the_floor_of_the_map_one_number_does(model: Model) -> None:
    """A floor at -75 dBm leaves out more than a third of the table and hardly moves the answer."""
    full = Twin(model.places, model.emission, Motion(), tags=1)
    rough = Twin(model.places, model.emission, Motion(), tags=1, floor_dbm=-75.0)
    # An entry of the table is a place and a gateway: 4 + 3 × 8 bytes.
    left_out = (full.nbytes - rough.nbytes) / 28
    assert left_out > len(model.places) * len(GATEWAYS) / 3
    for levels_dbm, span_s in walked():
        for twin in (full, rough):
            hear(twin, {0: levels_dbm}, span_s)
    probable = [twin.posterior(0) @ model.places.x_m for twin in (full, rough)]
    assert abs(probable[0] - probable[1]) < 0.5


def test_ten_thousand_tags_take_little_memory(model: Model) -> None:
    """10,000 tags with 256 places of 20 bytes: 51 MB, whatever the number of places of the site."""
    twin = Twin(model.places, model.emission, Motion(), tags=10_000)
    assert twin.nbytes < 53e6


def test_a_twin_is_of_some_tags_and_places(model: Model) -> None:
    """With none of them there is nothing to follow."""
    with pytest.raises(ValueError, match="at least one"):
        Twin(model.places, model.emission, Motion(), tags=0)


@pytest.mark.parametrize(
    ("gateway", "tag", "rssi_dbm", "span_s", "rule"),
    [
        ([1], [0, 1], [-60.0], 1.0, "different lengths"),
        ([1, 1], [1, 0], [-60.0, -60.0], 1.0, "sorted by tag"),
        ([1], [2], [-60.0], 1.0, "a tag outside"),
        ([8], [0], [-60.0], 1.0, "a gateway outside"),
        ([1], [0], [float("nan")], 1.0, "no number"),
        ([1], [0], [-60.0], -1.0, "forwards"),
    ],
)
def test_a_wrong_batch_changes_nothing(
    model: Model, gateway: list[int], tag: list[int], rssi_dbm: list[float], span_s: float, rule: str
) -> None:
    """It is refused with the rule it breaks."""
    twin = Twin(model.places, model.emission, Motion(), tags=2)
    before = twin.posterior(0)
    with pytest.raises(ValueError, match=rule):
        twin.step(np.array(gateway), np.array(tag), np.array(rssi_dbm), span_s)
    assert np.array_equal(twin.posterior(0), before)
