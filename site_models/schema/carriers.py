"""Who carries: robot fleets, porters by shift, and the pneumatic tube."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from site_models.schema.base import EVERY_DAY, Id, Metres, Model, Share, Sourced, Speed, Text, TimeOfDay, Weekday
from site_models.schema.building import CorridorKind

PorterSkill = Literal["patient", "bed", "blood", "waste", "equipment", "round"]


class Battery(Model):
    """What a robot's battery gives and takes; shares of a full charge."""

    drive_share_per_h: Share
    idle_share_per_h: Share
    charge_share_per_h: float = Field(gt=0)
    reserve: Share = Field(description="Never planned below.")


class Fleet(Sourced):
    """A kind of robot and how many there are."""

    id: Id
    name: Text
    count: int = Field(ge=1, le=1000)
    prefix: str = Field(pattern=r"^[A-Z]{1,3}$", description="Robots are called by it and two or three digits: `R07`.")
    speed_m_s: dict[CorridorKind, Speed]
    payload_kg: Metres
    footprint_m: tuple[Metres, Metres] = Field(description="Length, width.")
    clearance_m: float = Field(default=0.3, ge=0, description="Free space needed on both sides together.")
    compartments: int = Field(default=1, ge=1, description="Loads aboard at once.")
    locked: bool = Field(default=False, description="Compartments open only for the named receiver.")
    upright: bool = True
    battery: Battery


class PorterShift(Sourced):
    """People on duty together. Site time; an end before the start is on the next day."""

    id: Id
    start: TimeOfDay
    end: TimeOfDay
    weekdays: list[Weekday] = list(EVERY_DAY)
    count: int = Field(ge=1, le=200)
    skills: list[PorterSkill]
    zone: Id | None = Field(default=None, description="Works inside this zone when it can; none is everywhere.")
    base: Id = Field(description="Station where the shift begins.")


class Porters(Sourced):
    """How porters walk and what one can carry."""

    walking_m_s: Speed
    bed_m_s: Speed = Field(description="Walking speed with a bed or a patient.")
    carry_kg: Metres = Field(description="By hand or trolley.")
    hands: int = Field(ge=1, description="Small loads carried at once.")
    accept_s: float = Field(gt=0, description="Offered again to another after this time without answer.")
    shifts: list[PorterShift]


class TubeLine(Model):
    """Stations on one line in order of distance; `at_m` is measured along the tube from the transfer unit.

    A busy station may stand on several lines; its capsules and basket are stated on one of them.
    """

    id: Id
    stations: list[TubeStop] = Field(min_length=1)


class TubeStop(Model):
    """A tube station on a line."""

    station: Id
    at_m: float = Field(ge=0)
    capsules: int | None = Field(
        default=None, ge=0, description="Empty capsules that belong here; none: an even share of the others' rest."
    )
    basket: int | None = Field(default=None, ge=1, description="Capsules that its arrival basket holds.")


class TransferUnit(Model):
    """Joins lines; capsules change line here."""

    id: Id
    lines: list[Id] = Field(min_length=2)
    transfer_s: float = Field(gt=0)


class TubeSystem(Sourced):
    """A pneumatic tube system with its lines, transfer units and capsules."""

    id: Id
    name: Text
    speed_m_s: Speed
    slow_m_s: Speed = Field(description="For loads that must travel gently.")
    payload_kg: Metres
    capsules: int = Field(ge=1)
    headway_s: float = Field(gt=0, description="Least time between two dispatches into one line.")
    loading_s: float = Field(gt=0, description="From `send` until the capsule is away.")
    basket: int = Field(default=8, ge=1, description="Capsules that a station's arrival basket holds (assumed).")
    emptying_s: float = Field(
        default=90, gt=0, description="From arrival until somebody has emptied the capsule (assumed)."
    )
    lines: list[TubeLine] = Field(min_length=1)
    transfers: list[TransferUnit] = []

    def stock(self) -> dict[str, int]:
        """Empty capsules that belong to each station: as stated, and an even share of the rest for the others."""
        stops = [stop for line in self.lines for stop in line.stations]
        stated = {stop.station: stop.capsules for stop in stops if stop.capsules is not None}
        others = list(dict.fromkeys(stop.station for stop in stops if stop.station not in stated))
        rest = max(0, self.capsules - sum(stated.values()))
        share, left = divmod(rest, len(others)) if others else (0, 0)
        return stated | {station: share + (number < left) for number, station in enumerate(others)}

    def baskets(self) -> dict[str, int]:
        """How many capsules the arrival basket of each station holds."""
        stops = [stop for line in self.lines for stop in line.stations]
        stated = {stop.station: stop.basket for stop in stops if stop.basket is not None}
        return {stop.station: stated.get(stop.station, self.basket) for stop in stops}
