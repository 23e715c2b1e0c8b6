"""A survey's round: planned through every room, walked stop by stop, left and gone on with, joined with readings."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from equipment_tracking.calibration.coverage import coverage
from equipment_tracking.calibration.coverage import lines as sentences
from equipment_tracking.calibration.guide import WORDS, Company, guide
from equipment_tracking.calibration.join import join, where, write_survey
from equipment_tracking.calibration.round import Stop, direct, of_floor, plan_stops, tour
from equipment_tracking.calibration.walk import Track, Walk, read_track, resume, write_walk
from equipment_tracking.calibration.walk_list import draw_plan, names, walk_list
from equipment_tracking.columns import Readings
from equipment_tracking.places import Places
from equipment_tracking.tables import TableErrors, read_survey
from site_models.expand import expand
from site_models.layout import Layout
from site_models.load import load_site
from site_models.schema import Site


@pytest.fixture(scope="module")
def clinic() -> tuple[Site, Layout, Places, np.ndarray]:
    site = load_site("clinic_small")
    layout = expand(site)
    spare = np.array([node.kind in {"station", "bay", "lift"} for node in layout.nodes])
    return site, layout, Places.of(layout), spare


@pytest.fixture(scope="module")
def stops(clinic: tuple[Site, Layout, Places, np.ndarray]) -> tuple[Stop, ...]:
    return plan_stops(clinic[2], clinic[3])


def line_of(*x_m: float, room_at: dict[int, str] | None = None) -> Places:
    """Places in a row along x, each joined to the next."""
    count, rooms = len(x_m), room_at or {}
    tail = np.array([*range(count - 1), *range(1, count)], dtype=np.int32)
    head = np.array([*range(1, count), *range(count - 1)], dtype=np.int32)
    return Places(
        ids=tuple(f"p{number}" for number in range(count)),
        x_m=np.array(x_m),
        y_m=np.zeros(count),
        floor=np.zeros(count, dtype=np.int32),
        floors=("0",),
        room=tuple(rooms.get(number) for number in range(count)),
        tail=tail,
        head=head,
        length_m=np.abs(np.array(x_m)[tail] - np.array(x_m)[head]),
    )


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_round_stops_in_every_room_once(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...]
) -> None:
    """On both floors, the first stop on the first floor that was walked."""
    rooms = [clinic[2].room[stop.place] for stop in stops if stop.why == "room"]
    assert sorted(map(str, rooms)) == sorted(clinic[1].rooms)


def test_every_corridor_is_walked_to_its_end(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...]
) -> None:
    """Every corridor place is on the way; one with places on both sides is passed twice, there and back."""
    walked = [place for stop in stops for place in stop.path]
    corridors = {place for place, node in enumerate(clinic[1].nodes) if node.kind == "corridor"}
    assert corridors <= set(walked)
    steps = {frozenset(pair) for pair in pairwise(walked)}
    assert len(walked) > 1.8 * len(steps)


def test_the_way_is_one_walk_along_stretches_of_the_floor(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...]
) -> None:
    """From each place to a neighbour of it, and at most 20 m from stop to stop unless one stretch is longer."""
    places = clinic[2]
    walked = [place for stop in stops for place in stop.path]
    stretches = set(zip(places.tail.tolist(), places.head.tolist(), strict=True))
    assert all(step in stretches for step in pairwise(walked))
    assert all(stop.walk_m <= 20.0 or len(stop.path) == 1 for stop in stops)
    assert [stop.path[-1] for stop in stops] == [stop.place for stop in stops]


def test_desks_bays_and_cabins_are_no_stops_of_their_own(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...]
) -> None:
    """But both ends of the ride to the other floor are."""
    kinds = [clinic[1].nodes[stop.place].kind for stop in stops]
    assert "bay" not in kinds
    assert all(stop.why == "lift" for stop, kind in zip(stops, kinds, strict=True) if kind == "lift")
    assert kinds.count("lift") == 4


def test_one_floor_is_walked_alone(clinic: tuple[Site, Layout, Places, np.ndarray]) -> None:
    """Its rooms and no lift; a floor that there is not is named with those that there are."""
    places, kept = of_floor(clinic[2], "1")
    found = plan_stops(places, clinic[3][kept])
    rooms = {places.room[stop.place] for stop in found if stop.why == "room"}
    assert rooms == {room.id for room in clinic[1].rooms.values() if room.floor == "1"}
    assert not [stop for stop in found if stop.why == "lift"]
    with pytest.raises(ValueError, match="no floor 7: use one of 0, 1"):
        of_floor(clinic[2], "7")


def test_parts_that_do_not_hang_together_are_walked_one_after_the_other() -> None:
    """Two corridors of three places; each begins with a start of its own."""
    row = line_of(0, 1, 2, 10, 11, 12)
    joined = (row.tail + row.head != 5) | (np.abs(row.tail - row.head) != 1)
    apart = replace(row, tail=row.tail[joined], head=row.head[joined], length_m=row.length_m[joined])
    found = plan_stops(apart, np.zeros(6, dtype=bool))
    assert [(stop.place, stop.why) for stop in found] == [(0, "start"), (2, "end"), (3, "start"), (5, "end")]


def test_spare_branches_are_not_walked() -> None:
    """A star around 0: of the arms 1, 2 and 3 the second is spare, and the way goes out and back on the others."""
    row = line_of(0, 1, -1, 2)
    star = replace(
        row,
        tail=np.array([0, 1, 0, 2, 0, 3], dtype=np.int32),
        head=np.array([1, 0, 2, 0, 3, 0], dtype=np.int32),
        length_m=np.ones(6),
    )
    assert tour(star).tolist() in ([0, 1, 0, 2, 0, 3], [0, 3, 0, 2, 0, 1])
    assert sorted(tour(star, np.array([False, False, True, False])).tolist()) == [0, 0, 1, 3]


def test_a_way_without_its_detours() -> None:
    """Into the room at 5 and out again, and round the block from 2 to 2."""
    assert direct([1, 2, 5, 2, 3, 4, 2, 6]) == (1, 2, 6)
    assert direct([1, 2, 1]) == (1,)


# --- on paper --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "room", "lift"),
    [
        ("da", "Stue S0-01 (S0-01), midt i rummet", "Elevator E1, etage 1"),
        ("en", "middle of the room", "Lift E1, floor 1"),
    ],
)
def test_the_list_names_rooms_and_lifts(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...], language: str, room: str, lift: str
) -> None:
    """One numbered line a stop, and a heading whenever the floor changes."""
    called = names(stops, clinic[2], clinic[1], language)
    printed = walk_list(stops, called, clinic[2], language, 600.0)
    text = "\n".join(printed)
    assert room in text
    assert lift in text
    assert printed[0].startswith(f"{len(stops)} stop")
    assert "10 min" in printed[0]
    assert [int(row.split()[0]) for row in printed if row.startswith("  ")] == list(range(1, len(stops) + 1))


def test_the_plan_of_a_floor_has_the_numbers_of_its_stops(
    clinic: tuple[Site, Layout, Places, np.ndarray], stops: tuple[Stop, ...]
) -> None:
    """And the way as lines; those of the other floor are in the other drawing."""
    site, layout, places, _ = clinic
    drawn = draw_plan(site, layout, stops, places, "1", "da")
    here = [number for number, stop in enumerate(stops, 1) if places.floors[places.floor[stop.place]] == "1"]
    assert drawn.count("<polyline") == 1
    numbers = [int(number) for text in re.findall(r">([\d ·]+)</text>", drawn) for number in text.split(" · ")]
    assert sorted(numbers) == here


# --- the walk --------------------------------------------------------------------------------------------------------

ROW = line_of(0, 5, 10, 15, 20, room_at={2: "r"})


def a_round() -> tuple[Stop, ...]:
    """From 0 m to the room at 10 m and on to 20 m."""
    return plan_stops(ROW, np.zeros(5, dtype=bool))


class Answers:
    """A surveyor at a terminal whose clock runs 10 s from answer to answer."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.now = 1000.0
        self.said: list[str] = []
        self.kept: list[Walk] = []

    def ask(self, text: str) -> str | None:
        self.said.append(text)
        self.now += 10.0
        return self.answers.pop(0)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def company(self) -> Company:
        return Company(
            ask=self.ask, say=self.said.append, now_s=lambda: self.now, wait=self.wait, keep=self.kept.append
        )


def walked(*answers: str | None, walk: Walk | None = None, pause_s: float = 5.0) -> tuple[Walk, Answers]:
    someone = Answers(*answers)
    stops = a_round()
    return guide(walk or Walk(stops=stops), ["A", "R", "B"], someone.company(), "en", pause_s), someone


def test_a_walk_stamps_each_stop_and_stays_in_rooms() -> None:
    """At 0, 10 and 20 m: after 10 s, after 20 s until 25 s, after 35 s."""
    walk, someone = walked("", "n", "")
    assert [stop.why for stop in walk.stops] == ["start", "room", "end"]
    assert [(stamp.at_s, stamp.until_s) for stamp in walk.stamps] == [(1010, 1010), (1020, 1025), (1035, 1035)]
    assert walk.is_done
    assert someone.said[1] == "1/3 · A · 0 m · about 1 min left"
    assert someone.said[-1] == "The round is walked: 3 stops, 0 skipped."


def test_one_may_go_back_and_skip() -> None:
    """The second stop is stamped too early and taken back, the third skipped; what is not understood does nothing."""
    walk, someone = walked("", "", "b", "what", "", "s")
    assert [(stamp.stop, stamp.at_s) for stamp in walk.stamps] == [(0, 1010), (1, 1055)]
    assert "'what' is not understood." in "".join(someone.said)
    assert len(someone.kept) == 5
    assert someone.said[-1] == "The round is walked: 2 stops, 1 skipped."


def test_a_walk_is_left_and_gone_on_with(tmp_path: Path) -> None:
    """The file is the state; the end of input leaves the walk as well."""
    file = tmp_path / "walk.csv"
    assert resume(file, a_round(), ROW) == Walk(stops=a_round())
    walk, someone = walked("", "", None)
    assert someone.said[-1] == "Kept at stop 3 of 3; the same command goes on from here."
    write_walk(file, walk, ROW)
    again = resume(file, a_round(), ROW)
    assert again == walk
    done, _ = walked("", walk=again)
    assert done.is_done


def test_a_file_of_another_round_is_refused_by_line(tmp_path: Path) -> None:
    """A stop that is elsewhere, and one that there is not."""
    (tmp_path / "w.csv").write_text("time,x,y,floor,stop\n1,0,0,0,1\n2,3,3,0,2\n3,0,0,0,99\n", encoding="utf-8")
    with pytest.raises(TableErrors) as wrong:
        resume(tmp_path / "w.csv", a_round(), ROW)
    assert "w.csv:3:stop: stop 2 of this round is elsewhere" in str(wrong.value)
    assert "w.csv:4:stop: '99' is no stop of this round" in str(wrong.value)


def test_the_time_left_follows_the_surveyors_own_pace() -> None:
    """20 m and a room of 5 s: 25 s at 1 m/s. Whoever took 20 s for 10 m has 10 m at half a metre a second left."""
    walk = Walk(stops=a_round())
    assert walk.left_s(5.0) == pytest.approx(25.0)
    assert walk.reached(0.0, 0.0).reached(20.0, 25.0).left_s(5.0) == pytest.approx(20.0)
    assert walk.reached(0.0, 0.0).reached(900.0, 905.0).left_s(5.0) == pytest.approx(10.0)


def test_bends_between_stops_are_written_with_their_times(tmp_path: Path) -> None:
    """An L of 3 m and 4 m walked in 7 s: at the corner after 3 s. After a pause of minutes nobody knows."""
    corner = replace(line_of(0, 3, 3), y_m=np.array([0.0, 0.0, 4.0]), length_m=np.array([3.0, 4.0, 3.0, 4.0]))
    stops = plan_stops(corner, np.zeros(3, dtype=bool))
    write_walk(tmp_path / "w.csv", Walk(stops=stops).reached(100.0, 100.0).reached(107.0, 107.0), corner)
    track = read_track(tmp_path / "w.csv")
    assert track.time_s.tolist() == [100.0, 103.0, 107.0]
    assert track.x_m.tolist() == [0.0, 3.0, 3.0]
    write_walk(tmp_path / "w.csv", Walk(stops=stops).reached(100.0, 100.0).reached(400.0, 400.0), corner)
    assert read_track(tmp_path / "w.csv").time_s.tolist() == [100.0, 400.0]


def test_both_languages_have_the_same_words() -> None:
    """With the same things to fill in."""
    assert {name: text.count("{") for name, text in WORDS["da"].items()} == {
        name: text.count("{") for name, text in WORDS["en"].items()
    }


# --- the survey ------------------------------------------------------------------------------------------------------


def a_track() -> Track:
    """10 m east in 10 s, a pause of 100 s, 10 m back in 20 s, then upstairs."""
    return Track(
        time_s=np.array([0.0, 10.0, 110.0, 130.0, 140.0]),
        x_m=np.array([0.0, 10.0, 10.0, 0.0, 0.0]),
        y_m=np.array([2.0, 2.0, 2.0, 4.0, 4.0]),
        floor=np.array([0, 0, 0, 0, 1], dtype=np.int32),
        floors=("0", "1"),
    )


def heard_at(*time_s: float, tag: str = "s") -> Readings:
    count = len(time_s)
    return Readings(
        time_s=np.array(time_s),
        tag=np.zeros(count, dtype=np.int32),
        gateway=np.array([number % 2 for number in range(count)], dtype=np.int32),
        rssi_dbm=-60.0 - np.arange(count),
        tags=(tag,),
        gateways=("a", "b", "c"),
    )


def test_between_stamps_the_way_is_straight() -> None:
    """After 4 s of 10 one has gone 4 m; after 5 s of the 20 back, 2.5 m and half a metre to the side."""
    x_m, y_m, floor, known = where(a_track(), np.array([4.0, 115.0]))
    assert x_m.tolist() == pytest.approx([4.0, 7.5])
    assert y_m.tolist() == pytest.approx([2.0, 2.5])
    assert floor.tolist() == [0, 0]
    assert known.all()


def test_what_was_heard_outside_the_walk_is_left_out() -> None:
    """Before it, in the long pause, in the lift and after it; at the stamps themselves one is there."""
    *_, known = where(a_track(), np.array([-1.0, 0.0, 10.0, 50.0, 130.0, 135.0, 140.0, 141.0]))
    assert known.tolist() == [False, True, False, False, False, False, False, False]


def test_a_walk_and_readings_make_a_survey(tmp_path: Path) -> None:
    """Two of four readings fall into the walk; the file reads back as a survey."""
    survey, left_out = join(a_track(), heard_at(-5.0, 4.0, 60.0, 115.0), "s")
    assert left_out == 2
    assert survey.gateways == ("b",)
    write_survey(tmp_path / "s.csv", survey)
    again = read_survey(tmp_path / "s.csv")
    assert again.x_m.tolist() == [4.0, 7.5]
    assert again.time_s.tolist() == [4.0, 115.0]
    assert again.rssi_dbm.tolist() == [-61.0, -63.0]


def test_a_tag_that_was_not_heard_is_told() -> None:
    """Either it is not in the file, or the clocks do not agree."""
    with pytest.raises(ValueError, match="the tag x is not in the readings; there are s"):
        join(a_track(), heard_at(4.0), "x")
    with pytest.raises(ValueError, match="see that both clocks agree"):
        join(a_track(), heard_at(5000.0), "s")


def test_what_a_survey_lacks_is_told() -> None:
    """Rooms with one reading and none, gateways that heard others only, and a corridor beyond the end of the walk."""
    track = Track(
        time_s=np.array([0.0, 10.0]),
        x_m=np.array([0.0, 10.0]),
        y_m=np.zeros(2),
        floor=np.zeros(2, dtype=np.int32),
        floors=("0",),
    )
    places = line_of(*range(16), room_at={5: "r", 15: "far"})
    readings = heard_at(*(0.2 + 0.01 * number for number in range(30)), 5.0)
    readings = replace(readings, gateway=np.zeros(31, dtype=np.int32))
    survey, left_out = join(track, readings, "s")
    found = coverage(survey, track, readings, left_out, places, ("main",) * 15 + (None,))
    assert found.poor_rooms == {"far": 0, "r": 1}
    assert found.unheard == ("b", "c")
    assert found.unwalked == {"main": 2}
    text = "\n".join(sentences(found))
    assert "2 rooms have fewer than 20 readings: far (0), r (1)" in text
    assert "main (about 2 m)" in text


def test_a_walk_that_goes_backwards_in_time_is_refused_by_line(tmp_path: Path) -> None:
    """Together with whatever else is wrong."""
    (tmp_path / "w.csv").write_text("time,x,y,floor\n5,0,0,0\n4,0,0,0\n6,a,0,0\n", encoding="utf-8")
    with pytest.raises(TableErrors) as wrong:
        read_track(tmp_path / "w.csv")
    assert "w.csv:3:time: is before the row above" in str(wrong.value)
    assert "w.csv:4:x" in str(wrong.value)
