"""The compiled engine: what it refuses, that its arrays grow, that it never compiles when it is called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.warm import KERNELS
from simulation.engines.choose import engine_for, not_covered
from simulation.engines.compiled import NotCovered, TooMany, assemble, events, kernel, run, run_compiled, run_program
from simulation.engines.compiled.layout import counter, item, token
from simulation.engines.reference import run_reference
from simulation.flow.plan import Plan
from simulation.sampling.sample import Sample
from tests.simulation.engines.equality import differences
from tests.simulation.engines.plans import Builder, Come, desk, rebooking, sample_of


def crowd(patients: int) -> tuple[Plan, Sample]:
    """So many come at once to a clerk who needs a tick for each."""
    b = Builder(horizon=patients + 1)
    b.source(*b.hold(b.resource("clerk", 1), 1), b.leave())
    plan = b.plan()
    return plan, sample_of(plan, [Come(0)] * patients)


def test_more_tokens_than_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """When more wait than there was room for, the run is made again with more room, and nothing else differs."""
    monkeypatch.setattr(run, "TOKENS", 8)
    monkeypatch.setattr(run, "EVENTS_A_PATIENT", 1)
    plan, sample = crowd(100)
    again = run_compiled(plan, sample, log=True)
    assert not differences(plan, run_reference(plan, sample, log=True), again)


def test_too_many_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue beyond all bounds ends the run with the flow's name."""
    monkeypatch.setattr(run, "TOKENS", 1 << 20)
    monkeypatch.setattr(run, "GROWTH", 1 << 20)
    monkeypatch.setattr(run, "_attempt", lambda *_: (np.eye(1, counter.SIZE, counter.FULL, dtype=np.int64)[0], (), ()))
    with pytest.raises(TooMany, match="by_hand"):
        run_compiled(*crowd(1))


def test_nobody_comes() -> None:
    """A plan without a single patient runs to its horizon, and its capacities are counted."""
    b = Builder(horizon=100, warm_up=10)
    b.source(*b.hold(b.resource("clerk", [(0, 2), (40, 0)]), 1), b.leave())
    plan = b.plan()
    replication = run_compiled(plan, sample_of(plan, []))
    assert replication.offered.tolist() == [60]  # 2 from 10 to 40
    assert replication.level.tolist() == [[90, 0, 0]]


@pytest.mark.parametrize("release_first", [True, False])
def test_what_is_not_held_is_not_released(release_first: bool) -> None:
    """Releasing what is not held, or seizing into a place that is taken, names the step, as the reference does."""
    b = Builder()
    clerk, b.holds = b.resource("clerk", 2), 1
    b.source(*((b.release(),) if release_first else (b.seize(clerk), b.seize(clerk))), b.leave())
    plan = b.plan()
    sample = sample_of(plan, [Come(0)])
    with pytest.raises(RuntimeError, match="release 0" if release_first else "seize clerk"):
        run_compiled(plan, sample)
    with pytest.raises(RuntimeError):
        run_reference(plan, sample)


def uncovered() -> Plan:
    """A patient who leaves from within an arm, and another round from within one: the check refuses both."""
    b = Builder()
    arm = b.together((b.leave("early"),))
    b.source(arm, b.repeat(b.aside(b.again()), at_most=2), b.leave())
    return b.plan()


def test_what_is_not_covered_is_named() -> None:
    """All steps that cannot be done are named at once."""
    with pytest.raises(NotCovered) as refused:
        assemble(uncovered())
    assert refused.value.names == (
        "again (another round from within an arm)",
        "again (another round from within an arm)",
        "leave early (leaving from within an arm)",
    )


def test_loops_too_long_to_write_out_are_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops within loops that would fill the memory are left to the reference."""
    monkeypatch.setattr("simulation.engines.compiled.writer.MOST_OPERATIONS", 5)
    with pytest.raises(NotCovered, match="by_hand: more than 5 operations"):
        assemble(rebooking()[0])


def test_auto_takes_the_compiled_engine() -> None:
    """The compiled engine runs what it covers; the reference the rest, or if it is wanted."""
    plan, sample = desk()
    for wanted, name in (("auto", "compiled"), ("compiled", "compiled"), ("reference", "reference")):
        engine, chosen = engine_for(plan, wanted)  # type: ignore[arg-type]  # the three literals
        assert chosen == name
        assert engine(sample).left_at.tolist() == [10, 15, 15, 16]
    assert not_covered(plan) == ()


def test_auto_falls_back_to_the_reference() -> None:
    """What the compiled engine refuses runs in SimPy under `auto`, and is an error if compiled is insisted on."""
    assert engine_for(uncovered()).name == "reference"
    assert len(not_covered(uncovered())) == 3
    with pytest.raises(NotCovered):
        engine_for(uncovered(), "compiled")


def test_nothing_is_compiled_at_a_call() -> None:
    """The kernel has one signature, is warmed with the others, and refuses other types instead of compiling."""
    program, sample = assemble(desk()[0]), desk()[1]
    run_program(program, sample)
    assert len(kernel.replicate.signatures) == 1  # type: ignore[attr-defined]  # a compiled function
    assert "simulation.engines.compiled.kernel" in KERNELS
    with pytest.raises(TypeError):
        kernel.replicate((), (), (), (), (), ())


@given(st.lists(st.one_of(st.integers(0, 60), st.none()), max_size=200), st.integers(0, 3), st.sampled_from([1, 4, 16]))
def test_the_future_is_in_order(entries: list[int | None], shift: int, buckets: int) -> None:
    """Whatever is entered (a wait) and taken (none): the earliest comes first, of the same tick the first entered."""
    counters = np.zeros(counter.SIZE, np.int64)
    counters[[counter.NEXT_TICK, counter.FREE_NODE, counter.BUCKET_SHIFT]] = item.FAR, token.NOBODY, shift
    future = (np.empty((256, 2), np.int64), np.full(2 * buckets, token.NOBODY), np.empty(256 * events.NODE, np.int64))
    future[0][0] = item.FAR, 0
    rows = np.empty((1, token.LINKS), np.int64)
    expected: list[tuple[int, int]] = []
    now = 0
    with pytest.MonkeyPatch.context() as uncompiled:
        uncompiled.setattr(events, "BUCKETS", buckets)
        uncompiled.setattr(events, "ask_for", lambda *_: None)
        for name in ("_enter_near", "enter_far", "take_far"):
            uncompiled.setattr(events, name, getattr(events, name).py_func)
        for order, wait in enumerate(entries):
            if wait is not None:
                events.enter_future.py_func(future, counters, now + wait, order)  # type: ignore[attr-defined]
                expected.append((now + wait, order))
            elif expected:
                first = min(expected)
                expected.remove(first)
                now = int(counters[counter.NEXT_TICK])
                assert (now, events.take_future.py_func(future, counters, rows)) == first  # type: ignore[attr-defined]
            assert counters[counter.NEXT_TICK] == (min(expected)[0] if expected else item.FAR)
