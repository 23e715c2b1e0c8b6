"""Published results and results of queueing theory, and how a run of replications answers each of them.

The seed was fixed before the first run, and so were run lengths, numbers of replications and the ways of measuring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simulation.engines.compiled import assemble, run_program
from simulation.engines.reference import run_reference
from simulation.engines.replication import Replication
from simulation.flow.load import load_flows
from simulation.flow.plan import Plan
from simulation.flow.resolve import resolve
from simulation.sampling import draw_sample
from simulation.ticks import MINUTE

SEED = 1
FLOWS = Path(__file__).parents[2] / "tests" / "published"
"""Where the flows stand as YAML."""
ENGINES = ("compiled", "reference")
Floats = NDArray[np.float64]


def plan_of(file: str, flow: str, *, share_of_run: float = 1.0) -> Plan:
    """The plan of a flow in a file of `tests/published`; perhaps only the first part of its counted time is run."""
    declared = load_flows(FLOWS / file)
    whole = resolve(declared, flow)
    return resolve(declared, flow, runs=int((whole.horizon - whole.warm_up) * share_of_run))


def replications(plan: Plan, engine: str, count: int) -> Iterator[Replication]:
    """The first replications of the seed, by one of the engines."""
    if engine == "compiled":
        program = assemble(plan)
        for number in range(count):
            yield run_program(program, draw_sample(plan, SEED, number))
    else:
        for number in range(count):
            yield run_reference(plan, draw_sample(plan, SEED, number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Mean of replications with the half-width of its confidence interval by Student's t."""

    mean: float
    half_width: float

    @classmethod
    def of(cls, figures: Floats, confidence: float) -> Interval:
        """The interval of independent replications."""
        half_width = stats.t.ppf(0.5 + confidence / 2, len(figures) - 1) * stats.sem(figures)
        return cls(mean=float(figures.mean()), half_width=float(half_width))

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        return abs(self.mean - value) <= self.half_width


# --- the acute stroke unit ---------------------------------------------------------------------------------------
# Monks et al., BMC Health Services Research 16:530 (2016), the share delayed by acute beds. Time is weighted: the share
# of the five counted years with n in bed. Samples at midnight, as in the paper's model, have the same mean (in a steady
# state every instant is like every other, and arrivals at random see what a clock sees) and a greater variance.

STROKE_REPLICATIONS = 150
STROKE_TOLERANCE = 0.01
STROKE_LOAD = 8.355
"""Beds in use on average: mean stay ÷ mean time between arrivals, summed over the groups of patients."""
STROKE_DELAYED = {9: 0.19, 10: 0.14, 11: 0.09, 12: 0.06, 13: 0.04, 14: 0.02}


def occupancy(plan: Plan, engine: str, count: int) -> Floats:
    """Share of counted time with 0, 1, 2, … in bed: (replications, levels)."""
    shares = np.array([replication.level[0] for replication in replications(plan, engine, count)], np.float64)
    return shares / (plan.horizon - plan.warm_up)


def delayed(shares: Floats, beds: int) -> Floats:
    """The share delayed if there were so many beds: time with so many in bed ÷ time with at most so many."""
    found: Floats = shares[..., beds] / shares[..., : beds + 1].sum(axis=-1)
    return found


def erlang_b(load: float, servers: int) -> float:
    """The share of time in which all of so many servers are busy, when who finds them busy goes away."""
    return float(stats.poisson.pmf(servers, load) / stats.poisson.cdf(servers, load))


# --- Nelson's treatment centre -----------------------------------------------------------------------------------
# Mean waits in minutes of those whose wait ended within 1,140 minutes, with 95 % half-widths over 300 replications.

CENTRE_REPLICATIONS = 300
CENTRE_FACTOR = 1.31
"""2.576 ÷ 1.96: from 95 % to 99 % for the difference of two means."""
CENTRE_WAITS = {
    "triage": (31.09, 2.05),
    "registration": (104.64, 2.65),
    "examination": (25.59, 1.01),
    "treatment": (134.29, 2.85),
    "stabilisation": (151.30, 8.69),
    "trauma_treatment": (17.62, 1.42),
}


def centre_waits(plan: Plan, engine: str, count: int) -> dict[str, Interval]:
    """Mean wait in minutes at each step, with its 95 % interval, over the replications in which somebody got there."""
    found = list(replications(plan, engine, count))
    intervals = {}
    for number, step in enumerate(plan.waits):
        got = np.array([(one.waited[number], one.granted[number]) for one in found], np.float64)
        got = got[got[:, 1] > 0]
        name = plan.steps[step].removeprefix("centre/")
        intervals[name] = Interval.of(got[:, 0] / got[:, 1] / MINUTE, 0.95)
    return intervals


# --- theory ------------------------------------------------------------------------------------------------------

THEORY_REPLICATIONS = 40
THEORY_CONFIDENCE = 0.999
PART_FOR_THE_REFERENCE = (10, 0.2)
"""Replications, and the part of the counted time, that the reference is asked for; its intervals are as much wider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result of theory about a flow of `queues.yaml`.

    `busy`: the share of time in which all servers are busy, which is the share of arrivals at random who wait.
    `wait`, `sojourn`: mean minutes of the source of that number, waiting or in all. `queue`: mean number waiting of
    all sources, by Little's law Σ λ·wait. `in_service`: mean number in service, by Little's law Σ λ·service time.
    """

    flow: str
    figure: str
    expected: float
    source: int = 0

    def __str__(self) -> str:
        return f"{self.flow} {self.figure} {self.source}"


THEORY = (
    Row(flow="mm3", figure="busy", expected=0.647191),
    Row(flow="mm3", figure="wait", expected=1.078652),
    Row(flow="mm3", figure="queue", expected=2.4 * 1.078652),
    Row(flow="mm3", figure="in_service", expected=2.4),
    Row(flow="mm8", figure="busy", expected=0.457645),
    Row(flow="mm8", figure="wait", expected=0.286028),
    Row(flow="mm8", figure="queue", expected=6.4 * 0.286028),
    Row(flow="mm8", figure="in_service", expected=6.4),
    Row(flow="mm20", figure="busy", expected=0.550769),
    Row(flow="mm20", figure="wait", expected=0.275385),
    Row(flow="mm20", figure="queue", expected=18 * 0.275385),
    Row(flow="mm20", figure="in_service", expected=18.0),
    Row(flow="mm1_two_classes", figure="sojourn", expected=2.0, source=0),
    Row(flow="mm1_two_classes", figure="sojourn", expected=6.0, source=1),
    Row(flow="mm1_two_classes", figure="queue", expected=0.2 * 1.0 + 0.6 * 5.0),
    Row(flow="mm3_three_classes", figure="wait", expected=0.258876, source=0),
    Row(flow="mm3_three_classes", figure="wait", expected=0.485393, source=1),
    Row(flow="mm3_three_classes", figure="wait", expected=2.022472, source=2),
    Row(flow="mm3_three_classes", figure="queue", expected=0.5 * 0.258876 + 0.9 * 0.485393 + 1.0 * 2.022472),
    Row(flow="mg1", figure="wait", expected=25.0),
    Row(flow="mg1", figure="queue", expected=0.1 * 25.0),
)
THEORY_FLOWS = tuple(dict.fromkeys(row.flow for row in THEORY))


def theory_figures(plan: Plan, rows: list[Row], engine: str, count: int) -> dict[Row, Interval]:
    """Each row's figure with its interval over the replications."""
    found = list(replications(plan, engine, count))
    return {row: Interval.of(np.array([_figure(plan, row, one) for one in found]), THEORY_CONFIDENCE) for row in rows}


def _figure(plan: Plan, row: Row, one: Replication) -> float:
    counted = plan.horizon - plan.warm_up
    servers = plan.resources[0].most
    match row.figure:
        case "busy":
            return float(one.level[0, servers] / counted)
        case "queue":
            return float(one.queued[0] / counted)
        case "in_service":
            return float(one.level[0] @ np.arange(one.level.shape[1]) / counted)
        case "wait":
            return float(one.waited[row.source] / one.granted[row.source] / MINUTE)
        case "sojourn":
            sample = one.sample
            mine = (sample.source == row.source) & (sample.arrival >= plan.warm_up) & (one.left_at >= 0)
            return float((one.left_at - sample.arrival)[mine].mean() / MINUTE)
    raise ValueError(row.figure)
