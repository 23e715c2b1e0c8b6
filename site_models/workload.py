"""What a site's demand asks: how many transports an hour, between which stations, and by which plain mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from site_models.patterns import matching
from site_models.schema import Site
from site_models.schema.demand import Demand, Mix, Profile
from site_models.schema.loads import Load, Mode, Specimen


def hourly_rates(demand: Demand, profile: Profile, weekday: int) -> tuple[float, ...]:
    """Orders expected in each hour 0-23 of a weekday (0 is Monday).

    Weights are relative: the 24 hours are scaled to their sum and the seven days to their mean, so that a week of
    ordinary days brings seven times `per_day`.
    """
    of_day = demand.per_day * profile.weekdays[weekday] * 7 / sum(profile.weekdays)
    whole = sum(profile.hours)
    return tuple(of_day * weight / whole for weight in profile.hours)


def pairs(origins: list[str], destinations: list[str], stations: Iterable[str]) -> list[tuple[str, str, float]]:
    """Every pair of different stations that a demand may draw, with its probability."""
    known = sorted(stations)
    ends = matching(destinations, known)
    choices = [(origin, [end for end in ends if end != origin]) for origin in matching(origins, known)]
    choices = [(origin, others) for origin, others in choices if others]
    return [(origin, end, 1 / len(choices) / len(others)) for origin, others in choices for end in others]


def variants(mix: Sequence[Mix]) -> list[Mix]:
    """The variants of a demand, with what is left out as a last one that has nothing special."""
    left = 1.0 - sum(variant.share for variant in mix)
    return [*mix, Mix(share=left)] if left > 1e-9 else list(mix)


class PlainModes:
    """The mode of a transport when nothing special is the matter; what is chosen on the day depends on the day."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.loads = {load.id: load for load in site.loads}
        self.specimens = {specimen.id: specimen for specimen in site.specimens}
        self.kinds = {station.id: frozenset(station.kinds) for floor in site.floors for station in floor.stations}

    def mode(self, load_id: str, origin: str, destination: str, variant: Mix) -> Mode:
        """The first of the load's modes that both stations serve and that specimen and mass allow, else a porter.

        For the tube one end may lack a station.
        """
        load = self.loads[load_id]
        specimen = self.specimens.get(variant.specimen or "")
        if load.specimen_table and specimen is None:
            return "porter"  # what the laboratory has not listed
        mass_kg = variant.mass_kg or load.mass_kg
        both, either = self.kinds[origin] & self.kinds[destination], self.kinds[origin] | self.kinds[destination]
        possible = {
            "tube": "tube" in either and self._tube_takes(load, specimen, mass_kg),
            "robot": "robot" in both and self._robot_takes(load, specimen, mass_kg),
            "porter": True,
        }
        return next((mode for mode in load.modes if possible[mode]), "porter")

    def fleets(self, load_id: str, mass_kg: float | None = None) -> tuple[str, ...]:
        """The robot fleets that may carry a load of so many kilograms (without: what the load weighs)."""
        load = self.loads[load_id]
        mass_kg = mass_kg or load.mass_kg
        return tuple(
            fleet.id for fleet in self.site.fleets if mass_kg <= fleet.payload_kg and (fleet.locked or not load.locked)
        )

    def _tube_takes(self, load: Load, specimen: Specimen | None, mass_kg: float) -> bool:
        if load.upright or (specimen is not None and (specimen.upright or specimen.tube == "forbidden")):
            return False
        return any(mass_kg <= tube.payload_kg for tube in self.site.tubes)

    def _robot_takes(self, load: Load, specimen: Specimen | None, mass_kg: float) -> bool:
        if specimen is not None and specimen.robot == "forbidden":
            return False
        return bool(self.fleets(load.id, mass_kg))
