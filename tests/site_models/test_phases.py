"""Phases: a hospital is taken into use part by part."""

from __future__ import annotations

import datetime as dt

from site_models.load import load_site
from site_models.patterns import matching
from site_models.phases import as_of, commissioned, unopened
from site_models.rows import numbered
from site_models.schema import Site
from site_models.schema.demand import Phase

BEFORE, AFTER = dt.date(2025, 2, 2), dt.date(2025, 2, 3)


def with_phase(site: Site, *opens: str) -> Site:
    """The site with one more phase, in 2030."""
    phase = Phase.model_validate({"id": "later", "name": "later", "date": "2030-01-01", "opens": list(opens)})
    return site.model_copy(update={"phases": [*site.phases, phase]})


def test_a_phase_opens_on_its_day() -> None:
    """Not the day before."""
    site = load_site("clinic_small")
    assert unopened(site, BEFORE) == {"1"}
    assert unopened(site, AFTER) == frozenset()
    assert commissioned(site, BEFORE) == {"cart": 2, "courier": 1}
    assert commissioned(site, AFTER) == {"cart": 3, "courier": 1}


def test_what_stands_on_a_closed_floor_is_closed() -> None:
    """Its doors and stations, the tube stops at them, the lifts' ride there, and the demand that needs them."""
    site = as_of(load_site("clinic_small"), BEFORE)
    assert [floor.id for floor in site.floors] == ["0"]
    assert [door.id for door in site.doors] == ["S0-door"]
    assert [stop.station for stop in site.tubes[0].lines[1].stations] == ["imaging-tube", "s0-tube"]
    assert all(lift.serves == ["0"] for lift in site.lifts)


def test_a_closed_ward_closes_its_rooms_and_stations() -> None:
    """The rooms of a row are part of their ward."""
    site = as_of(with_phase(load_site("clinic_small"), "S1"), AFTER)
    assert [room.id for room in site.floors[1].rooms] == []
    assert [station.id for station in site.floors[1].stations] == []


def test_a_closed_tube_line_leaves_the_transfer_unit() -> None:
    """A unit that joins one line joins nothing."""
    tube = as_of(with_phase(load_site("clinic_small"), "tube-wards"), AFTER).tubes[0]
    assert [line.id for line in tube.lines] == ["tube-services"]
    assert tube.transfers == []


def test_demand_without_a_station_waits_for_its_phase() -> None:
    """Without the laboratory no samples are ordered."""
    site = as_of(with_phase(load_site("clinic_small"), "0-lab"), AFTER)
    assert "samples" not in {demand.id for demand in site.demand}
    assert "morning_samples" not in {one.id for one in site.rounds}


def test_patterns_match_whole_ids() -> None:
    """`*` is any text; everything else is itself."""
    stations = ["s0-tube", "s1-tube", "s1-tube-b", "xs0-tube"]
    assert matching(["s*-tube"], stations) == ["s0-tube", "s1-tube"]
    assert matching(["s.-tube"], stations) == []
    assert matching(["xs0-tube", "s0*"], stations) == ["s0-tube", "xs0-tube"]


def test_rooms_of_a_row_are_numbered() -> None:
    """`{n:02d}` has two digits, `{n}` as many as it needs."""
    assert numbered("A-{n:02d}", 7) == "A-07"
    assert numbered("A-{n}", 12) == "A-12"
