"""What the planning interface takes and answers, as programs see it."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from api.planning.asking import MOST_CHANGES, MOST_DAYS, MOST_REPLICATIONS, MOST_SCENARIOS, MOST_SEED
from api.planning.form import NAME_LENGTH
from api.schemas import Body, Out, Words
from simulation.experiment.progress import State

FIGURE_LENGTH = 100


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return value


Finite = Annotated[float, AfterValidator(_finite)]
ShortId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", examples=["changed"])]
Path = Annotated[str, Field(min_length=1, max_length=200, examples=["resources.ct.count"])]
Written = Annotated[str, Field(max_length=FIGURE_LENGTH, examples=["25 min"])]


class TimesIn(Body):
    """So many times the declared figure."""

    times: Annotated[Finite, Field(ge=0, le=1_000_000)]


class PlusIn(Body):
    """So much more (or, negative, less) than the declared figure."""

    plus: Annotated[Finite, Field(ge=-1e9, le=1e9)] | Written


ChangeIn = bool | Annotated[Finite, Field(ge=-1e9, le=1e9)] | Written | TimesIn | PlusIn


class ScenarioIn(Body):
    """A flow with changes by the paths of its figures."""

    id: ShortId
    name: dict[Literal["da", "en"], Annotated[Words, Field(max_length=NAME_LENGTH)]] = {}
    changes: dict[Path, ChangeIn] = Field(default={}, max_length=MOST_CHANGES)


class ExperimentIn(Body):
    """An experiment: the first scenario is the basis that the others are compared with."""

    flow: ShortId
    scenarios: list[ScenarioIn] = Field(default=[], max_length=MOST_SCENARIOS)
    replications: int | None = Field(
        default=None, ge=2, le=MOST_REPLICATIONS, description="Of each scenario; left out where a precision is given."
    )
    precision: dict[ShortId, Annotated[Finite, Field(gt=0, le=1e9)]] | None = Field(
        default=None, description="Half-width wanted by output, in its unit; replications are added until then."
    )
    most: int = Field(default=500, ge=10, le=MOST_REPLICATIONS, description="Replications at most with a precision.")
    seed: int = Field(default=1, ge=0, le=MOST_SEED)
    warm_up_d: int | None = Field(default=None, ge=0, le=MOST_DAYS, description="Days, in place of the flow's.")
    runs_d: int | None = Field(default=None, ge=1, le=MOST_DAYS, description="Days, in place of the flow's.")


class TargetOut(Out):
    """What an output must be, in its unit."""

    at_most: float | None = None
    at_least: float | None = None


class OutputOut(Out):
    """What is measured of a flow."""

    id: str
    name: dict[str, str]
    unit: str = Field(examples=["min"], description="share, units, per_day, hours_per_day, s, min, h or d.")
    declared: dict[str, Any] = Field(description="As it stands in the site's model.")


class FigureOfModelOut(Out):
    """A figure that a scenario may change."""

    path: str
    name: dict[str, str]
    value: float | bool | str
    source: str


class ReadyScenarioOut(Out):
    """A ready-made scenario."""

    id: str
    name: dict[str, str]
    flows: list[str]
    changes: dict[str, Any]
    source: str


class FlowOut(Out):
    """A patient flow that can be simulated."""

    id: str
    name: dict[str, str]
    begins: str
    warm_up_d: int
    runs_d: int
    outputs: list[OutputOut]
    dials: list[FigureOfModelOut] = Field(description="The figures that planners turn first.")
    scenarios: list[ReadyScenarioOut]


class FlowsOut(Out):
    """The flows of the site."""

    flows: list[FlowOut]


class FiguresOut(Out):
    """Figures of a flow that a scenario may change."""

    figures: list[FigureOfModelOut]


class ScenarioOut(Out):
    """A scenario of an experiment."""

    id: str
    name: str
    changes: dict[str, Any]


class ExperimentOut(Out):
    """An experiment and how far it is."""

    id: str = Field(description="The digest of the question: the same question has the same id.")
    address: str = Field(examples=["/planning/experiments/0123456789abcdef0123456789abcdef"])
    flow: str
    kind: str = Field(examples=["compare"])
    title: str
    scenarios: list[ScenarioOut]
    seed: int
    state: State
    done: int = Field(description="Replications that are there, of all scenarios.")
    wanted: int = Field(description="Replications that will be there by what is known now.")
    left_s: float | None
    problem: str
    asked: AwareDatetime


class ExperimentsOut(Out):
    """Experiments, the newest first."""

    experiments: list[ExperimentOut]


class FigureOut(Out):
    """An output of a scenario over its replications, in its unit."""

    output: str
    n: int
    mean: float | None
    half_width: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    least: float | None
    greatest: float | None
    target: TargetOut | None
    met: bool | None = Field(description="Null where it cannot be told, or where there is no target.")


class ScenarioResultOut(Out):
    """What was found of a scenario."""

    id: str
    replications: int
    figures: list[FigureOut]


class DifferenceOut(Out):
    """An output of a scenario less that of the basis, with the same random numbers in both."""

    scenario: str
    output: str
    n: int
    basis_mean: float | None
    mean: float | None
    difference: float | None
    half_width: float | None
    unpaired_half_width: float | None
    narrower: float | None = Field(description="The unpaired half-width divided by the paired one.")
    clear: bool = Field(description="Whether the interval does not contain 0.")


class ResultOut(Out):
    """What an experiment found."""

    id: str
    kind: str
    flow: str
    seed: int
    engine: str
    sha256: str = Field(description="Of every figure of every replication, to the bit.")
    replications: int
    spent_s: float
    reached: bool
    scenarios: list[ScenarioResultOut]
    differences: list[DifferenceOut]
    further: dict[str, Any] = Field(
        description="Sensitivity, selection, sizing or warm-up, as the command line made it."
    )
