"""When things are carried: demand by hour, recurring rounds and dated phases."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from site_models.schema.base import EVERY_DAY, Id, Model, Share, Sourced, Text, TimeOfDay, Weekday


class Profile(Sourced):
    """24 relative weights, one an hour of site time, and seven for Monday to Sunday."""

    id: Id
    hours: list[float] = Field(min_length=24, max_length=24)
    weekdays: list[float] = Field(default=[1.0] * 7, min_length=7, max_length=7)


class Mix(Model):
    """A variant of a demand and its share of it; what is left out has none."""

    share: Share
    specimen: Id | None = None
    precaution: Id | None = None
    priority: Id | None = None
    mass_kg: float | None = Field(default=None, gt=0)


class Demand(Sourced):
    """A stream of orders: `per_day` jobs on an average day, Poisson in each hour, origin and destination drawn evenly.

    `origins` and `destinations` are station ids or patterns with `*` (`ward-*-tube`).
    """

    id: Id
    load: Id
    per_day: float = Field(gt=0)
    profile: Id
    origins: list[str] = Field(min_length=1)
    destinations: list[str] = Field(min_length=1)
    within_min: float | None = Field(default=None, gt=0, description="Due after ready; none is the priority's target.")
    mix: list[Mix] = []


class Round(Sourced):
    """A recurring round by calendar: at each time one job for every target (or one job a target to `to`)."""

    id: Id
    name: Text
    load: Id
    origins: list[str] = Field(min_length=1, description="Station ids or patterns; one side has exactly one station.")
    destinations: list[str] = Field(min_length=1)
    times: list[TimeOfDay] = Field(min_length=1)
    weekdays: list[Weekday] = list(EVERY_DAY)
    within_min: float = Field(gt=0)
    spread_min: float = Field(default=0, ge=0, description="Ready times spread evenly over this span.")


class Phase(Model):
    """A dated step of taking the hospital into use; what no phase names is open from the start."""

    id: Id
    name: Text
    date: dt.date
    opens: list[Id] = Field(default=[], description="Floors, corridors, rooms, wards, stations, lifts, tube lines.")
    robots: dict[Id, int] = Field(default={}, description="Robots of each fleet commissioned from this day.")
