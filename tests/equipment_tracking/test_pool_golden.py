"""What the equipment stream has once held can be read for ever: a golden file for every logged fact and version."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from equipment_tracking.pool.facts.base import Fact, Note
from equipment_tracking.pool.facts.reading import FACTS, read_fact
from equipment_tracking.pool.facts.watching import TransportWanted, TransportWithdrawn
from ledger import vocabulary
from ledger.upcast import UnknownVersion
from tests.support.golden import (
    assert_read_as_meant,
    assert_written_as_said,
    doubled,
    leftover_golden,
    missing_golden,
    of_every_version,
    read_golden,
)

GOLDEN = Path(__file__).with_name("golden")
ALL = sorted({*FACTS.values(), *Note.__subclasses__()}, key=lambda kind: kind.type)
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
    assert_read_as_meant(GOLDEN, kind, version, lambda body: read_fact(kind.type, version, body))


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.type) for kind in LOGGED])
def test_the_newest_version_is_written_as_its_golden_file_says(kind: type[Fact]) -> None:
    """Byte for byte, since the bytes are what is hashed; and no field is missing from the example."""
    assert_written_as_said(GOLDEN, kind, msgspec.json.encode)


def test_a_row_of_a_later_version_is_not_guessed() -> None:
    """It says what to do; a kind that is not the pool's is left to its own readers."""
    with pytest.raises(UnknownVersion, match="up to version 1"):
        read_fact("asset.ready", 2, b"{}")
    assert read_fact("job.created", 1, b"{}") is None


def test_what_is_state_only_needs_no_golden_file() -> None:
    """Notes are never chained: timers and battery levels may change their fields at any time."""
    assert [kind.type for kind in ALL if issubclass(kind, Note) and kind.logged] == []


@pytest.mark.parametrize(
    ("kind", "shared"),
    [
        (TransportWanted, vocabulary.TransportWanted),
        (TransportWithdrawn, vocabulary.TransportWithdrawn),
    ],
)
def test_what_the_fleet_reads_has_the_shared_fields(kind: type[Fact], shared: type[vocabulary.Event]) -> None:
    """Same name, same version, and the vocabulary's reader understands it."""
    assert (kind.type, kind.version) == (shared.kind, shared.version)
    golden = read_golden(GOLDEN, kind.type, kind.version)
    event = vocabulary.decode(shared, kind.version, golden["payload"].encode())
    assert getattr(event, "key") == "K-501"  # noqa: B009  # the base of both has no key
