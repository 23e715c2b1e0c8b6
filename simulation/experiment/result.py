"""What an experiment found. Figures are in the units of their outputs; None where nothing could be measured."""

from __future__ import annotations

from typing import Literal

import msgspec

from simulation.experiment.request import Kind, Target

Verdict = Literal["met", "missed", "open"]
"""`open`: the replications that were allowed do not tell."""


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a result; what has its default value is left out when it is written."""


class Figure(Found, frozen=True, kw_only=True):
    """An output of a scenario over its replications.

    `n` replications measured it. `mean` ± `half_width` is Student's interval of the request's level; p10, p50, p90
    are quantiles over the replications (linear between order statistics). `met`: whether the declared target holds:
    for sure (the whole one-sided interval), surely not, or None where it cannot be told, or where there is no target.
    """

    output: str
    n: int
    mean: float | None
    half_width: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    least: float | None
    greatest: float | None
    target: Target | None = None
    met: bool | None = None


class ScenarioResult(Found, frozen=True, kw_only=True):
    """A scenario: `key` names its file of replications and its tables (the digest of its changes)."""

    id: str
    key: str
    replications: int
    figures: tuple[Figure, ...]


class Difference(Found, frozen=True, kw_only=True):
    """An output of a scenario less that of the basis, replication by replication with the same random numbers.

    `half_width` is that of the paired differences, `unpaired_half_width` what independent runs of the same length
    would have given (Welch), `narrower` the second divided by the first, `variance_ratio` the same of the variances
    of the mean. `clear`: the interval does not contain 0.
    """

    scenario: str
    output: str
    n: int
    basis_mean: float | None
    mean: float | None
    difference: float | None
    half_width: float | None
    unpaired_half_width: float | None
    narrower: float | None
    variance_ratio: float | None
    correlation: float | None
    clear: bool


class Bar(Found, frozen=True, kw_only=True):
    """A bar of the tornado of one output: what happens when one quantity is moved to either side."""

    output: str
    path: str
    low: Difference
    high: Difference
    reach: float | None
    """The greater of the two absolute differences; bars are listed by it, greatest first."""


class Contestant(Found, frozen=True, kw_only=True):
    """A scenario in a selection; `left_after` is the number of replications after which KN dropped it."""

    scenario: str
    replications: int
    mean: float | None
    half_width: float | None
    left_after: int | None = None


class SelectionResult(Found, frozen=True, kw_only=True):
    """The scenario selected.

    `assured`: the procedure's probability of correct selection holds (KN ended by itself). `probability` is the
    Bonferroni bound of the probability estimated from the data (OCBA).
    """

    output: str
    best: str
    procedure: Literal["kn", "ocba"]
    assured: bool
    probability: float | None
    contestants: tuple[Contestant, ...]


class Judged(Found, frozen=True, kw_only=True):
    """A target at a point: the mean, the one-sided confidence bound on its unfavourable side, and the verdict.

    `short_by` is how far the mean is beyond the target (negative: how much is to spare), in the output's unit.
    """

    output: str
    target: Target
    mean: float | None
    bound: float | None
    short_by: float | None
    verdict: Verdict


class Point(Found, frozen=True, kw_only=True):
    """A combination of capacities that was run. It is met when every target is `met`; `open` counts as not met."""

    capacities: tuple[int, ...]
    cost: float
    replications: int
    verdict: Verdict
    targets: tuple[Judged, ...]


class Neighbour(Found, frozen=True, kw_only=True):
    """The answer with one unit less of one dial; `point` is None where the dial is at its least already."""

    path: str
    point: Point | None


class SizingResult(Found, frozen=True, kw_only=True):
    """The smallest capacity that meets the targets.

    `answer` is None when not even the greatest capacities meet them; `top` says why. `binding` is the output whose
    target has least to spare at the answer, measured in half-widths. `possible` combinations, of which `points` were
    run (in the order of capacities) and `excluded` others were ruled out because more capacity had failed or a
    cheaper one is the answer. `contradictions` lists pairs (smaller, larger) of points where more capacity did worse;
    if there are any, cheaper points were run one by one, and `assured` says whether that were all of them.
    """

    paths: tuple[str, ...]
    answer: Point | None
    top: Point
    binding: str
    neighbours: tuple[Neighbour, ...]
    possible: int
    excluded: int
    assured: bool
    contradictions: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    points: tuple[Point, ...]


class WarmUp(Found, frozen=True, kw_only=True):
    """What MSER-5 says of one series: days after which it is steady, None if the run is too short to tell."""

    series: str
    days: int | None
    daily: tuple[float, ...]
    smoothed: tuple[float | None, ...]


class WarmUpResult(Found, frozen=True, kw_only=True):
    """The warm-up that all series need that tell (None: none does), in days, beside the one declared."""

    needed_d: int | None
    declared_d: int
    series: tuple[WarmUp, ...]


class Result(Found, frozen=True, kw_only=True):
    """All that was found.

    `sha256` is of every figure of every replication (to the bit) and of the merged tables: the same for any number
    of workers and any order of work. `reached`: whether every half-width asked for was reached within `most`.
    `others` are the sizings of the scenarios after the first, whose is `sizing`.
    """

    id: str
    kind: Kind
    flow: str
    seed: int
    engine: str
    sha256: str
    replications: int
    spent_s: float
    reached: bool
    scenarios: tuple[ScenarioResult, ...]
    differences: tuple[Difference, ...] = ()
    tornado: tuple[Bar, ...] = ()
    selection: SelectionResult | None = None
    sizing: SizingResult | None = None
    others: tuple[SizingResult, ...] = ()
    warm_up: WarmUpResult | None = None
