"""Robots face to face in a lane, of which neither can go alone, come out together."""

from __future__ import annotations

from bus.messages import CarrierReport
from fleet.events import StandsElsewhere
from fleet.hospital import Hospital
from fleet.requests import Close
from site_models.load import load_site
from site_models.schema import Site
from tests.fleet.test_robot_traffic import Watched, at_home, robots_of


def lane_with_one_place_aside() -> Site:
    """The clinic's ground floor, its corridor too narrow to pass; homes at both ends, and one behind a side way."""
    site = load_site("clinic_small")
    ground, upper = site.floors
    narrow = ground.corridors[0].model_copy(update={"width_m": 1.6})
    aside = narrow.model_copy(update={"id": "0-side", "points": [(43.0, 0.0), (43.0, -12.0)]})
    rest = [corridor for corridor in ground.corridors if corridor.id != narrow.id]
    west, courier = site.bays
    one = west.model_copy(update={"count": 1, "step": (0.0, 0.0)})
    east = one.model_copy(update={"id": "east-bay", "at": (58.0, 2.6)})
    side = one.model_copy(update={"id": "side-bay", "at": (45.0, -11.0)})
    return site.model_copy(
        update={
            "rounds": [],
            "floors": [ground.model_copy(update={"corridors": [narrow, aside, *rest]}), upper],
            "bays": [one, east, side, courier],
        }
    )


def test_two_robots_face_to_face_come_home_past_one_another() -> None:
    """Each was pushed to the wrong side, every room is closed: one steps aside before the third one's home."""
    clinic = Watched(Hospital.of(lane_with_one_place_aside()))
    for part in ("0-store", "0-lab", "0-imaging", "0-soiled", "S0-corridor", "E1"):
        clinic.ask(Close(part, reason=""))
    homes = {robot: clinic.hospital.home_node(robot) for robot in ("R01", "R02", "R03")}
    assert homes == {"R01": "bay:cart-bay", "R02": "bay:east-bay", "R03": "bay:side-bay"}
    for robot, node in (("R01", "c:0-main:5000"), ("R02", "c:0-main:3000")):
        clinic.handle(StandsElsewhere(CarrierReport(robot, node)))
    clinic.run(30)
    assert at_home(clinic) == robots_of(clinic)
