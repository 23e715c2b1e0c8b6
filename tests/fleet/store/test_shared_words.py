"""The fleet's facts say what the shared vocabulary promises to the other rooms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import fleet.facts.carriers
import fleet.facts.jobs
import fleet.facts.legs
from fleet.facts.base import Fact
from ledger.vocabulary import VOCABULARY, Event

MODULES = (fleet.facts.carriers, fleet.facts.jobs, fleet.facts.legs)


def logged_facts() -> Iterator[type[Fact]]:
    for module in MODULES:
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Fact) and found.logged and hasattr(found, "type"):
                yield found


SHARED = {event_type.kind: event_type for event_type in VOCABULARY}
PAIRS = sorted(
    ((fact, SHARED[fact.type]) for fact in set(logged_facts()) if fact.type in SHARED), key=lambda pair: pair[0].type
)


def gaps(promised: Any, written: Any, path: str = "") -> Iterator[str]:
    """Where `written` has not what a reader of `promised` needs; defaults may be left out when writing."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(written)}
    for field in msgspec.structs.fields(promised):
        name = f"{path}{field.encode_name}"
        if field.encode_name not in fields:
            if field.required:
                yield f"{name} is not written"
            continue
        other = fields[field.encode_name]
        if field.required and not other.required:
            yield f"{name} may be left out when it is written, but must be there when it is read"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from gaps(field.type, other.type, f"{name}.")
        elif field.type != other.type:
            yield f"{name} is written as {other.type} and read as {field.type}"


def test_the_fleet_answers_with_job_events() -> None:
    """Created, delivered and cancelled are written by the fleet and read by others."""
    assert [fact.type for fact, _ in PAIRS] == ["job.cancelled", "job.created", "job.delivered"]


@pytest.mark.parametrize(("fact", "event_type"), PAIRS, ids=lambda value: value.__name__)
def test_a_fact_has_all_that_its_readers_need(fact: type[Fact], event_type: type[Event]) -> None:
    """Every field of the shared type stands in the fact, with the same type and in the same version."""
    assert list(gaps(event_type, fact)) == []
    assert fact.version == event_type.version
