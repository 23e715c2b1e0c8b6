"""A site's model in one file: what is read back is what was saved, and what cannot be used says why in a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from equipment_tracking.calibration.learning import no_prints
from equipment_tracking.calibration.model_file import Made, ModelFileError, digest, load, save
from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import Emission
from equipment_tracking.model import Model, Settings
from equipment_tracking.radio_map import MapSettings, RadioMap
from tests.equipment_tracking.flat import GATEWAYS, heard, places, survey

MADE = Made(at_ms=1_800_000_000_000, by_source={"survey": 12_800}, by_gateway=(1600,) * len(GATEWAYS))


@pytest.fixture(scope="module")
def model() -> Model:
    settings = Settings(radio=MapSettings(cell_m=1.0), step_s=1.0)
    return Model.learn(survey(), places(1.0), {}, settings).sure(Confidence(offset=0.5, odds=0.7, novelty=-2.0))


def test_what_is_read_back_locates_as_before(model: Model, tmp_path: Path) -> None:
    """Levels are rounded to 1/16 dB, so a tag's probabilities agree to a hundredth after twenty seconds."""
    save(tmp_path / "model.npz", model, MADE)
    again, made = load(tmp_path / "model.npz", model.places)
    assert made == MADE
    assert again.settings == model.settings
    assert again.confidence == model.confidence
    assert again.emission.radio.gateways == tuple(GATEWAYS)
    assert np.abs(again.emission.radio.mean_dbm - model.emission.radio.mean_dbm).max() <= 1 / 16
    readings, truth = heard(20.0)
    asked = np.unique(truth.time_s)
    for (_, before, novel), (_, after, novel_again) in zip(
        model.follow(readings.time_s, readings.gateway, readings.rssi_dbm, asked),
        again.follow(readings.time_s, readings.gateway, readings.rssi_dbm, asked),
        strict=True,
    ):
        assert np.abs(before - after).max() < 0.01
        assert novel == pytest.approx(novel_again, abs=0.001)


def test_the_model_of_before_is_kept_beside_the_new_one(model: Model, tmp_path: Path) -> None:
    """One is kept, and nothing else is left lying about."""
    path = tmp_path / "model.npz"
    for at_ms in (1, 2, 3):
        save(path, model, Made(at_ms=at_ms, by_source={}, by_gateway=()))
    assert load(path, model.places)[1].at_ms == 3
    assert load(tmp_path / "model.npz.before", model.places)[1].at_ms == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.npz", "model.npz.before"]


def test_a_save_that_fails_leaves_the_old_file(model: Model, tmp_path: Path) -> None:
    """Here a folder stands where the new file is written first."""
    path = tmp_path / "model.npz"
    save(path, model, MADE)
    (tmp_path / "model.npz.new").mkdir()
    with pytest.raises(OSError, match="model"):
        save(path, model, Made(at_ms=9, by_source={}, by_gateway=()))
    assert load(path, model.places)[1] == MADE


def test_a_model_of_other_places_is_refused(model: Model, tmp_path: Path) -> None:
    """The same ids a metre to the east are other places."""
    save(tmp_path / "model.npz", model, MADE)
    moved = replace(model.places, x_m=model.places.x_m + 1.0)
    assert digest(moved) != digest(model.places)
    with pytest.raises(ModelFileError, match="another site or another version of its floors"):
        load(tmp_path / "model.npz", moved)


def test_a_model_of_another_version_names_both(model: Model, tmp_path: Path) -> None:
    """The rest of such a file is not looked at."""
    with (tmp_path / "model.npz").open("wb") as file:
        np.savez(file, about=np.frombuffer(b'{"format": 99, "cheese": true}', dtype=np.uint8))
    with pytest.raises(ModelFileError, match="is of version 99, this program reads version 1"):
        load(tmp_path / "model.npz", model.places)


@pytest.mark.parametrize("keep", [0, 10, 1000, -100])
def test_a_file_that_was_cut_off_is_broken(model: Model, tmp_path: Path, keep: int) -> None:
    """Wherever it was cut."""
    path = tmp_path / "model.npz"
    save(path, model, MADE)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match="is no model or is broken"):
        load(path, model.places)


def test_a_byte_that_was_flipped_is_noticed(model: Model, tmp_path: Path) -> None:
    """Every table carries a check sum."""
    path = tmp_path / "model.npz"
    save(path, model, MADE)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(body)
    with pytest.raises(ModelFileError, match="is no model or is broken"):
        load(path, model.places)


def test_other_files_and_none_are_told_apart(model: Model, tmp_path: Path) -> None:
    """A lone array and a text are no model; a missing file says how to make one."""
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "text.npz").write_text("x,y,floor\n", encoding="utf-8")
    for name in ("array.npy", "text.npz"):
        with pytest.raises(ModelFileError, match="is no model or is broken"):
            load(tmp_path / name, model.places)
    with pytest.raises(ModelFileError, match=r"there is no .*portor locate retrain"):
        load(tmp_path / "missing.npz", model.places)


def test_of_a_hospital_only_what_is_heard_is_stored(tmp_path: Path) -> None:
    """A hundred gateways heard in a tenth of 72 places: the file holds less than half of the full tables."""
    generator = np.random.default_rng(1)
    mean_dbm = np.where(generator.random((100, 72)) < 0.1, generator.normal(-80.0, 8.0, (100, 72)), -108.0)
    radio = RadioMap(
        gateways=tuple(f"g{number}" for number in range(100)),
        mean_dbm=mean_dbm,
        spread_db=np.where(mean_dbm > -108.0, 3.0, 5.0),
        heard=np.where(mean_dbm > -108.0, 0.9, 0.07),
    )
    prints = no_prints(72, 100, Settings().prints)
    emission = Emission(radio=radio, prints=prints, settings=Settings().emission)
    model = Model(places=places(1.0), emission=emission, settings=Settings())
    save(tmp_path / "model.npz", model, MADE)
    again = load(tmp_path / "model.npz", model.places)[0].emission
    assert np.abs(again.radio.mean_dbm - mean_dbm).max() <= 1 / 16
    assert np.abs(again.radio.heard - radio.heard).max() < 0.001
    assert again.prints.levels_dbm.shape == (1, 100)
    assert (tmp_path / "model.npz").stat().st_size < 100 * 72 * 3 * 2 / 2
