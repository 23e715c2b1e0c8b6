"""Commands are accepted once and in order, whatever the connections do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bus.commands import GAP_PATIENCE_S, CommandOrder
from bus.messages import Charge, Command


def command(number: int) -> Command:
    return Charge(number=number, epoch=1, carrier="R01", bay="B-01")


def numbers(commands: list[Command]) -> list[int]:
    return [each.number for each in commands]


def test_a_command_that_overtook_another_waits_for_it() -> None:
    """2 was lost with its connection, 3 came: nothing until 2 has been sent again, then both."""
    order = CommandOrder(last=1)
    order.hold(command(3), 0.0)
    assert order.ready(1.0) == []
    order.hold(command(2), 1.5)
    assert numbers(order.ready(1.5)) == [2, 3]
    assert order.gap_since_s is None


def test_a_number_that_never_comes_holds_nobody_up_for_long() -> None:
    """The journal was lost and the dispatcher is at 40: after the patience it goes on from there."""
    order = CommandOrder()
    order.hold(command(40), 10.0)
    assert order.ready(10.0 + GAP_PATIENCE_S - 0.1) == []
    assert numbers(order.ready(10.0 + GAP_PATIENCE_S)) == [40]
    order.hold(command(41), 14.0)
    assert numbers(order.ready(14.0)) == [41]


def test_a_number_that_was_accepted_never_comes_again() -> None:
    """The dispatcher had not seen the acknowledgement and sends 1 again."""
    order = CommandOrder()
    order.hold(command(1), 0.0)
    assert numbers(order.ready(0.0)) == [1]
    order.hold(command(1), 0.5)
    assert order.ready(99.0) == []


@given(st.lists(st.lists(st.integers(1, 12), max_size=6), max_size=12))
def test_each_number_comes_out_at_most_once_and_rising(batches: list[list[int]]) -> None:
    """Any order, any repetition, patience running out in between: what comes out rises strictly."""
    order = CommandOrder()
    out: list[int] = []
    for turn, batch in enumerate(batches):
        for number in batch:
            order.hold(command(number), float(turn))
        out.extend(numbers(order.ready(float(turn))))
    assert out == sorted(set(out))


@given(st.permutations(range(1, 10)))
def test_without_loss_all_come_out_in_order(arrival: list[int]) -> None:
    """Shuffled but complete, within the patience: 1 to 9."""
    order = CommandOrder()
    out: list[int] = []
    for number in arrival:
        order.hold(command(number), 0.0)
        out.extend(numbers(order.ready(0.0)))
    assert out == list(range(1, 10))
