"""A twin at work: more tags and gateways while it runs, and steps in threads of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from equipment_tracking import twin_kernels, whereabouts_kernel
from equipment_tracking.locator import Motion
from equipment_tracking.model import Model, Settings
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts import Rooms
from tests.equipment_tracking.flat import GATEWAYS, level_dbm, places, survey
from tests.equipment_tracking.hearing import BY_MAP, apart, hear, walked


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.learn(survey(), places(), GATEWAYS, Settings(emission=BY_MAP))


def test_new_tags_start_as_never_heard_and_the_others_go_on(model: Model) -> None:
    """One tag more: the first is where it was, and later where it would have been without the other."""
    alone, before = (Twin(model.places, model.emission, Motion(), tags=1) for _ in range(2))
    here = level_dbm(np.array([2.0]), np.array([4.0]))[0]
    for twin in (alone, before):
        hear(twin, {0: here}, 1.0)
    after = before.grown(2)
    assert np.array_equal(after.posterior(0), before.posterior(0))
    assert (after.lost[1], after.likeliest()[0][1]) == (1.0, -1)
    hear(alone, {0: here}, 1.0)
    hear(after, {0: here, 1: here}, 1.0)
    assert np.array_equal(after.posterior(0), alone.posterior(0))
    assert apart(after.posterior(1), after.posterior(0)) < 0.5


def test_the_twin_that_was_grown_stays_as_it_was(model: Model) -> None:
    """They share the map, not what is known of the tags."""
    before = Twin(model.places, model.emission, Motion(), tags=1)
    after = before.grown(2)
    hear(after, {0: level_dbm(np.array([2.0]), np.array([4.0]))[0]}, 1.0)
    assert before.lost[0] == 1.0
    assert after.lost[0] < 0.01


def test_a_gateway_hung_up_after_the_survey_says_nothing(model: Model) -> None:
    """Nobody knows what it hears where: with it and without it the tag is in the same place."""
    known = level_dbm(np.array([2.0]), np.array([4.0]))[0]
    twin = Twin(model.places, model.emission, Motion(), tags=1)
    more = twin.grown(1, gateways=len(GATEWAYS) + 2)
    hear(twin, {0: known}, 1.0)
    hear(more, {0: np.append(known, [-30.0, -40.0])}, 1.0)
    assert np.allclose(more.posterior(0), twin.posterior(0))


@pytest.mark.parametrize(("tags", "gateways"), [(2, None), (3, len(GATEWAYS) - 1)])
def test_a_twin_does_not_shrink(model: Model, tags: int, gateways: int | None) -> None:
    """Numbers of tags and gateways stay what they are."""
    with pytest.raises(ValueError, match="there are 3 and 8 already"):
        Twin(model.places, model.emission, Motion(), tags=3).grown(tags, gateways)


def test_the_locator_leaves_the_interpreter_to_others() -> None:
    """Its kernels run without the interpreter's lock: a step in a thread does not hold up the answers."""
    for entry in (twin_kernels.step, whereabouts_kernel.summarise):
        assert vars(entry)["targetoptions"]["nogil"]


def test_twins_in_threads_do_not_disturb_one_another(model: Model) -> None:
    """Four twins at once, of one map: each ends as one that ran alone."""

    def run(first: Twin) -> np.ndarray:
        twin = first.grown(2)
        for levels_dbm, span_s in walked():
            hear(twin, {0: levels_dbm}, span_s)
            Rooms(model.places).of(twin)
        return twin.posterior(0)

    twin = Twin(model.places, model.emission, Motion(), tags=1)
    alone = run(twin)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(run, [twin] * 4):
            assert np.array_equal(found, alone)
