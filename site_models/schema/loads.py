"""What is carried: load classes, the laboratory's specimen table, precautions, priorities and targets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from site_models.schema.base import Id, Model, Share, Sourced, Text
from site_models.schema.carriers import PorterSkill

Mode = Literal["tube", "robot", "porter"]
Cleanliness = Literal["clean", "unclean", "neutral"]
ByTube = Literal["allowed", "slow_only", "forbidden"]


class ReturnTrip(Model):
    """What comes back when a load has been delivered: an emptied cart, a used tray."""

    load: Id
    after_min: float = Field(ge=0, description="Minutes from delivery until the return is ready.")
    to: Id | None = Field(default=None, description="Station it returns to; none is where it came from.")


class Load(Sourced):
    """A class of loads and what may carry it."""

    id: Id
    name: Text
    modes: list[Mode] = Field(min_length=1, description="In the site's order of preference at equal cost.")
    priority: Id = Field(description="Priority when the requester names none.")
    mass_kg: float = Field(gt=0, description="Typical mass with its container.")
    clean: Cleanliness = "neutral"
    locked: bool = Field(default=False, description="Needs a compartment that only the receiver opens.")
    upright: bool = False
    cart: bool = Field(default=False, description="Stands on wheels: a robot docks it, a porter pushes it.")
    skill: PorterSkill | None = Field(default=None, description="What a porter must be able to do.")
    porters: int = Field(default=1, ge=1, le=2)
    person: bool = Field(default=False, description="A patient: porter only, and never called a load on a page.")
    tube_slow: bool = Field(default=False, description="By tube only at the slow speed.")
    specimen_table: bool = Field(default=False, description="The laboratory's table decides, specimen by specimen.")
    per_capsule: int = Field(default=1, ge=1, le=50, description="So many may share a capsule; only samples do.")
    returns: ReturnTrip | None = None


class Specimen(Sourced):
    """A row of the laboratory's own table. A specimen that is not listed goes by porter."""

    id: Id
    name: Text
    tube: ByTube
    robot: Literal["allowed", "forbidden"] = "forbidden"
    max_min: float | None = Field(default=None, gt=0, description="Longest time from collection to arrival.")
    upright: bool = False


class Precaution(Sourced):
    """A code that the ward sets for a move; it says what to do, never why (no diagnosis)."""

    id: Literal["contact", "droplet", "airborne", "protective"]
    name: Text
    lift_alone: bool
    protective_equipment: list[Text]
    cleaning_min: float = Field(ge=0, description="Cleaning after the move, before the porter is free.")


class Priority(Sourced):
    """A named priority with its service target."""

    id: Id
    name: Text
    rank: int = Field(ge=1, le=9, description="1 is the most urgent.")
    target_min: float = Field(gt=0, description="Due this long after ready when the requester names no time.")
    weight: float = Field(gt=0, description="Cost of a minute of lateness.")
    share_wait_min: float = Field(default=0, ge=0, description="So long a sample waits for others in its capsule.")


class ServiceTarget(Sourced):
    """What the site promises: this share of the jobs of a load class or priority on time."""

    load: Id | None = None
    priority: Id | None = None
    on_time: Share
