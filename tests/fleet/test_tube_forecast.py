"""How many capsules a tube station should have: half of its own, or what the site's demand asks of it soon."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fleet.calendar import instant_ms, local_day
from fleet.hospital import Hospital
from fleet.tube_forecast import TubeForecast
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.demand import Demand, Profile
from tests.fleet.obedient import MONDAY_8

CLINIC = load_site("clinic_small")
HOMES = Hospital.of(CLINIC).tube_homes["tube"]
HALF_HOUR_MS = 1_800_000


def day(hours: list[float], **more: object) -> Site:
    """The clinic with one stream of samples from ward S1, 240 a day on the same curve every day."""
    profile = Profile(id="curve", hours=hours, source="assumed")
    stream = Demand.model_validate(
        {
            "id": "samples", "load": "blood_sample", "per_day": 240, "profile": "curve", "origins": ["s1-tube"],
            "destinations": ["lab-tube"], "mix": [{"share": 1.0, "specimen": "routine_blood"}], "source": "assumed",
        }
        | more
    )  # fmt: skip
    return CLINIC.model_copy(update={"profiles": [profile], "demand": [stream], "rounds": []})


def needs(site: Site, clock: str) -> int:
    """What ward S1 should have at a time of the day."""
    zone = ZoneInfo(site.site.timezone)
    at_ms = instant_ms(local_day(MONDAY_8, zone), clock, zone)
    return TubeForecast(site, HOMES).needs(at_ms)["s1-tube"]


def test_an_even_day_asks_for_what_is_sent_in_half_an_hour_and_one() -> None:
    """240 a day are five in half an hour: six capsules."""
    assert needs(day([1.0] * 24), "10:00") == 6


def test_the_forecast_sees_a_rise_before_it_comes() -> None:
    """All 240 between 8 and 9: at 7:40, 20 minutes before, ten minutes of it lie ahead, that is 40."""
    morning = [1.0 if hour == 8 else 0.0 for hour in range(24)]
    assert needs(day(morning), "07:20") == max(-(-HOMES["s1-tube"] // 2), 1)
    assert needs(day(morning), "07:40") == 41
    assert needs(day(morning), "08:00") == 121


def test_what_no_tube_carries_needs_no_capsule() -> None:
    """Blood gas goes by hand."""
    by_hand = day([1.0] * 24, mix=[{"share": 1.0, "specimen": "blood_gas"}])
    assert needs(by_hand, "10:00") == -(-HOMES["s1-tube"] // 2)
