"""Durations with units, distributions of them, and both by a patient's attribute."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from simulation.distributions import Distribution, build
from site_models.schema.base import EVERY_DAY, Id, Model, TimeOfDay, Weekday

UNIT_S = {"s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
"""Seconds of each unit in which a duration may be written."""
Unit = Literal["s", "min", "h", "d"]
LONGEST_S = 100 * 365 * 86_400.0
_WRITTEN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(s|min|h|d)")


def duration_s(text: str) -> float | None:
    """Seconds of a duration such as `90 s`, `20 min`, `1.5 h`, `2 d`; None when it is not one."""
    written = _WRITTEN.fullmatch(text.strip())
    return float(written[1]) * UNIT_S[written[2]] if written else None


def _seconds(value: object) -> float:
    found = 0.0 if value in ("0", 0) else duration_s(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is written with its unit: 90 s, 20 min, 4 h or 2 d")
    if not abs(found) <= LONGEST_S:
        raise ValueError("a duration is at most 100 years")
    return found


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""Written as a duration, kept as seconds; the check of flows refuses negative ones."""


def _positive(value: object) -> float:
    found = _seconds(value)
    if found == 0:
        raise ValueError("the duration must be longer than zero")
    return found


PositiveSeconds = Annotated[float, BeforeValidator(_positive)]


class Parameters(Model):
    """Parameters of a distribution; `plus` moves all its values up. The registry of distributions holds their rules."""

    plus: Seconds = 0.0


class Exponential(Parameters):
    """Without memory: as often short as long ago."""

    mean: Seconds


class LogNormal(Parameters):
    """Skewed to long values, as treatment times are; mean and standard deviation of the time itself."""

    mean: Seconds
    sd: Seconds


class Gamma(Parameters):
    """Skewed, with a lighter tail than the lognormal."""

    mean: Seconds
    sd: Seconds


class Erlang(Parameters):
    """The sum of so many equal exponential phases."""

    mean: Seconds
    phases: int = Field(le=1_000)


class Weibull(Parameters):
    """By mean and shape: over 1 the rate of ending grows with time, under 1 it falls."""

    mean: Seconds
    shape: float


class Normal(Parameters):
    """The bell; values under `min` become `min`."""

    mean: Seconds
    sd: Seconds
    min: Seconds = 0.0


class Uniform(Parameters):
    """All values between two are as likely."""

    low: Seconds
    high: Seconds


class Triangular(Parameters):
    """Least, most likely and greatest value, as people estimate them."""

    low: Seconds
    mode: Seconds
    high: Seconds


class Empirical(Parameters):
    """One of the values seen, as often as its weight says."""

    values: tuple[Seconds, ...]
    weights: tuple[float, ...] = ()


class Law(Model):
    """One distribution by its name."""

    constant: Seconds | None = None
    exponential: Exponential | None = None
    lognormal: LogNormal | None = None
    gamma: Gamma | None = None
    erlang: Erlang | None = None
    weibull: Weibull | None = None
    normal: Normal | None = None
    uniform: Uniform | None = None
    triangular: Triangular | None = None
    empirical: Empirical | None = None

    @model_validator(mode="after")
    def _sound(self) -> Law:
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"name exactly one distribution: {', '.join(type(self).model_fields)}")
        return self

    def distribution(self) -> Distribution:
        """The distribution of seconds that is meant."""
        if self.constant is not None:
            return build("constant", value=self.constant)
        name = next(name for name in type(self).model_fields if getattr(self, name) is not None)
        figures = dict(getattr(self, name))
        return build(name, figures.pop("plus"), **figures)


def one_or_several(value: object) -> str:
    """The tag of something that may be written alone or as a list."""
    return "<several>" if isinstance(value, list | tuple) else "<one>"


class Clock(Model):
    """Until the next of these times of day, on these days or every day."""

    until: Annotated[
        Annotated[TimeOfDay, Tag("<one>")] | Annotated[tuple[TimeOfDay, ...], Tag("<several>"), Field(min_length=1)],
        Discriminator(one_or_several),
    ]
    days: tuple[Weekday, ...] = Field(default=EVERY_DAY, min_length=1)

    @property
    def times(self) -> tuple[str, ...]:
        """The times of day."""
        return (self.until,) if isinstance(self.until, str) else self.until


def _form(value: object) -> str:
    if isinstance(value, dict | Model):
        keys = value if isinstance(value, dict) else type(value).model_fields
        return "<by>" if "by" in keys else "<clock>" if "until" in keys else "<law>"
    return "<never>" if value == "never" else "<span>"


_Span = Annotated[Seconds, Tag("<span>")]
_Law = Annotated[Law, Tag("<law>")]
Drawn = Annotated[_Span | _Law, Discriminator(_form)]
"""A time that is the same for everybody (seconds), or a distribution."""


class ByDuration(Model):
    """A duration by the patient's value of an attribute: `{by: triage, red: 5 min, else: 20 min}`."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Drawn] = Field(init=False)

    by: Id
    else_: Drawn | None = Field(default=None, alias="else")

    @property
    def rows(self) -> dict[str, Drawn]:
        """What is said for each value by name."""
        return self.__pydantic_extra__


Duration = Annotated[_Span | _Law | Annotated[ByDuration, Tag("<by>")], Discriminator(_form)]
"""How long something takes."""

Bearing = Annotated[_Span | _Law | Annotated[Literal["never"], Tag("<never>")], Discriminator(_form)]
"""How long somebody of one value of an attribute bears to wait."""


class ByPatience(Model):
    """Patience by the patient's value of an attribute; `never` gives up."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Bearing] = Field(init=False)

    by: Id
    else_: Bearing | None = Field(default=None, alias="else")

    @property
    def rows(self) -> dict[str, Bearing]:
        """What is said for each value by name."""
        return self.__pydantic_extra__


Patience = Annotated[
    _Span | _Law | Annotated[Clock, Tag("<clock>")] | Annotated[ByPatience, Tag("<by>")], Discriminator(_form)
]
"""How long somebody waits before giving up."""
