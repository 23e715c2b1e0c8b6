"""Who may have it: the last pump, reservations, loans, emergency reserves, recalls."""

from __future__ import annotations

from msgspec.structs import replace

from equipment_tracking.pool.events import Seen
from equipment_tracking.pool.requests import (
    CancelReservation,
    EndRecall,
    GiveBack,
    Lend,
    LiftQuarantine,
    PutDown,
    Receive,
    Register,
    Release,
    ReportDefect,
    ReportFound,
    ReportLost,
    Reserve,
    SeeAlarm,
    SetEmergency,
    StartRecall,
    Take,
    TestSafety,
)
from equipment_tracking.pool.turn import SERVICE
from equipment_tracking.register.answers import Refusal
from tests.equipment_tracking.ward_pool import C1, HOUR_MS, MINUTE_MS, P1, P2, P3, RULES, START_MS, Pool, chair, pump

# --- the last pump ----------------------------------------------------------------------------------------------------


def test_two_people_take_the_last_pump_and_the_second_is_offered_the_next() -> None:
    """Ward A has it; ward B is told, and of its candidates offered the one that is still free."""
    pool = Pool(pump(1), pump(2), pump(3))
    pool.make_ready(P1, P3)
    pool.do(Take(P1, "A", candidates=(P2, P3)))
    answer = pool.ask(Take(P1, "B", candidates=(P1, P2, P3)))
    assert isinstance(answer, Refusal)
    assert answer.offers == (P3,), "P1 is gone, P2 is not clean"


def test_the_same_ward_taking_it_again_takes_it_once() -> None:
    """A tap that is sent twice."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    assert pool.do(Take(P1, "A")).repeated
    assert pool.types().count("asset.taken") == 1


# --- reservations -----------------------------------------------------------------------------------------------------


def test_what_is_reserved_is_taken_only_by_its_ward() -> None:
    """B is refused; A takes it, and with that the reservation ends."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "A"))
    assert pool.refused(Take(P1, "B")) == ["reserved"]
    assert pool.refused(Reserve("R2", P1, "B")) == ["reserved"]
    pool.do(Take(P1, "A"))
    assert pool.state.reservations.ids() == []
    assert pool.state.timers.ids() == []


def test_a_reservation_expires() -> None:
    """After twenty minutes, unless the ward said otherwise, anybody may have it."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "A"))
    pool.run_to(START_MS + 20 * MINUTE_MS - 1)
    assert pool.refused(Take(P1, "B")) == ["reserved"]
    pool.run_to(START_MS + 20 * MINUTE_MS)
    pool.do(Take(P1, "B"))


def test_a_repeated_reservation_is_one() -> None:
    """The same id for the same thing is the same; for another it is refused."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    pool.do(Reserve("R1", P1, "A"))
    assert pool.do(Reserve("R1", P1, "A")).repeated
    assert pool.refused(Reserve("R1", P2, "A")) == ["id_taken"]


def test_a_reservation_is_not_for_ever() -> None:
    """Four hours are the longest, and the past is no end."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    assert pool.refused(Reserve("R1", P1, "A", until_ms=START_MS + 4 * HOUR_MS + 1)) == ["until"]
    assert pool.refused(Reserve("R1", P1, "A", until_ms=START_MS)) == ["until"]


def test_what_is_not_ready_any_more_is_kept_for_nobody() -> None:
    """A fault ends the reservation; so does the ward."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    pool.do(Reserve("R1", P1, "A"))
    pool.do(Reserve("R2", P2, "A"))
    pool.do(ReportDefect(P1, "cracked"))
    pool.do(CancelReservation("R2"))
    assert pool.state.reservations.ids() == []
    assert pool.refused(CancelReservation("R2")) == ["unknown_reservation"]


# --- loans ------------------------------------------------------------------------------------------------------------


def lent(*, home: bool = False) -> Pool:
    """P1 is lent to B for two hours and stands there (or is still at home)."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    pool.do(Lend("L1", P1, "B", START_MS + 2 * HOUR_MS))
    pool.run_to(START_MS + HOUR_MS)
    if not home:
        pool.handle(Seen(P1, "b-12", "ward_room", "B"))
    return pool


def test_a_loan_that_is_due_is_reminded_of_until_it_is_back() -> None:
    """At two hours, and again a day later; the alarm ends with the return."""
    pool = lent()
    pool.run_to(START_MS + 2 * HOUR_MS)
    assert pool.alarms() == ["loan:L1"]
    pool.run_to(START_MS + 26 * HOUR_MS)
    assert pool.types().count("loan.reminded") == 2
    pool.do(GiveBack("L1", wiped=True))
    assert (pool.is_(P1), pool.alarms(), pool.state.loans.ids()) == ("used", [], [])
    assert pool.state.timers.ids() == []


def test_what_is_seen_back_home_is_returned_without_a_word() -> None:
    """The loan ends by itself, and the pump is used, not ready."""
    pool = lent()
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    assert pool.state.loans.ids() == []
    assert (pool.is_(P1), pool.state.items[P1].suggestion) == ("used", "ready")
    assert (SERVICE, "loan.ended") in pool.authors


def test_what_is_lent_and_has_not_left_home_is_not_returned() -> None:
    """It was seen at home before the loan, and is still there."""
    pool = lent(home=True)
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    assert pool.state.loans.ids() == ["L1"]


def test_what_is_seen_at_home_while_it_is_carried_off_is_not_returned() -> None:
    """Out of the door, and in the locator's eyes back for a moment: ten minutes are needed to be away at all."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    pool.do(Lend("L1", P1, "B", START_MS + 2 * HOUR_MS))
    for minutes, loans in ((1, ["L1"]), (9, ["L1"]), (10, [])):
        pool.run_to(START_MS + minutes * MINUTE_MS)
        pool.handle(Seen(P1, "hall"))
        pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
        assert pool.state.loans.ids() == loans


def test_a_loan_whose_home_is_a_station_ends_in_the_room_of_the_station() -> None:
    """Things are seen in rooms."""
    pool = Pool(pump(1, home="a-goods"), rules=replace(RULES, station_rooms={"a-goods": "a-store"}))
    pool.make_ready(P1)
    pool.do(Lend("L1", P1, "B", START_MS + HOUR_MS))
    pool.now_ms += 20 * MINUTE_MS
    pool.handle(Seen(P1, "a-store", "store", "A"))
    assert pool.state.loans.ids() == []


def test_the_same_id_with_another_time_is_something_else() -> None:
    """Nobody is told that a later end was granted when it was not."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    pool.do(Lend("L1", P1, "B", START_MS + HOUR_MS))
    assert "id_taken" in pool.refused(Lend("L1", P1, "B", START_MS + 2 * HOUR_MS))
    pool.do(Reserve("R1", P2, "B"))
    assert pool.do(Reserve("R1", P2, "B")).repeated
    assert "id_taken" in pool.refused(Reserve("R1", P2, "B", START_MS + HOUR_MS))


def test_a_loan_to_the_past_is_refused() -> None:
    """And the same loan twice is one."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    assert pool.refused(Lend("L1", P1, "B", START_MS)) == ["due"]
    pool.do(Lend("L1", P1, "B", START_MS + 1))
    assert pool.do(Lend("L1", P1, "B", START_MS + 1)).repeated
    assert pool.refused(GiveBack("L9")) == ["unknown_loan"]


# --- emergency reserve ------------------------------------------------------------------------------------------------


def test_an_emergency_reserve_is_taken_only_in_an_emergency() -> None:
    """Two pumps in the trauma store, one kept back: the other may be had, the last only when somebody says why."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    for asset in (P1, P2):
        pool.handle(Seen(asset, "trauma-store", "store", "T"))
    pool.do(SetEmergency("trauma-store", "infusion_pump", 1))
    assert pool.refused(Take(P1, "A")) == ["emergency_reserve"]
    pool.do(Take(P2, "A"))
    pool.do(Take(P1, "A", emergency=True))
    assert pool.alarms() == ["emergency:trauma-store/infusion_pump"]
    pool.do(SeeAlarm("emergency:trauma-store/infusion_pump"))
    assert pool.alarms() == []


def test_in_an_emergency_what_is_reserved_stays_reserved() -> None:
    """The word emergency opens the reserve, not the promises to others."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Reserve("R1", P1, "B"))
    assert pool.refused(Take(P1, "A", emergency=True)) == ["reserved"]


# --- recalls ----------------------------------------------------------------------------------------------------------


def test_a_recall_quarantines_its_batch_and_nothing_else() -> None:
    """Serial numbers 9 to 10 as numbers; one without a number is held too, since nobody can rule it out."""
    pool = Pool(pump(1, serial="8"), pump(2, serial="10"), pump(3), chair(1, serial="9"))
    pool.make_ready(P2)
    pool.do(Reserve("R1", P2, "A"))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump", serial_from="9", serial_to="10"))
    assert [pool.is_(asset) for asset in (P1, P2, P3, C1)] == ["used", "quarantined", "quarantined", "used"]
    assert pool.state.reservations.ids() == []


def test_a_recalled_pump_in_use_is_quarantined_when_it_is_put_down() -> None:
    """It stays with the patient, an alarm stands, and afterwards it goes nowhere else."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump"))
    assert (pool.is_(P1), pool.alarms()) == ("in_use", [f"recall:{P1}"])
    pool.do(PutDown(P1))
    assert (pool.is_(P1), pool.alarms()) == ("quarantined", [])


def test_a_recall_waits_for_what_is_being_repaired_or_lost() -> None:
    """Released or found, it is quarantined at once."""
    pool = Pool(pump(1), pump(2))
    for request in (ReportDefect(P1, "alarm_sounds"), Receive(P1), TestSafety(P1, passed=True)):
        pool.do(request)
    pool.do(ReportLost(P2))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump"))
    pool.do(Release(P1))
    pool.do(ReportFound(P2))
    assert [pool.is_(asset) for asset in (P1, P2)] == ["quarantined", "quarantined"]


def test_what_is_called_back_and_then_breaks_or_is_lost_is_not_forgotten() -> None:
    """Out of quarantine to the workshop, or nobody knows where: the alarm says that it must be held again."""
    pool = Pool(pump(1), pump(2))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump"))
    pool.do(ReportDefect(P1, "cracked"))
    pool.do(ReportLost(P2))
    assert pool.alarms() == [f"recall:{P1}", f"recall:{P2}"]


def test_what_was_held_for_a_recall_that_has_ended_is_not_held_again_for_it() -> None:
    """It stays in quarantine; repaired and released, it is used like any other."""
    pool = Pool(pump(1))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump"))
    pool.do(EndRecall("FSN1"))
    assert pool.is_(P1) == "quarantined"
    for request in (Receive(P1), TestSafety(P1, passed=True), Release(P1)):
        pool.do(request)
    assert pool.is_(P1) == "used"


def test_a_person_lets_back_what_was_recalled_and_it_stays_so() -> None:
    """A new tag does not call it back again; a new serial number is looked at."""
    pool = Pool(pump(1, serial="5"))
    pool.do(StartRecall("FSN1", "battery_fire", serial_from="5", serial_to="6"))
    pool.do(LiftQuarantine(P1), "frida")
    pool.do(Register((pump(1, serial="5", tag="T9"),)))
    assert pool.is_(P1) == "used"
    pool.do(Register((pump(1, serial="6"),)))
    assert pool.is_(P1) == "quarantined"


def test_what_is_registered_later_is_looked_for_in_open_recalls() -> None:
    """Until the recall ends."""
    pool = Pool(pump(1))
    pool.do(StartRecall("FSN1", "battery_fire", "infusion_pump"))
    pool.do(Register((pump(2),)))
    pool.do(EndRecall("FSN1"))
    pool.do(Register((pump(3),)))
    assert [pool.is_(asset) for asset in (P2, P3)] == ["quarantined", "used"]


def test_a_recall_of_everything_is_refused_with_all_that_is_wrong() -> None:
    """No batch, no reason, no id."""
    pool = Pool(pump(1))
    assert pool.refused(StartRecall("", "")) == ["missing", "not_a_code", "batch_empty"]
    wrong = StartRecall("FSN1", "fire", "carpet", gtin="1", serial_from="10", serial_to="9")
    assert pool.refused(wrong) == ["unknown_type", "gtin", "serial_range"]
