"""The small parts of the equipment service, each alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from equipment_tracking.calibration.labels import read_labels
from equipment_tracking.intake import Accepted
from equipment_tracking.register.answers import Violation
from equipment_tracking.service.changes import RoomChanges
from equipment_tracking.service.cursor import KIND, Cursor
from equipment_tracking.service.labels import LabelFile, Recent
from equipment_tracking.service.mqtt import BadBroker, MqttReader
from equipment_tracking.service.robots import BadRobots, Robots, read_robots
from equipment_tracking.service.statuses import status_of
from equipment_tracking.site_places import site_places
from tests.support.equipment import building

SECOND_MS = 1000


def heard(*rows: tuple[int, int, float, int]) -> Accepted:
    """Readings as (gateway, tag, dBm, ms)."""
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return Accepted(
        gateway=np.array(columns[0], dtype=np.int32),
        tag=np.array(columns[1], dtype=np.int32),
        rssi_dbm=np.array(columns[2], dtype=np.float32),
        at_ms=np.array(columns[3], dtype=np.int64),
        fixes=(),
    )


def test_a_thing_has_entered_a_room_when_it_was_surely_there_for_a_while() -> None:
    """Fifteen seconds in one room: entered, once. Pushed through, in a corridor, or unsure: not."""
    changes = RoomChanges(is_room=np.array([True, True, False]), tags=1, dwell_ms=15_000)

    def second(area: int, sure: float, at_s: int) -> list[int]:
        return changes.entered(np.array([area]), np.array([sure]), at_s * SECOND_MS).tolist()

    assert [second(0, 0.9, at_s) for at_s in (0, 10, 14)] == [[], [], []]
    assert second(0, 0.9, 15) == [0]
    assert second(0, 0.9, 30) == []  # it is there already
    assert [second(1, 0.9, at_s) for at_s in (31, 40)] == [[], []]
    assert second(2, 0.99, 47) == []  # a corridor is a way
    assert [second(1, 0.5, at_s) for at_s in (50, 90)] == [[], []]  # never sure
    assert [second(1, 0.9, at_s) for at_s in (100, 115)] == [[], [0]]


def test_what_was_heard_lately_is_the_mean_of_each_gateway() -> None:
    """Two readings of gateway 3 (-60 and -64) are -62; what is older than ten seconds is gone."""
    recent = Recent(kept_ms=10_000)
    recent.note(heard((9, 0, -50.0, 0)), 0)
    recent.note(heard((3, 0, -60.0, 9_000), (3, 1, -90.0, 9_000)), 9_000)
    recent.note(heard((3, 0, -64.0, 10_000), (5, 0, -70.0, 10_000)), 10_000)
    gateways, levels = recent.of(0)
    assert (gateways.tolist(), levels.tolist()) == ([3, 5], [-62.0, -70.0])
    assert recent.of(7)[0].tolist() == []


def test_labels_are_written_as_retraining_reads_them(tmp_path: Path) -> None:
    """Two rows of a tap come back as they went; a full file takes no more."""
    path = tmp_path / "labels.csv"
    file = LabelFile(path)
    rows = [("ac01", -61.5), ("ac02", -70.0)]
    assert file.append((1.25, 2.5, "0"), rows, at_ms=1_500, source="tap", tag="c3") == 2
    labels = read_labels(path)
    assert (len(labels), labels.rows.rssi_dbm.tolist()) == (2, [-61.5, -70.0])
    assert LabelFile(path, most_bytes=10).append((0, 0, "0"), rows, at_ms=0, source="tap", tag="c3") == 0


def test_a_robot_surveys_as_it_drives(tmp_path: Path) -> None:
    """Its tag's readings are worth writing every four seconds, as long as it says where it is."""
    (tmp_path / "robots.csv").write_text("tag,robot\nC3:00:00:00:00:01,cart-01\n", "utf-8")
    robots = Robots(tags=read_robots(tmp_path / "robots.csv"))
    robots.seen("cart-01", (1.0, 2.0, "K"), 0)
    assert robots.due(1_000) == [("c30000000001", (1.0, 2.0, "K"))]
    assert robots.due(1_500) == []  # just written
    assert robots.due(9_000) == []  # it has not said for eight seconds where it is
    assert read_robots(tmp_path / "none.csv") == {}


def test_a_list_of_robots_says_every_line_that_is_wrong(tmp_path: Path) -> None:
    """No tag, no robot, the same tag twice: all at once."""
    (tmp_path / "robots.csv").write_text("tag,robot\n,cart-01\nC3,\nab,cart-02\nab,cart-03\n", "utf-8")
    with pytest.raises(BadRobots, match=r"line 2.*line 3.*line 5"):
        read_robots(tmp_path / "robots.csv")


def test_refusals_have_the_status_that_callers_act_on() -> None:
    """Not there is 404, not now is 409, and as soon as the input is wrong it is 422."""

    def status(*rules: str) -> int:
        return status_of([Violation(rule, "asset", "", "") for rule in rules])

    assert (status("unknown_asset"), status("reserved", "not_in_state")) == (404, 409)
    assert (status("missing"), status("reserved", "missing"), status()) == (422, 422, 422)


def test_a_cursor_comes_back_as_it_was_written() -> None:
    """And stands at the beginning when it never was."""
    (row,) = Cursor("fleet", 17).rows()
    assert row.body is not None
    assert Cursor.of({KIND: {"fleet": row.body}}, "fleet") == Cursor("fleet", 17)
    assert Cursor.of({}, "fleet").seq == 0


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "mqtt://user:secret@far.example"])
def test_a_broker_that_is_none_or_would_leak_a_password_is_refused(url: str) -> None:
    """Before anything is sent; the password does not stand in the sentence."""
    with pytest.raises(BadBroker) as refused:
        MqttReader(url, lambda _: None)
    assert "secret" not in str(refused.value)


def test_every_room_has_points_within_it_from_which_one_walks_out() -> None:
    """Nodes first, then points; each of them lies in its room and leads to the room's node."""
    here = building()
    places = site_places(here.layout)
    count = len(here.layout.nodes)
    assert places.ids[:count] == tuple(node.id for node in here.layout.nodes)
    assert len(places) > count
    ways = set(zip(places.tail.tolist(), places.head.tolist(), strict=True))
    for point in range(count, len(places)):
        node = places.ids.index(f"room:{places.room[point]}")
        assert (point, node) in ways
        assert (node, point) in ways
        assert places.floor[point] == places.floor[node]


def test_walks_are_told_from_rooms_stations_and_wards() -> None:
    """To where one stands it takes no time; a ward stands for a room in its middle; a stranger has no node."""
    here = building()
    room = next(id for id, room in sorted(here.layout.rooms.items()) if room.ward)
    assert here.walking_s(here.node_of(room))[here.area_number[room]] == 0.0
    ward = here.layout.rooms[room].ward
    assert ward
    assert here.layout.rooms[here.room_of(here.node_of(ward))].ward == ward
    station = next(iter(here.layout.stations))
    assert here.node_of(station) == here.layout.station_node[station]
    assert here.node_of("atlantis") == here.room_of("atlantis") == ""
