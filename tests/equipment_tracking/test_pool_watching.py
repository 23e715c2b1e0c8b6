"""What is seen and told: rooms suggest, alarms come and go, the fleet carries."""

from __future__ import annotations

import msgspec
import pytest

from equipment_tracking.pool.events import Seen, TagHeard, Told
from equipment_tracking.pool.facts.watching import TransportWanted, TransportWithdrawn
from equipment_tracking.pool.requests import (
    AnyRequest,
    AskTransport,
    CancelReservation,
    ConfirmSuggestion,
    DismissSuggestion,
    MarkCleaned,
    Quarantine,
    Register,
    ReportDefect,
    ReportLost,
    Reserve,
    SeeAlarm,
    SetPar,
    Take,
    WithdrawTransport,
)
from equipment_tracking.register.answers import Refusal
from ledger import vocabulary
from ledger.vocabulary import JobCancelled, JobCreated, JobDelivered, Order, TransportRefused
from tests.equipment_tracking.ward_pool import HOUR_MS, P1, P2, START_MS, Pool, pump

# --- what rooms suggest -----------------------------------------------------------------------------------------------


def test_a_room_suggests_and_a_person_decides() -> None:
    """In the soiled utility it is probably used; until somebody says so it stays in use."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(Take(P1, "A"))
    pool.handle(Seen(P1, "a-soiled", "utility_soiled", "A"))
    assert (pool.is_(P1), pool.state.items[P1].suggestion) == ("in_use", "used")
    pool.do(ConfirmSuggestion(P1, evidence="scan"))
    assert (pool.is_(P1), pool.state.items[P1].suggestion) == ("used", None)
    assert pool.refused(ConfirmSuggestion(P1)) == ["nothing_suggested"]


def test_a_ready_pump_in_a_ward_room_is_probably_in_use_there() -> None:
    """Confirmed, the ward whose room it is has it."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.handle(Seen(P1, "b-12", "ward_room", "B"))
    pool.do(ConfirmSuggestion(P1))
    assert (pool.is_(P1), pool.state.items[P1].holder) == ("in_use", "B")


def test_a_clean_room_makes_nothing_clean() -> None:
    """Used things in the clean utility are probably ready, and still somebody has to clean and confirm."""
    pool = Pool(pump(1))
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    assert pool.state.items[P1].suggestion == "ready"
    assert pool.refused(ConfirmSuggestion(P1)) == ["not_in_state"]
    pool.do(MarkCleaned(P1, "washer"))
    pool.handle(Seen(P1, "hall"))
    pool.handle(Seen(P1, "a-clean", "utility_clean", "A"))
    pool.do(ConfirmSuggestion(P1))
    assert pool.is_(P1) == "ready"


def test_a_defective_one_in_technical_service_was_probably_received() -> None:
    """The technician confirms."""
    pool = Pool(pump(1))
    pool.do(ReportDefect(P1, "cracked"))
    pool.handle(Seen(P1, "workshop", "workshop"))
    pool.do(ConfirmSuggestion(P1), "frida")
    assert pool.is_(P1) == "received"


def test_nothing_is_suggested_out_of_quarantine() -> None:
    """Whatever room it stands in."""
    pool = Pool(pump(1))
    pool.do(Quarantine(P1, "infection"))
    for kind in ("utility_clean", "utility_soiled", "ward_room", "workshop"):
        pool.handle(Seen(P1, kind, kind))
        assert pool.state.items[P1].suggestion is None


def test_a_suggestion_ends_when_it_is_dismissed_or_left_behind() -> None:
    """Somebody knows better, or it rolls on through the corridor."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.handle(Seen(P1, "b-12", "ward_room", "B"))
    pool.do(DismissSuggestion(P1))
    assert pool.state.items[P1].suggestion is None
    pool.handle(Seen(P1, "b-13", "ward_room", "B"))
    pool.handle(Seen(P1, "hall"))
    assert (pool.is_(P1), pool.state.items[P1].suggestion) == ("ready", None)


def test_a_lost_one_that_is_seen_is_probably_found() -> None:
    """The tag is seen; a person finds the pump."""
    pool = Pool(pump(1))
    pool.do(ReportLost(P1))
    pool.handle(Seen(P1, "hall"))
    assert pool.is_(P1) == "lost"
    pool.do(ConfirmSuggestion(P1))
    assert pool.is_(P1) == "used"


def test_seen_in_the_same_room_again_is_no_news() -> None:
    """Nothing is written; and what nobody registered is nobody's business."""
    pool = Pool(pump(1))
    pool.handle(Seen(P1, "hall"))
    assert pool.handle(Seen(P1, "hall")).facts == ()
    assert pool.handle(Seen("5712345X", "hall")).facts == ()


# --- alarms -----------------------------------------------------------------------------------------------------------


def test_a_ward_that_hoards_is_noticed_after_hours() -> None:
    """Par 1 × 1.5: one is fine, two unused for four hours are not; taken into use it is no hoard."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    for asset in (P1, P2):
        pool.handle(Seen(asset, "a-store", "store", "A"))
    pool.do(SetPar("A", "infusion_pump", 1))
    pool.run_to(START_MS + 3 * HOUR_MS)
    assert pool.alarms() == []
    pool.run_to(START_MS + 4 * HOUR_MS)
    assert pool.alarms() == ["hoarding:A/infusion_pump"]
    pool.do(Take(P1, "A"))
    pool.run_to(START_MS + 5 * HOUR_MS)
    assert pool.alarms() == []
    pool.do(SetPar("A", "infusion_pump", 0))
    pool.run_to(START_MS + 6 * HOUR_MS)
    assert pool.state.timers.ids() == [], "without par levels nobody is judged"


def test_something_at_an_exit_is_an_alarm_until_it_is_back_inside() -> None:
    """Seen at the entrance, then in the hall."""
    pool = Pool(pump(1))
    pool.handle(Seen(P1, "0-entrance", "entrance"))
    assert pool.alarms() == [f"exit:{P1}"]
    pool.do(SeeAlarm(f"exit:{P1}"), "guard")
    assert pool.state.alarms[f"exit:{P1}"].seen_by == "guard"
    pool.handle(Seen(P1, "hall"))
    assert pool.alarms() == []
    assert pool.refused(SeeAlarm(f"exit:{P1}")) == ["unknown_alarm"]


def test_a_low_tag_battery_is_an_alarm_until_it_is_clearly_fine() -> None:
    """14 % is low; 20 % of a battery that recovers in the warm is not yet fine."""
    pool = Pool(pump(1))
    pool.handle(TagHeard(P1, 0.14))
    pool.handle(TagHeard(P1, 0.20))
    assert pool.alarms() == [f"battery:{P1}"]
    pool.handle(TagHeard(P1, 0.95))
    assert pool.alarms() == []
    assert pool.state.items[P1].battery == 0.95


def test_a_new_tag_has_its_own_battery() -> None:
    """The old one was low; of the new one nothing is known yet."""
    pool = Pool(pump(1, tag="T1"))
    pool.handle(TagHeard(P1, 0.05))
    pool.do(Register((pump(1, tag="T2"),)))
    assert (pool.alarms(), pool.state.items[P1].battery) == ([], None)


# --- transports -------------------------------------------------------------------------------------------------------


def wish(purpose: str, asset: str = P1, key: str = "K1") -> AskTransport:
    """From A's goods place to B's."""
    return AskTransport(key, asset, purpose, "a-goods", "b-goods", "B", START_MS + HOUR_MS, (P2,))  # type: ignore[arg-type]  # one of the purposes


def test_a_pump_that_is_brought_is_kept_for_its_ward_on_the_way() -> None:
    """The wish is an event of the shared vocabulary, with its key; a second ward is offered another pump."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    pool.do(wish("bring"))
    wanted = next(fact for fact in pool.facts if isinstance(fact, TransportWanted))
    shared = vocabulary.decode(vocabulary.TransportWanted, 1, payload(wanted))
    assert (shared.key, shared.load, shared.thing) == ("K1", "equipment", P1)
    assert (shared.origin, shared.destination, shared.due_ms) == ("a-goods", "b-goods", START_MS + HOUR_MS)
    answer = pool.ask(Take(P1, "A", candidates=(P2,)))
    assert isinstance(answer, Refusal)
    assert answer.offers == (P2,)
    assert pool.do(wish("bring")).repeated
    assert pool.refused(wish("bring", key="K2")) == ["on_its_way"]


def payload(fact: object) -> bytes:
    """The fact as the ledger holds it."""
    return msgspec.json.encode(fact)


def test_the_fleet_answers_with_the_key() -> None:
    """Job made, delivered: the transport has ended, the thing is where it was handed over, and the ward takes it."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(wish("bring"))
    order = Order(load="equipment", origin="", destination="", priority="", ready_ms=0, due_ms=0, key="K1")
    pool.handle(Told(JobCreated(job="J1", created=order)))
    assert pool.state.transports["K1"].job == "J1"
    pool.handle(Told(JobDelivered(job="J1", load="equipment", destination="b-goods", at_ms=1, on_time=True, key="K1")))
    assert pool.state.transports.ids() == []
    assert pool.state.items[P1].place == "b-goods"
    pool.do(Take(P1, "B"))


@pytest.mark.parametrize(
    "answer", [TransportRefused(key="K1", rules=("no_route",)), JobCancelled(job="J1", custodian="s", key="K1")]
)
def test_what_the_fleet_will_not_carry_is_an_alarm_and_free_again(answer: TransportRefused | JobCancelled) -> None:
    """Refused or cancelled: somebody has to see to it, and a new wish ends the alarm."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(wish("bring"))
    pool.handle(Told(answer))
    assert (pool.state.reservations.ids(), pool.alarms()) == ([], [f"transport:{P1}"])
    pool.do(wish("bring", key="K2"))
    assert pool.alarms() == []


@pytest.mark.parametrize(
    "happens", [Quarantine(P1, "infection"), ReportDefect(P1, "cracked"), ReportLost(P1), CancelReservation("K1")]
)
def test_what_nobody_gets_is_not_brought(happens: AnyRequest) -> None:
    """Not ready any more, lost, or its ward does without: the fleet is told."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(wish("bring"))
    pool.do(happens)
    assert pool.types().count("transport.withdrawn") == 1
    assert (pool.state.transports.ids(), pool.state.reservations.ids()) == ([], [])


def test_what_a_ward_takes_on_its_way_stays_on_its_way() -> None:
    """It may hang on the robot already; and kept anew for the same ward, it is brought just as well."""
    pool = Pool(pump(1))
    pool.make_ready(P1)
    pool.do(wish("bring"))
    pool.do(Reserve("R2", P1, "B"))
    pool.do(Take(P1, "B"))
    assert pool.state.transports.ids() == ["K1"]


def test_what_is_lost_is_not_fetched() -> None:
    """The wish is withdrawn."""
    pool = Pool(pump(1))
    pool.do(wish("fetch"))
    pool.do(ReportLost(P1))
    assert pool.state.transports.ids() == []


def test_answers_to_others_are_not_ours() -> None:
    """A key that nobody here gave."""
    pool = Pool(pump(1))
    assert pool.handle(Told(TransportRefused(key="K9", rules=()))).facts == ()


def test_what_goes_to_cleaning_is_on_its_way_and_what_is_fetched_stays_what_it_is() -> None:
    """Only what may go to cleaning does."""
    pool = Pool(pump(1), pump(2))
    pool.do(wish("to_cleaning"))
    pool.do(wish("fetch", P2, "K2"))
    assert [pool.is_(asset) for asset in (P1, P2)] == ["to_cleaning", "used"]
    pool.do(WithdrawTransport("K2", "not_needed"))
    assert any(isinstance(fact, TransportWithdrawn) for fact in pool.facts)
    assert pool.refused(WithdrawTransport("K2")) == ["unknown_transport"]
    pool.do(ReportDefect(P2, "cracked"))
    assert pool.refused(wish("to_cleaning", P2, "K3")) == ["not_in_state"]


def test_an_impossible_wish_is_told_all_its_faults() -> None:
    """Nowhere to nowhere, too late, for nobody, and not ready."""
    pool = Pool(pump(1))
    wrong = AskTransport("", P1, "bring", "x", "x", due_ms=START_MS)
    assert pool.refused(wrong) == ["not_in_state", "missing", "missing", "same_place", "due"]
