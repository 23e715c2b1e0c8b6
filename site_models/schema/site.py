"""The whole site: every section of the YAML in one frozen object."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from site_models.schema.base import Id, Model, Share, Sourced, Text
from site_models.schema.building import Bay, Building, Door, Floor, Lift, Plan, Zone
from site_models.schema.carriers import Fleet, Porters, TubeSystem
from site_models.schema.demand import Demand, Phase, Profile, Round
from site_models.schema.loads import Load, Precaution, Priority, ServiceTarget, Specimen

Role = Literal["dispatcher", "porter", "clinician", "planner", "technician"]


class Header(Model):
    """Identity of the site; `timezone` is the IANA name all its times of day are written in."""

    id: Id
    name: Text
    timezone: str


class StaffMember(Model):
    """Somebody who may be picked as the person acting, until sign-in exists."""

    id: Id
    name: str
    roles: list[Role] = Field(min_length=1)
    ward: Id | None = None


class ModeCost(Sourced):
    """What a minute of a carrier costs against a minute of routine lateness; the choice of mode weighs both."""

    porter_per_min: float = Field(gt=0)
    robot_per_min: float = Field(gt=0)
    tube_per_send: float = Field(ge=0)


class Mishaps(Sourced):
    """How often simulated work goes wrong, so that a demo meets what a hospital meets."""

    not_ready_share: Share = Field(default=0.0, description="Patient moves where the patient is not ready.")
    not_ready_wait_min: float = Field(default=10, gt=0)


class Site(Model):
    """A hospital as data. `plans` are already unfolded into `floors` when a site has been loaded."""

    site: Header
    staff: list[StaffMember] = Field(min_length=1)
    buildings: list[Building] = []
    plans: list[Plan] = []
    floors: list[Floor] = Field(min_length=1)
    doors: list[Door] = []
    zones: list[Zone] = []
    lifts: list[Lift] = []
    bays: list[Bay] = []
    fleets: list[Fleet] = []
    porters: Porters
    tubes: list[TubeSystem] = []
    loads: list[Load] = Field(min_length=1)
    specimens: list[Specimen] = []
    precautions: list[Precaution] = []
    priorities: list[Priority] = Field(min_length=4, max_length=4)
    mode_cost: ModeCost
    mishaps: Mishaps
    targets: list[ServiceTarget] = []
    profiles: list[Profile] = []
    demand: list[Demand] = []
    rounds: list[Round] = []
    phases: list[Phase] = []
