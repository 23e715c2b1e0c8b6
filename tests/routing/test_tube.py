"""The tube: routes over lines and transfer units, and reasons for none."""

from __future__ import annotations

from typing import Any

import pytest

from routing.tube.network import TubeNetwork
from site_models.schema.carriers import TubeSystem
from tests.routing.buildings import clinic


def network(*systems: dict[str, Any]) -> TubeNetwork:
    figures = {
        "name": "tube", "speed_m_s": 4, "slow_m_s": 2, "payload_kg": 2, "capsules": 9, "headway_s": 20,
        "loading_s": 15, "source": "assumed",
    }  # fmt: skip
    tubes = [TubeSystem.model_validate(figures | {"name": {"da": "rør", "en": "tube"}} | system) for system in systems]
    return TubeNetwork(tubes)


def line(id: str, **stations: float) -> dict[str, Any]:
    return {"id": id, "stations": [{"station": station, "at_m": at_m} for station, at_m in stations.items()]}


THREE = {
    "id": "T",
    "lines": [line("L1", a=100, b=40), line("L2", c=80), line("L3", d=60), line("L4", e=10)],
    "transfers": [
        {"id": "U12", "lines": ["L1", "L2"], "transfer_s": 25},
        {"id": "U23", "lines": ["L2", "L3"], "transfer_s": 30},
    ],
}


def test_on_one_line_a_capsule_travels_from_station_to_station() -> None:
    """a stands at 100 m, b at 40 m: 60 m, 15 s loading and 15 s at 4 m/s, or 30 s at the slow 2 m/s."""
    route = network(THREE).route("a", "b")
    assert route is not None
    assert (route.lines, route.transfers, route.path_m) == (("L1",), (), 60.0)
    assert (route.duration_ms, route.slow_duration_ms) == (15_000 + 15_000, 15_000 + 30_000)


def test_between_lines_it_passes_transfer_units() -> None:
    """a → L1 (100 m) → U12 → L2 → U23 → L3 (60 m) → d: 15 s loading, 25 and 30 s transfer, 160 m at 4 m/s."""
    route = network(THREE).route("a", "d")
    assert route is not None
    assert route.lines == ("L1", "L2", "L3")
    assert route.transfers == ("U12", "U23")
    assert route.segments_m == (100.0, 0.0, 60.0)
    assert route.path_m == pytest.approx(160)
    assert route.duration_ms == 15_000 + 25_000 + 30_000 + 40_000
    assert route.slow_duration_ms == 15_000 + 25_000 + 30_000 + 80_000


def test_the_quicker_of_two_transfers_is_taken() -> None:
    """A direct unit of 90 s loses to two units of 25 and 30 s."""
    direct = {"id": "U13", "lines": ["L1", "L3"], "transfer_s": 90}
    route = network(THREE | {"transfers": [*THREE["transfers"], direct]}).route("a", "d")
    assert route is not None
    assert route.transfers == ("U12", "U23")


@pytest.mark.parametrize(
    ("origin", "destination", "closed", "expected"),
    [
        ("a", "b", [], None),
        ("a", "ward", [], "no_station:ward"),
        ("roof", "ward", [], "no_station:roof,ward"),
        ("a", "a", [], "same_station"),
        ("a", "e", [], "not_connected"),
        ("a", "c", ["L3", "L1"], "closed:L1"),
        ("a", "d", ["L2"], "closed:L2"),
        ("a", "c", ["U12"], "closed:U12"),
        ("a", "b", ["T"], "closed:T"),
    ],
)
def test_no_route_has_a_reason(origin: str, destination: str, closed: list[str], expected: str | None) -> None:
    """No tube there, the same place, not connected at all, or the very line that is out of service."""
    tubes = network(THREE)
    assert tubes.why_none(origin, destination, closed_lines=frozenset(closed)) == expected
    assert (tubes.route(origin, destination, closed_lines=frozenset(closed)) is None) == (expected is not None)


def test_a_closed_line_is_gone_round() -> None:
    """With L2 out of service the slow direct unit is what remains."""
    direct = {"id": "U13", "lines": ["L1", "L3"], "transfer_s": 90}
    tubes = network(THREE | {"transfers": [*THREE["transfers"], direct]})
    route = tubes.route("a", "d", closed_lines={"L2"})
    assert route is not None
    assert route.transfers == ("U13",)


def test_systems_are_not_joined() -> None:
    """Two systems of one hospital share no tube."""
    other = {"id": "V", "lines": [line("M1", x=10, y=20)]}
    assert network(THREE, other).why_none("a", "x") == "not_connected"
    assert network(THREE, other).lines_of("x") == ("M1",)
    assert network(THREE, other).lines_of("nowhere") == ()


def test_the_clinics_tube_joins_its_stations() -> None:
    """The lab stands 12 m along one line, ward S0 42 m along the other: 54 m, one transfer of 25 s."""
    tubes = TubeNetwork(clinic().tubes)
    route = tubes.route("s0-tube", "lab-tube")
    assert route is not None
    assert route.transfers == ("tube-exchange",)
    assert route.duration_ms == 15_000 + 25_000 + 10_500 + 3_000
