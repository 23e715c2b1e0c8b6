"""The writer of equipment tracking: state, answers and ledger change together or not at all, by one process only."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import Engine, select

from equipment_tracking.pool.core import handle
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked, Event, Seen
from equipment_tracking.pool.requests import (
    AskTransport,
    Confirm,
    Lend,
    MarkCleaned,
    Register,
    Reserve,
    Take,
)
from equipment_tracking.register.answers import Accepted, Refusal
from equipment_tracking.store.records import Answered, changes, digest, entries
from equipment_tracking.store.tables import equipment_answer, equipment_state
from equipment_tracking.store.writer import STREAM, EquipmentWriter
from ledger import vocabulary
from ledger.errors import Conflict
from ledger.read import about
from ledger.schema import ledger
from ledger.verify import Anchor, verify
from tests.equipment_tracking.ward_pool import HOUR_MS, P1, P2, RULES, START_MS, pump
from tests.support.slept_clock import SleptClock


def writer_of(engine: Engine, holder: str = "tracker 1") -> EquipmentWriter:
    clock = SleptClock()
    return EquipmentWriter(engine, holder, sleep=clock.sleep, monotonic=clock.monotonic)


def carry_out(writer: EquipmentWriter, state: State, *events: Event) -> None:
    """Each event decided and committed as the service does it."""
    for event in events:
        decision = handle(state, event, START_MS, RULES)
        assert not isinstance(decision.answer, Refusal), decision.answer
        writer.commit(entries(decision, START_MS), changes(state))
        state.commit()


def story() -> list[Event]:
    """Two ready pumps; one is reserved, the other lent and seen with its borrower."""
    asked = [
        Register((pump(1), pump(2))),
        *(MarkCleaned(id, "washer") for id in (P1, P2)),
        *(Confirm(id, ("checked", "charged", "complete")) for id in (P1, P2)),
        Reserve("R1", P1, "A"),
        Lend("L1", P2, "B", START_MS + HOUR_MS),
    ]
    return [*(Asked(request, "anna") for request in asked), Seen(P2, "b-12", "ward_room", "B")]


def rows(engine: Engine) -> list[list[tuple[object, ...]]]:
    """Every row that the writer may write."""
    with engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (equipment_state, equipment_answer, ledger)
        ]


def test_loans_reservations_and_places_outlive_a_restart(engine: Engine) -> None:
    """The next process has the very state of the last one, its timers too, and goes on from there."""
    state = State()
    with writer_of(engine) as first:
        carry_out(first, state, *story())
    with writer_of(engine, "tracker 2") as second:
        restarted = State(second.load())
        assert restarted.snapshot() == state.snapshot()
        assert restarted.next_due_ms() == state.next_due_ms()
        assert restarted.items[P2].place == "b-12"
        answer = handle(restarted, Asked(Take(P1, "B"), "bo"), START_MS, RULES).answer
    assert isinstance(answer, Refusal)
    assert [violation.rule for violation in answer.violations] == ["reserved"]


def test_every_step_stands_in_the_chain_with_who_did_it(engine: Engine) -> None:
    """The history of one asset; the chain holds against the anchor that was noted."""
    with writer_of(engine) as writer:
        carry_out(writer, State(), *story())
        seq, end = writer.head
    with engine.connect() as connection:
        history = [(row.kind, row.actor) for row in about(connection, STREAM, P2)]
        assert verify(connection, anchors=[Anchor(stream=STREAM, seq=seq, hash=end)]) == []
    assert history == [
        ("asset.registered", "anna"),
        ("asset.cleaned", "anna"),
        ("asset.confirmed", "anna"),
        ("asset.confirmed", "anna"),
        ("asset.confirmed", "anna"),
        ("asset.ready", "anna"),
        ("loan.made", "anna"),
        ("asset.entered", "portor"),
    ]


def test_a_wish_for_transport_is_read_from_the_stream_in_the_shared_words(engine: Engine) -> None:
    """Whoever follows the stream gets the vocabulary's event."""
    wish = AskTransport("K1", P1, "to_cleaning", "a-goods", "wash")
    with writer_of(engine) as writer:
        carry_out(writer, State(), Asked(Register((pump(1),)), "anna"), Asked(wish, "anna"))
    with engine.connect() as connection:
        (row,) = (row for row in about(connection, STREAM, P1) if row.kind == "transport.wanted")
    assert row.payload is not None
    event = vocabulary.decode(vocabulary.TransportWanted, row.version, row.payload)
    assert (event.key, event.thing, event.destination) == ("K1", P1, "wash")


def test_a_repeated_key_finds_its_answer_until_it_is_forgotten(engine: Engine) -> None:
    """And the digest says whether the same was asked by the same person."""
    asked = Asked(Take(P1, "A"), "anna")
    kept = Answered("k1", START_MS, digest(asked), Accepted(P1))
    with writer_of(engine) as writer:
        writer.commit([], answers=[kept])
        assert writer.answer_to("k1") == kept
        assert writer.answer_to("k2") is None
        assert digest(Asked(Take(P1, "A"), "bo")) != kept.request
        assert writer.forget_answers(START_MS) == 0
        assert writer.forget_answers(START_MS + 1) == 1
        assert writer.answer_to("k1") is None


def test_a_refused_answer_takes_the_whole_group_with_it(engine: Engine) -> None:
    """The key is there already: neither events nor state are kept, and the writer goes on."""
    state = State()
    kept = Answered("k1", START_MS, b"digest", Accepted(P1))
    with writer_of(engine) as writer:
        writer.commit([], answers=[kept])
        before = rows(engine)
        decision = handle(state, Asked(Register((pump(1),)), "anna"), START_MS, RULES)
        with pytest.raises(Conflict):
            writer.commit(entries(decision, START_MS), changes(state), [kept])
        state.rollback()
        assert rows(engine) == before
        assert state.snapshot() == State().snapshot()
        carry_out(writer, state, Asked(Register((pump(1),)), "anna"))
        assert State(writer.load()).snapshot() == state.snapshot()


def test_the_state_is_in_the_rows_as_the_pool_reads_it() -> None:
    """One row an entity, and an entity that is gone is a row to delete."""
    state = State()
    handle(state, Asked(Register((pump(1),)), "anna"), START_MS, RULES)
    found = changes(state)
    assert [(change.kind, change.id) for change in found] == [("asset", P1), ("item", P1)]
    assert found[0].body == msgspec.msgpack.encode(pump(1))
