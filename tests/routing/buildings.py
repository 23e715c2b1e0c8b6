"""Buildings for the routing tests: the small clinic's carriers in hand-made and in random layouts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from site_models.layout import Lane, Layout, Node, PlacedRoom
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.base import Text
from site_models.schema.building import Door, Floor, Lift, Zone

FLOORS = ("A", "B", "C")
NAME = Text(da="navn", en="name")
ROOM = PlacedRoom(id="r", kind="ward_room", name=NAME, outline=[(0, 0), (1, 0), (1, 1)], doors=[(0, 0)], floor="A")


@cache
def clinic() -> Site:
    return load_site("clinic_small")


def floors() -> list[Floor]:
    return [Floor(id=id, name=NAME, elevation_m=4.0 * level) for level, id in enumerate(FLOORS)]


def lift(id: str, serves: Iterable[str], riders: Iterable[str] = ("robot", "bed", "staff"), **changes: Any) -> Lift:
    figures = {"group": "group", "at": (0, 0), "cabin_m": (2.4, 1.5), "speed_m_s": 1.0, "source": "assumed"}
    return Lift.model_validate({"id": id, "serves": list(serves), "riders": list(riders), **figures, **changes})


def door(id: str, opening_s: float = 4.0, *, automatic: bool = True) -> Door:
    return Door(id=id, floor="A", at=(0, 0), opening_s=opening_s, automatic=automatic, source="assumed")


def zone(id: str, *members: str) -> Zone:
    return Zone(id=id, kind="area", name=NAME, members=list(members))


@dataclass
class Building:
    """Collects nodes and lanes; `site()` and `layout()` are what a router wants."""

    nodes: dict[str, Node] = field(default_factory=dict)
    lanes: dict[tuple[str, str], Lane] = field(default_factory=dict)
    doors: list[Door] = field(default_factory=list)
    lifts: list[Lift] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)

    def node(self, id: str, x_m: float, y_m: float, kind: Any = "corridor", floor: str = "A", **more: Any) -> str:
        self.nodes[id] = Node(
            id=id, floor=floor, x_m=x_m, y_m=y_m, kind=kind, ref=more.pop("ref", id.rpartition(":")[2]), **more
        )
        return id

    def lane(self, tail: str, head: str, length_m: float, *, one_way: bool = False, **more: Any) -> None:
        values: dict[str, Any] = {"kind": "ward", "width_m": 2.4, "corridor": "c"} | more
        for a, b in ((tail, head),) if one_way else ((tail, head), (head, tail)):
            end = self.nodes[b]
            opened = end.ref if end.kind == "door" else None
            self.lanes[a, b] = Lane(tail=a, head=b, length_m=length_m, door=opened, **values)

    def corridor(self, id: str, points: list[tuple[float, float]], *, floor: str = "A", **more: Any) -> None:
        """Nodes named `id:k` at these points, joined in their order."""
        for k, (x_m, y_m) in enumerate(points):
            self.node(f"{id}:{k}", x_m, y_m, floor=floor, ref=id)
        for k, (one, other) in enumerate(pairwise(points)):
            length_m = ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5
            self.lane(f"{id}:{k}", f"{id}:{k + 1}", length_m, corridor=id, **more)

    def beside(self, foot: str, id: str, kind: str, length_m: float = 2.0, **more: Any) -> str:
        """A room, station, bay or lobby beside a corridor node."""
        at = self.nodes[foot]
        self.node(id, at.x_m, at.y_m + length_m, kind, floor=at.floor, **more)
        self.lane(foot, id, length_m, kind="room", corridor=None)
        return id

    def shaft(self, lift: Lift, feet: dict[str, str]) -> None:
        """A lift with lobby and cabin beside a corridor node of each floor, ways of 2 m, rides from floor to floor."""
        self.lifts.append(lift)
        for floor, foot in feet.items():
            lobby = self.beside(foot, f"lobby:{lift.id}@{floor}", "lobby", ref=lift.id)
            at = self.nodes[lobby]
            cabin = self.node(f"lift:{lift.id}@{floor}", at.x_m, at.y_m + 2, "lift", floor, ref=lift.id)
            self.lane(lobby, cabin, 2.0, kind="room", corridor=None, lift=lift.id, robots="robot" in lift.riders)
        for low, high in pairwise(feet):
            levels = FLOORS.index(high) - FLOORS.index(low)
            ends = f"lift:{lift.id}@{low}", f"lift:{lift.id}@{high}"
            self.lane(*ends, 4.0 * levels, kind="lift", width_m=1.5, corridor=None, lift=lift.id)

    def site(self) -> Site:
        parts = {"floors": floors(), "doors": self.doors, "lifts": self.lifts, "zones": self.zones, "bays": []}
        return clinic().model_copy(update=parts)

    def layout(self) -> Layout:
        def of(kind: str) -> dict[str, str]:
            return {node.ref: node.id for node in self.nodes.values() if node.kind == kind}

        def on(kind: str) -> dict[tuple[str, str], str]:
            return {(node.ref, node.floor): node.id for node in self.nodes.values() if node.kind == kind}

        return Layout(
            nodes=tuple(self.nodes.values()),
            lanes=tuple(self.lanes.values()),
            station_node=of("station"),
            bay_node=of("bay"),
            lobby_node=on("lobby"),
            cabin_node=on("lift"),
            robots=(),
            stations=dict.fromkeys(of("station"), clinic().floors[0].stations[0]),
            rooms=dict.fromkeys(of("room"), ROOM),
            version="hand-made",
        )


def tower() -> Building:
    """Two floors with a corridor of 10 m each, a bay and a station below, a station above, two lifts side by side.

    A: bay:home and a:0 … a:10 … st:below; B: b:0 … b:10 … st:above. Lift E1 stands at 5 m, E2 at 8 m.
    """
    building = Building()
    for floor in ("A", "B"):
        building.corridor(floor.lower(), [(float(x), 0.0) for x in range(11)], floor=floor)
    building.beside("a:0", "bay:home", "bay")
    building.beside("a:10", "st:below", "station")
    building.beside("b:0", "st:above", "station")
    for id, x in (("E1", 5), ("E2", 8)):
        building.shaft(lift(id, ["A", "B"]), {"A": f"a:{x}", "B": f"b:{x}"})
    return building


LENGTHS = st.integers(10, 60).map(lambda tenths: tenths / 10)
KINDS = st.sampled_from(["tunnel", "logistics", "ward", "public"])
WIDTHS = st.sampled_from([0.9, 1.15, 3.0])


@st.composite
def buildings(draw: st.DrawFn) -> Building:
    """Up to three floors of crossing corridors with doors, zones, bends, one-way stretches, rooms and lifts."""
    building = Building()
    storeys = FLOORS[: draw(st.integers(1, 3))]
    for floor in storeys:
        _corridors(draw, building, floor)
    for number in range(draw(st.integers(0, 2))):
        feet = {floor: draw(st.sampled_from(_on(building, floor))) for floor in storeys}
        riders = draw(st.sampled_from([("robot",), ("staff",), ("bed", "staff"), ("robot", "bed", "staff")]))
        cabin_m = draw(st.sampled_from([(2.4, 1.5), (1.0, 1.0)]))
        building.shaft(lift(f"L{number}", storeys, riders, cabin_m=cabin_m, speed_m_s=1.5), feet)
    for number in range(draw(st.integers(1, 4))):
        foot = draw(st.sampled_from([id for id, node in building.nodes.items() if node.kind == "corridor"]))
        room = building.beside(foot, f"room:r{number}", "room")
        building.lane(building.beside(room, f"st:s{number}", "station"), room, draw(LENGTHS) + 2, kind="room")
    corridors = sorted({lane.corridor for lane in building.lanes.values() if lane.corridor})
    for number in range(draw(st.integers(1, 2))):
        members = draw(st.lists(st.sampled_from([*corridors, *storeys]), min_size=1, max_size=3, unique=True))
        building.zones.append(zone(f"z{number}", *members))
    return building


def _on(building: Building, floor: str) -> list[str]:
    return [id for id, node in building.nodes.items() if node.floor == floor and node.kind == "corridor"]


def _corridors(draw: st.DrawFn, building: Building, floor: str) -> None:
    """A few junctions, and corridors of up to five nodes between pairs of them."""
    junctions = [
        building.node(f"{floor}:j{k}", 20.0 * k, 20.0 * (k % 2), floor=floor, ref="j")
        for k in range(draw(st.integers(2, 4)))
    ]
    pairs = st.sampled_from([(a, b) for a in junctions for b in junctions if a != b])
    for number, (tail, head) in enumerate(draw(st.lists(pairs, min_size=1, max_size=6, unique=True))):
        name = f"{floor}{number}"
        like = {"corridor": name, "kind": draw(KINDS), "width_m": draw(WIDTHS), "robots": draw(st.booleans())}
        begin, end = building.nodes[tail], building.nodes[head]
        steps = draw(st.integers(2, 6))
        way = [tail]
        for k in range(1, steps):
            share = k / steps
            x_m = round(begin.x_m + share * (end.x_m - begin.x_m), 3)
            y_m = round(begin.y_m + share * (end.y_m - begin.y_m) + draw(st.sampled_from([0, 0, 0, 1])), 3)
            at = draw(st.sampled_from(["corridor"] * 5 + ["door"]))
            zones = draw(st.sampled_from([(), (), (), ("z0",)]))
            ref = f"D{name}-{k}" if at == "door" else name
            way.append(building.node(f"{at}:{name}:{k}", x_m, y_m, at, floor, ref=ref, zones=zones))
            if at == "door":
                building.doors.append(door(ref, automatic=draw(st.booleans())))
        one_way = draw(st.sampled_from([False, False, True]))
        for one, other in zip(way, [*way[1:], head], strict=True):
            if (one, other) not in building.lanes:
                a, b = building.nodes[one], building.nodes[other]
                straight_m = ((a.x_m - b.x_m) ** 2 + (a.y_m - b.y_m) ** 2) ** 0.5
                building.lane(one, other, straight_m + draw(LENGTHS), one_way=one_way, **like)
