"""The compiled heap against Python's own."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.heap import pop, push

STEPS = st.lists(st.none() | st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=80)
"""What is put in, key and item, and None where the first is taken out; few values, so that many are equal."""


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@given(steps=STEPS)
def test_what_comes_out_is_always_the_least(
    kind: type[np.signedinteger[np.typing.NBitBase]], steps: list[tuple[int, int] | None]
) -> None:
    """In whatever order things go in and out; of equal keys the least item."""
    keys, items = np.zeros(80, np.int64), np.zeros(80, kind)
    known: list[tuple[int, int]] = []
    for step in steps:
        if step is not None:
            push(keys, items, len(known), *step)
            heapq.heappush(known, step)
        elif known:
            assert (keys[0], items[0]) == known[0]
            pop(keys, items, len(known))
            heapq.heappop(known)
        assert not known or (keys[0], items[0]) == known[0]
