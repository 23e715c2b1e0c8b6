"""The calendar: shifts, opening hours and rounds are written in local time and lived in UTC."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from fleet.calendar import instant_ms, local_day, matching, publish
from fleet.facts.jobs import JobCreated
from fleet.facts.legs import LegOffered, LegPickedUp
from fleet.hospital import Hospital
from tests.fleet.obedient import MONDAY_8, Clinic

ZONE = ZoneInfo("Europe/Copenhagen")
HOUR_MS = 3_600_000
MONDAY = dt.date(2026, 3, 16)
SPRING = dt.date(2026, 3, 29)
"""Summer time begins: 02:00 becomes 03:00."""
AUTUMN = dt.date(2026, 10, 25)
"""Summer time ends: 03:00 becomes 02:00."""


def utc_ms(text: str) -> int:
    """Milliseconds of an instant written in UTC."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp() * 1000)


def night_of(hospital: Hospital, day: dt.date) -> tuple[int, int]:
    """The night shift that begins on a day."""
    start_ms = instant_ms(day, "23:00", ZONE)
    return next(shift for shift in publish(hospital, day).shifts["night-01"] if shift[0] == start_ms)


# --- local time becomes UTC ------------------------------------------------------------------------------------------


def test_a_time_of_day_is_an_hour_before_utc_in_winter_and_two_in_summer() -> None:
    """Seven in Copenhagen is six or five in UTC."""
    assert instant_ms(dt.date(2026, 1, 15), "07:00", ZONE) == utc_ms("2026-01-15T06:00")
    assert instant_ms(dt.date(2026, 7, 15), "07:00", ZONE) == utc_ms("2026-07-15T05:00")


def test_the_end_of_a_day_is_the_beginning_of_the_next() -> None:
    """24:00 is midnight."""
    assert instant_ms(MONDAY, "24:00", ZONE) == instant_ms(MONDAY + dt.timedelta(days=1), "00:00", ZONE)


def test_the_day_is_that_of_the_site() -> None:
    """At 23:30 UTC it is tomorrow in Copenhagen."""
    assert local_day(utc_ms("2026-03-15T23:30"), ZONE) == MONDAY
    assert local_day(utc_ms("2026-03-15T22:30"), ZONE) == MONDAY - dt.timedelta(days=1)


def test_a_night_over_the_autumn_change_is_nine_hours(clinic_site: Hospital) -> None:
    """23:00–07:00 with the hour from two to three lived twice: 8 + 1; its porters are on duty for all of them."""
    start_ms, end_ms = night_of(clinic_site, AUTUMN - dt.timedelta(days=1))
    assert (start_ms, end_ms) == (utc_ms("2026-10-24T21:00"), utc_ms("2026-10-25T06:00"))
    assert end_ms - start_ms == 9 * HOUR_MS


def test_a_night_over_the_spring_change_is_seven_hours(clinic_site: Hospital) -> None:
    """23:00–07:00 without the hour from two to three: 8 − 1."""
    start_ms, end_ms = night_of(clinic_site, SPRING - dt.timedelta(days=1))
    assert (start_ms, end_ms) == (utc_ms("2026-03-28T22:00"), utc_ms("2026-03-29T05:00"))
    assert end_ms - start_ms == 7 * HOUR_MS


@pytest.mark.parametrize(("day", "hours"), [(MONDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_a_day_ends_where_the_next_begins(clinic_site: Hospital, day: dt.date, hours: int) -> None:
    """Days have 23, 24 or 25 hours; the next one is published at its midnight."""
    published = publish(clinic_site, day)
    assert published.next_day_ms - instant_ms(day, "00:00", ZONE) == hours * HOUR_MS


@pytest.mark.parametrize("day", [MONDAY, SPRING, AUTUMN])
def test_the_three_shifts_leave_no_hole_and_no_overlap(clinic_site: Hospital, day: dt.date) -> None:
    """Day, evening and night hand over at the same instant, also where the clock changes."""
    shifts = publish(clinic_site, day).shifts
    spans = sorted({span for porter in ("day-01", "evening-01", "night-01") for span in shifts[porter]})
    assert all(before[1] == after[0] for before, after in pairwise(spans))


def test_a_shift_of_yesterday_that_still_runs_is_part_of_today(clinic_site: Hospital) -> None:
    """At one in the morning last night's porters are on duty."""
    now_ms = instant_ms(MONDAY, "01:00", ZONE)
    assert any(start <= now_ms < end for start, end in publish(clinic_site, MONDAY).shifts["night-01"])


def test_opening_hours_are_given_only_for_stations_that_have_some(clinic_site: Hospital) -> None:
    """The store opens at six and closes at ten in the evening, every day; the others are always open."""
    windows = publish(clinic_site, MONDAY).windows
    assert list(windows) == ["store-out"]
    today = (instant_ms(MONDAY, "06:00", ZONE), instant_ms(MONDAY, "22:00", ZONE))
    assert windows["store-out"][1] == today
    assert [end - start for start, end in windows["store-out"]] == [16 * HOUR_MS] * 3


def test_opening_hours_over_the_change_of_the_clock_keep_their_local_times(clinic_site: Hospital) -> None:
    """On the Sunday in spring the store opens at 04:00 UTC, the day before at 05:00 UTC."""
    (saturday, sunday, _) = publish(clinic_site, SPRING).windows["store-out"]
    assert saturday[0] == utc_ms("2026-03-28T05:00")
    assert sunday[0] == utc_ms("2026-03-29T04:00")


# --- rounds ----------------------------------------------------------------------------------------------------------


def test_a_round_is_a_job_for_each_place_spread_over_its_time(clinic_site: Hospital) -> None:
    """Breakfast at 07:30 to two wards within ten minutes: 07:30 and 07:35, each 40 minutes to be there."""
    runs = [run for run in publish(clinic_site, MONDAY).rounds if run.id.startswith("meals-2026-03-16-0730")]
    half_past_ms = instant_ms(MONDAY, "07:30", ZONE)
    assert [run.destination for run in runs] == ["s0-clean", "s1-clean"]
    assert [run.ready_ms for run in runs] == [half_past_ms, half_past_ms + 5 * 60_000]
    assert [run.due_ms - run.ready_ms for run in runs] == [40 * 60_000] * 2


def test_a_round_of_workdays_rests_on_sunday(clinic_site: Hospital) -> None:
    """Mail comes from Monday to Friday."""

    def mail(day: dt.date) -> int:
        return sum(run.id.startswith("mail_round") for run in publish(clinic_site, day).rounds)

    assert mail(MONDAY) > 0
    assert mail(SPRING) == 0


def test_no_round_goes_from_a_place_to_itself(clinic_site: Hospital) -> None:
    """Origins and destinations may match the same stations."""
    assert all(run.origin != run.destination for run in publish(clinic_site, MONDAY).rounds)


def test_a_pattern_names_the_stations_it_matches(clinic_site: Hospital) -> None:
    """`s*-clean` is the clean store of every ward; what matches twice counts once."""
    assert matching(clinic_site, ["s*-clean", "s0-*clean"]) == ["s0-clean", "s1-clean"]


def rounds_ordered(clinic: Clinic) -> list[str]:
    """The keys of the jobs that rounds ordered."""
    created = [fact.created for _, actor, fact in clinic.facts if isinstance(fact, JobCreated) and actor == "calendar"]
    return [job.key for job in created]


def test_a_day_published_twice_orders_no_round_twice(clinic: Clinic) -> None:
    """After a restart the day is published again: before, during and after a round that changes nothing."""
    for _ in range(4):
        clinic.run(20)
        clinic.handle(publish(clinic.hospital, MONDAY))
    keys = rounds_ordered(clinic)
    assert keys
    assert len(set(keys)) == len(keys)


def test_every_round_of_the_day_that_is_still_to_come_is_ordered(clinic: Clinic) -> None:
    """From seven in the morning to seven in the evening all of Monday's rounds but none of another day."""
    clinic.run(12 * 60 + 20)
    expected = {run.id for run in publish(clinic.hospital, MONDAY).rounds if run.due_ms > MONDAY_8}
    assert set(rounds_ordered(clinic)) == expected


def test_a_new_day_brings_its_own_rounds_and_empty_figures(clinic: Clinic) -> None:
    """At midnight the figures of the day begin anew, and Tuesday's rounds are foreseen."""
    clinic.order("blood_sample", "s1-tube", "lab-tube", specimen="routine_blood")
    clinic.run(15)
    assert clinic.state.meta.delivered > 0
    tuesday = MONDAY + dt.timedelta(days=1)
    clinic.now_ms = instant_ms(tuesday, "00:00", ZONE)
    clinic.handle(publish(clinic.hospital, tuesday))
    assert (clinic.state.meta.day, clinic.state.meta.delivered) == ("2026-03-17", 0)
    assert "meals-2026-03-17-0730-0" in clinic.state.pending


# --- opening hours and shifts in the plan ----------------------------------------------------------------------------


def test_an_order_from_a_closed_station_waits_until_it_opens(clinic_site: Hospital) -> None:
    """Linen ordered at five is picked up at the store when it opens at six, not before and not long after."""
    clinic = Clinic(clinic_site, instant_ms(MONDAY, "05:00", ZONE))
    job = clinic.order("linen", "store-out", "s1-clean")
    clinic.run(120)
    opens_ms = instant_ms(MONDAY, "06:00", ZONE)
    (picked,) = [fact for _, _, fact in clinic.facts if isinstance(fact, LegPickedUp) and fact.job == job.id]
    assert opens_ms <= picked.at_ms <= opens_ms + 5 * 60_000
    assert clinic.job(job.id).state == "delivered"


def test_a_robot_does_not_stand_at_the_counter_before_it_opens(clinic_site: Hospital) -> None:
    """It sets out so as to arrive as the station opens; until then its slot is free for others."""
    clinic = Clinic(clinic_site, instant_ms(MONDAY, "05:00", ZONE))
    clinic.order("linen", "store-out", "s1-clean")
    clinic.run(50)
    assert not any("store-out" in slots.id and slots.holders for slots in clinic.state.slots.values())


def test_nobody_is_offered_a_job_outside_a_shift(clinic: Clinic) -> None:
    """Half an hour before to half an hour after the change of shifts, with more patients than porters."""
    clinic.run(7.5 * 60)
    for _ in range(12):
        clinic.order("patient", "s1-beds", "imaging-desk")
        clinic.order("patient", "imaging-desk", "s0-beds")
        clinic.run(5)
    offers = [fact for _, _, fact in clinic.facts if isinstance(fact, LegOffered)]
    shifts = {id: clinic.state.carriers[id].shifts for id in clinic.hospital.shift_of}
    porters = [offer for offer in offers if offer.carrier in shifts]
    assert {offer.carrier.split("-")[0] for offer in porters} == {"day", "evening"}
    outside = [o for o in porters if not any(start <= o.at_ms < end for start, end in shifts[o.carrier])]
    assert outside == []


def test_what_nobody_on_duty_can_take_waits_for_the_next_shift(clinic_site: Hospital) -> None:
    """Two minutes before seven the night's porters are about to leave: the day shift takes the patient."""
    clinic = Clinic(clinic_site, instant_ms(MONDAY, "06:58", ZONE))
    job = clinic.order("patient", "s1-beds", "imaging-desk")
    assert clinic.job(job.id).state == "waiting"
    clinic.run(40)
    offers = [fact for _, _, fact in clinic.facts if isinstance(fact, LegOffered) and fact.job == job.id]
    assert [offer.carrier.split("-")[0] for offer in offers] == ["day"]
    assert clinic.job(job.id).state == "delivered"
