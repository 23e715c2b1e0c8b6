"""The shared event types: what was written in any released version can still be read."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from ledger.chain import Entry
from ledger.upcast import Payload, UnknownVersion, Upcasters
from ledger.vocabulary import VOCABULARY, Event, TransportWanted, decode, entry
from tests.support.golden import doubled, leftover_golden, missing_golden, read_golden

GOLDEN = Path(__file__).with_name("golden")
NEWEST = [(event_type.kind, event_type.version) for event_type in VOCABULARY]
RELEASED = [(event_type, version) for event_type in VOCABULARY for version in range(1, event_type.version + 1)]


def test_every_released_version_has_a_golden_file() -> None:
    """Whoever adds a type or a version writes down how it looks; this names the files that are missing."""
    assert missing_golden(GOLDEN, NEWEST) == []


def test_no_golden_file_is_left_without_its_type() -> None:
    """What was released once must be readable for ever: a type does not disappear from the vocabulary."""
    assert leftover_golden(GOLDEN, NEWEST) == []


def test_every_kind_is_used_once() -> None:
    """One word for one thing."""
    assert doubled(event_type.kind for event_type in VOCABULARY) == []


@pytest.mark.parametrize(("event_type", "version"), RELEASED, ids=lambda value: getattr(value, "kind", value))
def test_every_released_version_reads_as_its_golden_file_says(event_type: type[Event], version: int) -> None:
    """The stored bytes of each version, brought up to date, give exactly the fields of today."""
    golden = read_golden(GOLDEN, event_type.kind, version)
    event = decode(event_type, version, golden["payload"].encode())
    assert msgspec.json.decode(msgspec.json.encode(event)) == golden["reads_as"]


@pytest.mark.parametrize("event_type", VOCABULARY, ids=lambda event_type: event_type.kind)
def test_the_newest_version_is_written_as_its_golden_file_says(event_type: type[Event]) -> None:
    """A field renamed, added or moved without a new version changes these bytes, and this test names the type."""
    golden = read_golden(GOLDEN, event_type.kind, event_type.version)
    event = decode(event_type, event_type.version, golden["payload"].encode())
    assert msgspec.json.encode(event).decode() == golden["payload"]


def test_an_event_becomes_an_entry_of_the_ledger() -> None:
    """Kind and version stand in the row, the fields in the payload."""
    wanted = TransportWanted(key="k1", load="equipment", origin="a", destination="b")
    written = entry(wanted, at_ms=5, actor="p3", subject="k1")
    assert written == Entry(
        at_ms=5,
        actor="p3",
        kind="transport.wanted",
        version=1,
        subject="k1",
        payload=msgspec.json.encode(wanted),
    )
    assert decode(TransportWanted, written.version, written.payload) == wanted


def test_readers_do_not_mind_what_the_writing_room_adds() -> None:
    """A room may write more than the others need to know."""
    payload = b'{"key":"k1","load":"meal","origin":"a","destination":"b","mass_kg":3.5}'
    assert decode(TransportWanted, 1, payload).load == "meal"


class Moved(Event, frozen=True, kw_only=True):
    """A type in its third version: `place` was `room` in version 1; the floor came with version 3."""

    kind: ClassVar[str] = "thing.moved"
    version: ClassVar[int] = 3
    place: str
    floor: str


def steps() -> Upcasters:
    upcasters = Upcasters()

    @upcasters.register("thing.moved", 1)
    def rename(payload: Payload) -> Payload:
        return {"place": payload["room"]}

    @upcasters.register("thing.moved", 2)
    def add_floor(payload: Payload) -> Payload:
        return {**payload, "floor": payload["place"].split(".")[0]}

    return upcasters


def test_old_versions_are_read_step_by_step() -> None:
    """Version 1 goes through both steps, version 2 through the last one, version 3 through none."""
    now = Moved(place="4.112", floor="4")
    assert decode(Moved, 1, b'{"room":"4.112"}', steps()) == now
    assert decode(Moved, 2, b'{"place":"4.112"}', steps()) == now
    assert decode(Moved, 3, b'{"place":"4.112","floor":"4"}', steps()) == now


def test_a_version_from_the_future_is_refused_with_the_way_out() -> None:
    """The program says what it can read and what to install instead of guessing."""
    with pytest.raises(UnknownVersion, match=r"written in version 4, and this program reads up to version 3"):
        decode(Moved, 4, b"{}", steps())


def test_a_step_cannot_be_registered_twice() -> None:
    """Two rooms cannot both say how a version is read."""
    with pytest.raises(ValueError, match=r"thing\.moved version 1 has an upcaster already"):
        steps().register("thing.moved", 1)
