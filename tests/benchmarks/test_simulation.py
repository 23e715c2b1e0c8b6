"""The simulation benchmark: a model written by hand, the reference and the compiled engine tell one story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.simulation import __main__ as command
from benchmarks.simulation import same_numbers, years
from benchmarks.simulation.by_hand import run_by_hand
from benchmarks.simulation.replications import Looks
from simulation.engines.compiled import run_compiled
from simulation.engines.from_log import replication_from_log
from simulation.engines.reference import run_reference
from simulation.engines.replication import Kind
from simulation.experiment.progress import Progress
from simulation.flow.changes import in_scenario
from simulation.flow.declared import Declared
from simulation.flow.load import load_flows
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.flow.schema.outputs import Output
from simulation.outputs import measure
from simulation.sampling import draw_sample
from simulation.ticks import DAY, MINUTE


@pytest.fixture(scope="module")
def declared() -> Declared:
    """Køge's flows."""
    return load_flows(years.SITE)


@pytest.fixture(scope="module")
def emergency(declared: Declared) -> tuple[Plan, tuple[Output, ...]]:
    """Two weeks of Køge's emergency flow from an empty house, none of them left out."""
    plan = resolve(declared, years.FLOW, warm_up=0, runs=14 * DAY)
    return plan, tuple(declared.outputs_of(years.FLOW))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_model_by_hand_and_both_engines_write_the_same_log(
    emergency: tuple[Plan, tuple[Output, ...]], seed: int
) -> None:
    """Whatever happens in two weeks is the same to the bit, and so are all outputs of the flow."""
    plan, outputs = emergency
    sample = draw_sample(plan, seed, 0)
    by_hand = run_by_hand(plan, sample)
    compiled, reference = run_compiled(plan, sample, log=True), run_reference(plan, sample, log=True)
    assert years.same_log(compiled.log, by_hand)
    assert years.same_log(reference.log, by_hand)
    assert set(np.unique(by_hand.kind).tolist()) >= {int(kind) for kind in (Kind.GIVE_UP, Kind.FORK, Kind.CAPACITY)}
    figures = measure(outputs, plan, replication_from_log(plan, sample, by_hand))
    assert years.same_figures(figures, measure(outputs, plan, compiled))


def test_the_model_by_hand_knows_every_scenario_of_the_flow(declared: Declared) -> None:
    """Scenarios change figures and sources, not the way that patients go: five days of each are the same by hand."""
    scenarios = [id for id, scenario in declared.scenarios.items() if years.FLOW in scenario.flows]
    assert len(scenarios) > 1
    for scenario in scenarios:
        plan = resolve(in_scenario(declared, scenario), years.FLOW, warm_up=0, runs=5 * DAY)
        sample = draw_sample(plan, 5, 0)
        assert years.same_log(run_compiled(plan, sample, log=True).log, run_by_hand(plan, sample)), scenario


def test_ties_are_settled_alike(emergency: tuple[Plan, tuple[Output, ...]]) -> None:
    """With all times rounded to five minutes hundreds of things happen at once, and still the logs are equal."""
    plan, _ = emergency
    drawn = draw_sample(plan, 3, 0)
    coarse = 5 * MINUTE
    draws = np.where(drawn.draws >= MINUTE, drawn.draws // coarse * coarse, drawn.draws)
    sample = replace(drawn, arrival=drawn.arrival // coarse * coarse, draws=draws)
    compiled = run_compiled(plan, sample, log=True)
    assert compiled.log is not None
    assert len(np.unique(compiled.log.at)) < len(compiled.log.at) / 10
    assert years.same_log(compiled.log, run_by_hand(plan, sample))


def test_a_log_that_differs_in_one_row_is_found(emergency: tuple[Plan, tuple[Output, ...]]) -> None:
    """One patient who leaves a tick later makes another log; so does another type of number."""
    plan, _ = emergency
    log = run_compiled(plan, draw_sample(plan, 1, 0), log=True).log
    assert log is not None
    later = log.at.copy()
    later[-1] += 1
    assert not years.same_log(log, replace(log, at=later))
    assert not years.same_log(log, replace(log, value=log.value.astype(np.int64)))
    assert years.same_log(log, replace(log, at=log.at.copy()))


def test_a_short_run_of_all_models_prints_their_ratios() -> None:
    """A line a model with its CPU seconds, then how they compare, after the logs were found equal."""
    *models, ratios = years.side_by_side(days=1, repeats=1, seed=1)
    assert [line["model"] for line in models] == ["compiled, no log", "compiled", "by hand", "reference"]
    assert ratios["logs_equal"]
    assert ratios["log_rows"] > 0


def test_memory_is_looked_at_when_shares_of_the_years_are_reached() -> None:
    """Of ten years: after one, three (there was no look before four) and ten."""
    looks = Looks(10)
    for done in (0, 2, 4, 4, 10, 10):
        looks.look(Progress(state="running", done=done))
    assert [look.done for look in looks.seen] == [2, 4, 10]
    assert all(look.parent_mib > 0 for look in looks.seen)
    assert min(looks.of_a_year) >= 0.0


def test_the_baseline_names_what_is_to_be_left_out() -> None:
    """numpy's features of this processor, and a generic processor for numba."""
    settings = same_numbers.baseline()
    assert settings["NPY_DISABLE_CPU_FEATURES"].split() == same_numbers.optional_features()
    assert (settings["NUMBA_CPU_NAME"], settings["NUMBA_CPU_FEATURES"]) == ("generic", "")


def test_a_dry_run_leaves_the_history_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--dry` lines are printed and nothing is kept."""

    def one_line(*_: object) -> Iterator[dict[str, object]]:
        yield {"benchmark": "year"}

    def keep(*_: object) -> dict[str, object]:
        raise AssertionError("the history was written")

    monkeypatch.setattr(years, "side_by_side", one_line)
    monkeypatch.setattr(command, "record", keep)
    monkeypatch.setattr("sys.argv", ["benchmark", "--dry", "--only", "year"])
    command.main()
    assert capsys.readouterr().out == '{"benchmark": "year"}\n'
