"""The model of a made-up site: learned from where its gateways are, in parts as in one, and honest."""

from __future__ import annotations

import numpy as np
import pytest

from equipment_tracking.model import Model
from equipment_tracking.places import Places
from equipment_tracking.radio_map import learn
from equipment_tracking.service.building import Building
from simulation.beacons import calibrated
from simulation.beacons.addresses import gateway_address
from simulation.beacons.calibrated import SETTINGS, addressed, known_positions, learn_in_parts, model_of
from simulation.beacons.generate import Scene, SceneSettings, prepare
from simulation.beacons.survey import walk_survey
from site_models.load import load_site

GATEWAYS = 34
AT_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def clinic() -> tuple[Scene, Places]:
    building = Building.of(load_site("clinic_small"))
    settings = SceneSettings(parked_every_s=2)
    return (
        prepare(building.site, building.layout, seed=2, assets=120, gateways=GATEWAYS, settings=settings),
        building.places,
    )


@pytest.fixture(scope="module")
def model(clinic: tuple[Scene, Places]) -> Model:
    said: list[str] = []
    made = model_of(*clinic, AT_MS, said.append)[0]
    assert any("34 of 34 gateways" in line for line in said)
    return made


def test_gateways_go_by_their_addresses(model: Model) -> None:
    assert model.emission.radio.gateways == tuple(gateway_address(number) for number in range(GATEWAYS))


def test_each_gateway_is_loudest_near_itself(clinic: tuple[Scene, Places], model: Model) -> None:
    """For nine of ten the loudest place is within 8 m on its own floor: walls and shadowing do the rest."""
    scene, places = clinic
    loudest = model.emission.radio.mean_dbm.argmax(axis=1)
    at = scene.gateways
    gap_m = np.hypot(places.x_m[loudest] - at.x_m, places.y_m[loudest] - at.y_m)
    near = (gap_m < 8.0) & (places.floor[loudest] == at.floor)
    assert near.mean() >= 0.9


def test_the_confidence_is_fitted(model: Model) -> None:
    """Surer where the posterior is; what is new to the map is not asked, since it has no fingerprints."""
    low, high = model.confidence.of(np.array([0.3, 0.9]), np.zeros(2))
    assert low < high
    assert abs(model.confidence.novelty) < 1e-9


def test_learned_in_parts_is_learned_as_a_whole(clinic: tuple[Scene, Places], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gateway is learned by itself, so ten at a time give the same map as all at once, and a word after each."""
    scene, places = clinic
    survey = addressed(walk_survey(scene))
    whole = learn(survey, places, known_positions(scene), SETTINGS.radio)
    monkeypatch.setattr(calibrated, "AT_ONCE", 10)
    said: list[str] = []
    parts = learn_in_parts(survey, places, scene, said.append)
    assert len(said) == 4
    assert parts.gateways == whole.gateways
    for name in ("mean_dbm", "spread_db", "heard"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), atol=1e-9)
