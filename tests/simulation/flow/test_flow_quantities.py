"""The figures of a flow that a planner may turn."""

from __future__ import annotations

from simulation.flow.changes import changed, value_at
from simulation.flow.load import load_flows
from simulation.flow.quantities import quantities
from tests.simulation.flow.declared_in_words import EXAMPLES, declared

FLOWS = load_flows(EXAMPLES / "steps.yaml")


def test_every_figure_has_a_path_that_leads_to_it() -> None:
    """What is listed stands there, and may be set to what it is without any change of the model."""
    found = quantities(FLOWS, "whole")
    assert len({quantity.path for quantity in found}) == len(found)
    assert all(value_at(FLOWS, quantity.path) == quantity.value for quantity in found)
    same = changed(FLOWS, {quantity.path: quantity.value for quantity in found})
    assert same.tree == FLOWS.tree


def test_figures_carry_names_and_sources() -> None:
    """A figure of a step has the step's source, or that of its pathway; names are those of people."""
    steps = [
        {"delay": "5 min", "name": {"da": "Vent", "en": "Wait"}, "source": "measured"},
        {"delay": "6 min", "id": "more"},
        {"leave": "home"},
    ]
    found = {quantity.path: quantity for quantity in quantities(declared(steps), "f")}
    assert list(found) == ["arrivals.come.per_day", "pathways.p.delay.delay", "pathways.p.more.delay"]
    first, second = found["pathways.p.delay.delay"], found["pathways.p.more.delay"]
    assert first.name is not None
    assert (first.name.en, first.source, first.value) == ("Wait", "measured", "5 min")
    assert (second.name, second.source) == (None, "assumed")


def test_only_what_the_flow_reaches_is_listed() -> None:
    """The theatres' flow has no scanner and nobody who walks in; a switch is a figure, a name is none."""
    paths = [quantity.path for quantity in quantities(FLOWS, "theatres")]
    assert "resources.theatre.count" in paths
    assert "pathways.surgery.operation.delay.mean" in paths
    assert not [path for path in paths if path.startswith(("resources.ct", "arrivals.walk_in", "pathways.imaging"))]
    assert "arrivals.crash.enabled" in [quantity.path for quantity in quantities(FLOWS, "whole")]
