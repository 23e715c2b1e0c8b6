"""The schema of flows and what it shares with the rest of the project."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simulation.distributions import REGISTRY, parameters
from simulation.flow.schema import SECTIONS
from simulation.flow.schema.durations import Law, duration_s
from simulation.flow.schema.steps import KINDS
from site_models.load import PATIENT_FLOWS
from site_models.schema import Site

EXAMPLES = {
    "constant": "5 min",
    "exponential": {"mean": "5 min"},
    "lognormal": {"mean": "5 min", "sd": "1 min"},
    "gamma": {"mean": "5 min", "sd": "1 min"},
    "erlang": {"mean": "5 min", "phases": "3"},
    "weibull": {"mean": "5 min", "shape": "1.5"},
    "normal": {"mean": "5 min", "sd": "1 min", "min": "2 min"},
    "uniform": {"low": "4 min", "high": "6 min"},
    "triangular": {"low": "4 min", "mode": "5 min", "high": "6 min"},
    "empirical": {"values": ["4 min", "6 min"], "weights": ["1", "1"]},
}


def test_every_distribution_of_the_registry_may_be_written() -> None:
    """Each under its name, with the parameters that the registry knows, and `plus`."""
    assert tuple(EXAMPLES) == tuple(REGISTRY)
    assert set(Law.model_fields) == set(REGISTRY)
    for name, written in EXAMPLES.items():
        law = Law.model_validate({name: written}).distribution()
        assert type(law) is REGISTRY[name]
        assert law.mean_s == pytest.approx(300, rel=1e-3)
        if isinstance(written, dict):
            known = dict(getattr(Law.model_validate({name: written}), name))
            assert set(known) == {*parameters(name), "plus"}


def test_plus_moves_a_distribution() -> None:
    """An exponential time of mean 5 minutes, and a minute that always passes: mean 6, variance as before."""
    law = Law.model_validate({"exponential": {"mean": "5 min", "plus": "1 min"}}).distribution()
    assert (law.mean_s, law.variance_s2, law.lowest_s) == (360.0, 300.0**2, 60.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90 s", 90), ("20 min", 1_200), ("1.5h", 5_400), ("2 d", 172_800), (".5 min", 30), ("-1 min", -60)],
)
def test_durations_have_units(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days."""
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["90", "20 minutes", "min", "1 h 30 min", "", "1e999 s"])
def test_what_has_no_unit_is_no_duration(text: str) -> None:
    """Nobody has to guess whether 90 is seconds or minutes; and nothing lasts for ever."""
    with pytest.raises(ValidationError):
        Law.model_validate({"constant": text})


def test_the_site_leaves_the_sections_of_flows_alone() -> None:
    """The names that the site skips are those of the schema of flows, and none is a section of the site."""
    assert PATIENT_FLOWS == SECTIONS
    assert not SECTIONS & Site.model_fields.keys()


def test_every_kind_of_step_has_its_word() -> None:
    """The word is the field that a step of that kind must have."""
    for word, kind in KINDS.items():
        assert kind.model_fields[word].is_required()
