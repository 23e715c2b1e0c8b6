"""Only readings that may be believed reach the locator, once each, on one clock; all others are counted."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_tracking.formats import FORMATS
from equipment_tracking.intake import OTHERS, Accepted, Intake, IntakeSettings
from equipment_tracking.readings import Batch, Fix, Reject

NOW_MS = 1_773_644_400_000
"""2026-03-16 07:00:00 UTC."""
EAST, WEST = "ac233fc00001", "ac233fc00002"
PUMP, BED = "c30000000001", "c30000000002"


def said(*rows: tuple[str, str, float, int]) -> Batch:
    """A batch of readings: gateway, tag, dBm, time by the gateway's clock."""
    gateways, tags, rssi_dbm, at_ms = (list(column) for column in zip(*rows, strict=True))
    return Batch(gateways=gateways, tags=tags, rssi_dbm=rssi_dbm, at_ms=at_ms)


def intake(**settings: int) -> Intake:
    """Two gateways and two tags."""
    return Intake([EAST, WEST], [PUMP, BED], IntakeSettings(**settings))


def hear_for(taking: Intake, seconds: int, *, ahead_ms: int = 0, delay_ms: int = 0, since_ms: int = NOW_MS) -> None:
    """East hears the pump once a second by a clock that is ahead; each message takes its time."""
    for second in range(seconds):
        at_ms = since_ms + 1000 * second
        taking.take([(said((EAST, PUMP, -60.0, at_ms + ahead_ms)), at_ms + delay_ms)])


def rows(accepted: Accepted) -> list[tuple[int, int, float, int]]:
    """Gateway, tag, dBm, milliseconds after seven."""
    columns = (accepted.gateway, accepted.tag, accepted.rssi_dbm, accepted.at_ms - NOW_MS)
    return list(zip(*(column.tolist() for column in columns), strict=True))


# --- what is taken ---------------------------------------------------------------------------------------------------


def test_readings_come_out_as_columns_sorted_by_time() -> None:
    """Gateways and tags are numbers from here on; equal times are sorted by gateway, tag and level."""
    batch = said(
        (WEST, BED, -70.0, NOW_MS + 20),
        (EAST, BED, -80.0, NOW_MS + 20),
        (EAST, PUMP, -61.0, NOW_MS + 20),
        (EAST, PUMP, -62.0, NOW_MS + 20),
        (EAST, PUMP, -60.5, NOW_MS + 10),
    )
    accepted = intake().take([(batch, NOW_MS + 30)])
    assert rows(accepted) == [
        (0, 0, -60.5, 10),
        (0, 0, -62.0, 20),
        (0, 0, -61.0, 20),
        (0, 1, -80.0, 20),
        (1, 1, -70.0, 20),
    ]
    types = [column.dtype.name for column in (accepted.gateway, accepted.tag, accepted.rssi_dbm, accepted.at_ms)]
    assert types == ["int32", "int32", "float32", "int64"]
    assert len(accepted) == 5


def test_nothing_comes_of_nothing() -> None:
    """No batch, or one without readings, is an empty set of columns."""
    taking = intake()
    assert len(taking.take([])) == 0
    assert len(taking.take([(Batch(), NOW_MS)])) == 0
    assert taking.counts() == {}


def test_ids_of_site_and_register_may_be_written_as_people_write_them() -> None:
    """An address is one whatever its case and separators."""
    taking = Intake(["AC:23:3F:C0:00:01"], ["C3-00-00-00-00-01"])
    assert len(taking.take([(said((EAST, PUMP, -60.0, NOW_MS)), NOW_MS)])) == 1


def test_a_tag_that_is_admitted_later_is_heard_from_then_on() -> None:
    """The numbers of the others stay."""
    taking = intake()
    late = "c30000000003"
    assert len(taking.take([(said((EAST, late, -60.0, NOW_MS)), NOW_MS)])) == 0
    taking.admit(tags=[late, PUMP])
    assert taking.tags == (PUMP, BED, late)
    assert rows(taking.take([(said((EAST, late, -60.0, NOW_MS)), NOW_MS)])) == [(0, 2, -60.0, 0)]
    assert taking.counts() == {(EAST, "unknown_tag"): 1}


def test_an_id_that_is_none_admits_nobody() -> None:
    """A refused list changes nothing."""
    taking = intake()
    with pytest.raises(ValueError, match="id of 0"):
        taking.admit(tags=["c30000000003", ""])
    assert taking.tags == (PUMP, BED)


# --- what is refused -------------------------------------------------------------------------------------------------


def test_strangers_are_counted_under_the_name_of_the_gateway() -> None:
    """A gateway nobody registered, and a phone that passes by."""
    taking = intake()
    batch = said(("ac233fc000ff", PUMP, -60.0, NOW_MS), (EAST, "0123456789ab", -60.0, NOW_MS))
    assert len(taking.take([(batch, NOW_MS)])) == 0
    assert taking.counts() == {("ac233fc000ff", "unknown_gateway"): 1, (EAST, "unknown_tag"): 1}


@pytest.mark.parametrize(("rssi_dbm", "taken"), [(-121, 0), (-120, 1), (0, 1), (1, 0), (1e308, 0), (-1e308, 0)])
def test_a_level_that_no_radio_hears_is_out_of_range(rssi_dbm: float, taken: int) -> None:
    """From -120 to 0 dBm; +127 stands for *not known* in many radios."""
    taking = intake()
    assert len(taking.take([(said((EAST, PUMP, rssi_dbm, NOW_MS)), NOW_MS)])) == taken
    assert taking.counts() == ({} if taken else {(EAST, "out_of_range"): 1})


def test_an_old_reading_of_a_good_clock_is_late() -> None:
    """Thirty seconds are the limit."""
    taking = intake()
    hear_for(taking, 3)
    now_ms = NOW_MS + 3_000
    batch = said((EAST, BED, -60.0, now_ms - 30_000), (EAST, BED, -60.0, now_ms - 30_001), (EAST, PUMP, -60.0, now_ms))
    assert len(taking.take([(batch, now_ms)])) == 2
    assert taking.counts() == {(EAST, "late"): 1}


def test_a_reading_that_is_not_yet_is_future() -> None:
    """Two seconds of uncertainty are allowed; within them the time of arrival holds, nothing is heard in advance."""
    taking = intake()
    hear_for(taking, 3)
    now_ms = NOW_MS + 3_000
    batch = said((EAST, BED, -60.0, now_ms + 2_000), (EAST, BED, -60.0, now_ms + 2_001))
    assert rows(taking.take([(batch, now_ms)])) == [(0, 1, -60.0, 3_000)]
    assert taking.counts() == {(EAST, "future"): 1}


def test_rejects_of_the_formats_are_counted_too() -> None:
    """Rows that could not be read, and bodies that were too big."""
    taking = intake()
    batch = Batch(rejects=[Reject(EAST, "malformed", 3), Reject("", "oversized")])
    taking.take([(batch, NOW_MS), (batch, NOW_MS)])
    assert taking.counts() == {(EAST, "malformed"): 6, ("", "oversized"): 2}


def test_names_of_strangers_are_kept_for_so_many_only() -> None:
    """Whoever makes up a name for each message cannot fill the memory."""
    taking = intake(most_strangers=2)
    for number in range(5):
        taking.take([(said((f"stranger-{number}", PUMP, -60.0, NOW_MS)), NOW_MS)])
    assert taking.counts() == {
        ("stranger-0", "unknown_gateway"): 1,
        ("stranger-1", "unknown_gateway"): 1,
        (OTHERS, "unknown_gateway"): 3,
    }


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_message_that_comes_again_counts_once() -> None:
    """MQTT delivers at least once: after a broken connection the same message arrives again."""
    taking = intake()
    batch = said((EAST, PUMP, -60.0, NOW_MS), (EAST, BED, -70.0, NOW_MS))
    assert len(taking.take([(batch, NOW_MS + 100)])) == 2
    assert len(taking.take([(batch, NOW_MS + 9_900)])) == 0
    assert taking.counts() == {(EAST, "duplicate"): 2}


def test_a_reading_that_stands_twice_in_one_delivery_counts_once() -> None:
    """In one batch, or in two that are taken together."""
    taking = intake()
    batch = said((EAST, PUMP, -60.0, NOW_MS), (EAST, PUMP, -60.0, NOW_MS))
    assert len(taking.take([(batch, NOW_MS), (batch, NOW_MS + 5)])) == 1
    assert taking.counts() == {(EAST, "duplicate"): 3}


def test_memory_reaches_over_the_change_of_generations() -> None:
    """The first generation begins at 0 s and ends at 10 s; what came at 9 s is still known at 18 s."""
    taking = intake()
    batch = said((EAST, PUMP, -60.0, NOW_MS + 9_000))
    taking.take([(Batch(), NOW_MS)])
    assert len(taking.take([(batch, NOW_MS + 9_000)])) == 1
    taking.take([(Batch(), NOW_MS + 10_000)])
    assert len(taking.take([(batch, NOW_MS + 18_000)])) == 0


def test_a_message_comes_again_and_is_known_although_the_clock_was_corrected_meanwhile() -> None:
    """What is compared is what the gateway said; its correction became known between the two."""
    taking = intake()
    first = said((EAST, BED, -70.0, NOW_MS - 1_500))
    assert len(taking.take([(first, NOW_MS)])) == 1
    hear_for(taking, 5, ahead_ms=-1_500, since_ms=NOW_MS + 1_000)
    assert taking.skew_ms(EAST) == 1_500
    assert len(taking.take([(first, NOW_MS + 6_000)])) == 0
    assert taking.counts() == {(EAST, "duplicate"): 1}


def test_two_gateways_may_hear_the_same() -> None:
    """So may one gateway hear another level at the same millisecond, on another channel."""
    batch = said((EAST, PUMP, -60.0, NOW_MS), (WEST, PUMP, -60.0, NOW_MS), (EAST, PUMP, -61.0, NOW_MS))
    assert len(intake().take([(batch, NOW_MS)])) == 3


def test_what_was_heard_long_ago_is_forgotten() -> None:
    """Memory holds two generations of ten seconds, and no more readings than it may."""
    taking = intake(most_remembered=5)
    for second in range(40):
        hear_for(taking, 1, since_ms=NOW_MS + 100 * second)
    assert len(taking._remembered) <= 10
    taking.take([(Batch(), NOW_MS + 60_000)])
    taking.take([(Batch(), NOW_MS + 80_000)])
    assert len(taking._remembered) == 0


# --- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead_ms", [-3_600_000, -7_000, 0, 7_000, 3_600_000, -NOW_MS])
def test_a_clock_that_goes_wrong_is_corrected(ahead_ms: int) -> None:
    """An hour behind after a wrong zone, or in 1970 after a power cut: three messages later it is known."""
    taking = intake()
    hear_for(taking, 4, ahead_ms=ahead_ms, delay_ms=80)
    assert taking.skew_ms(EAST) == 80 - ahead_ms
    now_ms = NOW_MS + 4_080
    accepted = taking.take(
        [(said((EAST, BED, -70.0, NOW_MS + 3_500 + ahead_ms), (EAST, PUMP, -60.0, NOW_MS + 4_000 + ahead_ms)), now_ms)]
    )
    # The quickest way here took 80 ms, which nobody can tell from a clock that is 80 ms behind.
    assert rows(accepted) == [(0, 1, -70.0, 3_580), (0, 0, -60.0, 4_080)]


def test_a_wrong_clock_that_is_not_known_yet_is_weak() -> None:
    """Of the first two messages nobody can say whether they are old or the clock is wrong."""
    taking = intake()
    hear_for(taking, 3, ahead_ms=-60_000)
    assert taking.counts() == {(EAST, "weak_clock"): 2}
    assert taking.skew_ms(EAST) == 60_000
    assert taking.skew_ms(WEST) is None


def test_a_backlog_does_not_pass_for_the_present() -> None:
    """Cut off for five minutes, the gateway sends all it kept in one second: all but the last half minute is late."""
    taking = intake()
    hear_for(taking, 16)
    back_ms = NOW_MS + 316_000
    backlog = [(said((EAST, BED, -70.0, back_ms - 1000 * age)), back_ms) for age in range(300, -1, -1)]
    accepted = taking.take(backlog)
    assert len(accepted) == 31
    assert taking.counts() == {(EAST, "late"): 270}
    assert taking.skew_ms(EAST) == 0


def test_two_freak_timestamps_do_not_move_the_clock() -> None:
    """The third smallest sample is believed: two readings from next year are dropped and harm nobody else."""
    taking = intake()
    hear_for(taking, 10)
    year_ms = 365 * 86_400_000
    for second in (10, 11):
        now_ms = NOW_MS + 1000 * second
        batch = said((EAST, PUMP, -60.0, now_ms), (EAST, BED, -60.0, now_ms + year_ms))
        assert len(taking.take([(batch, now_ms)])) == 1
    assert taking.counts() == {(EAST, "future"): 2}
    assert taking.skew_ms(EAST) == 0


def test_a_clock_that_is_set_is_followed() -> None:
    """Set back by a minute, it is late for as long as older samples are kept, then right again."""
    taking = intake()
    hear_for(taking, 20)
    hear_for(taking, 20, ahead_ms=-60_000, since_ms=NOW_MS + 20_000)
    assert taking.skew_ms(EAST) == 60_000
    # 16 samples, of which the third smallest is believed: it is a new one once 14 of them are new.
    assert taking.counts() == {(EAST, "late"): 13}


def test_messages_that_come_again_do_not_make_the_clock_slow() -> None:
    """Delivered once more after 3 and 6 s, the only message so far says nothing new of the clock."""
    taking = intake()
    batch = said((EAST, PUMP, -60.0, NOW_MS))
    for after_ms in (0, 3_000, 6_000):
        taking.take([(batch, NOW_MS + after_ms)])
    assert taking.skew_ms(EAST) is None


def test_slow_messages_do_not_make_the_clock_slow() -> None:
    """One message in three takes 5 s; the times stay those of the quick ones."""
    taking = intake()
    for second in range(30):
        at_ms = NOW_MS + 1000 * second
        taking.take([(said((EAST, PUMP, -60.0, at_ms)), at_ms + (5_000 if second % 3 == 0 else 40))])
    assert taking.skew_ms(EAST) == 40


# --- health ----------------------------------------------------------------------------------------------------------


def test_a_gateway_that_hears_no_tag_is_alive() -> None:
    """Last heard is by the time of arrival, whatever the gateway's clock says, and never goes back."""
    taking = intake()
    taking.take([(Batch(heard=[EAST, "stranger"]), NOW_MS + 500), (said((WEST, PUMP, -60.0, NOW_MS - 10**9)), NOW_MS)])
    taking.take([(Batch(heard=[EAST]), NOW_MS)])
    assert taking.last_heard_ms.tolist() == [NOW_MS + 500, NOW_MS]


def test_the_latest_battery_is_kept() -> None:
    """Tags nobody knows have none; a message that was on its way longer does not win."""
    taking = intake()
    taking.take(
        [(Batch(batteries={PUMP: 40.0, "0123456789ab": 50.0}), NOW_MS + 10), (Batch(batteries={PUMP: 60.0}), NOW_MS)]
    )
    assert taking.battery_percent[0] == pytest.approx(40.0)
    assert np.isnan(taking.battery_percent[1])
    assert taking.battery_at_ms.tolist() == [NOW_MS + 10, -1]


def test_fixes_of_known_things_go_through_once() -> None:
    """Another system's locations are counted under its name by the same reasons."""
    taking = intake()
    good = Fix("uwb-1", PUMP, 3.0, 4.0, 2, "local", 0.3, NOW_MS)
    bad = [
        Fix("uwb-1", "stranger", 3.0, 4.0, 2, "local", 0.3, NOW_MS),
        Fix("uwb-1", PUMP, 3.0, 4.0, 2, "local", 0.3, NOW_MS - 30_001),
        Fix("uwb-1", PUMP, 3.0, 4.0, 2, "local", 0.3, NOW_MS + 2_001),
        Fix("gps", PUMP, 12.0, 91.0, 0, "EPSG:4326", None, NOW_MS),
    ]
    assert taking.take([(Batch(fixes=[*bad, good, good]), NOW_MS)]).fixes == (good,)
    assert taking.counts() == {
        ("uwb-1", "unknown_tag"): 1,
        ("uwb-1", "late"): 1,
        ("uwb-1", "future"): 1,
        ("uwb-1", "duplicate"): 1,
        ("gps", "out_of_range"): 1,
    }


def test_a_body_of_a_gateway_goes_all_the_way() -> None:
    """From bytes to columns: two readings, one of them of a stranger, and a battery."""
    body = (
        b'[{"timestamp":"2026-03-16T07:00:01.000Z","type":"Gateway","mac":"AC233FC00001"},'
        b'{"timestamp":"2026-03-16T07:00:00.400Z","type":"iBeacon","mac":"C30000000001","rssi":-62,"battery":81},'
        b'{"timestamp":"2026-03-16T07:00:00.500Z","type":"Unknown","mac":"5F0000000001","rssi":-50}]'
    )
    taking = intake()
    arrived_ms = NOW_MS + 1_050
    assert rows(taking.take([(FORMATS["minew"](body, arrived_ms), arrived_ms)])) == [(0, 0, -62.0, 400)]
    assert taking.counts() == {(EAST, "unknown_tag"): 1}
    assert taking.battery_percent[0] == pytest.approx(81.0)


# --- properties ------------------------------------------------------------------------------------------------------

TAGS = st.sampled_from([PUMP, BED, "0123456789ab"])
LEVELS = st.sampled_from([-60.0, -60.5, -130.0, 5.0])
OFFSETS_MS = st.integers(-40_000, 5_000) | st.sampled_from([0, -100, 10_000_000])


def batches_of(gateway: str) -> st.SearchStrategy[list[tuple[Batch, int]]]:
    """What one gateway sends within eight seconds, in the order of arrival."""
    readings = st.lists(st.tuples(st.just(gateway), TAGS, LEVELS, OFFSETS_MS), min_size=1, max_size=5)
    arrivals = st.lists(st.tuples(st.integers(0, 8_000), readings), max_size=5)
    return arrivals.map(
        lambda drawn: [
            (said(*((name, tag, level, NOW_MS + after + off) for name, tag, level, off in mine)), NOW_MS + after)
            for after, mine in sorted(drawn, key=lambda arrival: arrival[0])
        ]
    )


@given(
    east=batches_of(EAST),
    west=batches_of(WEST),
    stranger=batches_of("ac233fc000ff"),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_different_gateways_does_not_matter(
    east: list[tuple[Batch, int]],
    west: list[tuple[Batch, int]],
    stranger: list[tuple[Batch, int]],
    order: random.Random,
) -> None:
    """However the messages of the gateways are shuffled together, the same is taken and the same is counted."""
    one_by_one, shuffled = intake(), intake()
    expected = sorted(row for arrival in [*east, *west, *stranger] for row in rows(one_by_one.take([arrival])))
    queues = [list(east), list(west), list(stranger)]
    taken = []
    while any(queues):
        queue = order.choice([queue for queue in queues if queue])
        taken.extend(rows(shuffled.take([queue.pop(0)])))
    assert sorted(taken) == expected
    assert shuffled.counts() == one_by_one.counts()


@given(east=batches_of(EAST), west=batches_of(WEST))
def test_the_order_within_one_call_does_not_matter(
    east: list[tuple[Batch, int]], west: list[tuple[Batch, int]]
) -> None:
    """Columns come out equal, in the same order, row by row."""
    forwards, backwards = intake(), intake()
    assert rows(forwards.take(east + west)) == rows(backwards.take(west + east))
    assert forwards.counts() == backwards.counts()


@given(
    offsets_ms=st.lists(st.integers(-3_000, 0), min_size=1, max_size=8),
    again=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 10_000)), max_size=12),
    together=st.booleans(),
)
def test_a_duplicate_never_counts_twice(offsets_ms: list[int], again: list[tuple[int, int]], *, together: bool) -> None:
    """However often and in whatever order readings are delivered again within ten seconds, each is taken once."""
    # The level tells the readings apart: -30, -30.5, -31 …
    first = [(said((EAST, PUMP, -30 - place / 2, NOW_MS + off)), NOW_MS) for place, off in enumerate(offsets_ms)]
    later = [
        (first[place % len(first)][0], NOW_MS + after) for place, after in sorted(again, key=lambda drawn: drawn[1])
    ]
    taking = intake()
    calls = [first + later] if together else [[arrival] for arrival in first + later]
    levels = [level for call in calls for level in taking.take(call).rssi_dbm.tolist()]
    assert sorted(levels) == sorted(-30 - place / 2 for place in range(len(first)))
    assert taking.counts() == ({(EAST, "duplicate"): len(later)} if later else {})


@given(arrivals=batches_of(EAST))
def test_every_reading_is_taken_or_counted(arrivals: list[tuple[Batch, int]]) -> None:
    """None is lost and none has two reasons."""
    taking = intake()
    taken = sum(len(taking.take([arrival])) for arrival in arrivals)
    assert taken + sum(taking.counts().values()) == sum(len(batch.at_ms) for batch, _ in arrivals)


@given(arrivals=batches_of(EAST))
def test_nothing_is_heard_before_it_was_sent_nor_long_after(arrivals: list[tuple[Batch, int]]) -> None:
    """What is taken is at most 30 s old, never ahead of its arrival, and sorted."""
    taking = intake()
    for batch, arrived_ms in arrivals:
        at_ms = taking.take([(batch, arrived_ms)]).at_ms.tolist()
        assert all(arrived_ms - 30_000 <= instant <= arrived_ms for instant in at_ms)
        assert all(first <= second for first, second in itertools.pairwise(at_ms))
