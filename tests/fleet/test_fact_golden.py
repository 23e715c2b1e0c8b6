"""What the ledger has once held can be read for ever: a golden file for every logged fact, in every version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from fleet.facts import carriers, jobs, legs, tubes, wishes
from fleet.facts.base import Fact, Note
from fleet.facts.carriers import ClosureSet
from fleet.model import Closure
from fleet.records import payload
from tests.support.golden import (
    assert_read_as_meant,
    assert_written_as_said,
    doubled,
    leftover_golden,
    missing_golden,
    of_every_version,
)

GOLDEN = Path(__file__).with_name("golden")
MODULES = {carriers.__name__, jobs.__name__, legs.__name__, tubes.__name__, wishes.__name__}


def facts(base: type[Fact] = Fact) -> Iterator[type[Fact]]:
    """Every kind of fact that is written somewhere."""
    for kind in base.__subclasses__():
        if kind.__module__ in MODULES and "type" in vars(kind):
            yield kind
        yield from facts(kind)


ALL = sorted(set(facts()), key=lambda kind: kind.type)
LOGGED = [kind for kind in ALL if kind.logged]
NEWEST = [(kind.type, kind.version) for kind in LOGGED]


def test_every_logged_fact_has_a_golden_file_of_every_version() -> None:
    """A new kind, or a new version of one, comes with its file."""
    assert missing_golden(GOLDEN, NEWEST) == []


def test_no_golden_file_is_left_without_its_fact() -> None:
    """A kind that was ever written is not taken out of the program: its rows are still in the ledger."""
    assert leftover_golden(GOLDEN, NEWEST) == []


def test_no_two_facts_share_a_name() -> None:
    """The name in the ledger says what the payload is."""
    assert doubled(kind.type for kind in ALL) == []


@pytest.mark.parametrize(("kind", "version"), of_every_version(LOGGED))
def test_what_was_written_is_read_as_it_was_meant(kind: type[Fact], version: int) -> None:
    """The stored payload decodes into today's fact, with the same subject and the same figures."""
    assert_read_as_meant(GOLDEN, kind, version, lambda body: msgspec.json.decode(body, type=kind))


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.type) for kind in LOGGED])
def test_the_newest_version_is_written_as_its_golden_file_says(kind: type[Fact]) -> None:
    """Byte for byte, since the bytes are what is hashed; and no field is missing from the example."""
    assert_written_as_said(GOLDEN, kind, payload)


def test_what_is_state_only_needs_no_golden_file() -> None:
    """Notes are never chained: drives, timers and estimates may change their fields at any time."""
    assert [kind.type for kind in ALL if issubclass(kind, Note) and kind.logged] == []


def test_the_reason_of_a_closure_is_not_in_the_chain() -> None:
    """Free text is erasable, so it does not go where nothing can be erased."""
    closed = ClosureSet(Closure(id="C1", target="E1", reason="Bo fell here", actor="anna", since_ms=0))
    assert b"Bo fell" not in payload(closed)
