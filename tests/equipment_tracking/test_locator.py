"""The locator: exact on a small graph, never ahead of its readings, and honest about how sure it is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from equipment_tracking.columns import Survey
from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import EmissionSettings
from equipment_tracking.estimate import Summary, state_of
from equipment_tracking.fingerprints import UNHEARD_DBM, Fingerprints, PrintSettings
from equipment_tracking.held_out import choose, fit_confidence, judge, rows_of
from equipment_tracking.locator import Motion, Tracker
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import MapSettings, learn
from equipment_tracking.windows import Held, ticks, windows
from site_models.expand import expand
from site_models.load import load_site
from tests.equipment_tracking.flat import GATEWAYS, heard, places, survey

NEWS = Settings(emission=EmissionSettings(independent_s=0.25, reading_db=3.0))
"""In this flat every reading is news: its noise knows nothing of the reading before."""


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.learn(survey(), places(), GATEWAYS, NEWS)


def chain(count: int) -> Places:
    """Places in a row, a metre apart."""
    return Places.grid([(0.0, 0.0), (float(count), 1.0)], 1.0)


def errors_m(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Errors and whether the room is right, after the first seconds of a walk."""
    readings, truth = heard()
    summary = Summary(model.places, 2.0)
    found = model.follow(readings.time_s, readings.gateway, readings.rssi_dbm, truth.time_s)
    off, right = [], []
    for instant, posterior, _ in found:
        row = int(np.searchsorted(truth.time_s, instant))
        if instant < 4.0:
            continue
        estimate = summary.of(posterior)
        off.append(np.hypot(estimate.x_m - truth.x_m[row], estimate.y_m - truth.y_m[row]))
        right.append(estimate.room == truth.room[row])
    return np.array(off), np.array(right)


def test_a_tag_that_is_pushed_around_is_found(model: Model) -> None:
    """With 3 dB of noise in a flat of 12 by 6 m: under a metre, and nearly always the right room."""
    off, right = errors_m(model)
    assert np.median(off) < 0.9
    assert right.mean() > 0.93


def test_a_floor_without_gateway_positions_works_too() -> None:
    """The survey alone says who hears what where."""
    off, _ = errors_m(Model.learn(survey(), places(), {}, NEWS))
    assert np.median(off) < 1.0


def test_far_from_where_a_gateway_was_heard_it_is_silent() -> None:
    """Also when nobody knows where it hangs: a survey of one corner says nothing loud about the other end."""
    walked = survey(60.0)
    corner = rows_of(walked, (walked.x_m < 3.0) & (walked.gateway == 0))
    far = Places.grid([(0.0, 0.0), (80.0, 6.0)], 1.0)
    radio = learn(corner, far, {}, MapSettings())
    assert radio.mean_dbm[0, far.x_m < 3.0].min() > -75.0
    assert radio.mean_dbm[0, far.x_m > 60.0].max() < -95.0


def test_a_floor_without_walls_and_rooms_works_too() -> None:
    """Any grid will do; then there are no rooms to name."""
    bare = Places.grid([(0.0, 0.0), (12.0, 6.0)], 0.5)
    off, _ = errors_m(Model.learn(survey(), bare, GATEWAYS, NEWS))
    assert np.median(off) < 1.0
    assert Summary(bare, 2.0).of(np.full(len(bare), 1.0 / len(bare))).room is None


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (3, 4), elements=st.floats(-6.0, 0.0)))
def test_the_recursion_is_the_sum_over_all_ways(log_likelihoods: np.ndarray) -> None:
    """Four places in a row, three readings: the posterior is that of adding up all 8³ histories by hand."""
    motion = Motion(moving_m_s=0.5, parked_m_s=0.1, switch_per_s=0.2, lost_per_s=0.01)
    row = chain(4)
    tracker = Tracker(row, None, motion)  # type: ignore[arg-type]  # likelihoods are given, nothing is heard
    steps = np.zeros((8, 8))
    for start in range(8):
        one = Tracker(row, None, motion)  # type: ignore[arg-type]
        one.parked = np.eye(8)[start][:4].copy()
        one.moving = np.eye(8)[start][4:].copy()
        one.pass_time(1.0)
        steps[start] = np.concatenate([one.parked, one.moving])
    assert np.allclose(steps.sum(axis=1), 1.0)
    weights = np.exp(np.tile(log_likelihoods, 2))
    total = np.zeros(8)
    for way in itertools.product(range(8), repeat=3):
        first = np.full(8, 1 / 8) @ steps
        chance = first[way[0]] * weights[0, way[0]]
        for number in (1, 2):
            chance *= steps[way[number - 1], way[number]] * weights[number, way[number]]
        total[way[2]] += chance
    for likelihood in log_likelihoods:
        tracker.pass_time(1.0)
        tracker.hear(likelihood)
    assert np.allclose(tracker.posterior, (total[:4] + total[4:]) / total.sum())


def test_nobody_walks_through_a_wall() -> None:
    """From one side of the wall to the other the way leads through the door, unless the tag was lost."""
    flat = places()
    start = int(np.argmin(np.hypot(flat.x_m - 5.75, flat.y_m - 5.75)))
    behind = int(np.argmin(np.hypot(flat.x_m - 6.25, flat.y_m - 5.75)))
    tracker = Tracker(flat, None, Motion(lost_per_s=0.0))  # type: ignore[arg-type]
    tracker.moving = np.eye(len(flat))[start]
    tracker.parked = np.zeros(len(flat))
    tracker.pass_time(1.0)
    assert tracker.posterior[behind] < 1e-6
    assert np.isclose(tracker.posterior.sum(), 1.0)


@given(
    st.lists(st.floats(0.0, 60.0), min_size=1, max_size=40).map(sorted),
    st.lists(st.floats(0.0, 60.0), max_size=60).map(sorted),
)
def test_a_window_never_holds_what_comes_later(asked: list[float], times: list[float]) -> None:
    """Every reading up to the last instant is in one window, that of the first instant at or after it."""
    instants = ticks(np.array(asked), 0.0, 0.5)
    assert np.all(np.diff(instants) > 0)
    assert all(min(instants) <= at for at in asked)
    gateways = np.arange(len(times), dtype=np.int32)
    cut = list(windows(np.array(times), gateways, np.full(len(times), -60.0), len(times), instants, 0.5))
    for number, (levels, span_s) in enumerate(cut):
        heard_then = np.nonzero(~np.isnan(levels))[0]
        assert all(times[k] <= instants[number] for k in heard_then)
        assert all(times[k] > instants[number] - span_s - 1e-9 for k in heard_then)


def test_a_lost_packet_is_not_silence() -> None:
    """A level stays for two seconds after it was heard; what is heard anew takes its place; then there is silence."""
    held = Held(2, 2.0)
    assert held.hear(np.array([-60.0, -70.0]), 1.0).tolist() == [-60.0, -70.0]
    assert held.hear(np.array([np.nan, -72.0]), 1.0).tolist() == [-60.0, -72.0]
    assert held.hear(np.array([np.nan, np.nan]), 1.0).tolist() == [-60.0, -72.0]
    after_3_s = held.hear(np.array([np.nan, np.nan]), 1.0)
    assert np.isnan(after_3_s[0])
    assert after_3_s[1] == -72.0


def test_a_gap_of_the_survey_is_filled_from_shortly_before_and_close_by() -> None:
    """Gateway 1 is heard at the start alone: kept a second later, not where another surveyor stands, not after 3 s."""
    walked = Survey(
        x_m=np.array([0.0, 0.0, 0.5, 9.0, 1.5]),
        y_m=np.zeros(5),
        floor=np.zeros(5, dtype=np.int32),
        gateway=np.array([0, 1, 0, 0, 0], dtype=np.int32),
        rssi_dbm=np.array([-50.0, -60.0, -52.0, -80.0, -54.0]),
        time_s=np.array([0.0, 0.0, 1.0, 1.5, 3.0]),
        floors=("0",),
        gateways=("near", "far"),
    )
    row = replace(chain(10), floors=("0",))
    levels = Fingerprints.of(walked, row, PrintSettings(hold_s=2.0)).levels_dbm
    assert levels[np.argsort(levels[:, 0])].tolist() == [
        [-80.0, UNHEARD_DBM],
        [-54.0, UNHEARD_DBM],
        [-52.0, -60.0],
        [-50.0, -60.0],
    ]
    untimed = replace(walked, time_s=np.full(5, np.nan))
    assert (Fingerprints.of(untimed, row, PrintSettings(hold_s=2.0)).levels_dbm[:, 1] == UNHEARD_DBM).sum() == 3


def test_lifts_join_the_floors_of_a_site() -> None:
    """A tag that goes up by lift is followed: places of both floors hang together."""
    layout = expand(load_site("clinic_small"))
    site = Places.of(layout)
    assert len(site) == len(layout.nodes)
    floors = {(site.floor[a], site.floor[b]) for a, b in zip(site.tail.tolist(), site.head.tolist(), strict=True)}
    assert {(0, 1), (1, 0)} <= {(int(a), int(b)) for a, b in floors}


def test_the_settings_of_a_site_are_those_that_are_least_wrong_on_what_was_left_out() -> None:
    """Where readings are all news, believing them is better than averaging them away; nothing leaves no choice."""
    walked = survey(300.0)
    wary = replace(NEWS, emission=EmissionSettings(independent_s=4.0, reading_db=8.0))
    chosen, answers = choose((wary, NEWS), lambda tried: judge(walked, places(1.0), GATEWAYS, tried))
    assert chosen == NEWS
    assert answers
    with pytest.raises(ValueError, match="at least one"):
        choose((), lambda _tried: [])


def test_confidence_is_learned_from_what_was_left_out() -> None:
    """Of the answers that it gives 80 %, about 80 % are right."""
    answers = judge(survey(600.0), places(), GATEWAYS, Settings())
    confidence = fit_confidence(answers)
    sure = confidence.of(
        np.array([answer.probability for answer in answers]), np.array([answer.novelty for answer in answers])
    )
    assert abs(sure.mean() - np.mean([answer.right for answer in answers])) < 0.03


def test_two_walks_that_disagree_teach_nothing() -> None:
    """On one all is right, on the other half: either foretells the other badly, and the posterior is believed."""
    probability = np.tile(np.linspace(0.5, 0.98, 100), 2)
    right = np.concatenate([np.ones(100, dtype=bool), np.arange(100) % 2 == 0])
    stretch = np.repeat([0, 1], 100)
    assert Confidence.learn(probability, np.zeros(200), right, stretch) == Confidence()


def test_many_walks_that_agree_are_learned_from() -> None:
    """Ten walks on which answers given 90 % are right half of the time: that is what is said from now on."""
    right = np.arange(1000) % 2 == 0
    learned = Confidence.learn(np.full(1000, 0.9), np.zeros(1000), right, np.arange(1000) // 100)
    assert abs(float(learned.of(np.array([0.9]), np.array([0.0]))[0]) - 0.5) < 0.02


@given(st.floats(0.0, 1.0), st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_what_is_newer_is_never_surer(probability: float, novelty: float, more: float) -> None:
    """Novelty may only take confidence away."""
    generator = np.random.default_rng(3)
    raw, new = generator.uniform(size=200), generator.uniform(size=200)
    fitted = Confidence.fit(raw, new, generator.uniform(size=200) < raw)
    less, sure = fitted.of(np.array([probability, probability]), np.array([novelty + more, novelty]))
    assert less <= sure + 1e-12


def test_a_screen_never_shows_a_false_dot() -> None:
    """One room, one of two, or when it was last seen."""
    assert state_of(0.9, 0.05, 5.0) == "sure"
    assert state_of(0.5, 0.4, 5.0) == "either"
    assert state_of(0.4, 0.2, 5.0) == "last_seen"
    assert state_of(0.99, 0.0, 900.0) == "last_seen"
