"""A flow as a whole in a plan: what is part of it, who comes, and for how long."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulation.distributions import Exponential
from simulation.flow.load import load_flows
from simulation.flow.plan import Listed, Plan, Step, Stream
from simulation.flow.resolve import resolve
from simulation.ticks import DAY, HOUR
from tests.simulation.flow.declared_in_words import EXAMPLES, TRIAGE, declared, equipment, plan

HOME = [{"leave": "home"}]
AGE = {
    "id": "age",
    "by": "triage",
    "values": {"red": {"old": 0.6, "young": 0.4}, "else": {"young": 1}},
    "source": "assumed",
}
BY_AGE = [{"branch": [{"is": "old"}, {"else": True}], "by": "age"}]


def test_the_clock_runs_from_midnight_of_the_first_day() -> None:
    """A week is counted after a warm-up of two days: nine days in all, from Monday on."""
    made = plan([], flow={"warm_up": "2 d"})
    assert (made.begins, made.first_weekday) == (dt.date(2027, 1, 4), 0)
    assert (made.warm_up, made.horizon) == (2 * DAY, 9 * DAY)


def test_an_experiment_may_choose_other_times() -> None:
    """A warm-up of one hour and a run of two, as ticks."""
    made = resolve(declared(HOME), "f", warm_up=HOUR, runs=2 * HOUR)
    assert (made.warm_up, made.horizon) == (HOUR, 3 * HOUR)
    assert made.sources[0].arrivals == Stream(hourly=pytest.approx((1.0, 1.0, 1.0)))


def test_only_what_is_reached_is_part_of_the_plan() -> None:
    """A resource of a pathway that nobody takes is none of the plan's, nor is an attribute nobody asks for."""
    made = plan([{"hold": "xray", "for": "1 min"}], pathways={"q": [{"hold": "ct", "for": "1 min"}, *HOME]})
    assert [resource.id for resource in made.resources] == ["xray"]
    assert [pathway.id for pathway in made.pathways] == ["p"]
    assert made.attributes == ()


def test_arrivals_that_are_switched_off_are_not_there() -> None:
    """Of two, one is for a scenario to switch on; so is its pathway, and the resource there."""
    come = [
        {"id": "off", "pathway": "q", "per_day": 3, "enabled": False},
        {"id": "on", "pathway": "p", "per_day": 3},
    ]
    made = plan([], arrivals=come, pathways={"q": [{"hold": "ct", "for": "1 min"}, *HOME]})
    assert [source.id for source in made.sources] == ["on"]
    assert (made.resources, len(made.pathways)) == ((), 1)


def test_sources_of_one_pathway_share_it() -> None:
    """They stand in the order of the flow, which is the order of arrivals at the same instant."""
    come = [{"id": one, "pathway": "p", "per_day": 1} for one in ("b", "a")]
    made = plan([], arrivals=come)
    assert [(source.id, source.pathway) for source in made.sources] == [("b", 0), ("a", 0)]
    assert len(made.pathways) == 1


def test_shares_of_attributes_are_cumulative() -> None:
    """.1, .4, .5 become .1, .5, 1; arrivals of their own have other shares, and who is not named does not come."""
    come = [
        {"id": "walk", "pathway": "p", "per_day": 1},
        {"id": "ride", "pathway": "p", "per_day": 1, "attributes": {"triage": {"yellow": 0.75, "red": 0.25}}},
    ]
    made = plan([{"priority": {"by": "triage", "red": 0}}], arrivals=come)
    walk, ride = made.sources
    assert made.attributes[0].values == ("red", "yellow", "green")
    assert walk.mixes == (((0.1, 0.5, 1.0),),)
    assert ride.mixes == (((0.25, 1.0, 1.0),),)


def test_an_attribute_may_depend_on_an_earlier_one() -> None:
    """Of red six in ten are old, of all others none; the earlier attribute is part of the plan since the later is."""
    made = plan(BY_AGE, attributes=[TRIAGE, AGE])
    assert [attribute.id for attribute in made.attributes] == ["triage", "age"]
    assert made.attributes[1].values == ("old", "young")
    assert made.sources[0].given == (None, 0)
    assert made.sources[0].mixes[1] == ((0.6, 1.0), (0.0, 1.0), (0.0, 1.0))


def test_arrivals_may_say_an_attribute_outright() -> None:
    """One row for everybody in place of rows by triage."""
    come = [{"id": "come", "pathway": "p", "per_day": 1, "attributes": {"age": {"old": 1}}}]
    made = plan(BY_AGE, attributes=[TRIAGE, AGE], arrivals=come)
    assert made.sources[0].given == (None, None)
    assert made.sources[0].mixes[1] == ((1.0, 1.0),)


def test_an_attribute_that_only_an_output_asks_for_is_drawn_too() -> None:
    """The mean of the red alone needs to know who is red."""
    output = {"id": "o", "name": "o", "measure": "time", "statistic": "mean", "where": {"triage": ["red"]}}
    made = plan([], outputs=[output], flow={"outputs": ["o"]})
    assert [attribute.id for attribute in made.attributes] == ["triage"]


def test_listed_arrivals_may_be_late() -> None:
    """Two on Monday at 8, each late by a time of mean five minutes."""
    schedule = {"days": ["mon"], "times": ["08:00"], "each": 2}
    late = {"exponential": {"mean": "5 min"}}
    made = plan([], arrivals=[{"id": "come", "pathway": "p", "schedule": schedule, "lateness": late}])
    assert made.sources[0].arrivals == Listed(ticks=(8 * HOUR, 8 * HOUR), lateness=Exponential(300.0))


def test_the_same_declaration_is_the_same_plan() -> None:
    """Plans are equal and hashable all through, so they may be compared and cached."""
    one, other = (resolve(load_flows(EXAMPLES / "steps.yaml"), "whole") for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)


def test_every_number_of_a_plan_is_in_range() -> None:
    """Each step of the example is named, each wait is a Seize's, and every slot, place and resource exists."""
    made = resolve(load_flows(EXAMPLES / "steps.yaml"), "whole")
    for pathway in made.pathways:
        for step in walk(pathway.steps):
            assert 0 <= step.at < len(made.steps)
            assert made.steps[step.at].startswith(pathway.id + "/")
            for name, most in limits(made, pathway.holds).items():
                numbers = getattr(step, name, ())
                assert all(number in range(most) for number in (numbers if isinstance(numbers, tuple) else (numbers,)))
            slot = getattr(getattr(step, "span", None), "slot", 0)
            assert slot == 0 or slot < len(pathway.slots)
            if hasattr(step, "wait"):
                assert made.waits[step.wait] == step.at


def test_there_is_no_such_flow() -> None:
    """A wrong name is a KeyError, for the caller to word."""
    with pytest.raises(KeyError):
        resolve(declared(HOME), "g")


def test_resources_stand_in_the_order_in_which_they_are_declared() -> None:
    """Not in that in which patients come to them: changes of capacity at one instant act in this order."""
    made = plan(
        [{"hold": "b", "for": "1 min"}, {"hold": "a", "for": "1 min"}], resources=[equipment("a"), equipment("b")]
    )
    assert [resource.id for resource in made.resources] == ["a", "b"]


def limits(made: Plan, holds: int) -> dict[str, int]:
    return {
        "choices": len(made.resources),
        "hold": holds,
        "wait": len(made.waits),
        "mark": len(made.marks),
        "outcome": len(made.outcomes),
        "batch": made.batches,
    }


def walk(steps: tuple[Step, ...]) -> list[Any]:
    found: list[Any] = []
    for step in steps:
        found.append(step)
        for name in ("steps", "otherwise", "exhausted"):
            found += walk(getattr(step, name, ()))
        for arm in getattr(step, "arms", ()):
            found += walk(arm)
    return found
