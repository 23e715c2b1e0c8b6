"""Resources: what patients wait for, how many of it there are and when."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from simulation.flow.schema.durations import Duration, PositiveSeconds
from site_models.schema.base import EVERY_DAY, Id, Model, Sourced, Text, TimeOfDay, TimeWindow, Weekday

Units = Annotated[int, Field(ge=0, le=100_000)]
Days = Annotated[tuple[Weekday, ...], Field(min_length=1)]
LEAP_YEAR = 2024


def _day_of_year(text: str) -> str:
    try:
        dt.date.fromisoformat(f"{LEAP_YEAR}-{text}")
    except ValueError:
        raise ValueError("a day of the year is written month-day: 07-01") from None
    return text


DayOfYear = Annotated[str, AfterValidator(_day_of_year)]


class Shift(Model):
    """So many units while the window lasts; a window that ends before it begins ends on the next day."""

    window: TimeWindow
    count: Units
    days: Days = EVERY_DAY

    @model_validator(mode="after")
    def _lasts(self) -> Shift:
        begin, end = self.window.split("-")
        if begin == end:
            raise ValueError("the window is empty; write 00:00-24:00 for the whole day")
        return self


class Break(Model):
    """So many units fewer from a time of day on."""

    at: TimeOfDay
    for_: PositiveSeconds = Field(alias="for")
    count: Units = 1
    days: Days = EVERY_DAY


class Closed(Model):
    """So many units fewer each year from the first day to the last, both included."""

    from_: DayOfYear = Field(alias="from")
    to: DayOfYear
    count: Units


class Resource(Sourced):
    """A pool of equal units; a bed is two pools, the staffed beds and the physical ones."""

    id: Id
    kind: Literal["staff", "room", "bed", "equipment"]
    name: Text
    count: Units | None = None
    shifts: tuple[Shift, ...] | None = None
    breaks: tuple[Break, ...] = ()
    closed: tuple[Closed, ...] = ()
    skills: tuple[Id, ...] = ()
    queue: Literal["order", "deadline"] = "order"
    physical: Units | None = None
    staffed: Units | None = None
    cleaning: Duration | None = None
    cleaner: Id | None = None

    @model_validator(mode="after")
    def _complete(self) -> Resource:
        wanted = ("staffed", "shifts") if self.kind == "bed" else ("count", "shifts")
        given = [name for name in ("count", "staffed", "shifts") if getattr(self, name) is not None]
        if len(given) != 1 or given[0] not in wanted:
            raise ValueError(f"a resource of kind `{self.kind}` has either `{wanted[0]}` or `shifts`")
        if self.kind == "bed" and self.physical is None:
            raise ValueError("a bed says how many there are: add `physical`")
        beds_only = [name for name in ("physical", "cleaning", "cleaner") if getattr(self, name) is not None]
        if self.kind != "bed" and beds_only:
            raise ValueError(f"only a bed has `{beds_only[0]}`; remove it, or make the kind `bed`")
        if self.cleaner is not None and self.cleaning is None:
            raise ValueError("a `cleaner` without `cleaning` has nothing to do; add `cleaning`")
        return self
