"""Shared ground of the site schema: strict frozen models, bilingual text, times of day and sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=64)]
Coordinate = Annotated[float, Field(ge=-10_000, le=10_000)]
Point = tuple[Coordinate, Coordinate]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
TimeWindow = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EVERY_DAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Metres = Annotated[float, Field(gt=0)]
Speed = Annotated[float, Field(gt=0, le=20)]
Share = Annotated[float, Field(ge=0, le=1)]


class Model(BaseModel):
    """A strict, frozen piece of a site; an unknown key is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Text(Model):
    """A name in the two languages of the pages; a plain string in YAML is used for both."""

    da: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _one_string_for_both(cls, value: object) -> object:
        return {"da": value, "en": value} if isinstance(value, str) else value


class Sourced(Model):
    """Something that carries figures, and says where they come from (`assumed` when nobody published them)."""

    source: str = Field(min_length=3, description="Publication of the figures, or `assumed` with the reasoning.")
