"""Positions outlive the process: what a twin knew is what the next one knows, and a damaged file is only a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipment_tracking.locator import Motion, Tracker
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from equipment_tracking.positions import NotRestored, Saved, read_positions, write_positions
from equipment_tracking.twin import WALKED_S, Twin
from tests.equipment_tracking.flat import GATEWAYS, level_dbm, places, survey
from tests.equipment_tracking.hearing import BY_MAP, EMPTY, apart, hear

AT_MS = 1_800_000_000_000
TAGS = ("pump-1", "pump-2", "bed-7")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.learn(survey(), places(), GATEWAYS, Settings(emission=BY_MAP))


def working(model: Model, tags: int = len(TAGS)) -> Twin:
    """A twin that heard tag 0 in the west and tag 1 in the east, and never tag 2."""
    twin = Twin(model.places, model.emission, Motion(), tags=tags)
    west, east = (level_dbm(np.array([x]), np.array([4.0]))[0] for x in (2.0, 10.0))
    for _ in range(5):
        hear(twin, {0: west, 1: east}, 0.5)
    return twin


def saved_of(twin: Twin) -> Saved:
    return Saved(tags=TAGS, at_ms=AT_MS, twin=twin.saved(), columns={"heard_ms": np.array([AT_MS, AT_MS - 7, -1])})


def test_after_a_restart_every_tag_is_where_it_was(model: Model, tmp_path: Path) -> None:
    """Saved, killed, and a new twin made: the same posteriors, to the last bit, and the columns beside them."""
    before = working(model)
    write_positions(tmp_path / "positions.npz", model.places, saved_of(before))
    saved = read_positions(tmp_path / "positions.npz", model.places)
    after = Twin(model.places, model.emission, Motion(), tags=3).restored(saved.twin, saved.rows(TAGS), 0.0)
    for tag in range(3):
        assert np.array_equal(after.posterior(tag), before.posterior(tag))
    assert (saved.tags, saved.at_ms) == (TAGS, AT_MS)
    assert saved.columns["heard_ms"].tolist() == [AT_MS, AT_MS - 7, -1]
    here = level_dbm(np.array([2.0]), np.array([4.0]))[0]
    for twin in (before, after):
        hear(twin, {0: here}, 1.0)
    assert np.array_equal(after.posterior(0), before.posterior(0))


def test_tags_are_known_by_their_ids(model: Model) -> None:
    """In another order, one gone and one new: who was known goes on, who is new may be anywhere."""
    before = working(model)
    saved = saved_of(before)
    rows = saved.rows(["bed-9", "pump-2", "pump-1"])
    assert rows.tolist() == [-1, 1, 0]
    after = Twin(model.places, model.emission, Motion(), tags=3).restored(saved.twin, rows, 0.0)
    assert after.lost[0] == 1.0
    assert np.array_equal(after.posterior(1), before.posterior(1))
    assert np.array_equal(after.posterior(2), before.posterior(0))


def test_a_short_time_off_is_walked_as_if_nobody_had_heard_anything(model: Model) -> None:
    """Four seconds later: what the twin that went on in silence says, and what the reference says."""
    before = working(model)
    after = Twin(model.places, model.emission, Motion(), tags=3).restored(before.saved(), np.arange(3), 4.0)
    tracker = Tracker(model.places, model.emission, Motion())
    tracker.parked, tracker.moving = before._modes(0)
    tracker.pass_time(4.0)
    before.step(EMPTY, EMPTY, np.empty(0), 4.0)
    assert np.allclose(after.posterior(0), before.posterior(0))
    assert apart(after.posterior(0), tracker.posterior) < 1e-3 + after.left_out[0]


def test_of_a_long_time_off_only_what_may_be_lost_is_taken(model: Model) -> None:
    """After an hour a tag may be anywhere; a clock that was set back lets no time pass."""
    saved = working(model).saved()
    fresh = Twin(model.places, model.emission, Motion(), tags=3)
    known = [1.0 - fresh.restored(saved, np.arange(3), span_s).lost[0] for span_s in (WALKED_S, 70.0, 3600.0)]
    # Beyond the ten seconds a share of 0.003 a second is lost: exp(-0.18) after a minute, exp(-10.8) after the hour.
    assert np.allclose(known[1:], [known[0] * np.exp(-0.18), known[0] * np.exp(-10.77)])
    assert np.array_equal(fresh.restored(saved, np.arange(3), -5.0).lost, saved["lost"])


def test_a_twin_that_keeps_fewer_places_keeps_the_likeliest(model: Model) -> None:
    """What it has no room for is lost, not forgotten."""
    before = working(model)
    after = Twin(model.places, model.emission, Motion(), tags=3, keep=5).restored(before.saved(), np.arange(3), 0.0)
    kept, mass = after.support(0)
    assert set(kept.tolist()) == set(np.argsort(-before.posterior(0))[:5].tolist())
    assert np.isclose(mass.sum() + after.lost[0], 1.0)


def test_what_was_not_saved_by_a_twin_is_refused(model: Model) -> None:
    """All that is wrong with the columns, by name."""
    twin = working(model)
    saved = twin.saved()
    fresh = Twin(model.places, model.emission, Motion(), tags=3)
    wrong = {
        "no kept; no lost": {name: column for name, column in saved.items() if name not in {"kept", "lost"}},
        "fit together": saved | {"lost": saved["lost"][:2]},
        "different numbers": saved | {"parked": saved["parked"][1:]},
        "a place that there is not; a place twice": saved | {"place": saved["place"] * 0 + 288},
        "do not make 1": saved | {"lost": saved["lost"] * np.nan},
        "not whole": saved | {"kept": saved["kept"].astype(np.float64)},
    }
    for rule, columns in wrong.items():
        with pytest.raises(ValueError, match=rule):
            fresh.restored(columns, np.arange(3), 0.0)
    for rows in (np.arange(2), np.array([0, 1, 3])):
        with pytest.raises(ValueError, match="rows for 3 tags"):
            fresh.restored(saved, rows, 0.0)


def test_without_a_file_all_begins_anew(model: Model, tmp_path: Path) -> None:
    with pytest.raises(NotRestored, match="does not exist yet"):
        read_positions(tmp_path / "positions.npz", model.places)


def test_positions_of_another_site_are_not_taken(model: Model, tmp_path: Path) -> None:
    """A place renamed is another site: nobody knows where it is."""
    path = tmp_path / "positions.npz"
    write_positions(path, model.places, saved_of(working(model)))
    changed = replace(model.places, ids=("0:0:0", *model.places.ids[1:]))
    with pytest.raises(NotRestored, match="another site"):
        read_positions(path, changed)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00 no array", b"text\n" * 99])
def test_a_file_of_something_else_is_a_reason_to_begin_anew(model: Model, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "positions.npz"
    path.write_bytes(content)
    with pytest.raises(NotRestored, match="cannot be read"):
        read_positions(path, model.places)


def test_columns_of_another_number_of_tags_are_a_damage(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "positions.npz"
    write_positions(path, model.places, replace(saved_of(working(model)), columns={"heard_ms": np.zeros(2)}))
    with pytest.raises(NotRestored, match="another number of tags"):
        read_positions(path, model.places)


def test_a_file_of_a_later_format_is_not_guessed_at(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "positions.npz"
    with monkeypatch.context() as later:
        later.setattr("equipment_tracking.positions.FORMAT", 2)
        write_positions(path, model.places, saved_of(working(model)))
    with pytest.raises(NotRestored, match="format 2"):
        read_positions(path, model.places)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, Places, Saved]:
    """A small file, its bytes and what it says."""
    path = tmp_path_factory.mktemp("damaged") / "positions.npz"
    row = Places.grid([(0.0, 0.0), (4.0, 1.0)], 1.0)
    twin = {
        "kept": np.array([2, 0], dtype=np.int32),
        "lost": np.array([0.25, 1.0]),
        "place": np.array([3, 1], dtype=np.int32),
        "parked": np.array([0.25, 0.125]),
        "moving": np.array([0.25, 0.125]),
    }
    saved = Saved(tags=("a", "b"), at_ms=AT_MS, twin=twin)
    write_positions(path, row, saved)
    return path, path.read_bytes(), row, saved


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_never_raises_anything_else_nor_says_anything_else(
    written: tuple[Path, bytes, Places, Saved], data: st.DataObject
) -> None:
    """Cut short anywhere, or any byte changed: nothing is restored, or exactly what was saved."""
    path, content, row, saved = written
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    if data.draw(st.booleans()):
        del damaged[at:]
    else:
        damaged[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    try:
        found = read_positions(path, row)
    except NotRestored:
        return
    assert (found.tags, found.at_ms) == (saved.tags, saved.at_ms)
    assert {name: column.tolist() for name, column in found.twin.items()} == {
        name: column.tolist() for name, column in saved.twin.items()
    }


def test_a_writer_that_dies_leaves_the_file_before(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle of it; what stands there is what was written last as a whole."""
    path = tmp_path / "positions.npz"
    write_positions(path, model.places, saved_of(working(model)))

    def full(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as dying:
        dying.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space left"):
            write_positions(path, model.places, replace(saved_of(working(model)), at_ms=AT_MS + 1))
    assert read_positions(path, model.places).at_ms == AT_MS
