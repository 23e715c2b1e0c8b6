"""Every station is reached by those who serve it: robots from their home bays, porters from their bases."""

from __future__ import annotations

import datetime as dt

from site_models.checks.networks import Network, Regions
from site_models.checks.report import Report
from site_models.checks.survey import Found, Survey, by_id
from site_models.expand import expand
from site_models.layout import Layout
from site_models.phases import as_of
from site_models.places import fleet_bays
from site_models.schema import Site
from site_models.schema.building import Station
from site_models.schema.carriers import Fleet


def check_reach(survey: Survey, report: Report) -> None:
    """Note each station that its carriers cannot reach, and each corridor that is too narrow to be the only way."""
    network = Network(survey.site, survey.layout)
    reach = _Reach(survey.site, survey.layout, network)
    _robots(survey, report, network, reach)
    for one in survey.stations:
        if one.id in reach.unwalkable:
            message = f"No porter gets to station `{one.id}` and back; join it to the corridors or lifts of staff."
            report.add("station_unreachable", one.path, message)
    _beds(survey, report, reach)
    for date in sorted({phase.date for phase in survey.site.phases}):
        _on_date(survey, report, date, reach)


class _Reach:
    """Stations that nobody of a kind can reach in one layout."""

    def __init__(self, site: Site, layout: Layout, network: Network) -> None:
        self.site = site
        self.layout = layout
        self.walking = network.regions(network.person_passes("staff"))
        self.with_bed = network.regions(network.person_passes("bed"))
        self.by_fleet = {fleet.id: network.regions(network.robot_passes(fleet)) for fleet in site.fleets}
        self.bases = [f"st:{shift.base}" for shift in site.porters.shifts]
        self.unwalkable = self._outside("porter", self.walking, self.walking.home(self.bases))
        driven = [self._outside("robot", regions, self.home(fleet)) for fleet, regions in self.by_fleet.items()]
        self.undrivable = set.intersection(*driven) if driven else self._outside("robot", self.walking, -1)

    def home(self, fleet: str) -> int:
        """The region where the bays of the fleet are."""
        return self.by_fleet[fleet].home(self.bays(fleet))

    def bays(self, fleet: str) -> list[str]:
        """The nodes of the fleet's bays."""
        nodes = self.layout.bay_node
        return [nodes[bay] for bay in fleet_bays(self.site, fleet) if bay in nodes]

    def _outside(self, kind: str, regions: Regions, home: int) -> set[str]:
        nodes = self.layout.station_node
        served = [station for station, known in self.layout.stations.items() if kind in known.kinds]
        return {station for station in served if regions.labels[nodes[station]] != home}


def _robots(survey: Survey, report: Report, network: Network, reach: _Reach) -> None:
    reached_but_for_width: set[str] = set()
    for k, fleet in enumerate(survey.site.fleets):
        if not reach.bays(fleet.id):
            continue
        home = reach.home(fleet.id)
        free = network.regions(network.robot_passes(fleet, width=False))
        free_home = free.home(reach.bays(fleet.id))
        lost = [
            one
            for one in survey.stations
            if "robot" in one.thing.kinds
            and one.id in survey.layout.station_node
            and free.labels[survey.layout.station_node[one.id]] == free_home
            and reach.by_fleet[fleet.id].labels[survey.layout.station_node[one.id]] != home
        ]
        reached_but_for_width.update(one.id for one in lost)
        if lost:
            _narrow(survey, report, fleet, lost, ("fleets", k, "footprint_m"), reach.by_fleet[fleet.id], home)
    for one in survey.stations:
        if one.id in reach.undrivable and one.id not in reached_but_for_width:
            message = (
                f"No robot gets from its bay to station `{one.id}` and back; join it by corridors, automatic doors "
                "and lifts that robots may use, or take `robot` from its kinds."
            )
            report.add("station_unreachable", one.path, message)


def _narrow(
    survey: Survey,
    report: Report,
    fleet: Fleet,
    lost: list[Found[Station]],
    own: tuple[str | int, ...],
    regions: Regions,
    home: int,
) -> None:
    """Blame the narrow corridors at the edge of what the robot can reach."""
    needed_m = fleet.footprint_m[1] + fleet.clearance_m
    blamed = sorted(
        {
            lane.corridor
            for lane in survey.layout.lanes
            if lane.corridor is not None
            and lane.robots
            and lane.width_m < needed_m
            and home in (regions.labels[lane.tail], regions.labels[lane.head])
        }
    )
    corridors = by_id(survey.corridors)
    some = ", ".join(f"`{one.id}`" for one in lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
    for name in blamed:
        corridor = corridors[name]
        message = (
            f"`{name}` is {corridor.thing.width_m:g} m wide, a robot of `{fleet.id}` needs {needed_m:g} m, and it has "
            f"no other way to {some}; widen it or give these stations to others."
        )
        report.add("robot_too_wide", (*corridor.path, "width_m"), message)
    if not blamed:
        message = f"A robot of `{fleet.id}` needs {needed_m:g} m and finds no way that wide to {some}; widen one."
        report.add("robot_too_wide", own, message)


def _beds(survey: Survey, report: Report, reach: _Reach) -> None:
    """Beds and patients go where their demand says, so these stations need corridors and lifts that take a bed."""
    in_bed = {load.id for load in survey.site.loads if load.person or load.skill == "bed"}
    wanted: dict[str, Found[Station]] = {}
    for _, stream in survey.streams():
        if stream.load in in_bed:
            found = survey.matching([*stream.origins, *stream.destinations])
            wanted.update((one.id, one) for one in found if one.id in survey.layout.station_node)
    nodes = survey.layout.station_node
    home = reach.with_bed.home(reach.bases)
    for name in sorted(wanted):
        if reach.with_bed.labels[nodes[name]] != home and name not in reach.unwalkable:
            message = (
                f"Patients are moved to or from station `{name}`, but no bed gets there; widen the way or let a "
                "lift take beds."
            )
            report.add("bed_unreachable", wanted[name].path, message)


def _on_date(survey: Survey, report: Report, date: dt.date, complete: _Reach) -> None:
    """What is open on a date is reached on that date."""
    site = as_of(survey.site, date)
    layout = expand(site)
    reach = _Reach(site, layout, Network(site, layout))
    phase = next(k for k, one in enumerate(survey.site.phases) if one.date == date)
    later = (reach.undrivable - complete.undrivable) | (reach.unwalkable - complete.unwalkable)
    for name in sorted(later):
        if name in reach.unwalkable or layout.robots:
            message = f"On {date} station `{name}` is open but not reached; open what leads to it no later."
            report.add("phase_unreachable", ("phases", phase), message)
