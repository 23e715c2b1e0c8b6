"""Which jobs need a person, and what is proposed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.attention import look, needs
from fleet.views import Candidate, JobState, JobView, LegView, Reason
from tests.api.scenes import MINUTE_MS, START_MS, a_job

RANKS = {"life_critical": 1, "urgent": 2, "planned": 3, "routine": 4}
NEAR = Candidate("porter", "day-02", START_MS + 4 * MINUTE_MS, 1.0, Reason("cheapest"))


def job(state: JobState, due_min: float, promised_min: float | None = None, **changes: object) -> JobView:
    """A job due and promised so many minutes from now."""
    promised_ms = None if promised_min is None else START_MS + round(promised_min * MINUTE_MS)
    return a_job("J1", state=state, due_ms=START_MS + round(due_min * MINUTE_MS), promised_ms=promised_ms, **changes)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (job("under_way", 30, 10), None),
        (job("under_way", 10, 9), None),  # little slack, but on its way
        (job("under_way", 10, 12), "late"),
        (job("under_way", -1, -2), "late"),  # should have been there
        (job("under_way", 10, 10.5), None),  # half a minute late: nobody can do anything about that
        (job("assigned", 10, 9.5), "soon"),
        (job("assigned", 10, 9), None),
        (job("waiting", 30), None),  # nobody yet, but time enough
        (job("waiting", 8), "soon"),
        (job("waiting", -1), "late"),
        (job("trouble", 300), "trouble"),
        (job("delivered", -5, -1), None),
        (job("cancelled", -5), None),
    ],
)
def test_a_job_needs_a_person_when_it_does_not_go_on_by_itself(seen: JobView, kind: str | None) -> None:
    """Stopped, late, or close to its deadline without being under way."""
    found = look(seen, START_MS, RANKS)
    assert (found.kind if found else None) == kind


def test_somebody_who_would_be_earlier_is_proposed() -> None:
    """At least a minute before what is promised."""
    late = look(job("assigned", 5, 12, carrier="R01", candidates=(NEAR,)), START_MS, RANKS)
    assert late is not None
    assert (late.way, late.carrier) == ("send", NEAR)
    no_better = look(job("assigned", 1, 4, carrier="R01", candidates=(NEAR,)), START_MS, RANKS)
    assert no_better is not None
    assert no_better.way == "choose"


def test_an_arrival_that_has_passed_is_not_proposed() -> None:
    """The candidates are as old as the choice: at 10:47 nobody can still arrive at 10:46."""
    late = job("assigned", 5, 12, carrier="R01", candidates=(NEAR,))
    found = look(late, START_MS + 5 * MINUTE_MS, RANKS)
    assert found is not None
    assert found.way == "choose"


def test_a_job_is_raised_by_one_step_and_never_to_the_first() -> None:
    """Routine that is late becomes planned; what is life-critical, a clinician says."""
    late = job("assigned", 1, 4, carrier="R01")
    proposed = [look(replace(late, priority=priority), START_MS, RANKS) for priority in RANKS]
    assert [need.priority for need in proposed if need] == [None, None, "urgent", "planned"]


def test_in_doubt_somebody_looks() -> None:
    """Nothing else is proposed until the load is found."""
    leg = LegView("L1", "robot", "in_doubt", "s0-tube", "lab-tube", ("R01",))
    found = look(job("trouble", 30, legs=(leg,), candidates=(NEAR,)), START_MS, RANKS)
    assert found is not None
    assert found.way == "locate"


@given(st.permutations(range(5)))
def test_the_order_does_not_depend_on_how_they_come(order: list[int]) -> None:
    """Trouble, then late by urgency and deadline, then soon; equal ones by id."""
    jobs = [
        a_job("A", state="trouble", priority="routine", due_ms=START_MS + 90 * MINUTE_MS),
        a_job("B", priority="life_critical", due_ms=START_MS - MINUTE_MS),
        a_job("C", priority="routine", due_ms=START_MS - 3 * MINUTE_MS),
        a_job("D", priority="routine", due_ms=START_MS - 3 * MINUTE_MS),
        a_job("E", priority="life_critical", due_ms=START_MS + MINUTE_MS),
    ]
    found = needs([jobs[index] for index in order], START_MS, RANKS)
    assert [need.job.id for need in found] == ["A", "B", "C", "D", "E"]
