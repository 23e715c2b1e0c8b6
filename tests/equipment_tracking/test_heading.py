"""Walking with a heading: mass is kept, walls hold, and whoever moves is expected further on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import settings as tried_with
from hypothesis import strategies as st

from equipment_tracking.emission import EmissionSettings
from equipment_tracking.estimate import Summary
from equipment_tracking.heading import Walker, Walking
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from site_models.expand import expand
from site_models.load import load_site
from tests.equipment_tracking.flat import GATEWAYS, heard, places, survey


def row(count: int) -> Places:
    """Places in a row, a metre apart."""
    return Places.grid([(0.0, 0.0), (float(count), 1.0)], 1.0)


@tried_with(max_examples=20, deadline=None)
@given(st.floats(0.01, 20.0), st.integers(0, 500), st.floats(0.0, 8.0))
def test_nothing_is_lost_on_the_way(span_s: float, seed: int, straight: float) -> None:
    """Whatever time passes, in a flat with walls: no probability is negative and all of them sum to 1."""
    walker = Walker(places(1.0), Walking(straight=straight))
    states = np.random.default_rng(seed).uniform(size=len(walker.states))
    walker.states = states / states.sum()
    walker.pass_time(span_s)
    assert walker.states.min() >= 0.0
    assert np.isclose(walker.posterior.sum(), 1.0)
    assert np.isclose(walker.by_now().sum(), 1.0)


def test_whoever_moves_is_expected_further_on() -> None:
    """Heard at 3, 4, 5 and 6 m, a second each: now the tag is expected beyond 6 m, one that stayed there is not."""
    way = row(20)
    mover, sitter = Walker(way, Walking()), Walker(way, Walking())
    for metre in (3, 4, 5, 6):
        for walker, at in ((mover, metre), (sitter, 6)):
            walker.pass_time(1.0)
            walker.hear(-4.0 * np.abs(way.x_m - way.x_m[at]))
    ahead_m, behind_m = float(mover.by_now() @ way.x_m), float(mover.posterior @ way.x_m)
    stayed_m = float(sitter.by_now() @ way.x_m) - float(sitter.posterior @ way.x_m)
    assert ahead_m - behind_m > 0.3
    assert abs(stayed_m) < 0.1


def test_nobody_with_a_heading_walks_through_a_wall() -> None:
    """From one side of the wall to the other the way leads through the door."""
    flat = places()
    start = int(np.argmin(np.hypot(flat.x_m - 5.75, flat.y_m - 5.75)))
    behind = int(np.argmin(np.hypot(flat.x_m - 6.25, flat.y_m - 5.75)))
    walker = Walker(flat, Walking(lost_per_s=0.0))
    walker.states = np.zeros(len(walker.states))
    walker.states[start] = 1.0
    walker.pass_time(1.0)
    assert walker.posterior[behind] < 1e-6


def test_a_tag_with_a_heading_takes_the_lift() -> None:
    """On a site's floor graph the ways go on over floors."""
    site = Places.of(expand(load_site("clinic_small")))
    walker = Walker(site, Walking(lost_per_s=0.0))
    walker.states = np.zeros(len(walker.states))
    walker.states[0] = 1.0
    walker.pass_time(600.0)
    assert np.bincount(site.floor, walker.posterior).min() > 0.01


def test_a_tag_that_is_pushed_around_is_found_where_it_is_by_now() -> None:
    """In the flat with two rooms: under 0.9 m, and nearer than where it was heard."""
    readings, truth = heard()
    news = EmissionSettings(independent_s=0.25, reading_db=3.0)
    settings = Settings(emission=news, walking=Walking(speed_m_s=0.5, ahead_s=0.5))
    model = Model.learn(survey(), places(), GATEWAYS, settings)
    late = replace(model, settings=replace(model.settings, walking=Walking(speed_m_s=0.5, ahead_s=0.0)))
    summary = Summary(model.places, 2.0)
    medians = []
    for tried in (model, late):
        off = []
        for instant, posterior, _ in tried.follow(readings.time_s, readings.gateway, readings.rssi_dbm, truth.time_s):
            at = int(np.searchsorted(truth.time_s, instant))
            found = summary.of(posterior)
            off.append(np.hypot(found.x_m - truth.x_m[at], found.y_m - truth.y_m[at]))
        medians.append(float(np.median(off)))
    assert medians[0] < 0.9
    assert medians[0] < medians[1]
