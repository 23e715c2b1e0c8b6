"""The hospital as the fleet sees it: site, floor graph, travel times and tube, by what is closed. Pure."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import cached_property

from fleet.forecast import Forecast
from fleet.robot_lanes import RobotLanes
from fleet.tube_forecast import TubeForecast
from routing.dispatch.problem import Task, Vehicle
from routing.ground import Ground
from routing.paths import Router
from routing.profiles import Profile, profiles
from routing.travel_times import UNREACHABLE, TravelTimes
from routing.tube.courses import Courses
from routing.tube.network import TubeNetwork
from site_models.expand import Layout, expand
from site_models.places import fleet_bays, parking_bays
from site_models.schema import Site
from site_models.schema.building import Station
from site_models.schema.carriers import Fleet, TubeSystem
from site_models.schema.loads import Load, Precaution, Priority, Specimen

__all__ = ["UNREACHABLE", "Hospital", "Task", "Vehicle", "Ways"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The floor graph under one set of closures: paths, travel times and open tube lines."""

    closures: frozenset[str]
    router: Router
    times: TravelTimes


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """Everything about the site that does not change while the service runs, indexed for the fleet."""

    site: Site
    layout: Layout
    _ways: dict[frozenset[str], Ways] = field(default_factory=dict, repr=False)
    _near: dict[str, str] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(site: Site, on: dt.date | None = None) -> Hospital:
        """The hospital as it is open on a day."""
        return Hospital(site=site, layout=expand(site, on))

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """Who may pass what, how fast: one a fleet, `porter` and `porter_bed`."""
        return profiles(self.site)

    @cached_property
    def loads(self) -> dict[str, Load]:
        """Load classes by id."""
        return {load.id: load for load in self.site.loads}

    @cached_property
    def specimens(self) -> dict[str, Specimen]:
        """The laboratory's table by specimen."""
        return {specimen.id: specimen for specimen in self.site.specimens}

    @cached_property
    def precautions(self) -> dict[str, Precaution]:
        """Precautions by code."""
        return {precaution.id: precaution for precaution in self.site.precautions}

    @cached_property
    def priorities(self) -> dict[str, Priority]:
        """Priorities by id."""
        return {priority.id: priority for priority in self.site.priorities}

    @cached_property
    def fleets(self) -> dict[str, Fleet]:
        """Robot fleets by id."""
        return {fleet.id: fleet for fleet in self.site.fleets}

    @cached_property
    def tubes(self) -> dict[str, TubeSystem]:
        """Tube systems by id."""
        return {tube.id: tube for tube in self.site.tubes}

    @cached_property
    def tube_baskets(self) -> dict[str, dict[str, int]]:
        """How many capsules the basket of each station holds, by tube system."""
        return {tube.id: tube.baskets() for tube in self.site.tubes}

    @cached_property
    def tube_homes(self) -> dict[str, dict[str, int]]:
        """How many empty capsules belong to each station, by tube system."""
        return {tube.id: tube.stock() for tube in self.site.tubes}

    @cached_property
    def tube_network(self) -> TubeNetwork:
        """The tube's lines and transfers."""
        return TubeNetwork(self.site.tubes)

    @cached_property
    def tube_courses(self) -> Courses:
        """The tube's ways as arrays."""
        return Courses(self.tube_network)

    @cached_property
    def tube_forecast(self) -> TubeForecast:
        """What the tube's stations are expected to send."""
        return TubeForecast(self.site, {id: home for homes in self.tube_homes.values() for id, home in homes.items()})

    @cached_property
    def robots(self) -> dict[str, tuple[str, str]]:
        """Robot id → (fleet, home bay)."""
        return {robot.id: (robot.fleet, robot.bay) for robot in self.layout.robots}

    @cached_property
    def ground(self) -> Ground:
        """The frozen floor graph."""
        return Ground(self.site, self.layout)

    @cached_property
    def lanes(self) -> RobotLanes:
        """The points and cells that the robots share; built when first asked for, under a second."""
        return RobotLanes(self.ground)

    @cached_property
    def chargers(self) -> frozenset[str]:
        """Bays with a charger, by the node a robot stands at there."""
        with_charger = {bay.id for bay in self.site.bays if bay.charger}
        return frozenset(
            node
            for bay, node in self.layout.bay_node.items()
            if bay in with_charger or bay.rsplit("-", 1)[0] in with_charger
        )

    @cached_property
    def shared_chargers(self) -> dict[str, tuple[str, ...]]:
        """Fleet → the chargers of its bays that are nobody's home, by the node a robot stands at there."""
        homes = {bay for _, bay in self.robots.values()}
        node_of = self.layout.bay_node
        return {
            fleet: tuple(
                node_of[bay]
                for bay in fleet_bays(self.site, fleet)
                if bay in node_of and bay not in homes and node_of[bay] in self.chargers
            )
            for fleet in self.fleets
        }

    @cached_property
    def parking(self) -> dict[str, tuple[str, ...]]:
        """Fleet → the bays where its idle robots wait for work, by the node a robot stands at there."""
        node_of = self.layout.bay_node
        return {
            fleet: tuple(node_of[bay] for bay in parking_bays(self.site, fleet) if bay in node_of)
            for fleet in self.fleets
        }

    @cached_property
    def forecast(self) -> Forecast:
        """What robots are expected to fetch, by hour."""
        return Forecast(self.site, self.layout)

    @cached_property
    def shift_of(self) -> dict[str, str]:
        """Porter id (`<shift>-NN`) → shift."""
        return {
            f"{shift.id}-{number:02d}": shift.id
            for shift in self.site.porters.shifts
            for number in range(1, shift.count + 1)
        }

    @cached_property
    def skills(self) -> dict[str, tuple[str, ...]]:
        """Shift → what its porters may do."""
        return {shift.id: tuple(shift.skills) for shift in self.site.porters.shifts}

    @cached_property
    def lift_groups(self) -> dict[str, tuple[str, ...]]:
        """Group → its lifts, in order."""
        groups: dict[str, list[str]] = {}
        for lift in self.site.lifts:
            groups.setdefault(lift.group, []).append(lift.id)
        return {group: tuple(sorted(lifts)) for group, lifts in groups.items()}

    @cached_property
    def closable(self) -> frozenset[str]:
        """Ids that a person may close: parts of the building, lifts, tube systems, their lines and transfer units."""
        site = self.site
        ids = {lane.corridor for lane in self.layout.lanes if lane.corridor} | set(self.layout.rooms)
        for part in (site.floors, site.doors, site.zones, site.lifts):
            ids.update(entry.id for entry in part)
        return frozenset(ids | self.tube_parts)

    @cached_property
    def tube_parts(self) -> frozenset[str]:
        """Tube systems, lines and transfer units: closing them changes no way through the building."""
        lines = {line.id for tube in self.site.tubes for line in tube.lines}
        units = {unit.id for tube in self.site.tubes for unit in tube.transfers}
        return frozenset(lines | units | set(self.tubes))

    @cached_property
    def stations_of(self) -> dict[str, tuple[str, ...]]:
        """Stations by kind (`robot`, `porter`, `tube`), sorted; tube stations only where a line ends."""
        on_line = {stop.station for tube in self.site.tubes for line in tube.lines for stop in line.stations}
        return {
            kind: tuple(
                id
                for id in sorted(self.layout.stations)
                if kind in self.layout.stations[id].kinds and (kind != "tube" or id in on_line)
            )
            for kind in ("robot", "porter", "tube")
        }

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """Every node that a plan may stop at: stations and bays."""
        return (*sorted(self.layout.station_node.values()), *sorted(self.layout.bay_node.values()))

    @cached_property
    def floor_of(self) -> dict[str, str]:
        """Node → floor."""
        return {node.id: node.floor for node in self.layout.nodes}

    @cached_property
    def position_of(self) -> dict[str, tuple[float, float]]:
        """Node → metres on its floor."""
        return {node.id: (node.x_m, node.y_m) for node in self.layout.nodes}

    def station(self, id: str) -> Station | None:
        """The station, if it is there (and open by phase)."""
        return self.layout.stations.get(id)

    def node(self, place: str) -> str:
        """The node of a station, or of `@<node>` where a load is fetched from a broken carrier."""
        return place[1:] if place.startswith("@") else self.layout.station_node[place]

    def home_node(self, robot: str) -> str:
        """Where the robot's own bay is."""
        return self.layout.bay_node[self.robots[robot][1]]

    def near_stop(self, node: str) -> str:
        """The node itself when travel times know it, else the nearest stop on its floor (as the crow flies)."""
        if node in self._stop_set:
            return node
        found = self._near.get(node)
        if found is None:
            floor, (x_m, y_m) = self.floor_of[node], self.position_of[node]
            found = min(
                (stop for stop in self.stops if self.floor_of[stop] == floor),
                key=lambda stop: (math.dist(self.position_of[stop], (x_m, y_m)), stop),
                default=self.stops[0],
            )
            self._near[node] = found
        return found

    @cached_property
    def _stop_set(self) -> frozenset[str]:
        return frozenset(self.stops)

    def handover_ms(self, place: str) -> int:
        """How long it takes to take or give a load at a place."""
        station = self.layout.stations.get(place)
        return 60_000 if station is None else math.ceil(station.handover_s * 1000)

    def prepare(self, closures: frozenset[str]) -> None:
        """Build now what takes long, rather than with the first event that needs it."""
        self.ways(closures)
        if self.robots:
            self.lanes.network  # noqa: B018 - asking builds it

    def ways(self, closures: frozenset[str] = frozenset()) -> Ways:
        """The floor graph under these closures; built once a set, a few hundred ms the first time."""
        found = self._ways.get(closures)
        if found is None:
            in_building = closures - self.tube_parts
            if not self._ways:
                router = Router(self.site, self.layout, in_building, ground=self.ground)
            else:
                router = next(iter(self._ways.values())).router.with_closures(in_building)
            found = Ways(closures=closures, router=router, times=TravelTimes.build(router, self.stops))
            while len(self._ways) > 8:
                self._ways.pop(next(reversed(self._ways)))
            self._ways[closures] = found
        return found
