"""The layer that shows on a floor's plan what traffic reserves."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from routing.traffic.drawing import LANE_M, cells_layer
from tests.routing.traffic.networks import site_cells, site_ground


def dots(floor: str) -> dict[str, ET.Element]:
    """The dot of each point by its name."""
    layer = ET.fromstring(cells_layer(site_cells("clinic_small"), site_ground("clinic_small").layout, floor))  # noqa: S314
    return {str(dot.findtext("title")).split(" · ")[0]: dot for dot in layer}


def test_every_point_of_the_floor_has_a_dot_and_no_other() -> None:
    """The two floors share out all points."""
    below, above = dots("0"), dots("1")
    assert sorted([*below, *above]) == sorted(site_cells("clinic_small").network.points)
    assert "lobby:E1@1" in above
    assert "lobby:E1@0" in below


def test_lanes_lie_right_of_the_way_that_they_lead() -> None:
    """The main corridor runs along y = 0: eastwards below it (SVG's y points down), westwards above."""
    found = dots("0")
    assert float(found["0-main:2100>"].get("cy", "")) == LANE_M
    assert float(found["0-main:2100<"].get("cy", "")) == -LANE_M


def test_points_of_one_cell_have_one_colour() -> None:
    """Three openings of the cart bays are one cell."""
    found = dots("0")
    assert len({found[f"0-main:{s}"].get("fill") for s in (500, 700, 900)}) == 1
