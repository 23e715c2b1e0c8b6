"""Køge stands at its published size, and a day of it at the size that is assumed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from simulation.demand import expected_per_day
from site_models.check import check
from site_models.expand import Layout, expand
from site_models.load import load_site
from site_models.schema import Site
from site_models.workload import hourly_rates

TODAY = dt.date(2026, 11, 21)
LOADS = (
    "blood_sample blood_component medicine narcotics sterile_tray used_tray meal used_meal_cart linen used_linen "
    "waste_clinical waste mail equipment patient bed"
)
PUBLICATIONS = ("klikk.no", "Ritzau 2022", "MiR case", "dnu.rm.dk", "DSKI", "Thromb Res", "BMC Res Notes")


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("koege")


@pytest.fixture(scope="module")
def layout(site: Site) -> Layout:
    return expand(site, TODAY)


@pytest.fixture(scope="module")
def rooms(layout: Layout) -> Counter[str]:
    return Counter(room.kind for room in layout.rooms.values())


@pytest.fixture(scope="module")
def per_day(site: Site) -> dict[str, float]:
    return expected_per_day(site)


def total(per_day: dict[str, float], mode: str, loads: set[str] | None = None) -> float:
    """Transports a day by one mode, of some loads or all."""
    split = {key: key.split("/") for key in per_day}
    return sum(per_day[key] for key, (by, load) in split.items() if by == mode and (loads is None or load in loads))


def sources(model: BaseModel) -> Iterator[str]:
    """Every `source` in a model and what it holds."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name == "source":
            yield value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, BaseModel):
                yield from sources(part)


def test_no_rule_is_broken(site: Site) -> None:
    """The model keeps every rule of `portor site check`."""
    assert [str(error) for error in check(site)] == []


def test_rooms_as_published(rooms: Counter[str]) -> None:
    """789 single rooms of which 70 acute, 38 intensive care, 16 theatres, 134 examination and 5 radiotherapy rooms."""
    assert rooms["acute_room"] == 70
    assert rooms["ward_room"] + rooms["acute_room"] == 789  # 5 storeys x 4 wings x 34 + 20 postnatal + 19 neonatal + 70
    assert rooms["intensive_room"] == 38
    assert rooms["theatre"] == 16
    assert rooms["examination_room"] == 134  # 36 + 16 + 16 + 36 + 30
    assert rooms["radiotherapy_room"] == 5


def test_storeys_as_published(site: Site) -> None:
    """Basement, clinics and treatment on 0-2, a technical storey, and five ward storeys of four wings."""
    assert [floor.id for floor in sorted(site.floors, key=lambda floor: floor.elevation_m)] == list("K012345678")
    wards = {ward.id for floor in site.floors for ward in floor.wards}
    assert {f"ward-{storey}{wing}" for storey in "45678" for wing in "ABCD"} <= wards


def test_three_houses_of_their_own(site: Site) -> None:
    """Goods reception, sterile services and the laboratory are houses of their own, with tunnels on level K."""
    basement = next(floor for floor in site.floors if floor.id == "K")
    tunnels = {corridor.building for corridor in basement.corridors if corridor.kind == "tunnel"}
    assert tunnels == {building.id for building in site.buildings} == {"main", "goods", "sterile", "lab"}


def test_lifts(site: Site) -> None:
    """Twenty lifts in seven groups; wherever robots ride they have a bay in the lobby."""
    assert len(site.lifts) >= 12
    assert len({lift.group for lift in site.lifts}) >= 3
    robot_lifts = [lift for lift in site.lifts if "robot" in lift.riders]
    assert len(robot_lifts) >= 6
    assert all(lift.lobby_bay and lift.robots_ride_alone for lift in robot_lifts)


def test_stations(layout: Layout) -> None:
    """At least 150 stations; every wing of every ward storey takes carts, capsules and patients."""
    assert len(layout.stations) >= 150
    for storey in "45678":
        for wing in "ABCD":
            ward = f"ward-{storey}{wing}-"
            ends = {id.removeprefix(ward) for id in layout.stations if id.startswith(ward)}
            assert ends == {"goods", "tube", "desk"}
            assert layout.stations[f"{ward}goods"].slots == 2


def test_tube(site: Site) -> None:
    """100 tube stations on at least eight lines, the busiest on several; each line joined to others by a unit."""
    (tube,) = site.tubes
    stops = [stop.station for line in tube.lines for stop in line.stations]
    assert len(set(stops)) == 100
    lines_of = Counter(stops)
    assert all(lines_of[f"lab-{number}-tube"] > 1 for number in range(1, 6))
    assert all(lines_of[f"pharmacy-{number}-tube"] > 1 for number in range(1, 5))
    assert len(tube.lines) >= 8
    assert {line.id for line in tube.lines} == {line for unit in tube.transfers for line in unit.lines}


def test_robots(layout: Layout) -> None:
    """35 robots of two kinds are commissioned today, each with a home bay of its own."""
    assert Counter(robot.fleet for robot in layout.robots) == {"cart": 33, "courier": 2}
    assert len({robot.bay for robot in layout.robots}) == 35
    assert len(layout.bay_node) >= 36


def test_corridors_let_robots_pass(site: Site) -> None:
    """No corridor that robots use is narrower than 2.4 m."""
    assert min(c.width_m for floor in site.floors for c in floor.corridors if c.robots) >= 2.4


def test_porters_by_shift(site: Site) -> None:
    """28 porters by day, 16 in the evening, 6 at night."""
    on_duty: Counter[str] = Counter()
    for shift in site.porters.shifts:
        on_duty[shift.start] += shift.count
    assert on_duty == {"07:00": 28, "15:00": 16, "23:00": 6}


def test_load_classes_and_urgency(site: Site) -> None:
    """The load classes that all sites share, four priorities and four precautions."""
    assert [load.id for load in site.loads] == sorted((load.id for load in site.loads), key=LOADS.split().index)
    assert {load.id for load in site.loads} == set(LOADS.split())
    ranks = [(priority.id, priority.rank) for priority in site.priorities]
    assert ranks == [("life_critical", 1), ("urgent", 2), ("planned", 3), ("routine", 4)]
    assert {code.id for code in site.precautions} == {"contact", "droplet", "airborne", "protective"}


def test_specimens_that_no_tube_may_carry(site: Site) -> None:
    """Blood gas, clotting, platelets, spinal fluid, tissue, formalin, glass and cytostatics never go by tube."""
    forbidden = {specimen.id for specimen in site.specimens if specimen.tube == "forbidden"}
    assert forbidden >= {"blood_gas", "teg_rotem", "platelet_function", "csf", "frozen_section", "biopsy", "formalin"}
    assert forbidden >= {"glass", "cytostatics"}
    assert next(load for load in site.loads if load.id == "blood_component").tube_slow


def test_tube_sends_a_day(per_day: dict[str, float]) -> None:
    """About 3,500 sends a day: 60 % laboratory, 30 % pharmacy, 5 % blood."""
    assert total(per_day, "tube") == pytest.approx(3500, rel=0.05)
    assert per_day["tube/blood_sample"] == pytest.approx(0.60 * 3500, rel=0.05)  # 2,100 and 80 sent onwards
    assert per_day["tube/medicine"] == pytest.approx(0.30 * 3500, rel=0.10)  # 1,050 and 95 sent back
    assert per_day["tube/blood_component"] == pytest.approx(0.05 * 3500, rel=0.05)


def test_cart_transports_a_day(site: Site, per_day: dict[str, float]) -> None:
    """About 950 cart transports a day by robot, rounds and returns among them; every cart that goes out comes back."""
    assert total(per_day, "robot", {load.id for load in site.loads if load.cart}) == pytest.approx(950, rel=0.05)
    assert per_day["robot/used_meal_cart"] == pytest.approx(per_day["robot/meal"])
    assert per_day["robot/used_tray"] == pytest.approx(per_day["robot/sterile_tray"])


def test_porter_tasks_a_day(per_day: dict[str, float]) -> None:
    """About 1,200 porter tasks a day, three quarters of them with a patient or a bed."""
    tasks = total(per_day, "porter")
    assert tasks == pytest.approx(1200, rel=0.05)
    assert total(per_day, "porter", {"patient", "bed"}) / tasks == pytest.approx(0.77, abs=0.05)
    assert 15 <= tasks / (28 + 16 + 6) <= 25  # tasks a porter and shift, as published for Denmark


def test_a_tenth_of_the_samples_between_eight_and_nine(site: Site) -> None:
    """Samples peak between eight and nine with about a tenth of the day, as in Aarhus."""
    profiles = {profile.id: profile for profile in site.profiles}
    samples = [demand for demand in site.demand if demand.load == "blood_sample"]
    rates = [hourly_rates(demand, profiles[demand.profile], day) for demand in samples for day in range(7)]
    by_hour = [sum(hours) for hours in zip(*rates, strict=True)]
    assert max(by_hour) == by_hour[8]
    assert by_hour[8] / sum(by_hour) == pytest.approx(0.10, abs=0.015)


def test_all_parts_are_open_today(site: Site, layout: Layout) -> None:
    """From September 2026 the whole house is open; in 2024 there were one robot and the first wing's wards."""
    assert layout.version == expand(site).version
    early = expand(site, dt.date(2024, 6, 1))
    assert [robot.id for robot in early.robots] == ["R01"]
    assert "ward-4D-goods" in early.stations
    assert "ward-4A-goods" not in early.stations


def test_every_figure_says_where_it_comes_from(site: Site) -> None:
    """A source names its publication or begins with `assumed` and a reason."""
    unsaid = [
        source
        for source in sources(site)
        if not source.startswith("assumed: ") and not any(name in source for name in PUBLICATIONS)
    ]
    assert unsaid == []
