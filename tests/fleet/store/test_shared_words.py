"""The fleet's facts say what the shared vocabulary promises to the other rooms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import fleet.facts.carriers
import fleet.facts.jobs
import fleet.facts.legs
import fleet.facts.wishes
from fleet.facts.base import Fact
from ledger.vocabulary import VOCABULARY, Event, JobCreated, decode
from tests.support.golden import read_golden

GOLDEN = Path(__file__).parents[1] / "golden"
MODULES = (fleet.facts.carriers, fleet.facts.jobs, fleet.facts.legs, fleet.facts.wishes)


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


def test_the_fleet_answers_a_wish() -> None:
    """Created, delivered, cancelled and refused are written by the fleet and read by others."""
    assert [fact.type for fact, _ in PAIRS] == ["job.cancelled", "job.created", "job.delivered", "transport.refused"]


@pytest.mark.parametrize(("fact", "event_type"), PAIRS, ids=lambda value: value.__name__)
def test_what_the_fleet_has_written_is_read_with_the_key_of_the_wish(fact: type[Fact], event_type: type[Event]) -> None:
    """The bytes of its golden file are an event of the vocabulary."""
    golden = read_golden(GOLDEN, fact.type, fact.version)
    event = decode(event_type, fact.version, golden["payload"].encode())
    if isinstance(event, JobCreated):
        assert event.created.key == golden["reads_as"]["created"]["key"] != ""
    else:
        assert getattr(event, "key") == golden["reads_as"]["key"] != ""  # noqa: B009 - the base of all has no key


@pytest.mark.parametrize(("fact", "event_type"), PAIRS, ids=lambda value: value.__name__)
def test_a_fact_has_all_that_its_readers_need(fact: type[Fact], event_type: type[Event]) -> None:
    """Every field of the shared type stands in the fact, with the same type and in the same version."""
    assert list(gaps(event_type, fact)) == []
    assert fact.version == event_type.version
