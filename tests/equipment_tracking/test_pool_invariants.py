"""Whatever happens, in whatever order: the pool never contradicts itself, and its rows hold all of it."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from equipment_tracking.pool.available import free, free_rows
from equipment_tracking.pool.core import handle
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked, Seen, TagHeard, Told
from equipment_tracking.pool.facts.reading import read_fact
from equipment_tracking.pool.figures import pick_list
from equipment_tracking.pool.model import Item
from equipment_tracking.pool.requests import (
    AnyRequest,
    AskTransport,
    CancelReservation,
    Confirm,
    ConfirmSuggestion,
    EndRecall,
    GiveBack,
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
    SayWhere,
    SeeAlarm,
    SendToCleaning,
    SetEmergency,
    SetPar,
    StartRecall,
    Take,
    TestSafety,
    WithdrawTransport,
)
from equipment_tracking.pool.search import search
from equipment_tracking.pool.steps import forbidden
from equipment_tracking.pool.words import STATES
from ledger.vocabulary import JobDelivered, TransportRefused
from tests.equipment_tracking.test_pool_replay import reloaded
from tests.equipment_tracking.test_pool_search import WALKING_S
from tests.equipment_tracking.ward_pool import (
    C1,
    HOUR_MS,
    MINUTE_MS,
    P1,
    P2,
    RULES,
    Pool,
    Whereabouts,
    chair,
    columns,
    pump,
)

ASSETS = (P1, C1)
WARDS = ("A", "B")
PLACES = (
    ("a-clean", "utility_clean", "A"),
    ("a-soiled", "utility_soiled", "A"),
    ("b-12", "ward_room", "B"),
    ("workshop", "workshop", ""),
    ("0-entrance", "entrance", ""),
)
asset = st.sampled_from(ASSETS)
ward = st.sampled_from(WARDS)
number = st.integers(0, 3)
codes = st.sampled_from(["fire", "leak"])


def contradictions(state: State, now_ms: int) -> list[str]:
    """Every way in which the state contradicts itself."""
    faults = [fault for item in state.items.values() for fault in of_item(state, item)]
    if state.assets.ids() != state.items.ids():
        faults.append("register and pool hold different assets")
    faults += [
        f"loan {loan.id} to {loan.ward}, but {loan.asset} is held by {state.items[loan.asset].holder}"
        for loan in state.loans.values()
        if (state.items[loan.asset].loan, state.items[loan.asset].holder) != (loan.id, loan.ward)
    ]
    for kept in state.reservations.values():
        if state.items[kept.asset].reservation != kept.id:
            faults.append(f"{kept.asset} does not know of {kept.id}")
        if kept.until_ms <= now_ms or state.assets[kept.asset].overdue(now_ms):
            faults.append(f"{kept.id} has outlived its end or the service of its asset")
    faults += [
        f"{transport.asset} does not know of {transport.id}"
        for transport in state.transports.values()
        if state.items[transport.asset].transport != transport.id
    ]
    faults += [
        f"{transport.asset} is brought and may not be had"
        for transport in state.transports.values()
        if transport.purpose == "bring" and state.items[transport.asset].state not in ("ready", "in_use")
    ]
    owners = {"reservation": state.reservations, "loan": state.loans, "service": state.assets}
    faults += [
        f"timer {timer.id} is for nothing"
        for timer in state.timers.values()
        if timer.what in owners and timer.subject not in owners[timer.what]
    ]
    return faults


def of_item(state: State, item: Item) -> list[str]:
    """Every way in which what is known of one asset contradicts itself."""
    wrong = {
        "is in no state": item.state not in STATES,
        "is in use by nobody, or held and not in use": (item.state == "in_use") != bool(item.holder),
        "is reserved and not ready": bool(item.reservation) and item.state != "ready",
        "has a reservation that is gone": bool(item.reservation) and item.reservation not in state.reservations,
        "is lent and not in use": bool(item.loan) and item.state != "in_use",
        "has a loan that is gone": bool(item.loan) and item.loan not in state.loans,
        "waits for a transport that is gone": bool(item.transport) and item.transport not in state.transports,
        "is called back and not held": bool(item.recalls) and not forbidden("quarantine", item),
        "waits for its quarantine and nobody is told": (f"recall:{item.id}" in state.alarms)
        != (bool(item.recalls) and item.state != "quarantined"),
        "is held for a recall that has ended": any(recall not in state.recalls for recall in item.recalls),
        "is ready and not confirmed": item.state == "ready" and not confirmed(state, item),
    }
    return [f"{item.id} {what}: {item}" for what, so in wrong.items() if so]


def confirmed(state: State, item: Item) -> bool:
    """Whether it was cleaned and exactly what its type asks for is confirmed."""
    done = {check.what for check in item.confirmed}
    return item.cleaning is not None and done == set(RULES.catalogue.checks(state.assets[item.id].type))


class Story(RuleBasedStateMachine):
    """Anybody does anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Pool(pump(1, serial="1"), chair(1))
        self.ids = 0

    def tell(self, request: AnyRequest) -> None:
        """Granted or refused; that a refusal leaves no trace is judged by the pool of the tests."""
        self.pool.ask(request)

    def new_id(self, what: str) -> str:
        """An id that stands for nothing yet."""
        self.ids += 1
        return f"{what}{self.ids}"

    @rule(reserve=st.booleans())
    def prepare(self, reserve: bool) -> None:
        """From wherever to ready or beyond in one go, so that stories get somewhere."""
        for asset in ASSETS:
            for request in (ReportFound(asset), LiftQuarantine(asset), TestSafety(asset, True), Release(asset)):
                self.tell(request)
            if self.pool.is_(asset) in ("used", "to_cleaning"):
                self.pool.make_ready(asset)
            if reserve:
                self.tell(Reserve(self.new_id("R"), asset, "A"))
            else:
                self.tell(Lend(self.new_id("L"), asset, "B", self.pool.now_ms + HOUR_MS))

    @rule(asset=asset, ward=ward, emergency=st.booleans())
    def take(self, asset: str, ward: str, emergency: bool) -> None:
        self.tell(Take(asset, ward, emergency=emergency, candidates=ASSETS))

    @rule(asset=asset, ward=ward, minutes=st.integers(-1, 300))
    def reserve(self, asset: str, ward: str, minutes: int) -> None:
        until_ms = None if minutes == 0 else self.pool.now_ms + minutes * MINUTE_MS
        self.tell(Reserve(self.new_id("R"), asset, ward, until_ms))

    @rule(asset=asset, ward=ward, hours=st.integers(0, 30))
    def lend(self, asset: str, ward: str, hours: int) -> None:
        self.tell(Lend(self.new_id("L"), asset, ward, self.pool.now_ms + hours * HOUR_MS))

    @rule(
        make=st.sampled_from(
            [
                PutDown,
                SendToCleaning,
                LiftQuarantine,
                Receive,
                Repair,
                Release,
                ReportLost,
                ReportFound,
                ConfirmSuggestion,
            ]
        ),
        asset=asset,
    )
    def step(self, make: type[PutDown], asset: str) -> None:
        self.tell(make(asset))

    @rule(asset=asset, passed=st.booleans())
    def test_safety(self, asset: str, passed: bool) -> None:
        self.tell(TestSafety(asset, passed))

    @rule(asset=asset, code=codes, what=st.sampled_from([MarkCleaned, Quarantine, ReportDefect]))
    def coded(self, asset: str, code: str, what: type[Quarantine]) -> None:
        self.tell(what(asset, code))

    @rule(asset=asset, what=st.lists(st.sampled_from(["checked", "charged", "complete"]), max_size=3))
    def confirm(self, asset: str, what: list[str]) -> None:
        self.tell(Confirm(asset, tuple(what)))  # type: ignore[arg-type]  # they are the three checks

    @rule(which=number, what=st.sampled_from(["reservation", "loan", "transport", "alarm", "recall"]))
    def end(self, which: int, what: str) -> None:
        ids = self.pool.state.tables[what].ids()
        if ids:
            make = {
                "reservation": CancelReservation,
                "loan": GiveBack,
                "transport": WithdrawTransport,
                "alarm": SeeAlarm,
                "recall": EndRecall,
            }[what]
            self.tell(make(ids[which % len(ids)]))  # type: ignore[operator]  # each takes the id first

    @rule(asset=asset, place=st.sampled_from(PLACES))
    def seen(self, asset: str, place: tuple[str, str, str]) -> None:
        self.pool.handle(Seen(asset, *place))

    @rule(asset=asset, place=st.sampled_from(PLACES), here=st.booleans())
    def looked_for(self, asset: str, place: tuple[str, str, str], here: bool) -> None:
        self.tell(SayWhere(asset, place[0], here))

    @rule(asset=asset, share=st.sampled_from([0.05, 0.2, 0.9]))
    def heard(self, asset: str, share: float) -> None:
        self.pool.handle(TagHeard(asset, share))

    @rule(place=st.sampled_from([place for place, _, _ in PLACES]), count=number, of_pumps=st.booleans())
    def levels(self, place: str, count: int, of_pumps: bool) -> None:
        kind = "infusion_pump" if of_pumps else "wheelchair"
        self.tell(SetEmergency(place, kind, count))
        self.tell(SetPar("A", kind, count))

    @rule(low=number, high=number, of_pumps=st.booleans())
    def recall(self, low: int, high: int, of_pumps: bool) -> None:
        kind = "infusion_pump" if of_pumps else ""
        self.tell(StartRecall(self.new_id("F"), "fire", kind, serial_from=str(low), serial_to=str(high)))

    @rule(asset=asset, ward=ward, purpose=st.sampled_from(["fetch", "bring", "to_cleaning"]))
    def carry(self, asset: str, ward: str, purpose: str) -> None:
        self.tell(AskTransport(self.new_id("K"), asset, purpose, "s1", "s2", ward))  # type: ignore[arg-type]  # one of the three

    @rule(which=number, delivered=st.booleans())
    def answered(self, which: int, delivered: bool) -> None:
        keys = self.pool.state.transports.ids()
        if keys:
            key = keys[which % len(keys)]
            done = JobDelivered(job="J", load="equipment", destination="s2", at_ms=0, on_time=True, key=key)
            self.pool.handle(Told(done if delivered else TransportRefused(key=key, rules=("no_route",))))

    @rule(asset=asset, hours=st.integers(-2, 20), other=st.booleans())
    def described_anew(self, asset: str, hours: int, other: bool) -> None:
        known = self.pool.state.assets[asset]
        due_ms = self.pool.now_ms + hours * HOUR_MS
        kind = "infusion_pump" if other else "wheelchair"
        self.tell(Register((replace(known, service_due_ms=due_ms, type=kind, pump="syringe", safe_load_kg=100.0),)))

    @rule(which=st.integers(0, 1))
    def renewed(self, which: int) -> None:
        """Scrapped if it may be, and then registered again."""
        self.tell(Retire(ASSETS[which], "scrapped"))
        if ASSETS[which] not in self.pool.state.items:
            self.tell(Register(((pump(1, serial="1"), chair(1))[which],)))

    @rule(minutes=st.sampled_from([1, 25, 300, 1_500]))
    def passing_time(self, minutes: int) -> None:
        self.pool.run_to(self.pool.now_ms + minutes * MINUTE_MS)

    @rule()
    def restart(self) -> None:
        """What is in the rows is all there is: the next decisions are made from them."""
        fresh = reloaded(self.pool.state)
        assert fresh.snapshot() == self.pool.state.snapshot()
        assert fresh.next_due_ms() == self.pool.state.next_due_ms()
        self.pool.state = fresh

    @precondition(lambda self: len(self.pool.facts) > 4)
    @rule()
    def replay(self) -> None:
        """The facts alone, applied in order, give the same state."""
        state = State()
        for fact in self.pool.facts:
            fact.apply(state)
        state.commit()
        assert state.snapshot() == self.pool.state.snapshot()

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        faults = contradictions(self.pool.state, self.pool.now_ms)
        assert faults == [], faults

    @invariant()
    def only_what_may_be_had_is_offered(self) -> None:
        state, now_ms = self.pool.state, self.pool.now_ms
        everywhere = columns([Whereabouts(id, ((0, 1.0),), now_ms) for id in ASSETS])
        for offer in search(state, everywhere, WALKING_S, now_ms):
            draft = handle(state, Asked(Take(offer.asset, "Z"), "anna"), now_ms, self.pool.rules)
            assert not hasattr(draft.answer, "violations"), draft.answer
            state.rollback()

    @invariant()
    def columns_and_rows_agree_on_what_is_free(self) -> None:
        state, now_ms = self.pool.state, self.pool.now_ms
        found = [state.stock.ids[row] for row in np.flatnonzero(free_rows(state.stock, now_ms)).tolist()]
        assert sorted(found) == [item.id for item in state.items.values() if free(state, item, now_ms)]

    @invariant()
    def nothing_is_picked_twice(self) -> None:
        picked = [pick.asset for pick in pick_list(self.pool.state, self.pool.now_ms) if pick.asset]
        assert len(picked) == len(set(picked))


Story.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestStory = Story.TestCase


def test_the_ledger_alone_tells_every_state() -> None:
    """What is logged, read back from its bytes, gives the same items but for batteries, and no timers."""
    pool = Pool(pump(1), pump(2))
    pool.make_ready(P1, P2)
    pool.do(Reserve("R1", P1, "A"))
    pool.do(Lend("L1", P2, "B", pool.now_ms + HOUR_MS))
    pool.handle(Seen(P2, "b-12", "ward_room", "B"))
    state = State()
    for fact in pool.facts:
        if fact.logged:
            again = read_fact(fact.type, fact.version, msgspec.json.encode(fact))
            assert again is not None
            again.apply(state)
    told, known = state.snapshot(), pool.state.snapshot()
    assert {kind: told[kind] for kind in told if kind != "timer"} == {
        kind: known[kind] for kind in known if kind != "timer"
    }
