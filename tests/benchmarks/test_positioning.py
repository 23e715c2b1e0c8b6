"""The positioning benchmark: what it reads, what it keeps apart, and that its figures are the right arithmetic."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import machine
from benchmarks.positioning import Case, Estimates, Fold, baselines, marckolak, philotuxo, read_members, report
from benchmarks.positioning import __main__ as command
from equipment_tracking.accuracy import calibration
from equipment_tracking.columns import Floats, Readings, Survey, Truth

# The outline of a flat of 6 m × 4 m: a wall at x = 3 m reaches from the south to 1 m below the north.
OUTLINE = "x,y\n0,0\n3,0\n3,3\n3.1,3\n3.1,0\n6,0\n6,4\n0,4\n0,0\n"
ANCHORS = "id,x,y,z\nA,0.5,0.5,2.0\nB,5.5,0.5,2.0\nC,3.0,3.9,2.0\n"
HEAD = ",ts,x,heading,y,rssi_A,rssi_B,rssi_C\n"
# Two runs, 100 s apart, of two rows each; gateway C misses one.
CALIBRATION = HEAD + (
    "0,1000e9,1.0,0,1.0,-50,-70,-65\n"
    "1,1001e9,2.0,0,1.0,-55,-65,\n"
    "2,1101e9,5.0,0,1.0,-70,-50,-65\n"
    "3,1102e9,4.0,0,3.0,-68,-55,-52\n"
)

DEVICES = 'Dongles:{"bb": [[9.0, 1.0, 2.3], 1, "sensor2"], "aa": [[1.0, 1.0, 1.2], 2, "sensor1"]}\nBeacons:{}\n'
# Two metres by one; the cell whose upper corner is (1, 1) is blocked, the other free.
OCCUPANCY = "[[0.0, 0.0], [2.0, 1.0]]::1.0\n[1.0, 1.0]::1\n[2.0, 1.0]::0\n[0.0, 0.0]::1\n[1.0, 0.0]::1\n[2.0, 0.0]::1\n"


def archive(path: Path, texts: Mapping[str, str]) -> None:
    with tarfile.open(path, "w:xz") as tar:
        for name, text in texts.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    texts = {marckolak.LAYOUT: OUTLINE, marckolak.ANCHORS: ANCHORS, marckolak.CALIBRATION: CALIBRATION}
    archive(tmp_path / marckolak.ARCHIVE, {**texts, marckolak.TEST: HEAD + "0,2000e9,1.5,0,1.0,-52,,-60\n"})
    return tmp_path


def track(begin_s: float, speed_m_s: float) -> str:
    """Ten seconds along y = 0.5 m, heard twice a second by one gateway."""
    return "".join(f"{begin_s + t / 2},aa,tag,-60,{speed_m_s * t / 2},0.5,1.8,1,0,0\n" for t in range(21))


@pytest.fixture
def office(tmp_path: Path) -> Path:
    texts = {
        philotuxo.DEVICES: DEVICES,
        philotuxo.OCCUPANCY: OCCUPANCY,
        f"{philotuxo.POINTS}set_1/sensor1_1.50_0.50_1.85.mbd": "10,aa,tag,-60\n11,aa,tag,-62\n",
        f"{philotuxo.POINTS}set_1/sensor2_1.50_0.50_1.85.mbd": "10.5,bb,tag,-80\n",
        f"{philotuxo.TRACKS}01_all_sensors.mbd": track(100.0, 0.1),
        f"{philotuxo.TRACKS}02_all_sensors.mbd": track(500.0, 0.2),
    }
    archive(tmp_path / philotuxo.ARCHIVE, texts)
    return tmp_path


def test_survey_is_read_without_the_test_run(tmp_path: Path) -> None:
    """Loading the flat reads no line of its test run: here that run could not even be read."""
    texts = {marckolak.LAYOUT: OUTLINE, marckolak.ANCHORS: ANCHORS, marckolak.CALIBRATION: CALIBRATION}
    archive(tmp_path / marckolak.ARCHIVE, {**texts, marckolak.TEST: "not,a,table\n1,2,3\n"})

    case = marckolak.load(tmp_path)

    assert len(case.truth.x_m) == 4
    with pytest.raises(KeyError, match="ts"):
        marckolak.load_test(tmp_path)


def test_a_missing_level_is_no_reading(flat: Path) -> None:
    """Four rows of three gateways with one empty make eleven readings, of the survey as of the way walked."""
    case = marckolak.load(flat)

    assert len(case.survey.rssi_dbm) == len(case.readings.rssi_dbm) == 4 * 3 - 1
    assert case.survey.x_m[case.survey.gateway == 2].tolist() == [1.0, 5.0, 4.0]
    assert case.runs.tolist() == [0] * 5 + [1] * 6


def test_runs_are_left_out_whole(flat: Path) -> None:
    """Each fold learns from the other run alone, and its readings and truth are the run left out."""
    folds = marckolak.folds(marckolak.load(flat))

    assert [sorted(set(fold.train.survey.time_s)) for fold in folds] == [[1101.0, 1102.0], [1000.0, 1001.0]]
    assert [sorted(set(fold.readings.time_s)) for fold in folds] == [[1000.0, 1001.0], [1101.0, 1102.0]]
    assert [fold.truth.time_s.tolist() for fold in folds] == [[1000.0, 1001.0], [1101.0, 1102.0]]
    assert all(len(fold.train.readings.time_s) == len(fold.train.truth.time_s) == 0 for fold in folds)


def test_the_test_run_is_located_with_the_whole_survey(flat: Path) -> None:
    """The test's fold learns from both runs; its one row has two readings and a room."""
    fold = marckolak.fold_of_test(flat)

    assert len(fold.train.survey.x_m) == 11
    assert len(fold.train.truth.time_s) == 0
    assert fold.readings.rssi_dbm.tolist() == [-52.0, -60.0]
    assert fold.truth.room == ("south_west",)


@pytest.mark.parametrize(
    ("x_m", "y_m", "room"),
    [
        (2.63, 2.1, "north_west"),
        (2.64, 2.1, "north"),
        (6.32, 5.0, "north_east"),
        (1.98, 2.0, "south_west"),
        (1.985, 2.0, "south"),
        (3.96, 0.0, "south_east"),
    ],
)
def test_rooms_follow_the_walls(x_m: float, y_m: float, room: str) -> None:
    """The six rooms meet at y = 2.1 m and at the published walls."""
    assert marckolak.room_of(x_m, y_m) == room


def test_no_stretch_runs_through_a_wall(flat: Path) -> None:
    """South of y = 3 m nothing leads from the west of the wall at 3 m to its east; north of it something does."""
    places = marckolak.load(flat).places
    low = np.maximum(places.y_m[places.tail], places.y_m[places.head]) < 3.0
    through = (places.x_m[places.tail] < 3.0) != (places.x_m[places.head] < 3.0)

    assert not np.any(low & through)
    assert np.any(through)
    assert not np.any((places.x_m > 3.0) & (places.x_m < 3.1) & (places.y_m < 3.0))


def test_a_one_in_the_occupancy_map_is_blocked(office: Path) -> None:
    """The map's description says the reverse; a cell is named after its corner furthest from the origin."""
    places = philotuxo.load(office).places

    assert places.x_m.tolist() == [1.5]
    assert places.y_m.tolist() == [0.5]


def test_gateways_are_known_by_address(office: Path) -> None:
    """Files name gateways by another name than readings do; positions go by the readings' name."""
    case = philotuxo.load(office)

    assert case.positions == {"aa": (1.0, 1.0, 1.2), "bb": (9.0, 1.0, 2.3)}
    assert case.survey.gateways == ("aa", "bb")
    assert case.survey.rssi_dbm[case.survey.gateway == 1].tolist() == [-80.0]


def test_tracks_are_asked_every_half_second_after_warming_up(office: Path) -> None:
    """Ten seconds less four make twelve times; at 4 s and 0.1 m/s the tag is at 0.4 m."""
    first = philotuxo.folds(philotuxo.load(office))[0]

    assert first.truth.time_s.tolist() == [104.0 + step / 2 for step in range(12)]
    assert first.truth.x_m[:2].tolist() == pytest.approx([0.4, 0.45])


def test_a_track_left_out_is_not_there_to_tune_on(office: Path) -> None:
    """Of two tracks, one is located and the other is there to tune on."""
    for fold, other in zip(philotuxo.folds(philotuxo.load(office)), ("straight_02", "straight_01"), strict=True):
        assert fold.name != other
        assert {fold.train.readings.tags[tag] for tag in fold.train.readings.tag} == {other}
        assert {fold.train.truth.tags[tag] for tag in fold.train.truth.tag} == {other}
        assert {fold.readings.tags[tag] for tag in fold.readings.tag} == {fold.name}


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    """Whoever gives the wrong folder is told which file is missing in it."""
    with pytest.raises(FileNotFoundError, match=r"philotuxo\.tar\.xz is missing"):
        philotuxo.load(tmp_path)


def test_an_archive_without_the_files_is_refused(tmp_path: Path) -> None:
    """An archive of something else is not an empty case."""
    archive(tmp_path / "other.tar.xz", {"readme": "nothing"})

    with pytest.raises(FileNotFoundError, match="none of the files"):
        read_members(tmp_path / "other.tar.xz", lambda name: name.endswith(".csv"))


def level_dbm(gateway: tuple[float, float, float], x_m: Floats, y_m: Floats, height_m: float) -> Floats:
    """Two decades a decade of distance, -50 dBm at a metre: path loss without walls or noise."""
    apart = np.sqrt((x_m - gateway[0]) ** 2 + (y_m - gateway[1]) ** 2 + (height_m - gateway[2]) ** 2)
    levels: Floats = -50.0 - 20.0 * np.log10(apart)
    return levels


def open_hall(flat: Path) -> tuple[Fold, tuple[Floats, Floats]]:
    """A survey on a grid of half metres in the flat, free of noise, and a tag at five points of it, a second each."""
    base = marckolak.load(flat)
    columns, rows = (axis.ravel() for axis in np.meshgrid(np.arange(0.5, 6.0, 0.5), np.arange(0.5, 4.0, 0.5)))
    gateways = tuple(base.positions)
    heard = np.array([level_dbm(base.positions[name], columns, rows, base.tag_height_m) for name in gateways]).T
    count, several = len(columns), len(gateways)
    survey = Survey(
        x_m=np.repeat(columns, several),
        y_m=np.repeat(rows, several),
        floor=np.zeros(count * several, dtype=np.int32),
        gateway=np.tile(np.arange(several, dtype=np.int32), count),
        rssi_dbm=heard.ravel(),
        time_s=np.repeat(np.arange(count, dtype=np.float64), several),
        floors=base.survey.floors,
        gateways=gateways,
    )
    chosen = np.array([0, 20, 33, 47, 60])
    readings = Readings(
        time_s=np.repeat(np.arange(5.0), several),
        tag=np.zeros(5 * several, dtype=np.int32),
        gateway=np.tile(np.arange(several, dtype=np.int32), 5),
        rssi_dbm=heard[chosen].ravel(),
        tags=("tag",),
        gateways=gateways,
    )
    truth = Truth(
        time_s=np.arange(5.0),
        tag=np.zeros(5, dtype=np.int32),
        x_m=columns[chosen],
        y_m=rows[chosen],
        floor=np.zeros(5, dtype=np.int32),
        room=(None,) * 5,
        tags=("tag",),
        floors=base.truth.floors,
    )
    train: Case = replace(base, survey=survey, runs=np.zeros(len(survey.x_m), dtype=np.int32))
    return Fold(name="hall", train=train, readings=readings, truth=truth), (columns, rows)


def test_trilateration_finds_the_point_where_nothing_disturbs(flat: Path) -> None:
    """With path loss alone and three gateways, five points are found to a tenth of a metre."""
    fold, _ = open_hall(flat)

    made = baselines.trilateration(fold.train, fold.readings, fold.truth.time_s)

    assert np.hypot(made.x_m - fold.truth.x_m, made.y_m - fold.truth.y_m).max() < 0.1
    assert np.all(np.isnan(made.p_room))


def test_strongest_gateway_is_the_nearest_where_nothing_disturbs(flat: Path) -> None:
    """A tag at (0.5, 0.5) is put at gateway A right above it."""
    fold, _ = open_hall(flat)

    made = baselines.strongest_gateway(fold.train, fold.readings, fold.truth.time_s)

    assert (made.x_m[0], made.y_m[0], made.room[0]) == (0.5, 0.5, "south_west")


@pytest.mark.parametrize("name", ["nearest_neighbours", "random_forest"])
def test_methods_that_compare_prints_come_near(flat: Path, name: str) -> None:
    """In a hall of 24 m² both stay within 1.5 m of the truth, and say how many votes agree."""
    if name == "random_forest":
        pytest.importorskip("sklearn")
    fold, _ = open_hall(flat)

    made: Estimates = getattr(baselines, name)(fold.train, fold.readings, fold.truth.time_s)

    assert np.hypot(made.x_m - fold.truth.x_m, made.y_m - fold.truth.y_m).max() < 1.5
    assert np.all((made.p_room > 0) & (made.p_room <= 1))


def test_forest_without_its_package_says_what_to_install(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scikit-learn is asked for by this one method, by name."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    fold, _ = open_hall(flat)
    monkeypatch.setattr("importlib.import_module", missing)

    with pytest.raises(SystemExit, match="scikit-learn"):
        baselines.random_forest(fold.train, fold.readings, fold.truth.time_s)


readings_of_two = st.lists(
    st.tuples(st.integers(0, 40).map(lambda half: half / 2), st.integers(0, 1), st.integers(-95, -40)), max_size=30
).map(sorted)


def as_readings(rows: list[tuple[float, int, int]]) -> Readings:
    time_s, gateway, rssi_dbm = zip(*rows, strict=True) if rows else ((), (), ())
    return Readings(
        time_s=np.array(time_s, dtype=np.float64),
        tag=np.zeros(len(rows), dtype=np.int32),
        gateway=np.array(gateway, dtype=np.int32),
        rssi_dbm=np.array(rssi_dbm, dtype=np.float64),
        tags=("tag",),
        gateways=("A", "B"),
    )


@given(readings_of_two, st.integers(0, 40))
def test_levels_know_nothing_of_what_comes_later(rows: list[tuple[float, int, int]], cut: int) -> None:
    """Levels up to a time are the same whether or not later readings are there."""
    times_s = np.arange(0.0, cut / 2 + 0.25, 0.5)
    past = [row for row in rows if row[0] <= times_s[-1]]

    whole, early = (baselines.levels(as_readings(some), times_s, 2.0, ("A", "B")) for some in (rows, past))

    assert np.array_equal(whole, early, equal_nan=True)


def test_levels_are_means_over_the_window_and_last_when_silent() -> None:
    """Gateway B said -60 and -70 within two seconds of t = 2; nothing follows, so t = 9 repeats t = 2."""
    heard = as_readings([(0.0, 0, -50), (0.5, 1, -60), (2.0, 1, -70)])

    found = baselines.levels(heard, np.array([2.0, 9.0]), 2.0, ("A", "B"))

    assert np.isnan(found[:, 0]).all()  # A's reading is exactly two seconds old
    assert found[:, 1].tolist() == [-65.0, -65.0]


def estimates(x_m: list[float], room: tuple[str | None, ...], p_room: list[float]) -> Estimates:
    return Estimates(x_m=np.array(x_m), y_m=np.zeros(len(x_m)), room=room, p_room=np.array(p_room))


def truth_at_origin(rooms: tuple[str | None, ...]) -> Truth:
    zeros = np.zeros(len(rooms))
    return Truth(
        time_s=zeros,
        tag=zeros.astype(np.int32),
        x_m=zeros,
        y_m=zeros,
        floor=zeros.astype(np.int32),
        room=rooms,
        tags=("tag",),
        floors=("0",),
    )


def test_errors_of_all_folds_are_taken_together() -> None:
    """Errors 0, 1, 2 and 3, 4 m of two folds: median 2, three quarters within 3; two of four known rooms are right."""
    found = [
        (estimates([0, 1, 2], ("a", "a", "a"), [np.nan] * 3), truth_at_origin(("a", "b", None))),
        (estimates([3, 4], ("b", "b"), [np.nan] * 2), truth_at_origin(("b", "a"))),
    ]

    figures = report.score(found, 2.0)

    assert (figures["median_m"], figures["p75_m"], figures["mean_m"]) == (2.0, 3.0, 2.0)
    assert figures["p95_m"] == pytest.approx(3.8)  # 0.95 × 4 = 3.8 of the way from 0 to 4
    assert (figures["room_accuracy"], figures["n"], figures["bins"]) == (0.5, 5, None)


def test_without_rooms_near_enough_is_right() -> None:
    """Errors of 1, 2 and 3 m, each said to be right with certainty: two of three are within 2 m."""
    figures = report.score([(estimates([1, 2, 3], (None,) * 3, [1.0] * 3), truth_at_origin((None,) * 3))], 2.0)

    assert figures["room_accuracy"] is None
    assert figures["calibration_error"] == pytest.approx(1 / 3, abs=1e-4)


def test_bins_have_equal_counts_and_the_worst_is_named() -> None:
    """Twenty rows of confidence 0.0 to 0.95: each bin has two; all are right, so the first is off the most."""
    figures = calibration(np.arange(20) / 20, np.ones(20))

    assert [count for _, _, count in figures["bins"]] == [2] * 10
    assert figures["bins"][0] == [0.025, 1.0, 2]
    assert figures["worst_bin"] == 0.975
    assert figures["calibration_error"] == pytest.approx(1 - 0.475)  # the mean confidence is 0.475


@given(st.permutations(range(20)))
def test_order_among_equal_confidences_does_not_matter(order: list[int]) -> None:
    """Half of twenty rows are right and all say 0.5: every bin is exactly right, however they are ordered."""
    right = np.array([0.0, 1.0] * 10)[order]

    assert calibration(np.full(20, 0.5), right)["worst_bin"] == 0.0


@pytest.mark.parametrize("confidence", [[0.5, np.nan], [0.5, 1.2], [-0.1, 0.5]])
def test_a_confidence_that_is_none_is_refused(confidence: list[float]) -> None:
    """A probability is stated for all rows or none, from 0 to 1."""
    with pytest.raises(ValueError, match="confidence"):
        calibration(np.array(confidence), np.ones(2))


def test_every_test_run_is_one_line_of_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs make two lines with their methods; nothing is overwritten."""
    monkeypatch.setattr(machine, "HISTORY", tmp_path)

    for median_m in (1.0, 0.9):
        report.append_history("marckolak", [{"method": "portor", "median_m": median_m}])

    lines = [json.loads(line) for line in (tmp_path / "positioning.jsonl").read_text().splitlines()]
    assert [line["methods"][0]["median_m"] for line in lines] == [1.0, 0.9]
    assert {line["set"] for line in lines} == {"marckolak"}


def call(monkeypatch: pytest.MonkeyPatch, history: Path, *arguments: object) -> None:
    monkeypatch.setattr(machine, "HISTORY", history)
    monkeypatch.setattr("sys.argv", ["benchmarks.positioning", *map(str, arguments)])
    command.main()


def test_a_test_run_prints_a_line_a_method_and_is_remembered(
    flat: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tag of the flat's test run is at (1.5, 1.0) and A, at (0.5, 0.5), hears it best: 1.118 m off, right room."""
    call(monkeypatch, flat / "history", flat, "--set", "marckolak", "--methods", "strongest_gateway")

    line = json.loads(capsys.readouterr().out)
    remembered = json.loads((flat / "history" / "positioning.jsonl").read_text())
    assert (line["method"], line["median_m"], line["room_accuracy"]) == ("strongest_gateway", 1.118, 1.0)
    assert remembered["methods"] == [line]


def test_validation_is_no_test_run(
    flat: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Leaving out survey runs asks for all four rows of the survey and leaves the history alone."""
    call(monkeypatch, flat / "history", flat, "--set", "marckolak", "--validate", "--methods", "strongest_gateway")

    assert json.loads(capsys.readouterr().out)["n"] == 4
    assert not (flat / "history").exists()


def test_tracks_have_no_validation_of_their_own(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tracks are left out one by one in any case; a run that nobody remembers would be a way around the history."""
    with pytest.raises(SystemExit):
        call(monkeypatch, office / "history", office, "--set", "philotuxo", "--validate")

    assert "without --validate" in capsys.readouterr().err


def test_a_wrong_folder_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command names the missing archive instead of failing somewhere inside."""
    with pytest.raises(SystemExit):
        call(monkeypatch, tmp_path, tmp_path, "--set", "marckolak")

    assert "marckolak.tar.xz is missing" in capsys.readouterr().err


def test_ours_stands_beside_four_usual_methods() -> None:
    """Four usual methods, and ours last."""
    assert list(command.METHODS) == ["strongest_gateway", "trilateration", "knn_15", "random_forest", "portor"]
