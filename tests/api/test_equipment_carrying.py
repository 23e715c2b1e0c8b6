"""Which stations a transport goes between when nobody says."""

from __future__ import annotations

import pytest

from api.equipment.carrying import Stations
from equipment_tracking.register.catalogue import Label
from equipment_tracking.views import AssetView, WhereView
from tests.api.conftest import clinic

ALL = frozenset(clinic().directory.stations)


def asset(room: str = "", home: str = "0-store") -> AssetView:
    """A pump in a room, or nowhere that anybody knows of."""
    return AssetView(
        id="5712345P1",
        name="Pumpe 1",
        type="infusion_pump",
        type_name=Label("Infusionspumpe", "Infusion pump"),
        ward="S0",
        home=home,
        state="ready",
        since_ms=0,
        where=WhereView(known="sure", rooms=(room,), node=f"room:{room}") if room else WhereView(),
    )


def stations(*closed: str) -> Stations:
    """All of the small clinic but those that are not in use."""
    return Stations(directory=clinic().directory, in_use=ALL - set(closed))


@pytest.mark.parametrize(
    ("ward", "closed", "station"),
    [
        ("S0", (), "s0-clean"),
        ("S0", ("s0-clean",), "s0-beds"),
        ("S0", ("s0-clean", "s0-beds"), "s0-tube"),
        ("S0", ("s0-clean", "s0-beds", "s0-tube"), "s0-soiled"),
        ("S0", tuple(ALL), None),
        ("lab", (), "lab-desk"),
        ("S9", (), None),
    ],
)
def test_a_ward_is_brought_to_its_cleanest_open_station(
    ward: str, closed: tuple[str, ...], station: str | None
) -> None:
    """Clean store, other places, a tube station where a porter can hand over, the soiled store last."""
    assert stations(*closed).of_ward(ward) == station


@pytest.mark.parametrize(
    ("room", "closed", "station"),
    [
        ("S0-utility-soiled", (), "s0-soiled"),
        ("S0-utility-soiled", ("s0-soiled",), "s0-clean"),
        ("S0-05", (), "s0-beds"),
        ("S1-05", (), "s1-beds"),
        ("0-lab", ("lab-desk",), "lab-blood"),
        ("", (), "store-out"),
    ],
)
def test_the_nearest_station_is_where_it_is_fetched(room: str, closed: tuple[str, ...], station: str) -> None:
    """In its own room, else on its floor; from home when nobody knows where it is."""
    assert stations(*closed).near_asset(asset(room)) == station


def test_nothing_is_fetched_where_it_is_to_go() -> None:
    """The next nearest, when the nearest is the destination."""
    assert stations().near_asset(asset("S0-utility-soiled"), but="s0-soiled") == "s0-clean"


@pytest.mark.parametrize(
    ("room", "station"), [("S0-01", "s0-soiled"), ("S1-01", "s1-soiled"), ("0-soiled", "soiled-in")]
)
def test_what_is_to_be_cleaned_goes_to_the_nearest_soiled_room(room: str, station: str) -> None:
    """To the station that lies nearest to that room."""
    assert stations().for_cleaning(asset(room)) == station


def test_a_home_that_is_no_place_leads_nowhere() -> None:
    """Somebody has to say from where."""
    assert stations().near_asset(asset(home="elsewhere")) is None
    assert stations().near_home(asset(home="elsewhere")) is None
    assert stations().for_cleaning(asset(home="elsewhere")) is None
