"""Profiles: who may pass what, and how fast."""

from __future__ import annotations

import pytest

from routing.profiles import LaneClass, profiles
from site_models.schema.building import Rider
from tests.routing.buildings import clinic, door, lift

FOUND = profiles(clinic())


def codes(profile: str, lane: LaneClass) -> list[str]:
    return [barrier.code for barrier in FOUND[profile].barriers(lane)]


def test_there_is_a_profile_for_each_fleet_and_two_for_porters() -> None:
    """The clinic has carts and couriers."""
    assert list(FOUND) == ["cart", "courier", "porter", "porter_bed"]


def test_a_fleet_named_like_a_porter_profile_is_refused() -> None:
    """Two things of one name would hide each other."""
    site = clinic()
    named = site.model_copy(update={"fleets": [site.fleets[0].model_copy(update={"id": "porter"})]})
    with pytest.raises(ValueError, match="rename the fleet"):
        profiles(named)


@pytest.mark.parametrize(("kind", "speed_m_s"), [("tunnel", 1.2), ("logistics", 1.0), ("ward", 0.6), ("room", 0.6)])
def test_a_robot_drives_each_lane_kind_at_its_speed(kind: str, speed_m_s: float) -> None:
    """Carts: as the fleet says, in rooms at its slowest."""
    assert FOUND["cart"].speed_m_s[kind] == pytest.approx(speed_m_s)


def test_a_kind_that_the_fleet_does_not_name_is_driven_at_its_slowest() -> None:
    """Only the tunnel (1.2) and the ward (0.6) are given: public corridors are driven at 0.6."""
    site = clinic()
    cart = site.fleets[0].model_copy(update={"speed_m_s": {"tunnel": 1.2, "ward": 0.6}})
    found = profiles(site.model_copy(update={"fleets": [cart]}))
    assert found["cart"].speed_m_s["public"] == pytest.approx(0.6)


@pytest.mark.parametrize(("width_m", "barred"), [(1.1, []), (1.09, ["too_narrow"])])
def test_a_robot_needs_its_width_and_clearance(width_m: float, barred: list[str]) -> None:
    """A cart is 0.8 m wide and needs 0.3 m of clearance."""
    assert codes("cart", LaneClass(kind="ward", width_m=width_m, robots=True)) == barred


@pytest.mark.parametrize(("width_m", "barred"), [(1.2, []), (1.19, ["too_narrow"])])
def test_a_bed_needs_a_corridor_of_1_2_m(width_m: float, barred: list[str]) -> None:
    """A porter on foot passes any width; with a bed it is 1.2 m."""
    lane = LaneClass(kind="ward", width_m=width_m, robots=True)
    assert codes("porter_bed", lane) == barred
    assert codes("porter", lane) == []


def test_robots_keep_out_where_they_never_drive() -> None:
    """`robots: false` on a corridor stops robots, not porters."""
    lane = LaneClass(kind="ward", width_m=3, robots=False)
    assert codes("cart", lane) == ["robots_barred"]
    assert codes("porter", lane) == []


def test_robots_open_automatic_doors_only() -> None:
    """A door by hand stops a robot; a porter takes its opening time."""
    by_hand = LaneClass(kind="ward", width_m=3, robots=True, door=door("D", automatic=False))
    assert codes("cart", by_hand) == ["manual_door"]
    assert codes("porter", by_hand) == []
    assert FOUND["porter"].delay_s(by_hand) == pytest.approx(4)


@pytest.mark.parametrize(
    ("riders", "cabin_m", "riding"),
    [
        (["robot"], (2.4, 1.5), ["cart", "courier"]),
        (["robot"], (1.5, 2.4), ["cart", "courier"]),  # a cabin has no front
        (["robot"], (1.0, 1.0), ["courier"]),  # a cart is 1.6 m long
        (["staff"], (2.4, 1.5), ["porter"]),
        (["bed"], (2.4, 1.5), ["porter_bed"]),
    ],
)
def test_a_lift_takes_its_riders_that_fit(riders: list[str], cabin_m: tuple[float, float], riding: list[str]) -> None:
    """Robots by rider and cabin, porters where staff may ride, beds where beds may."""
    lane = LaneClass(kind="lift", width_m=0.1, robots=True, ride=True, lift=lift("E", ["A"], riders, cabin_m=cabin_m))
    assert [profile for profile in FOUND if not codes(profile, lane)] == riding


def test_a_ride_is_wait_doors_and_travel() -> None:
    """40 s of expected wait for a robot, doors closing and opening in 5 s each; the cabin travels at its own speed."""
    lane = LaneClass(kind="lift", width_m=1.5, robots=True, ride=True, lift=lift("E", ["A"], door_s=5, speed_m_s=1.6))
    assert FOUND["cart"].delay_s(lane) == pytest.approx(40 + 2 * 5)
    assert FOUND["cart"].pace_m_s(lane) == pytest.approx(1.6)


def test_the_expected_wait_is_a_parameter() -> None:
    """Another table of waits gives other profiles, by rider."""
    waits: dict[Rider, float] = {"robot": 1.0, "bed": 2.0, "staff": 3.0, "public": 4.0}
    found = profiles(clinic(), lift_wait_s=waits)
    assert [profile.lift_wait_s for profile in found.values()] == [1.0, 1.0, 3.0, 2.0]
