"""The nodes and lanes of one floor."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import pairwise

from site_models.geometry import TOUCH_M, CorridorLines, Foot, Place, middle
from site_models.layout import Lane, Node, NodeKind, PlacedRoom
from site_models.places import bay_places
from site_models.rows import all_rooms
from site_models.schema import Site
from site_models.schema.building import Door, Floor, Lift, Room, Station

LEAST_LANE_M = 0.1
"""A link is never shorter, even when two things stand on one spot."""
DEEP_M = 5.0
"""In a room whose middle lies deeper than this behind a door, stations hang by the nearest door, not by the middle."""
INSIDE_M = 1.0
"""How far inside the door: a robot there is clear of the corridor. Source: assumed."""


class Zoning:
    """Which zones each floor, building, corridor, room, ward, door or lift is a member of."""

    def __init__(self, site: Site) -> None:
        self._of: dict[str, list[str]] = {}
        for zone in site.zones:
            for member in zone.members:
                self._of.setdefault(member, []).append(zone.id)

    def of(self, *members: str | None) -> tuple[str, ...]:
        """The zones that any of the members belongs to, sorted."""
        return tuple(sorted({zone for member in members if member for zone in self._of.get(member, ())}))


class FloorPlan:
    """Expands one floor: `nodes` and `lanes` are complete once it is made.

    Where corridors overlap a lane stands twice.
    """

    def __init__(self, site: Site, floor: Floor, zoning: Zoning) -> None:
        self.floor = floor
        self.zoning = zoning
        self.lines = CorridorLines(floor.corridors)
        self.nodes: list[Node] = []
        self.lanes: list[Lane] = []
        self.rooms: dict[str, PlacedRoom] = {}
        self.stations: dict[str, Station] = {}
        self.bays: list[str] = []
        self.lifts: list[str] = []
        self._cuts: list[list[float]] = [[] for _ in floor.corridors]
        self._same: dict[tuple[int, float], tuple[int, float]] = {}
        self._doors: dict[tuple[int, float], str] = {}
        self._names: dict[tuple[int, float], str] = {}
        self._room_width_m: dict[str, float] = {}
        self._room_places: dict[str, dict[str, Place]] = {}
        if not any(length > 0 for length in self.lines.length_m):
            return
        self._cut_corridors()
        self._place(site)

    # --- corridors -----------------------------------------------------------------------------------------------

    def _cut(self, corridor: int, s_m: float) -> tuple[int, float]:
        """The cut at a distance along a corridor, a new one unless there is one within `TOUCH_M`."""
        cuts = self._cuts[corridor]
        at = bisect_left(cuts, s_m)
        near = [cut for cut in cuts[max(0, at - 1) : at + 1] if abs(cut - s_m) <= TOUCH_M]
        if near:
            return corridor, min(near, key=lambda cut: (abs(cut - s_m), cut))
        insort(cuts, s_m)
        return corridor, s_m

    def _cut_corridors(self) -> None:
        for index, length in enumerate(self.lines.length_m):
            if length > 0:
                self._cut(index, 0.0)
                self._cut(index, length)
        for index, corners in enumerate(self.lines.corners_m):
            for s in corners[1:-1]:
                self._cut(index, s)
        for joint in self.lines.joints():
            one = self._root(self._cut(joint.corridor, joint.s_m))
            other = self._root(self._cut(joint.other, joint.other_s_m))
            if one != other:
                low, high = sorted((one, other))
                self._same[high] = low

    def _root(self, cut: tuple[int, float]) -> tuple[int, float]:
        while cut in self._same:
            cut = self._same[cut]
        return cut

    def _foot(self, x_m: float, y_m: float) -> tuple[Foot, tuple[int, float]]:
        foot = self.lines.nearest(x_m, y_m)
        if foot is None:
            raise LookupError(f"floor {self.floor.id} has no corridor")
        return foot, self._cut(foot.corridor, foot.s_m)

    def _place(self, site: Site) -> None:
        """Make every cut first, then name the nodes, then lay the lanes: a later cut would split a finished lane."""
        doors = [door for door in site.doors if door.floor == self.floor.id]
        for door in doors:
            self._doors.setdefault(self._root(self._foot(*door.at)[1]), door.id)
        rooms = [room for room, _ in all_rooms(self.floor)]
        room_feet = [[self._foot(*point) for point in room.doors] for room in rooms]
        known = {room.id for room in rooms}
        stations = [s for s in self.floor.stations if s.floor in (None, self.floor.id)]
        station_feet = [None if station.room in known else self._foot(*station.at) for station in stations]
        bays = [place for bay in site.bays if bay.floor == self.floor.id for place in bay_places(bay)]
        bay_feet = [self._foot(*at) for _, at in bays]
        lifts = [lift for lift in site.lifts if self.floor.id in lift.serves]
        lift_feet = [self._foot(*lift.at) for lift in lifts]
        self._lay_corridors({door.id: door for door in doors})
        for room, feet in zip(rooms, room_feet, strict=True):
            self._add_room(room, feet, any(station.room == room.id for station in stations))
        for station, foot in zip(stations, station_feet, strict=True):
            self._add_station(station, foot)
        for (bay, at), link in zip(bays, bay_feet, strict=True):
            self.bays.append(bay)
            self._add_node(f"bay:{bay}", at, "bay", bay, zones=self._corridor_zones(link[0].corridor))
            self._link(f"bay:{bay}", self._name(link[1]), link[0].distance_m, self._width(link[0]))
        for lift, link in zip(lifts, lift_feet, strict=True):
            self._add_lift(lift, *link)

    def _lay_corridors(self, doors: dict[str, Door]) -> None:
        members: dict[tuple[int, float], list[int]] = {}
        for index, cuts in enumerate(self._cuts):
            for cut in cuts:
                members.setdefault(self._root((index, cut)), []).append(index)
        for root in sorted(members):
            self._add_cut(root, members[root], doors)
        for index in range(len(self._cuts)):
            self._lay_corridor(index)

    def _add_cut(self, root: tuple[int, float], members: list[int], doors: dict[str, Door]) -> None:
        corridor = self.floor.corridors[root[0]]
        shared = set(self._corridor_zones(members[0])).intersection(*(self._corridor_zones(m) for m in members[1:]))
        at = self.lines.point(*root)
        door = doors.get(self._doors.get(root, ""))
        if door is None:
            self._names[root] = _corridor_node(corridor.id, root[1])
            self._add_node(self._names[root], at, "corridor", corridor.id, zones=tuple(sorted(shared)))
        else:
            self._names[root] = f"door:{door.id}"
            zones = tuple(sorted(shared.union(self.zoning.of(door.id))))
            self._add_node(self._names[root], at, "door", door.id, zones=zones)

    def _lay_corridor(self, index: int) -> None:
        corridor, cuts = self.floor.corridors[index], self._cuts[index]
        for begin, end in pairwise(cuts):
            steps = max(1, math.ceil(end - begin - 0.5))
            step = (end - begin) / steps
            names = [self._name((index, begin))]
            for k in range(1, steps):
                name = _corridor_node(corridor.id, begin + k * step)
                at = self.lines.point(index, begin + k * step)
                self._add_node(name, at, "corridor", corridor.id, zones=self._corridor_zones(index))
                names.append(name)
            names.append(self._name((index, end)))
            for tail, head in pairwise(names):
                self._add_corridor_lane(index, tail, head, step)
                if not corridor.one_way:
                    self._add_corridor_lane(index, head, tail, step)

    def _add_corridor_lane(self, index: int, tail: str, head: str, length_m: float) -> None:
        corridor = self.floor.corridors[index]
        if tail != head:
            self.lanes.append(
                Lane(
                    tail=tail,
                    head=head,
                    length_m=round(length_m, 3),
                    kind=corridor.kind,
                    width_m=corridor.width_m,
                    corridor=corridor.id,
                    door=_door_at(head),
                    robots=corridor.robots,
                )
            )

    def _name(self, cut: tuple[int, float]) -> str:
        return self._names[self._root(cut)]

    def _corridor_zones(self, index: int) -> tuple[str, ...]:
        corridor = self.floor.corridors[index]
        return self.zoning.of(self.floor.id, corridor.id, corridor.building)

    def _width(self, foot: Foot) -> float:
        return self.floor.corridors[foot.corridor].width_m

    # --- beside the corridors ------------------------------------------------------------------------------------

    def _add_room(self, room: Room, feet: list[tuple[Foot, tuple[int, float]]], has_stations: bool) -> None:
        if room.id in self.rooms:
            return
        self.rooms[room.id] = PlacedRoom.model_construct(**dict(room), floor=self.floor.id)
        at = middle(room.outline)
        name = f"room:{room.id}"
        self._add_room_place(room, name, at)
        near_doors: dict[str, Place] = {}
        for number, (door, (foot, cut)) in enumerate(zip(room.doors, feet, strict=True), start=1):
            deep_m = math.dist(at, door)
            if has_stations and deep_m > DEEP_M:
                share = INSIDE_M / deep_m
                inside = (door[0] + share * (at[0] - door[0]), door[1] + share * (at[1] - door[1]))
                near_doors[f"{name}@{number}"] = inside
                self._add_room_place(room, f"{name}@{number}", inside)
                self._link(f"{name}@{number}", self._name(cut), INSIDE_M + foot.distance_m, self._width(foot))
                self._link(name, f"{name}@{number}", deep_m - INSIDE_M, self._width(foot))
            else:
                self._link(name, self._name(cut), deep_m + foot.distance_m, self._width(foot))
        self._room_places[room.id] = near_doors or {name: at}
        self._room_width_m[room.id] = max(self._width(foot) for foot, _ in feet)

    def _add_room_place(self, room: Room, name: str, at: Place) -> None:
        zones = self.zoning.of(self.floor.id, room.id, room.ward, room.building)
        self._add_node(name, at, "room", room.id, room=room.id, ward=room.ward, zones=zones)

    def _add_station(self, station: Station, foot: tuple[Foot, tuple[int, float]] | None) -> None:
        if station.id in self.stations:
            return
        name = f"st:{station.id}"
        room = self.rooms.get(station.room or "")
        ward = station.ward or (room.ward if room else None)
        self.stations[station.id] = station.model_copy(update={"floor": self.floor.id, "ward": ward})
        robots = "robot" in station.kinds
        if room is not None:
            zones = self.zoning.of(self.floor.id, room.id, room.ward, room.building)
            self._add_node(name, station.at, "station", station.id, room=room.id, ward=ward, zones=zones)
            places = self._room_places[room.id]
            near = min(places, key=lambda place: (math.dist(station.at, places[place]), place))
            length_m = math.dist(station.at, places[near])
            self._link(name, near, length_m, self._room_width_m[room.id], robots=robots)
        elif foot is not None:
            zones = self._corridor_zones(foot[0].corridor)
            self._add_node(name, station.at, "station", station.id, ward=ward, zones=zones)
            self._link(name, self._name(foot[1]), foot[0].distance_m, self._width(foot[0]), robots=robots)

    def _add_lift(self, lift: Lift, foot: Foot, cut: tuple[int, float]) -> None:
        self.lifts.append(lift.id)
        lobby, cabin = f"lobby:{lift.id}@{self.floor.id}", f"lift:{lift.id}@{self.floor.id}"
        zones = self.zoning.of(self.floor.id, lift.id)
        halfway = ((lift.at[0] + foot.x_m) / 2, (lift.at[1] + foot.y_m) / 2)
        self._add_node(lobby, halfway, "lobby", lift.id, zones=self._corridor_zones(foot.corridor))
        self._add_node(cabin, lift.at, "lift", lift.id, zones=zones)
        self._link(lobby, self._name(cut), foot.distance_m / 2, self._width(foot))
        robots = "robot" in lift.riders
        self._link(lobby, cabin, foot.distance_m / 2, self._width(foot), robots=robots, lift=lift.id)

    def _add_node(
        self,
        name: str,
        at: tuple[float, float],
        kind: NodeKind,
        ref: str,
        *,
        zones: Iterable[str],
        room: str | None = None,
        ward: str | None = None,
    ) -> None:
        self.nodes.append(
            Node(
                id=name,
                floor=self.floor.id,
                x_m=round(at[0], 3),
                y_m=round(at[1], 3),
                kind=kind,
                ref=ref,
                room=room,
                ward=ward,
                zones=tuple(zones),
            )
        )

    def _link(
        self, one: str, other: str, length_m: float, width_m: float, *, robots: bool = True, lift: str | None = None
    ) -> None:
        """A two-way lane of kind `room`; towards a door node it carries the door."""
        for tail, head in ((one, other), (other, one)):
            self.lanes.append(
                Lane(
                    tail=tail,
                    head=head,
                    length_m=round(max(LEAST_LANE_M, length_m), 3),
                    kind="room",
                    width_m=width_m,
                    door=_door_at(head),
                    lift=lift,
                    robots=robots,
                )
            )


def _door_at(node: str) -> str | None:
    return node.removeprefix("door:") if node.startswith("door:") else None


def _corridor_node(corridor: str, s_m: float) -> str:
    """Named by the centimetre along the corridor, so that a change elsewhere on it leaves the name alone."""
    return f"c:{corridor}:{round(s_m * 100)}"
