"""A log that a known flow has made leads back to that flow; a log that changes is told."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.calibrate import (
    CannotFit,
    Coded,
    Fit,
    Log,
    Validation,
    as_json,
    as_markdown,
    as_tree,
    as_yaml,
    fit,
    misfits,
    split,
    validate,
)
from simulation.distributions import LogNormal
from simulation.engines.choose import engine_for
from simulation.flow.load import declare_tree, load_flows
from simulation.flow.resolve import resolve
from simulation.outputs import measure
from simulation.sampling import draw_sample
from simulation.statistics.intervals import mean_interval
from simulation.ticks import TICKS_PER_S
from tests.simulation.calibrate.logs import MONDAY, coded, log, midnight, poisson_arrivals

SOURCE = {"source": "assumed"}
TIMES = [("mean", "stay"), ("p50", "stay"), ("p90", "stay"), ("mean", "wait"), ("p90", "wait")]
KNOWN: dict[str, Any] = {
    "arrival_patterns": [
        {"id": "day", "hours": [1] * 8 + [4] * 8 + [2] * 8, "weekdays": [1.2, 1, 1, 1, 1, 0.8, 0.8]} | SOURCE
    ],
    "attributes": [
        {"id": "triage", "values": {"red": 0.1, "yellow": 0.4, "green": 0.5}} | SOURCE,
        {"id": "home", "by": "triage", "values": {"red": {"yes": 0.1, "no": 0.9}, "else": {"yes": 0.6, "no": 0.4}}}
        | SOURCE,
    ],
    "arrivals": [{"id": "come", "pathway": "ed", "per_day": 90, "pattern": "day"} | SOURCE],
    "pathways": [
        {
            "id": "ed",
            "name": "ed",
            "steps": [
                {"mark": "wait_begun"},
                {"delay": {"gamma": {"mean": "30 min", "sd": "20 min"}}, "id": "wait"},
                {"mark": "wait_ended"},
                {"mark": "stay_begun"},
                {
                    "delay": {
                        "by": "triage",
                        "red": {"lognormal": {"mean": "400 min", "sd": "250 min"}},
                        "yellow": {"lognormal": {"mean": "250 min", "sd": "120 min"}},
                        "green": {"weibull": {"mean": "120 min", "shape": 1.7}},
                    },
                    "id": "stay",
                },
                {"mark": "stay_ended"},
                {"branch": [{"is": "yes", "steps": [{"leave": "home"}]}, {"else": True}], "by": "home"},
                {"leave": "left"},
            ],
        }
        | SOURCE
    ],
    "outputs": [
        {"id": f"{what}_{statistic}", "name": what, "measure": "time", "from": f"{what}_begun", "to": f"{what}_ended"}
        | {"statistic": statistic, "unit": "min"}
        for statistic, what in TIMES
    ],
    "flows": [
        {"id": "known", "name": "known", "begins": MONDAY.isoformat(), "runs": "182 d", "arrivals": ["come"]}
        | {"outputs": [f"{what}_{statistic}" for statistic, what in TIMES]}
    ],
}


def simulated_log(seed: int) -> Log:
    """Half a year of the known flow as a log; whoever is still there has no end."""
    plan = resolve(declare_tree(KNOWN), "known")
    replication = engine_for(plan).run(draw_sample(plan, seed, 0))
    sample = replication.sample
    at = {
        name: np.where(row < 0, np.nan, row / TICKS_PER_S)
        for name, row in zip(plan.marks, replication.marked, strict=True)
    }
    return Log(
        name="simulated.csv",
        arrival_s=midnight() + sample.arrival / TICKS_PER_S,
        classes={
            one.id: Coded(values=tuple(one.values), codes=sample.attributes[number].astype(np.int64))
            for number, one in enumerate(plan.attributes)
        },
        durations={name: at[f"{name}_ended"] - at[f"{name}_begun"] for name in ("wait", "stay")},
        chained=True,
    )


@lru_cache(maxsize=1)
def calibrated() -> tuple[Fit, dict[str, Any], Log, Validation]:
    """The known flow's log of seed 1, fitted and judged."""
    first, last = split(simulated_log(1), 0.75)
    fitted = fit(first, samples=99)
    tree = as_tree(fitted, "again", last.first_day, last.days)
    return fitted, tree, last, validate(fitted, tree, first, last, replications=20)


def test_the_flow_behind_a_log_is_found_again() -> None:
    """Families, classes, shares, weekdays."""
    fitted, *_ = calibrated()
    wait, stay = fitted.durations
    assert (wait.by, [group.family for group in wait.groups]) == (None, ["gamma"])
    families = {group.value: group.family for group in stay.groups}
    assert stay.by == "triage"
    assert families == {"red": "lognormal", "yellow": "lognormal", "green": "weibull"}
    assert [one.by for one in fitted.attributes] == [None, "triage"]
    assert fitted.arrivals.weekdays is not None
    assert fitted.arrivals.weekdays[0] == pytest.approx(1.2 * 7 / 6.8, abs=0.08)
    assert abs(fitted.arrivals.per_day - 90) <= 1.5 * fitted.arrivals.half_width
    assert fitted.arrivals.poisson


def test_the_fitted_flow_has_the_outputs_of_the_known_one() -> None:
    """Each mean over 20 replications lies within both intervals, widened by what a log of 12,000 cannot tell."""
    _, tree, *_ = calibrated()
    figures = []
    for model, flow in ((KNOWN, "known"), (tree, "again")):
        declared = declare_tree(model)
        plan = resolve(declared, flow, warm_up=0, runs=declare_days(60))
        run = engine_for(plan).run
        figures.append(
            [measure(declared.outputs_of(flow), plan, run(draw_sample(plan, 5, number))) for number in range(20)]
        )
    for statistic, what in TIMES:
        known, again = (mean_interval([one[f"{what}_{statistic}"] for one in runs], 0.99) for runs in figures)
        # 20 replications of 60 days are 108,000 patients against 12,000 in the log: its error is √9 times as large.
        assert abs(known.mean - again.mean) <= 3 * (known.half_width + again.half_width), (what, statistic)


def declare_days(days: int) -> int:
    return days * 86_400 * TICKS_PER_S


def test_held_out_days_of_the_same_flow_fit() -> None:
    """Nothing is said not to fit but what chance allows: each of 8 groups errs in one log of 20 (over 2: 1 in 150)."""
    fitted, _, last, validation = calibrated()
    assert validation.n == last.n
    assert validation.engine == "compiled"
    assert len(validation.of("does not fit")) <= 2
    assert len(validation.of("fits")) >= 0.9 * len(validation.checks)
    groups = {check.group for check in validation.checks}
    assert {"arrivals by hour", "mix", "duration wait", "duration stay by triage", "duration total"} <= groups
    assert len(list(misfits(fitted, validation))) == len(validation.of("does not fit"))


def test_the_written_flow_is_in_order_and_says_its_source(tmp_path: Path) -> None:
    """The YAML is loaded and checked as any other, and is the tree that was judged."""
    fitted, tree, *_ = calibrated()
    file = tmp_path / "again.yaml"
    file.write_text(as_yaml(tree, fitted), encoding="utf-8")
    declared = load_flows(file)
    assert declared.flow_ids == ("again",)
    assert resolve(declared, "again") == resolve(declare_tree(tree), "again")
    sourced = [*declared.patterns.values(), *declared.attributes.values(), *declared.pathways.values()]
    assert {one.source for one in sourced} == {f"fitted from simulated.csv, n={fitted.n}"}


def test_the_reports_are_complete_and_the_same_each_time() -> None:
    """JSON without NaN; Markdown with a table for each group; a second run gives the same bytes."""
    fitted, tree, last, validation = calibrated()
    report = json.loads(as_json(fitted, validation))
    assert len(report["validation"]["checks"]) == len(validation.checks)
    assert report["fit"]["durations"][0]["groups"][0]["distribution"]["gamma"]["mean"] == pytest.approx(1800, rel=0.05)
    text = as_markdown(fitted, validation)
    assert "## What does not fit" in text
    for check in validation.checks:
        assert check.group in text.lower()
    first, _ = split(simulated_log(1), 0.75)
    again = validate(fitted, tree, first, last, replications=20)
    assert as_json(fitted, again) == as_json(fitted, validation)


def test_a_hospital_that_changes_is_told() -> None:
    """In the last quarter stays are a third longer and a third more come: both are named, and that the log changed."""
    rng = np.random.default_rng(21)
    early, late = poisson_arrivals(rng, days=90, per_day=60), poisson_arrivals(rng, days=30, per_day=80)
    arrival = np.concatenate([early, late + 90 * 86_400])
    stays = LogNormal(7200.0, 3600.0).sample(rng, len(arrival)) * np.where(
        np.arange(len(arrival)) < len(early), 1, 4 / 3
    )
    first, last = split(log(arrival, durations={"stay": stays}), 0.75)
    fitted = fit(first, samples=9)
    tree = as_tree(fitted, "changed", last.first_day, last.days)
    validation = validate(fitted, tree, first, last, replications=10)
    wrong = {(check.group, check.name): check for check in validation.of("does not fit")}
    assert ("arrivals a day", "mean") in wrong
    assert wrong["duration stay", "p50"].changed
    assert any("the log itself changed" in sentence for sentence in misfits(fitted, validation))


def test_durations_that_go_together_do_not_add_up() -> None:
    """Who waits long stays long: each duration fits, their sum does not, and the report says so."""
    rng = np.random.default_rng(22)
    arrival = poisson_arrivals(rng, days=80, per_day=80)
    wait = LogNormal(3600.0, 2700.0).sample(rng, len(arrival))
    made = Log(
        name="made.csv", arrival_s=arrival, classes={}, durations={"wait": wait, "stay": wait * 2.0}, chained=True
    )
    first, last = split(made, 0.75)
    fitted = fit(first, samples=9)
    validation = validate(fitted, as_tree(fitted, "sum", last.first_day, last.days), first, last, replications=10)
    wrong = {check.group for check in validation.of("does not fit")}
    assert "duration total" in wrong
    assert not wrong & {"duration wait", "duration stay"}


def test_too_short_logs_and_unknown_classes_are_refused() -> None:
    """Four days; a class that is not there."""
    short = log(poisson_arrivals(np.random.default_rng(23), days=4, per_day=60))
    with pytest.raises(CannotFit, match="7 days"):
        split(short, 0.75)
    with pytest.raises(CannotFit, match="of 7 days are needed"):
        fit(short)
    rng = np.random.default_rng(24)
    arrival = poisson_arrivals(rng, days=20, per_day=60)
    stays = {"stay": LogNormal(3600.0, 1800.0).sample(rng, len(arrival))}
    long = log(arrival, durations=stays, classes={"triage": coded(rng, len(arrival), {"red": 0.5, "green": 0.5})})
    with pytest.raises(CannotFit, match=r"no class 'colour'.*triage"):
        fit(long, by={"stay": "colour"})
    with pytest.raises(CannotFit, match="no duration 'wait'"):
        fit(long, by={"wait": "triage"})
    assert fit(long, by={"stay": "triage"}, samples=9).durations[0].by == "triage"
    assert fit(long, by={"stay": ""}, samples=9).durations[0].by is None
