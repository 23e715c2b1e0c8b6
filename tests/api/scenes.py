"""Jobs and carriers as tests need them, and a busy morning of the small clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from fleet.views import (
    Candidate,
    CarrierView,
    ClosureView,
    Counts,
    HistoryEntry,
    JobView,
    LegView,
    LiftView,
    Reason,
)

if TYPE_CHECKING:
    from tests.api.fake_dispatcher import FakeDispatcher

MINUTE_MS = 60_000
START_MS = 1_772_444_520_000
"""Monday 2 March 2026, 10:42 in Copenhagen."""


def a_job(id: str, **changes: Any) -> JobView:
    """A job as tests need it: a blood sample from the ward to the laboratory, due at 11:12."""
    due_ms: int = changes.get("due_ms", START_MS + 30 * MINUTE_MS)
    promised_ms: int | None = changes.get("promised_ms")
    usual = JobView(
        id=id,
        state="waiting",
        load="blood_sample",
        origin="s0-tube",
        destination="lab-tube",
        priority="urgent",
        ready_ms=START_MS,
        due_ms=due_ms,
        created_ms=START_MS - 2 * MINUTE_MS,
        requester="carla",
        slack_s=None if promised_ms is None else (due_ms - promised_ms) // 1000,
    )
    return replace(usual, **changes)


def a_carrier(id: str, mode: Any = "robot", **changes: Any) -> CarrierView:
    """A carrier on the ground floor, idle."""
    usual = CarrierView(
        id=id,
        mode=mode,
        fleet="cart",
        status="idle",
        node="c:0-main:1",
        floor="0",
        x_m=10.0,
        y_m=0.0,
        seen_ms=START_MS,
        battery=0.8 if mode == "robot" else None,
    )
    return replace(usual, **changes)


def later(minutes: float) -> int:
    """So many minutes after the scene begins."""
    return START_MS + round(minutes * MINUTE_MS)


def a_busy_morning(dispatcher: FakeDispatcher) -> None:
    """Fill the small clinic with what a board shows on a busy morning: late, stopped, in doubt, under way, done."""
    carriers = (
        a_carrier(
            "C01",
            status="busy",
            x_m=24,
            job="J00003",
            stops=("s1-clean",),
            route=(("0", 20.0, 0.0), ("0", 18.5, 3.6), ("1", 18.5, 0.0)),
            battery=0.72,
        ),
        a_carrier("C02", status="charging", x_m=5, y_m=-2.6, battery=0.34),
        a_carrier(
            "C03", status="silent", x_m=40, seen_ms=later(-3), battery=0.55, reason=Reason("silent", {"carrier": "C03"})
        ),
        a_carrier("K01", status="idle", x_m=11, y_m=-2.6, fleet="courier", battery=0.97),
        a_carrier("day-01", "porter", fleet="day", status="busy", x_m=33, y_m=-1, job="J00004"),
        a_carrier("day-02", "porter", fleet="day", status="idle", x_m=20, y_m=-4),
        a_carrier("tube", "tube", fleet="tube", status="busy"),
    )
    for carrier in carriers:
        dispatcher.carriers[carrier.id] = carrier
    dispatcher.lifts = {
        "E1": LiftView("E1", "held", "0", "C01", ("K01",)),
        "E2": LiftView("E2", "free", "1"),
    }
    dispatcher.closures["C1"] = ClosureView("C1", "S0-corridor", "Gulvvask", "anna", later(-12), later(18))
    dispatcher.counts = Counts(
        delivered=214,
        on_time=209,
        waiting=3,
        under_way=2,
        trouble=1,
        robots_ready=3,
        robots=4,
        porters_on_duty=2,
        tube_median_s=232,
    )
    best = (
        Candidate("porter", "day-02", later(5), 3.2, Reason("cheapest", {"mode": "porter"})),
        Candidate("robot", "K01", later(9), 4.1, Reason("later", {"seconds": 240})),
        Candidate("tube", "tube", later(14), 6.0, Reason("later", {"seconds": 540})),
    )
    dispatcher.put(
        a_job(
            "J00001",
            priority="life_critical",
            due_ms=later(1),
            promised_ms=later(12),
            state="waiting",
            mode="tube",
            reason=Reason("tube_down"),
            candidates=best,
        )
    )
    dispatcher.put(
        a_job(
            "J00002",
            load="meal",
            origin="store-out",
            destination="s1-clean",
            priority="planned",
            due_ms=later(25),
            state="trouble",
            mode="robot",
            carrier="C03",
            reason=Reason("in_doubt", {"carrier": "C03"}),
            legs=(LegView("L2", "robot", "in_doubt", "store-out", "s1-clean", ("C03",)),),
        )
    )
    dispatcher.put(
        a_job(
            "J00003",
            load="linen",
            origin="store-out",
            destination="s1-clean",
            priority="routine",
            due_ms=later(37),
            promised_ms=later(9),
            state="under_way",
            mode="robot",
            carrier="C01",
            mass_kg=210,
            reason=Reason("cheapest", {"mode": "robot"}),
            candidates=(
                Candidate("robot", "C01", later(9), 1.2, Reason("cheapest", {"mode": "robot"})),
                Candidate("porter", "day-02", later(11), 4.0, Reason("later", {"seconds": 120})),
            ),
            legs=(LegView("L3", "robot", "picked_up", "store-out", "s1-clean", ("C01",), later(9)),),
        ),
        HistoryEntry(later(-20), "carla", "job.created", 3),
        HistoryEntry(later(-20), "portor", "job.mode_chosen", 4, {"mode": "robot"}),
        HistoryEntry(later(-19), "portor", "leg.assigned", 5, {"promised_ms": later(9), "carriers": "C01"}),
        HistoryEntry(
            later(-6), "C01", "leg.picked_up", 6, {"carrier": "C01", "station": "store-out", "evidence": "sensor"}
        ),
    )
    dispatcher.put(
        a_job(
            "J00004",
            load="patient",
            origin="s0-beds",
            destination="imaging-desk",
            priority="urgent",
            due_ms=later(16),
            promised_ms=later(11),
            state="under_way",
            mode="porter",
            carrier="day-01",
            precaution="contact",
            needs=("oxygen",),
        )
    )
    dispatcher.put(
        a_job(
            "J00005",
            load="waste",
            origin="s1-soiled",
            destination="soiled-in",
            priority="routine",
            due_ms=later(95),
            state="waiting",
            mode="robot",
            reason=Reason("no_free_carrier", {"mode": "robot"}),
        )
    )
    dispatcher.put(
        a_job(
            "J00006",
            load="medicine",
            origin="medicine-hatch",
            destination="s1-tube",
            priority="planned",
            due_ms=later(34),
            promised_ms=later(4),
            state="assigned",
            mode="tube",
            carrier="tube",
        )
    )
    dispatcher.put(
        a_job(
            "J00007",
            origin="s1-tube",
            destination="lab-tube",
            priority="urgent",
            due_ms=later(-3),
            promised_ms=later(-4),
            delivered_ms=later(-4),
            state="delivered",
            mode="tube",
            carrier="tube",
        )
    )
    dispatcher.put(a_job("J00008", load="linen", state="cancelled", priority="routine"))
