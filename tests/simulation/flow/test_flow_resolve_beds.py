"""Beds in a plan: staffed and physical ones, cleaning, and several wards."""

from __future__ import annotations

from typing import Any

from simulation.flow.plan import Aside, Branch, Delay, Drawn, Fixed, Holds, Plan, Release, Seize
from tests.simulation.flow.declared_in_words import bed, equipment, minutes, plan

STAY = [{"seize": "ward", "as": "bed"}, {"delay": "2 d"}, {"release": "bed"}]


def stay(**of_the_bed: Any) -> Plan:
    return plan(STAY, resources=[bed("ward", **of_the_bed), equipment("cleaner")])


def test_a_bed_is_two_pools() -> None:
    """Three physical beds of which two are staffed; the physical ones stand behind, and never change."""
    made = stay(closed=[{"from": "01-05", "to": "01-05", "count": 1}])
    assert [(resource.id, resource.most) for resource in made.resources] == [("ward", 2), ("ward.physical", 3)]
    assert len(made.resources[0].capacity) == 3
    assert made.resources[1].capacity == ((0, 3),)


def test_the_staffed_bed_is_seized_first_and_both_are_given_back() -> None:
    """Without cleaning both are free at once."""
    made = stay()
    staffed, physical, _, freed, free, _ = made.pathways[0].steps
    assert staffed == Seize(at=0, choices=(0,), hold=0, wait=0)
    assert physical == Seize(at=1, choices=(1,), hold=1, wait=1)
    assert (freed, free) == (Release(at=3, hold=0), Release(at=4, hold=1))
    assert [made.steps[number] for number in made.waits] == ["p/ward", "p/ward.physical"]


def test_cleaning_holds_the_physical_bed_alone() -> None:
    """The staffed bed is free at once; beside the patient, who goes on, the room is cleaned and then free."""
    made = stay(cleaning="45 min")
    freed, aside = made.pathways[0].steps[3:5]
    assert freed == Release(at=3, hold=0)
    assert isinstance(aside, Aside)
    assert [type(step).__name__ for step in aside.steps] == ["Delay", "Release"]
    assert aside.steps[0].span == Fixed(minutes(45))
    assert aside.steps[1].hold == 1


def test_cleaning_may_need_a_cleaner_and_vary() -> None:
    """The cleaner is asked for, is part of the plan, and the time is drawn under the name of the release."""
    made = stay(cleaning={"exponential": {"mean": "45 min"}}, cleaner="cleaner")
    aside = made.pathways[0].steps[4]
    assert isinstance(aside, Aside)
    asked, delay, given_back, free = aside.steps
    assert isinstance(asked, Seize)
    assert [made.resources[choice].id for choice in asked.choices] == ["cleaner"]
    assert isinstance(delay, Delay)
    assert delay.span == Drawn(0)
    assert made.pathways[0].slots[0].name == "p/release_bed.ward.cleaning"
    assert isinstance(given_back, Release)
    assert given_back.hold == asked.hold
    assert isinstance(free, Release)
    assert free.hold == 1


def test_of_several_wards_the_bed_belongs_to_the_one_that_granted() -> None:
    """The physical bed, and on leaving the cleaning, are of the ward whose staffed bed the patient holds."""
    resources = [bed("medical", cleaning="30 min"), bed("surgical"), equipment("chair")]
    steps = [
        {"seize": {"any": ["surgical", "chair", "medical"]}, "as": "place"},
        {"delay": "1 d"},
        {"release": "place"},
    ]
    made = plan(steps, resources=resources)
    ids = [resource.id for resource in made.resources]
    assert ids == ["medical", "medical.physical", "surgical", "surgical.physical", "chair"]
    asked, which, _, back, _ = made.pathways[0].steps
    assert isinstance(asked, Seize)
    assert [ids[choice] for choice in asked.choices] == ["surgical", "chair", "medical"]
    assert isinstance(which, Branch)
    assert which.conditions == (Holds(0, ids.index("surgical")), Holds(0, ids.index("medical")))
    physical = [[ids[step.choices[0]] for step in arm if isinstance(step, Seize)] for arm in which.arms]
    assert physical == [["surgical.physical"], ["medical.physical"], []]
    assert isinstance(back, Branch)
    assert back.conditions == which.conditions
    assert [[type(step).__name__ for step in arm] for arm in back.arms] == [
        ["Release", "Release"],
        ["Release", "Aside"],
        ["Release"],
    ]


def test_a_name_may_stand_for_one_of_two_beds() -> None:
    """Seized as intensive care on one way and as a ward bed on the other, it is given back as what it is."""
    steps = [
        {
            "branch": [
                {"share": 0.1, "steps": [{"seize": "icu", "as": "bed"}]},
                {"else": True, "steps": [{"seize": "ward", "as": "bed"}]},
            ]
        },
        {"release": "bed"},
    ]
    made = plan(steps, resources=[bed("icu"), bed("ward")])
    back = made.pathways[0].steps[1]
    assert isinstance(back, Branch)
    assert [(condition.hold, made.resources[condition.resource].id) for condition in back.conditions] == [(0, "icu")]


def test_patience_is_for_the_staffed_bed() -> None:
    """Who gives up and stays asks for no room; whoever got a staffed bed waits for its cleaning without limit."""
    asking = {"seize": "ward", "as": "bed", "patience": "1 h", "otherwise": [{"leave": "transferred"}]}
    made = plan([asking, *STAY[1:]], resources=[bed("ward")])
    staffed, physical = made.pathways[0].steps[:2]
    assert isinstance(staffed, Seize)
    assert isinstance(physical, Seize)
    assert (staffed.patience, physical.patience) == (Fixed(minutes(60)), None)
