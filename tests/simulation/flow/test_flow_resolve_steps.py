"""What each kind of step becomes in a plan."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.distributions import Constant, Exponential, Gamma, LogNormal, Shifted
from simulation.flow.plan import (
    Again,
    Aside,
    Batch,
    Branch,
    ByAttribute,
    Clock,
    Delay,
    Drawn,
    Fixed,
    Free,
    InWindow,
    Leave,
    Mark,
    Plan,
    Queue,
    Release,
    Repeat,
    Seize,
    SetDeadline,
    SetPriority,
    Step,
    Together,
    Until,
)
from simulation.ticks import DAY, HOUR
from tests.simulation.flow.declared_in_words import equipment, minutes, plan

CT, XRAY, MR = 0, 1, 2


def first(made: Plan) -> Step:
    return made.pathways[0].steps[0]


def kinds(made: Plan) -> list[str]:
    return [type(step).__name__ for step in made.pathways[0].steps]


def slot_names(made: Plan) -> list[str]:
    return [slot.name for slot in made.pathways[0].slots]


def test_a_hold_is_seize_delay_and_release() -> None:
    """One unit is kept in a place of the step's own; the constant time is the same for everybody and not drawn."""
    made = plan([{"hold": "ct", "for": "20 min"}])
    seize, delay, release, leave = made.pathways[0].steps
    assert seize == Seize(at=0, choices=(CT,), hold=0, wait=0)
    assert delay == Delay(at=1, span=Fixed(minutes(20)))
    assert release == Release(at=2, hold=0)
    assert leave == Leave(at=3, outcome=0)
    assert made.steps == ("p/ct", "p/ct.for", "p/ct.release", "p/leave_home")
    assert (made.waits, made.outcomes, made.pathways[0].holds, made.pathways[0].slots) == ((0,), ("home",), 1, ())


def test_a_preemptible_hold_names_the_place_whose_unit_may_be_taken() -> None:
    """The delay of the preemptible hold points at its place; the other hold may take that unit."""
    urgent = {"hold": "ct", "for": "1 min", "id": "urgent", "priority": 0, "preempt": True}
    made = plan([{"hold": "ct", "for": "20 min", "preemptible": True}, urgent])
    steps = made.pathways[0].steps
    assert [step.preemptible for step in steps if isinstance(step, Delay)] == [0, None]
    assert [step.preempt for step in steps if isinstance(step, Seize)] == [False, True]


def test_what_is_seized_is_kept_under_its_name_until_it_is_released() -> None:
    """Two units of the magnet under `picture`, in place 0; the scanner under its own name in place 1."""
    made = plan(
        [
            {"seize": "mr", "as": "picture", "units": 2, "priority": 3, "preempt": False},
            {"seize": "ct"},
            {"release": ["picture", "ct"]},
        ]
    )
    resources = [resource.id for resource in made.resources]
    assert resources == ["ct", "mr"]
    assert made.pathways[0].steps[:4] == (
        Seize(at=0, choices=(1,), hold=0, wait=0, units=2, priority=Fixed(3)),
        Seize(at=1, choices=(0,), hold=1, wait=1),
        Release(at=2, hold=0),
        Release(at=3, hold=1),
    )


def test_any_of_several_keeps_the_order_of_preference() -> None:
    """First the magnet, then the X-ray."""
    made = plan([{"hold": {"any": ["mr", "xray"]}, "for": "1 min"}])
    assert [made.resources[choice].id for choice in first(made).choices] == ["mr", "xray"]


def test_a_skill_is_any_resource_that_has_it() -> None:
    """In the order in which they are declared, not in that of the alphabet."""
    resources = [equipment("z", skills=["scan"]), equipment("b"), equipment("a", skills=["scan"])]
    made = plan([{"hold": {"skill": "scan"}, "for": "1 min"}], resources=resources)
    assert [resource.id for resource in made.resources] == ["z", "a"]
    assert first(made).choices == (0, 1)
    assert made.steps[0] == "p/scan"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5 min", Fixed(minutes(5))),
        ({"constant": "5 min"}, Fixed(minutes(5))),
        ({"by": "triage", "red": "1 min", "else": "5 min"}, ByAttribute(0, (minutes(1), minutes(5), minutes(5)))),
        ({"exponential": {"mean": "5 min"}}, Drawn(0)),
        ({"by": "triage", "red": "1 min", "else": {"exponential": {"mean": "5 min"}}}, Drawn(0)),
    ],
)
def test_only_what_varies_is_drawn(written: Any, meant: object) -> None:
    """A constant is fixed, constants by attribute are looked up, and distributions are slots."""
    made = plan([{"delay": written}])
    assert first(made) == Delay(at=0, span=meant)
    assert slot_names(made) == (["p/delay"] if meant == Drawn(0) else [])


def test_a_duration_by_attribute_has_a_distribution_for_each_value() -> None:
    """Red takes a minute, yellow and green what `else` says, shifted by two minutes."""
    law = {"gamma": {"mean": "10 min", "sd": "5 min", "plus": "2 min"}}
    slot = plan([{"delay": {"by": "triage", "red": "1 min", "else": law}}]).pathways[0].slots[0]
    other = Shifted(Gamma(600.0, 300.0), 120.0)
    assert (slot.attribute, slot.durations) == (0, (Constant(60.0), other, other))


def test_patience_may_be_a_time_drawn_or_a_clock() -> None:
    """Who waits for the scanner gives up after an hour, after some time, or at 14:00 (Mondays and Tuesdays)."""
    leave = [{"leave": "gone"}]
    steps = [
        {"hold": "ct", "for": "1 min", "patience": "1 h", "otherwise": leave},
        {"hold": "xray", "for": "1 min", "patience": {"exponential": {"mean": "1 h"}}, "otherwise": leave},
        {"hold": "mr", "for": "1 min", "patience": {"until": "14:00", "days": ["tue", "mon"]}, "otherwise": leave},
    ]
    made = plan(steps)
    asked = [step for step in made.pathways[0].steps if isinstance(step, Seize)]
    assert [step.patience for step in asked] == [Fixed(HOUR), Drawn(0), Clock((14 * HOUR, DAY + 14 * HOUR))]
    assert slot_names(made) == ["p/xray.patience"]
    assert [made.outcomes[step.otherwise[0].outcome] for step in asked] == ["gone"] * 3


def test_who_never_gives_up_has_no_patience() -> None:
    """Beside constants there is none for red; beside distributions it is a hundred years, beyond every horizon."""
    gone = [{"leave": "gone"}]
    by = {"by": "triage", "red": "never", "else": "1 h"}
    step = first(plan([{"hold": "ct", "for": "1 min", "patience": by, "otherwise": gone}]))
    assert step.patience == ByAttribute(0, (None, HOUR, HOUR))
    drawn = by | {"else": {"exponential": {"mean": "1 h"}}}
    slot = plan([{"hold": "ct", "for": "1 min", "patience": drawn, "otherwise": gone}]).pathways[0].slots[0]
    assert slot.durations == (Constant(100 * 365 * 86_400.0), Exponential(3_600.0), Exponential(3_600.0))


def test_who_gives_up_and_stays_skips_the_rest_of_the_hold() -> None:
    """Without the unit nobody is served and nothing given back: the rest is for those who hold it."""
    made = plan([{"hold": "ct", "for": "5 min", "patience": "1 h", "otherwise": [{"mark": "without"}]}])
    assert kinds(made) == ["Seize", "Branch", "Leave"]
    branch = made.pathways[0].steps[1]
    assert isinstance(branch, Branch)
    assert [type(step).__name__ for step in branch.arms[0]] == ["Delay", "Release"]
    assert branch.arms[1] == ()
    assert [(condition.hold, condition.resource) for condition in branch.conditions] == [(0, CT)]


def test_priorities_are_numbers_or_looked_up() -> None:
    """Green, who is not named and for whom there is no `else`, keeps the priority that it has."""
    steps = [{"priority": 2}, {"priority": {"by": "triage", "red": 0, "yellow": 4}, "id": "by_triage"}]
    made = plan(steps)
    assert made.pathways[0].steps[:2] == (
        SetPriority(at=0, priority=Fixed(2)),
        SetPriority(at=1, priority=ByAttribute(0, (0, 4, None))),
    )


def test_deadlines_count_from_now() -> None:
    """Four hours from now on, and the scanner queues by them."""
    made = plan([{"deadline": "4 h"}, {"hold": "ct", "for": "1 min"}], resources=[equipment("ct", queue="deadline")])
    assert first(made) == SetDeadline(at=0, span=Fixed(4 * HOUR))
    assert made.resources[0].by_deadline


def test_a_branch_by_chance_has_cumulative_shares() -> None:
    """.25, .5 and the rest: .25, .75, 1."""
    arms = [{"share": 0.25, "steps": [{"mark": "a"}]}, {"share": 0.5}, {"else": True}]
    made = plan([{"branch": arms, "id": "way"}])
    assert first(made) == Branch(at=0, arms=((Mark(at=1, mark=0),), (), ()), choice=Drawn(0))
    assert made.pathways[0].slots[0].cumulative == ((0.25, 0.75, 1.0),)
    assert slot_names(made) == ["p/way"]


def test_shares_may_go_by_an_attribute() -> None:
    """A row for red, one for yellow, one for green."""
    arms = [{"share": {"by": "triage", "red": 1, "else": 0.5}}, {"else": True}]
    slot = plan([{"branch": arms}]).pathways[0].slots[0]
    assert (slot.attribute, slot.cumulative) == (0, ((1.0, 1.0), (0.5, 1.0), (0.5, 1.0)))


def test_a_branch_by_an_attribute_draws_nothing() -> None:
    """Red goes the first way, green the second, and yellow the last, which None stands for."""
    arms = [{"is": "red"}, {"is": ["green"]}, {"else": True}]
    made = plan([{"branch": arms, "by": "triage"}])
    assert first(made) == Branch(at=0, arms=((), (), ()), choice=ByAttribute(0, (0, None, 1)))
    assert not made.pathways[0].slots


def test_a_branch_may_look_at_the_state_of_now() -> None:
    """By day, or when a magnet is free, or when five wait for the scanner; which are then part of the plan."""
    arms = [
        {"when": {"during": "08:00-16:00", "days": ["tue"]}},
        {"when": {"free": "mr", "units": 2}},
        {"when": {"queue": "ct", "at_least": 5}},
        {"else": True},
    ]
    made = plan([{"branch": arms}])
    assert [resource.id for resource in made.resources] == ["ct", "mr"]
    branch = first(made)
    assert isinstance(branch, Branch)
    assert branch.conditions == (InWindow(((DAY + 8 * HOUR, DAY + 16 * HOUR),)), Free(1, 2), Queue(0, 5))
    assert len(branch.arms) == 4


def test_marks_batches_and_times_of_day() -> None:
    """The same mark has one number wherever it is set; each batch is a place of its own."""
    steps = [
        {"mark": "seen"},
        {"wait": {"until": "10:00", "days": ["mon"]}},
        {"batch": 4, "at_most": "2 h"},
        {"batch": 3, "id": "bus"},
        {"mark": "gone"},
        {"mark": "seen"},
    ]
    made = plan(steps)
    assert made.pathways[0].steps[:-1] == (
        Mark(at=0, mark=0),
        Until(at=1, clock=Clock((10 * HOUR,))),
        Batch(at=2, batch=0, size=4, at_most=Fixed(2 * HOUR)),
        Batch(at=3, batch=1, size=3),
        Mark(at=4, mark=1),
        Mark(at=5, mark=0),
    )
    assert (made.marks, made.batches) == (("seen", "gone"), 2)


def test_several_things_go_on_together_or_aside() -> None:
    """Arms of Together and the steps of Aside stand within them, numbered behind them."""
    made = plan([{"together": [[{"delay": "1 min"}], [{"mark": "seen"}]]}, {"aside": [{"delay": "2 min"}]}])
    together, aside = made.pathways[0].steps[:2]
    assert together == Together(at=0, arms=((Delay(at=1, span=Fixed(minutes(1))),), (Mark(at=2, mark=0),)))
    assert aside == Aside(at=3, steps=(Delay(at=4, span=Fixed(minutes(2))),))


def test_the_slots_of_a_loop_stand_once_for_each_round() -> None:
    """Two draws in a loop of three rounds are rows 1 to 6 behind the draw before it, and the next is row 7."""
    drawn = {"exponential": {"mean": "1 min"}}
    again = {"branch": [{"share": 0.1, "steps": [{"again": True}]}, {"else": True}], "id": "once_more"}
    loop = {
        "repeat": [{"delay": drawn, "id": "work"}, again],
        "at_most": 3,
        "exhausted": [{"delay": drawn, "id": "end"}],
    }
    made = plan([{"delay": drawn, "id": "before"}, loop])
    repeat = made.pathways[0].steps[1]
    assert isinstance(repeat, Repeat)
    assert (repeat.first_slot, repeat.slots, repeat.at_most) == (1, 2, 3)
    assert isinstance(repeat.steps[1].arms[0][0], Again)
    assert repeat.exhausted[0].span == Drawn(7)
    assert slot_names(made) == ["p/before", *["p/work", "p/once_more"] * 3, "p/end"]
    assert [slot.rounds for slot in made.pathways[0].slots] == [1, *[3] * 6, 1]


def test_a_loop_within_a_loop_is_drawn_for_each_round_of_both() -> None:
    """An outer loop of 2 rounds has slots a, b, b, b each time: 8 rows, b six times."""
    drawn = {"exponential": {"mean": "1 min"}}
    maybe = {"branch": [{"when": {"free": "ct"}, "steps": [{"again": True}]}, {"else": True}]}
    inner = {"repeat": [{"delay": drawn, "id": "b"}, maybe], "at_most": 3}
    made = plan([{"repeat": [{"delay": drawn, "id": "a"}, inner, maybe | {"id": "outer_again"}], "at_most": 2}])
    assert slot_names(made) == ["p/a", "p/b", "p/b", "p/b"] * 2
    assert {slot.name: slot.rounds for slot in made.pathways[0].slots} == {"p/a": 2, "p/b": 6}
    outer = first(made)
    assert isinstance(outer, Repeat)
    assert (outer.first_slot, outer.slots) == (0, 4)
    assert (outer.steps[1].first_slot, outer.steps[1].slots) == (1, 1)


def test_a_pathway_that_is_run_is_written_in_and_named_after_both() -> None:
    """Run twice, it draws twice, under two names."""
    law = {"lognormal": {"mean": "20 min", "sd": "10 min"}}
    made = plan(
        [{"run": "imaging"}, {"run": "imaging", "id": "later"}], pathways={"imaging": [{"hold": "ct", "for": law}]}
    )
    assert kinds(made) == ["Seize", "Delay", "Release"] * 2 + ["Leave"]
    assert slot_names(made) == ["p/imaging/ct", "p/later/ct"]
    assert [made.steps[number] for number in made.waits] == ["p/imaging/ct", "p/later/ct"]
    assert {slot.durations for slot in made.pathways[0].slots} == {(LogNormal(1200.0, 600.0),)}
    assert [pathway.id for pathway in made.pathways] == ["p"]


def test_names_are_held_across_pathways_that_run_one_another() -> None:
    """What one seizes the other may give back: it is the same place."""
    made = plan([{"seize": "ct", "as": "picture"}, {"run": "end"}], pathways={"end": [{"release": "picture"}]})
    assert made.pathways[0].steps[:2] == (Seize(at=0, choices=(0,), hold=0, wait=0), Release(at=1, hold=0))
