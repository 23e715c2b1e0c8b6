"""Names of steps."""

from __future__ import annotations

from simulation.flow.names import named_steps
from tests.simulation.flow.declared_in_words import declared


def names(steps: list[dict[str, object]], **more: object) -> list[str]:
    return [named.name for named in named_steps(declared(steps, **more).pathways["p"])]


def test_names_tell_what_a_step_is_about() -> None:
    """A step without an id is named after its resource, mark, outcome or what it releases, or else its kind."""
    steps = [
        {"hold": "ct", "for": "5 min"},
        {"seize": {"any": ["mr", "xray"]}, "as": "picture"},
        {"delay": "5 min"},
        {"release": "picture"},
        {"mark": "seen"},
        {"leave": "home"},
    ]
    assert names(steps) == ["ct", "mr", "delay", "release_picture", "mark_seen", "leave_home"]


def test_a_name_that_is_taken_gets_a_number() -> None:
    """The second pause is `delay-2`; an id further down is nobody else's name."""
    steps = [{"delay": "5 min"}, {"delay": "6 min"}, {"delay": "7 min", "id": "delay"}, {"leave": "home"}]
    assert names(steps) == ["delay-2", "delay-3", "delay", "leave_home"]


def test_steps_within_steps_have_names_and_paths() -> None:
    """The path of a nested step leads to it through the words of the YAML."""
    inner = {"branch": [{"share": 1, "steps": [{"mark": "seen"}]}]}
    pathway = declared([inner, {"leave": "home"}]).pathways["p"]
    found = {named.name: named.path for named in named_steps(pathway)}
    assert found == {
        "branch": ("steps", 0),
        "mark_seen": ("steps", 0, "branch", 0, "steps", 0),
        "leave_home": ("steps", 1),
    }
