"""A day's orders follow the declared demand: its hours, its mix, its stations, and the site's own clock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.demand import HOUR_MS, Order, expected_per_day, local_hours, sample_day
from site_models.load import load_site
from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.demand import Demand, Mix, Profile, Round
from site_models.workload import hourly_rates

MONDAY = dt.date(2026, 11, 23)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DATES = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
ZONES = st.sampled_from(["Europe/Copenhagen", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("koege")


@pytest.fixture(scope="module")
def stations(site: Site) -> list[str]:
    return [station.id for floor in site.floors for station in floor.stations]


def with_demand(site: Site, *demand: Demand) -> Site:
    """The site with this demand alone, by a flat and a daytime profile, and without rounds."""
    flat = Profile(id="flat", hours=[1.0] * 24, source="assumed: a test")
    daytime = Profile(id="daytime", hours=[0.0] * 8 + [3.0] * 4 + [1.0] * 4 + [0.0] * 8, source="assumed: a test")
    return site.model_copy(update={"demand": list(demand), "profiles": [flat, daytime], "rounds": []})


def samples(id: str = "samples", **changes: object) -> Demand:
    """A stream of blood samples from the wards to the laboratory, 480 a day by the flat profile."""
    usual = {
        "id": id,
        "load": "blood_sample",
        "per_day": 480,
        "profile": "flat",
        "origins": ["ward-*-tube"],
        "destinations": ["lab-1-tube", "lab-2-tube"],
        "source": "assumed: a test",
    }
    return Demand.model_validate(usual | changes)


def of_stream(orders: tuple[Order, ...], load: str) -> list[Order]:
    return [order for order in orders if order.request.load == load]


# --- the same seed, the same day ---------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_day(site: Site, stations: list[str]) -> None:
    """Seed and date decide everything; the order in which stations are named decides nothing."""
    assert sample_day(site, stations, MONDAY, 7) == sample_day(site, reversed(stations), MONDAY, 7)


def test_another_seed_or_date_gives_another_day(site: Site, stations: list[str]) -> None:
    """No two days are alike."""
    day = sample_day(site, stations, MONDAY, 7)
    assert day != sample_day(site, stations, MONDAY, 8)
    week_later = sample_day(site, stations, MONDAY + dt.timedelta(days=7), 7)
    assert [order.request for order in day] != [order.request for order in week_later]


def test_another_demand_leaves_the_first_as_it_was(site: Site, stations: list[str]) -> None:
    """Each demand draws from a stream of its own, so that scenarios share their random numbers."""
    first, second = samples(), samples("meals", load="meal", origins=["kitchen-out"], destinations=["ward-*-goods"])
    alone = sample_day(with_demand(site, first), stations, MONDAY, 7)
    together = sample_day(with_demand(site, second, first), stations, MONDAY, 7)
    assert of_stream(together, "blood_sample") == list(alone)


def test_a_negative_seed_is_refused(site: Site, stations: list[str]) -> None:
    """A seed is 0 or more."""
    with pytest.raises(ValueError, match="negative"):
        sample_day(site, stations, MONDAY, -1)


# --- hours and weekdays ------------------------------------------------------------------------------------------


def test_a_week_brings_seven_times_the_average_day(site: Site) -> None:
    """Hour and weekday weights are relative: whatever they are, the rates of a week add up to 7 x per_day."""
    profiles = {profile.id: profile for profile in site.profiles}
    for demand in site.demand:
        week = sum(sum(hourly_rates(demand, profiles[demand.profile], day)) for day in range(7))
        assert week == pytest.approx(7 * demand.per_day)


def test_rates_follow_hour_and_weekday() -> None:
    """Two hours weighing 1 and 3, Monday twice as busy as the rest: 8/7 of 70 is 80, of which 20 and 60."""
    profile = Profile(
        id="p", hours=[1.0, 3.0, *[0.0] * 22], weekdays=[2, 1, 1, 1, 1, 1, 0], source="assumed: a test"
    )  # the mean weekday weighs 7 / 7 = 1, Monday 2
    rates = hourly_rates(samples(per_day=40), profile, 0)  # 40 x 2 = 80 on a Monday
    assert rates[:3] == pytest.approx((20.0, 60.0, 0.0))


def test_counts_by_hour_are_poisson_with_the_declared_mean(site: Site, stations: list[str]) -> None:
    """Over 100 days every hour of the clock brings its rate, within 4.5 standard deviations (p = 1e-4 in 16 hours)."""
    day_site = with_demand(site, samples(per_day=320, profile="daytime"))  # 4 x 3 + 4 x 1 = 16 weights of 20 a day
    counts: Counter[int] = Counter()
    for k in range(100):
        for order in sample_day(day_site, stations, MONDAY + dt.timedelta(days=k), 1):
            counts[dt.datetime.fromtimestamp(order.at_ms / 1000, COPENHAGEN).hour] += 1
    for hour in range(24):
        mean = 100 * (60 if 8 <= hour < 12 else 20 if 12 <= hour < 16 else 0)
        assert abs(counts[hour] - mean) <= 4.5 * mean**0.5


def test_counts_vary_as_much_as_poisson(site: Site, stations: list[str]) -> None:
    """Over 200 days the variance of the daily count equals its mean, 480, within 4.5 standard errors."""
    day_site = with_demand(site, samples())
    counts = [len(sample_day(day_site, stations, MONDAY + dt.timedelta(days=k), 2)) for k in range(200)]
    mean = sum(counts) / 200
    variance = sum((count - mean) ** 2 for count in counts) / 199
    assert abs(mean - 480) <= 4.5 * (480 / 200) ** 0.5  # standard error 1.5
    assert abs(variance - 480) <= 4.5 * 480 * (2 / 199) ** 0.5  # standard error of a variance 48


# --- what is ordered ---------------------------------------------------------------------------------------------


def test_the_mix_is_drawn_by_its_shares(site: Site, stations: list[str]) -> None:
    """Of 4,800 samples 30 % are serum, 50 % urgent EDTA, and the 20 % left out have nothing special."""
    mix = [Mix(share=0.3, specimen="serum"), Mix(share=0.5, specimen="edta", priority="urgent", mass_kg=0.2)]
    orders = sample_day(with_demand(site, samples(per_day=4800, mix=mix)), stations, MONDAY, 3)
    found = Counter((o.request.specimen, o.request.priority, o.request.mass_kg) for o in orders)
    expected = {("serum", None, None): 0.3, ("edta", "urgent", 0.2): 0.5, (None, None, None): 0.2}
    assert found.keys() == expected.keys()
    for variant, share in expected.items():
        assert abs(found[variant] - share * len(orders)) <= 4.5 * (len(orders) * share * (1 - share)) ** 0.5


def test_stations_are_drawn_evenly(site: Site, stations: list[str]) -> None:
    """4,000 orders from 20 wards: about 200 each, within 4.5 standard deviations."""
    orders = sample_day(with_demand(site, samples(per_day=4000)), stations, MONDAY, 4)
    found = Counter(order.request.origin for order in orders)
    assert len(found) == 20
    mean = len(orders) / 20
    assert all(abs(count - mean) <= 4.5 * mean**0.5 for count in found.values())


def test_nothing_is_sent_to_where_it_is(site: Site, stations: list[str]) -> None:
    """A demand between stations of one pattern never draws the same station twice, and with one station is silent."""
    among = samples(origins=["lab-*-tube"], destinations=["lab-*-tube"])
    orders = sample_day(with_demand(site, among), stations, MONDAY, 5)
    assert orders
    assert all(order.request.origin != order.request.destination for order in orders)
    assert sample_day(with_demand(site, among), ["lab-1-tube"], MONDAY, 5) == ()


def test_stations_that_are_not_open_get_nothing(site: Site, stations: list[str]) -> None:
    """Only stations of the layout are drawn."""
    open_today = [station for station in stations if not station.startswith("ward-8")]
    used = {o.request.origin for o in sample_day(site, open_today, MONDAY, 6)}
    assert used <= set(open_today)


@settings(max_examples=60, deadline=None)
@given(date=DATES, zone=ZONES, seed=st.integers(0, 2**63))
def test_every_order_lies_in_its_day_and_in_order(
    site: Site, stations: list[str], date: dt.date, zone: str, seed: int
) -> None:
    """Whatever the date, zone and seed: orders are sorted, and each falls on that date of the site's own clock."""
    own = with_demand(site, samples(per_day=60), samples("meals", load="meal", per_day=40, within_min=45))
    own = own.model_copy(update={"site": own.site.model_copy(update={"timezone": zone})})
    orders = sample_day(own, stations, date, seed)
    assert [order.at_ms for order in orders] == sorted(order.at_ms for order in orders)
    assert all(dt.datetime.fromtimestamp(o.at_ms / 1000, ZoneInfo(zone)).date() == date for o in orders)
    assert {o.request.within_min for o in of_stream(orders, "meal")} <= {45}


# --- summer time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "length"), [(dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25), (dt.date(2026, 11, 23), 24)]
)
def test_a_day_has_its_own_number_of_hours(date: dt.date, length: int) -> None:
    """23 hours when summer time begins in Denmark, 25 when it ends, else 24."""
    assert len(list(local_hours(date, COPENHAGEN))) == length


def test_the_skipped_hour_has_no_orders_and_the_repeated_hour_twice_as_many(site: Site, stations: list[str]) -> None:
    """Between two and three: nothing in March, twice the hourly 500 in October."""
    day_site = with_demand(site, samples(per_day=24 * 500))

    def between_two_and_three(date: dt.date) -> int:
        orders = sample_day(day_site, stations, date, 8)
        return sum(dt.datetime.fromtimestamp(order.at_ms / 1000, COPENHAGEN).hour == 2 for order in orders)

    assert between_two_and_three(dt.date(2026, 3, 29)) == 0
    assert abs(between_two_and_three(dt.date(2026, 10, 25)) - 1000) <= 4.5 * 1000**0.5


@given(date=DATES, zone=ZONES)
def test_the_hours_of_a_day_follow_without_gap(date: dt.date, zone: str) -> None:
    """The hours cover the day from midnight to midnight, none is longer than an hour, and the clock names each."""
    hours = list(local_hours(date, ZoneInfo(zone)))
    following = next(local_hours(date + dt.timedelta(days=1), ZoneInfo(zone)))
    assert [begin for _, begin, _ in hours[1:]] + [following[1]] == [end for _, _, end in hours]
    assert all(0 < end - begin <= HOUR_MS for _, begin, end in hours)
    assert all(dt.datetime.fromtimestamp((end - 1) / 1000, ZoneInfo(zone)).hour == hour for hour, _, end in hours)


# --- an average day by mode --------------------------------------------------------------------------------------


def round_of(load: str, **changes: object) -> Round:
    usual = {"id": "round", "name": {"da": "Runde", "en": "Round"}, "load": load, "within_min": 60, "source": "assumed"}
    return Round.model_validate(usual | changes)


def test_a_tube_send_without_station_at_one_end_costs_a_porter_the_last_metres(site: Site) -> None:
    """480 samples a day to genetics, which has no tube: 480 sends and 480 porter tasks."""
    edta = [Mix(share=1.0, specimen="edta")]
    per_day = expected_per_day(with_demand(site, samples(destinations=["genetics-desk"], mix=edta)))
    assert per_day == pytest.approx({"tube/blood_sample": 480, "porter/blood_sample": 480})


def test_what_the_tube_forbids_goes_by_porter(site: Site) -> None:
    """A quarter blood gas, a quarter not listed, half EDTA: 240 by tube, 240 by porter."""
    mix = [Mix(share=0.25, specimen="blood_gas"), Mix(share=0.5, specimen="edta")]
    per_day = expected_per_day(with_demand(site, samples(mix=mix)))
    assert per_day == pytest.approx({"tube/blood_sample": 240, "porter/blood_sample": 240})


def test_a_bed_costs_two_porters(site: Site) -> None:
    """480 bed moves are 960 porter tasks."""
    beds = samples(load="bed", origins=["ward-*-desk"], destinations=["pre-op-desk"])
    assert expected_per_day(with_demand(site, beds)) == pytest.approx({"porter/bed": 960})


def test_what_is_too_heavy_for_the_tube_goes_by_robot(site: Site) -> None:
    """Half of 480 medicines weigh 5 kg, over the tube's 2 kg: they need stations for robots."""
    heavy = samples(
        load="medicine",
        origins=["pharmacy-out"],
        destinations=["ward-*-goods"],
        mix=[Mix(share=1.0, mass_kg=5)],
    )
    assert expected_per_day(with_demand(site, heavy)) == pytest.approx({"robot/medicine": 480})


def test_a_round_counts_each_time_target_and_weekday_with_its_returns(site: Site) -> None:
    """Meals to 20 wards at two times on five days of seven: 20 x 2 x 5/7 = 28.6 out, and as many used carts back."""
    meals = round_of(
        "meal",
        origins=["kitchen-out"],
        destinations=["ward-*-goods"],
        times=["08:00", "12:00"],
        weekdays=["mon", "tue", "wed", "thu", "fri"],
    )
    per_day = expected_per_day(with_demand(site).model_copy(update={"rounds": [meals]}))
    assert per_day == pytest.approx({"robot/meal": 200 / 7, "robot/used_meal_cart": 200 / 7})


def test_a_day_agrees_with_what_is_expected(site: Site, stations: list[str]) -> None:
    """Seven days of Køge bring seven times the demand's average day, within 4.5 standard deviations."""
    orders = sum(len(sample_day(site, stations, MONDAY + dt.timedelta(days=k), 9)) for k in range(7))
    mean = 7 * sum(demand.per_day for demand in site.demand)
    assert abs(orders - mean) <= 4.5 * mean**0.5


def test_no_round_meets_a_closed_door(site: Site) -> None:
    """Every round of Køge falls, from its first ready time to its last deadline, in its stations' opening hours."""
    for round_ in site.rounds:
        for station, opens, closes in limited_hours(site, [*round_.origins, *round_.destinations]):
            first, last = minutes(min(round_.times)), minutes(max(round_.times))
            assert opens <= first, (round_.id, station)
            assert last + round_.spread_min + round_.within_min <= closes, (round_.id, station)


def test_no_order_meets_a_closed_door(site: Site) -> None:
    """No demand of Køge orders before its stations open or in the last hour before they close."""
    profiles = {profile.id: profile for profile in site.profiles}
    for demand in site.demand:
        busy = [hour for hour, weight in enumerate(profiles[demand.profile].hours) if weight > 0]
        for station, opens, closes in limited_hours(site, [*demand.origins, *demand.destinations]):
            assert opens <= busy[0] * 60, (demand.id, station)
            assert (busy[-1] + 1) * 60 <= closes - 60, (demand.id, station)


def limited_hours(site: Site, patterns: list[str]) -> list[tuple[str, int, int]]:
    """The stations meant that are not always open, with the minutes of the day when they open and close."""
    opening = {s.id: s.opens for floor in site.floors for s in floor.stations if s.opens is not None}
    windows = [(id, opening[id].split("-")) for id in matching(patterns, opening)]
    return [(id, minutes(opens), minutes(closes)) for id, (opens, closes) in windows]


def minutes(time: str) -> int:
    """Minutes of the day of a time as HH:MM."""
    hours, rest = time.split(":")
    return int(hours) * 60 + int(rest)
