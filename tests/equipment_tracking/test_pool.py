"""The pool: from used to ready, through technical service and back, by a table of allowed steps."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from equipment_tracking.pool.core import _HANDLERS, handle
from equipment_tracking.pool.events import Asked, Seen, TimerFired
from equipment_tracking.pool.model import ItemState
from equipment_tracking.pool.requests import (
    AnyRequest,
    Confirm,
    Lend,
    LiftQuarantine,
    MarkCleaned,
    PutDown,
    Quarantine,
    Receive,
    Register,
    Release,
    Repair,
    ReportDefect,
    ReportFound,
    ReportLost,
    Reserve,
    Retire,
    SendToCleaning,
    Take,
    TestSafety,
)
from equipment_tracking.pool.steps import STEPS
from equipment_tracking.pool.turn import SERVICE
from equipment_tracking.pool.words import STATES
from equipment_tracking.register.answers import Refusal
from tests.equipment_tracking.ward_pool import C1, HOUR_MS, MINUTE_MS, P1, P2, START_MS, Pool, chair, pump

# --- from used to ready -----------------------------------------------------------------------------------------------


def test_what_is_new_in_the_register_is_not_ready() -> None:
    """Nobody has said that it is clean."""
    assert Pool(pump(1)).is_(P1) == "used"


def test_a_pump_is_ready_only_when_everything_is_confirmed() -> None:
    """Clean is not enough: checked, charged and complete, each by somebody."""
    pool = Pool(pump(1))
    pool.do(MarkCleaned(P1, "wipe_alcohol"), "carl")
    pool.do(Confirm(P1, ("checked", "charged")), "dora")
    assert pool.is_(P1) == "cleaned"
    pool.do(Confirm(P1, ("complete",)), "emil")
    item = pool.state.items[P1]
    assert item.state == "ready"
    assert item.cleaning is not None
    assert (item.cleaning.by, item.cleaning.method, item.cleaning.at_ms) == ("carl", "wipe_alcohol", START_MS)
    assert [(done.what, done.by) for done in item.confirmed] == [
        ("checked", "dora"),
        ("charged", "dora"),
        ("complete", "emil"),
    ]


def test_a_wheelchair_needs_no_charging() -> None:
    """And nobody can confirm what its type does not have."""
    pool = Pool(chair(1))
    pool.do(MarkCleaned(C1, "wipe_soap"))
    assert pool.refused(Confirm(C1, ("charged",))) == ["not_asked"]
    pool.do(Confirm(C1, ("checked", "complete")))
    assert pool.is_(C1) == "ready"


def test_confirmations_do_not_outlive_use() -> None:
    """After the next patient everything is confirmed anew."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    pool.do(PutDown(P1, wiped=True))
    assert (pool.state.items[P1].wiped, pool.state.items[P1].confirmed) == (True, ())
    pool.do(SendToCleaning(P1))
    pool.do(MarkCleaned(P1, "washer"))
    pool.do(Confirm(P1, ("checked",)))
    assert pool.is_(P1) == "cleaned"


def test_of_another_type_it_is_confirmed_anew() -> None:
    """A ready pump that turns out to be a monitor has not been checked as one."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Register((replace(pump(1), type="patient_monitor", pump=""),)))
    assert pool.is_(P1) == "cleaned"


def test_words_are_no_codes() -> None:
    """Free text does not go where nothing can be erased."""
    pool = Pool(pump(1))
    assert pool.refused(MarkCleaned(P1, "Bo wiped it")) == ["not_a_code"]
    assert pool.refused(ReportDefect(P1, "it is broken")) == ["not_a_code"]


# --- the table of transitions -----------------------------------------------------------------------------------------

WAYS: dict[ItemState, tuple[AnyRequest, ...]] = {
    "used": (),
    "to_cleaning": (SendToCleaning(P1),),
    "cleaned": (MarkCleaned(P1, "washer"),),
    "ready": (MarkCleaned(P1, "washer"), Confirm(P1, ("checked", "charged", "complete"))),
    "in_use": (MarkCleaned(P1, "washer"), Confirm(P1, ("checked", "charged", "complete")), Take(P1, "A")),
    "quarantined": (Quarantine(P1, "infection"),),
    "defective": (ReportDefect(P1, "alarm_sounds", "p/1.jpg"),),
    "received": (ReportDefect(P1, "alarm_sounds"), Receive(P1)),
    "repaired": (ReportDefect(P1, "alarm_sounds"), Receive(P1), Repair(P1, "battery_changed")),
    "safety_tested": (ReportDefect(P1, "alarm_sounds"), Receive(P1), TestSafety(P1, passed=True)),
    "lost": (ReportLost(P1),),
}
REQUESTS: dict[str, AnyRequest] = {
    "take": Take(P1, "B"),
    "lend": Lend("L1", P1, "B", START_MS + HOUR_MS),
    "put_down": PutDown(P1),
    "send_to_cleaning": SendToCleaning(P1),
    "clean": MarkCleaned(P1, "washer"),
    "confirm": Confirm(P1, ("checked",)),
    "make_ready": Confirm(P1, ("checked", "charged", "complete")),
    "quarantine": Quarantine(P1, "infection"),
    "lift_quarantine": LiftQuarantine(P1),
    "report_defect": ReportDefect(P1, "alarm_sounds"),
    "receive": Receive(P1),
    "repair": Repair(P1),
    "pass_test": TestSafety(P1, passed=True),
    "fail_test": TestSafety(P1, passed=False),
    "release": Release(P1),
    "report_lost": ReportLost(P1),
    "report_found": ReportFound(P1),
}


@pytest.mark.parametrize("step", sorted(STEPS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_step_is_taken_from_the_states_of_the_table_and_no_other(state: ItemState, step: str) -> None:
    """Every step from every state: granted as the table says, or refused with a sentence and no trace."""
    pool = Pool(pump(1))
    for request in WAYS[state]:
        pool.do(request)
    assert pool.is_(P1) == state
    if state in STEPS[step].before:  # type: ignore[index]  # the names are those of the table
        pool.do(REQUESTS[step])
        assert pool.is_(P1) == STEPS[step].after  # type: ignore[index]  # as above
    else:
        assert "not_in_state" in pool.refused(REQUESTS[step])


def test_every_request_has_its_handler() -> None:
    """None is forgotten."""
    assert sorted(kind.__name__ for kind in AnyRequest.__args__) == sorted(kind.__name__ for kind in _HANDLERS)


def test_all_that_is_wrong_is_told_at_once_in_both_languages() -> None:
    """Overdue, in use and no ward given: three sentences."""
    pool = Pool(pump(1, service_due_ms=START_MS + HOUR_MS))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    pool.run_to(START_MS + 2 * HOUR_MS)
    assert pool.refused(Take(P1, "")) == ["not_in_state", "service_overdue", "missing"]


def test_what_nobody_registered_is_told_so() -> None:
    """The sentence names what was scanned."""
    answer = Pool().ask(Take("5712345X", "A"))
    assert isinstance(answer, Refusal)
    assert "5712345X" in answer.violations[0].da


# --- technical service ------------------------------------------------------------------------------------------------


def test_from_a_fault_to_the_release_by_name() -> None:
    """Received, repaired, tested, failed, tested again, released by Frida: and then it is cleaned like anything."""
    pool = Pool(pump(1))
    pool.do(ReportDefect(P1, "alarm_sounds", "p/7.jpg"))
    assert (pool.state.items[P1].reason, pool.state.items[P1].picture) == ("alarm_sounds", "p/7.jpg")
    pool.do(Receive(P1), "frida")
    pool.do(Repair(P1, "fuse"), "frida")
    pool.do(TestSafety(P1, passed=False), "frida")
    assert pool.refused(Release(P1), "frida") == ["not_in_state"]
    pool.do(TestSafety(P1, passed=True), "frida")
    pool.now_ms += MINUTE_MS
    pool.do(Release(P1), "frida")
    item = pool.state.items[P1]
    assert (item.state, item.released_by, item.released_ms) == ("used", "frida", START_MS + MINUTE_MS)


def test_the_service_itself_releases_nothing() -> None:
    """A person answers for it."""
    pool = Pool(pump(1))
    for request in WAYS["safety_tested"]:
        pool.do(request)
    assert pool.refused(Release(P1), SERVICE) == ["person_needed"]
    assert pool.refused(Release(P1), "") == ["person_needed"]


def test_whatever_nobody_uses_can_be_received_for_its_planned_service() -> None:
    """Ready and kept for a ward; serviced, tested and released with the date of the next one, it is due no more."""
    pool = Pool(pump(1, service_due_ms=START_MS + HOUR_MS))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "A"))
    pool.do(Receive(P1), "frida")
    assert pool.state.reservations.ids() == []
    pool.run_to(START_MS + 2 * HOUR_MS)
    assert pool.alarms() == [f"service:{P1}"]
    pool.do(TestSafety(P1, passed=True), "frida")
    assert pool.refused(Release(P1, service_due_ms=pool.now_ms), "frida") == ["service_due"]
    pool.do(Release(P1, service_due_ms=START_MS + 9_000 * HOUR_MS), "frida")
    assert (pool.is_(P1), pool.alarms()) == ("used", [])
    assert pool.state.assets[P1].service_due_ms == START_MS + 9_000 * HOUR_MS
    assert pool.state.timers.ids() == [f"service:{P1}"]


def test_the_fault_and_its_picture_stay_until_the_release() -> None:
    """The technician needs them on the bench; afterwards they are history."""
    pool = Pool(pump(1))
    pool.do(ReportDefect(P1, "cracked", "p/1.jpg"))
    for request in (Receive(P1), Repair(P1), TestSafety(P1, passed=False), TestSafety(P1, passed=True)):
        pool.do(request, "frida")
        assert (pool.state.items[P1].reason, pool.state.items[P1].picture) == ("cracked", "p/1.jpg")
    pool.do(Release(P1), "frida")
    assert (pool.state.items[P1].reason, pool.state.items[P1].picture) == ("", "")


@pytest.mark.parametrize(
    ("before", "state", "reason"),
    [
        ((Quarantine(P1, "infection"),), "quarantined", "infection"),
        ((ReportDefect(P1, "cracked", "p/1.jpg"),), "defective", "cracked"),
        ((ReportDefect(P1, "cracked", "p/1.jpg"), Receive(P1), Repair(P1)), "defective", "cracked"),
        ((Receive(P1),), "defective", "not_released"),
        ((SendToCleaning(P1),), "used", ""),
    ],
)
def test_being_lost_mends_nothing(before: tuple[AnyRequest, ...], state: ItemState, reason: str) -> None:
    """What was in quarantine or technical service is out of use again when it is found."""
    pool = Pool(pump(1))
    for request in (*before, ReportLost(P1), ReportFound(P1)):
        pool.do(request)
    assert (pool.is_(P1), pool.state.items[P1].reason) == (state, reason)


def test_a_test_can_be_failed_after_it_was_passed() -> None:
    """As long as nobody has released it."""
    pool = Pool(pump(1))
    for request in (Receive(P1), TestSafety(P1, passed=True), TestSafety(P1, passed=False)):
        pool.do(request, "frida")
    assert pool.is_(P1) == "received"
    assert pool.refused(Release(P1), "frida") == ["not_in_state"]


# --- service ----------------------------------------------------------------------------------------------------------


def test_what_is_overdue_for_service_is_shown_and_cannot_be_had() -> None:
    """The hour it is due the reservation ends and an alarm stands; a new date ends the alarm."""
    pool = Pool(pump(1, service_due_ms=START_MS + 10 * MINUTE_MS))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "A"))
    pool.run_to(START_MS + 10 * MINUTE_MS)
    assert pool.state.reservations.ids() == []
    assert pool.alarms() == [f"service:{P1}"]
    assert pool.refused(Take(P1, "A")) == ["service_overdue"]
    pool.do(Register((pump(1, service_due_ms=START_MS + 9 * HOUR_MS),)))
    assert pool.alarms() == []
    pool.do(Take(P1, "A"))


# --- the register -----------------------------------------------------------------------------------------------------


def test_a_list_is_registered_whole_or_not_at_all() -> None:
    """One wrong asset, and the right one is not added either; both faults are told with their asset."""
    pool = Pool()
    assert pool.refused(Register((pump(1), pump(2, pump="", type="carpet"), pump(1)))) == [
        "unknown_type",
        "listed_twice",
    ]


def test_registering_what_is_known_leaves_no_trace() -> None:
    """The same list again."""
    pool = Pool(pump(1))
    assert pool.do(Register((pump(1),))).repeated
    assert pool.types() == ["asset.registered"]


def test_what_is_scrapped_leaves_nothing_behind() -> None:
    """Neither its reservation nor its timers nor its alarms; and it may be registered again."""
    pool = Pool(pump(1, service_due_ms=START_MS + HOUR_MS))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "A"))
    pool.handle(Seen(P1, "0-entrance", "entrance"))
    pool.do(Retire(P1, "scrapped"))
    assert {kind: rows for kind, rows in pool.state.snapshot().items() if rows} == {}
    pool.do(Register((pump(1),)))
    assert pool.is_(P1) == "used"


def test_what_somebody_has_is_not_scrapped() -> None:
    """Nor what nobody registered; and the reason is a code."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    assert pool.refused(Retire(P1, "too old")) == ["not_a_code", "still_needed"]
    assert pool.refused(Retire(P2, "scrapped")) == ["unknown_asset"]


def test_a_timer_that_is_gone_does_nothing() -> None:
    """It may still be on its way when its cause has ended."""
    assert Pool(pump(1)).handle(TimerFired("reservation:R9")).facts == ()


def test_a_rolled_back_turn_never_was() -> None:
    """The transaction failed: the state is that of before."""
    pool = Pool(pump(1))
    before = pool.state.snapshot()
    handle(pool.state, Asked(MarkCleaned(P1, "washer"), "anna"), pool.now_ms, pool.rules)
    assert pool.state.changed() != []
    pool.state.rollback()
    assert pool.state.snapshot() == before
