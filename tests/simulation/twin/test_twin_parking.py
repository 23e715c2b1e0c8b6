"""A day of the small clinic in which robots park where work is expected: all is delivered, and no battery suffers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fleet.calendar import instant_ms
from fleet.hospital import Hospital
from fleet.simulated.cores.build import first_world, rules_of
from simulation.twin.fleet_size import with_robots
from simulation.twin.shell import Shell
from simulation.twin.simulate import Days, chance_of, orders
from site_models.load import load_site
from site_models.places import fleet_bays, parking_bays
from site_models.schema.building import Bay
from tests.simulation.twin.house_days import MONDAY

LOOK_MS = 10 * 60_000
NEAR = Bay(id="park", floor="0", at=(41.0, -2.4), fleet="cart", parking=True, count=2, step=(1.2, 0.0))


def test_a_day_with_parking_delivers_all_and_nobody_goes_below_reserve() -> None:
    """Looked at every ten minutes: robots do park, none has less than its reserve, and by midnight all is delivered."""
    clinic = load_site("clinic_small")
    site = clinic.model_copy(update={"bays": [*clinic.bays, NEAR]})
    hospital, chance = Hospital.of(site, MONDAY), chance_of(3, 0)
    begin_ms = instant_ms(MONDAY, "00:00", ZoneInfo(site.site.timezone))
    shell = Shell(
        hospital, rules_of(site, hospital.layout, chance), first_world(site, hospital.layout), begin_ms=begin_ms
    )
    shell.start()
    shell.order(orders(Days(site=site, date=MONDAY), 3))
    parked = 0
    for now_ms in range(begin_ms + LOOK_MS, begin_ms + 25 * 3_600_000, LOOK_MS):
        shell.run(now_ms)
        for robot in (carrier for carrier in shell.state.carriers.values() if carrier.mode == "robot"):
            assert robot.battery is not None
            assert robot.battery >= hospital.fleets[robot.fleet].battery.reserve
            parked += robot.node in hospital.parking[robot.fleet]
    assert parked > 0
    ended = [job for job in shell.record.jobs.values() if job.ready_ms < begin_ms + 24 * 3_600_000]
    assert len(ended) > 100
    assert {job.state for job in ended} == {"delivered"}


def test_more_robots_live_in_more_homes_not_where_robots_park() -> None:
    """Sixty robots in Køge: the last row of home bays goes on; the bays for parking stay as they are."""
    koege = load_site("koege")
    larger = with_robots(koege, 60)
    assert parking_bays(larger, "cart") == parking_bays(koege, "cart")
    carts = next(fleet for fleet in larger.fleets if fleet.id == "cart")
    assert len(fleet_bays(larger, "cart")) == carts.count > len(fleet_bays(koege, "cart"))
