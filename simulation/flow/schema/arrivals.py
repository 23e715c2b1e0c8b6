"""Attributes of patients, patterns of the week and the year, and arrivals."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from simulation.flow.schema.durations import Drawn, Seconds
from site_models.schema.base import EVERY_DAY, Id, Model, Share, Sourced, Text, TimeOfDay, Weekday

Shares = Annotated[dict[Id, Share], Field(min_length=1)]
Weight = Annotated[float, Field(ge=0)]


def _rows_or_shares(value: object) -> str:
    rows = isinstance(value, dict) and any(isinstance(share, dict) for share in value.values())
    return "<rows>" if rows else "<shares>"


Mix = Annotated[
    Annotated[Shares, Tag("<shares>")] | Annotated[dict[str, Shares], Tag("<rows>")], Discriminator(_rows_or_shares)
]
"""Shares of an attribute's values; or rows of them, one for each value of an earlier attribute (or `else`)."""


class Attribute(Sourced):
    """A property drawn on arrival; with `by`, its shares depend on an attribute that is declared before."""

    id: Id
    name: Text | None = None
    by: Id | None = None
    values: Mix

    @model_validator(mode="after")
    def _rows_go_with_by(self) -> Attribute:
        rows = any(isinstance(share, dict) for share in self.values.values())
        if rows and self.by is None:
            raise ValueError("`values` has rows; say `by` which attribute, or give one share for each value")
        if not rows and self.by is not None:
            raise ValueError(f"`values` needs a row of shares for each value of `{self.by}` (or `else`)")
        return self


class Pattern(Sourced):
    """Relative weights of the hours of a day, the days of a week and the months of a year."""

    id: Id
    name: Text | None = None
    hours: tuple[Weight, ...] | None = Field(default=None, min_length=24, max_length=24)
    weekend_hours: tuple[Weight, ...] | None = Field(default=None, min_length=24, max_length=24)
    weekdays: tuple[Weight, ...] | None = Field(default=None, min_length=7, max_length=7)
    months: tuple[Weight, ...] | None = Field(default=None, min_length=12, max_length=12)

    @model_validator(mode="after")
    def _some_weight(self) -> Pattern:
        for name in ("hours", "weekend_hours", "weekdays", "months"):
            weights = getattr(self, name)
            if weights is not None and sum(weights) <= 0:
                raise ValueError(f"at least one weight of `{name}` must be above zero")
        return self


class Schedule(Model):
    """So many at each time of these days."""

    days: tuple[Weekday, ...] = Field(default=EVERY_DAY, min_length=1)
    times: tuple[TimeOfDay, ...] = Field(min_length=1)
    each: int = Field(default=1, ge=1, le=10_000)


class Surge(Model):
    """Many at once, evenly spread over a time: day 0 is the day on which the flow begins."""

    day: int = Field(ge=0)
    at: TimeOfDay
    count: int = Field(ge=1, le=100_000)
    over: Seconds = 0.0


class Arrivals(Sourced):
    """A source of patients: at random, by schedule, all at once, or as they came in a log."""

    id: Id
    name: Text | None = None
    pathway: Id
    per_day: float | None = Field(default=None, ge=0, le=100_000)
    pattern: Id | None = None
    schedule: Schedule | None = None
    surge: Surge | None = None
    log: (
        Annotated[
            Annotated[str, Tag("<file>")] | Annotated[tuple[dt.datetime, ...], Tag("<times>")],
            Discriminator(lambda value: "<file>" if isinstance(value, str) else "<times>"),
        ]
        | None
    ) = None
    lateness: Drawn | None = None
    attributes: dict[Id, Mix] = {}
    enabled: bool = True

    @model_validator(mode="after")
    def _one_kind(self) -> Arrivals:
        kinds = ("per_day", "schedule", "surge", "log")
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"say exactly one of {', '.join(kinds)}")
        if self.pattern is not None and self.per_day is None:
            raise ValueError("`pattern` belongs to `per_day`")
        if self.lateness is not None and self.per_day is not None:
            raise ValueError("`lateness` belongs to a schedule, a surge or a log")
        return self
