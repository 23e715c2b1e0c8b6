"""What robots are expected to fetch: the declared demand by hour of the site's week, and what is foreseen."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from fleet.forecast import Forecast
from fleet.hospital import Hospital
from fleet.model import PendingJob
from simulation.demand import expected_per_day
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.demand import Demand, Profile

HOUR_MS = 3_600_000
MONDAY = dt.date(2026, 3, 16)
ZONE = ZoneInfo("Europe/Copenhagen")
MIDNIGHT = int(dt.datetime.combine(MONDAY, dt.time(), ZONE).timestamp() * 1000)


@pytest.fixture(scope="module")
def clinic() -> Site:
    return load_site("clinic_small")


def with_demand(site: Site, *demands: Demand) -> Site:
    """The clinic with nothing but these demands, all between eight and nine."""
    hours = [1.0 if hour == 8 else 0.0 for hour in range(24)]
    early = Profile(id="early", hours=hours, source="a test")
    return site.model_copy(update={"demand": list(demands), "rounds": [], "profiles": [early]})


def linen(per_day: float = 6, **more: object) -> Demand:
    """So much linen a day from the store to the wards."""
    return Demand.model_validate(
        {
            "id": "linen",
            "load": "linen",
            "per_day": per_day,
            "profile": "early",
            "origins": ["store-out"],
            "destinations": ["s*-clean"],
            "source": "a test",
            **more,
        }
    )


def forecast(site: Site) -> Forecast:
    """The forecast of a site with everything open."""
    return Forecast(site, Hospital.of(site).layout)


def test_demand_is_expected_in_its_hour(clinic: Site) -> None:
    """Six between eight and nine: three until half past eight; at nine, or elsewhere, nothing. The carts carry it."""
    found = forecast(with_demand(clinic, linen()))
    eight = MIDNIGHT + 8 * HOUR_MS
    assert found.expected("cart", (), eight, eight + HOUR_MS // 2) == {"store-out": pytest.approx(3.0)}
    assert found.expected("cart", (), eight - HOUR_MS, eight + HOUR_MS // 2) == {"store-out": pytest.approx(3.0)}
    assert found.expected("cart", (), eight + HOUR_MS, eight + 2 * HOUR_MS) == {}
    assert found.expected("courier", (), eight, eight + HOUR_MS) == {}


def test_the_hour_is_that_on_the_wall(clinic: Site) -> None:
    """The day after the clocks went forward eight is an hour sooner in UTC: 06:00, not 07:00."""
    monday = dt.datetime(2026, 3, 30, 8, tzinfo=ZONE)
    eight = int(monday.timestamp() * 1000)
    assert monday.utcoffset() == dt.timedelta(hours=2)
    found = forecast(with_demand(clinic, linen()))
    assert found.expected("cart", (), eight, eight + HOUR_MS) == {"store-out": pytest.approx(6.0)}


def test_what_both_fleets_carry_is_shared_by_their_robots(clinic: Site) -> None:
    """Four bags of mail an hour: three carts and one courier may carry them, so the carts can expect three."""
    mail = linen(4, load="mail", origins=["s0-clean"])
    found = forecast(with_demand(clinic, mail))
    eight = MIDNIGHT + 8 * HOUR_MS
    assert found.expected("cart", (), eight, eight + HOUR_MS) == {"s0-clean": pytest.approx(3.0)}
    assert found.expected("courier", (), eight, eight + HOUR_MS) == {"s0-clean": pytest.approx(1.0)}


def test_what_is_foreseen_counts_when_it_becomes_ready(clinic: Site) -> None:
    """A round's cart at eight counts from half past seven on; what a porter carries does not."""
    eight = MIDNIGHT + 8 * HOUR_MS
    cart = PendingJob(
        id="a", load="meal", origin="store-out", destination="s0-clean", ready_ms=eight, due_ms=eight + HOUR_MS
    )
    bed = PendingJob(id="b", load="bed", origin="s0-beds", destination="s1-beds", ready_ms=eight, due_ms=None)
    found = forecast(with_demand(clinic))
    assert found.expected("cart", (cart, bed), eight - HOUR_MS // 2, eight + 1) == {"store-out": pytest.approx(1.0)}
    assert found.expected("cart", (cart, bed), eight - HOUR_MS // 2, eight) == {}


def test_a_week_of_it_is_what_the_week_asks_of_robots() -> None:
    """Over all hours, stations and fleets: as much as demand asks of robots, rounds and returns apart."""
    site = load_site("koege").model_copy(update={"rounds": []})
    loads = [load.model_copy(update={"returns": None}) for load in site.loads]
    site = site.model_copy(update={"loads": loads})
    found = forecast(site)
    week = [sum(found.expected(fleet.id, (), MIDNIGHT, MIDNIGHT + 7 * 24 * HOUR_MS).values()) for fleet in site.fleets]
    by_robot = sum(count for key, count in expected_per_day(site).items() if key.startswith("robot/"))
    assert sum(week) == pytest.approx(7 * by_robot)
