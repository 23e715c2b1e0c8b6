"""What is measured, which flows there are, and scenarios of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from simulation.flow.schema.durations import PositiveSeconds, Seconds, Unit, duration_s
from site_models.schema.base import Id, Model, Sourced, Text, TimeOfDay

LONGEST_RUN_S = 20 * 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure to be kept: seconds when it was written as a duration, otherwise a plain number."""

    value: float
    is_duration: bool


def _bound(value: object) -> Bound:
    if isinstance(value, Bound):
        return value
    if isinstance(value, str) and (found := duration_s(value)) is not None:
        return Bound(found, is_duration=True)
    try:
        return Bound(float(str(value)), is_duration=False)
    except ValueError:
        raise ValueError("a target is a number (.95) or a duration with its unit (15 min)") from None


class Setting(Model):
    """So many days, from a date on."""

    from_: dt.date = Field(alias="from")
    days: float = Field(gt=0, le=3_650)


class WaitingRight(Sourced):
    """How long patients may be left to wait by law, as it was and will be."""

    id: Id
    name: Text
    settings: tuple[Setting, ...] = Field(min_length=1)

    def days_on(self, day: dt.date) -> float | None:
        """The setting in force on a day, None before the first."""
        begun = [setting for setting in self.settings if setting.from_ <= day]
        return max(begun, key=lambda setting: setting.from_).days if begun else None


class ByRight(Model):
    """A limit that is a waiting right: the setting in force when the flow begins."""

    right: Id


Limit = Annotated[
    Annotated[PositiveSeconds, Tag("<span>")] | Annotated[ByRight, Tag("<right>")],
    Discriminator(lambda value: "<right>" if isinstance(value, dict | ByRight) else "<span>"),
]


class Target(Model):
    """What the planner wants the figure to be."""

    at_most: Annotated[Bound, PlainValidator(_bound)] | None = None
    at_least: Annotated[Bound, PlainValidator(_bound)] | None = None

    @model_validator(mode="after")
    def _some(self) -> Target:
        if self.at_most is None and self.at_least is None:
            raise ValueError("a target says `at_most` or `at_least`")
        return self


class OutputBase(Model):
    """What every output says."""

    id: Id
    name: Text
    target: Target | None = None
    source: str | None = Field(default=None, min_length=3)

    @property
    def is_time(self) -> bool:
        """Whether the figure is a time (kept in `unit`), so that its target is a duration."""
        return False

    @model_validator(mode="after")
    def _target_fits(self) -> OutputBase:
        bounds = [b for b in (self.target.at_most, self.target.at_least) if b] if self.target else []
        if any(bound.is_duration != self.is_time for bound in bounds):
            meant = "a duration such as 15 min" if self.is_time else "a number without unit"
            raise ValueError(f"the target of this figure is {meant}")
        return self


class TimeOutput(OutputBase):
    """Times of patients between two marks."""

    measure: Literal["time"]
    from_: Id = Field(default="arrival", alias="from")
    to: Id = "leaving"
    statistic: Literal["mean", "p50", "p90", "p95", "share_within", "hours_per_day", "per_day"]
    limit: Limit | None = None
    reached: bool = False
    unit: Unit = "min"
    where: dict[Id, tuple[Id, ...]] = {}

    @property
    def is_time(self) -> bool:
        """Whether the figure is a time."""
        return self.statistic in {"mean", "p50", "p90", "p95"}

    @model_validator(mode="after")
    def _limit_for_share(self) -> TimeOutput:
        if (self.statistic == "share_within") != (self.limit is not None):
            raise ValueError("`limit` and `statistic: share_within` go together; say both or neither")
        return self


class OutcomeOutput(OutputBase):
    """How many leave with an outcome."""

    measure: Literal["outcome"]
    outcome: Id
    statistic: Literal["share", "per_day"]
    where: dict[Id, tuple[Id, ...]] = {}


class WaitOutput(OutputBase):
    """Waiting at one point, named as in the plan: `<pathway>/<step>`."""

    measure: Literal["wait"]
    step: str
    statistic: Literal["mean"] = "mean"
    unit: Unit = "min"

    @property
    def is_time(self) -> bool:
        """Whether the figure is a time."""
        return True


class OccupancyOutput(OutputBase):
    """Units in use at a time of day."""

    measure: Literal["occupancy"]
    resource: Id
    at: TimeOfDay
    statistic: Literal["mean", "p90", "days_over"]


class UtilisationOutput(OutputBase):
    """Units in use ÷ capacity."""

    measure: Literal["utilisation"]
    resource: Id


class OvertimeOutput(OutputBase):
    """Hours a day beyond capacity."""

    measure: Literal["overtime"]
    resource: Id


def _measure(value: object) -> str:
    said = value.get("measure") if isinstance(value, dict) else getattr(value, "measure", None)
    return f"<{said}>"


Output = Annotated[
    Annotated[TimeOutput, Tag("<time>")]
    | Annotated[OutcomeOutput, Tag("<outcome>")]
    | Annotated[WaitOutput, Tag("<wait>")]
    | Annotated[OccupancyOutput, Tag("<occupancy>")]
    | Annotated[UtilisationOutput, Tag("<utilisation>")]
    | Annotated[OvertimeOutput, Tag("<overtime>")],
    Discriminator(_measure),
]


class Flow(Model):
    """A flow to be run: who arrives, for how long, and what is measured."""

    id: Id
    name: Text
    begins: dt.date
    warm_up: Annotated[Seconds, Field(le=LONGEST_RUN_S)] = 0.0
    runs: Annotated[PositiveSeconds, Field(le=LONGEST_RUN_S)]
    arrivals: tuple[Id, ...] = Field(min_length=1)
    outputs: tuple[Id, ...] = ()
    dials: tuple[str, ...] = ()


class Scenario(Sourced):
    """A flow with named changes: each a path into the declared flows, and a value, `{times: …}` or `{plus: …}`."""

    id: Id
    name: Text
    flows: tuple[Id, ...] = Field(min_length=1)
    changes: dict[str, Any]
