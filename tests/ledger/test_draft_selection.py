"""A selection of a table: the few entities that pass a test, whatever is changed, absorbed or discarded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.model import Timer
from ledger.draft import Table

STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "absorb", "discard"]), st.sampled_from("abcde"), st.integers(0, 9)),
    max_size=30,
)


def timer(id: str, due_ms: int) -> Timer:
    """Something with an id and a number."""
    return Timer(id=id, due_ms=due_ms, what="tube")


def is_even(timer: Timer) -> bool:
    """The test of the selection."""
    return timer.due_ms % 2 == 0


@given(STEPS)
def test_it_holds_at_every_step_what_a_look_through_the_whole_table_finds(steps: list[tuple[str, str, int]]) -> None:
    """Entities come, change so that they pass or do not, and go; each step is committed, taken back or left open."""
    table = Table({"a": timer("a", 1), "b": timer("b", 2)})
    even = table.select(is_even)
    for act, id, number in steps:
        if act == "put":
            table.put(timer(id, number))
        elif act == "remove":
            table.remove(id)
        elif act == "absorb":
            table.absorb()
        else:
            table.discard()
        found = [each.id for each in even]
        assert len(found) == len(set(found))
        assert sorted(found) == [each.id for each in table.values() if is_even(each)]
