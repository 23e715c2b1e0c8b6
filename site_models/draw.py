"""Draws a floor as SVG: metres, north up, classes that the style sheet colours, an id for everything that closes.

The y axis of SVG points down, so a point (x, y) of the site is drawn at (x, -y). Stations are outlined shapes, ■ for
robots, ▲ for porters, ◉ for the tube; the carriers that a page draws into the floor are solid ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from site_models.expand import Layout, PlacedRoom, expand
from site_models.geometry import CorridorLines, Place, middle, nearest_edge
from site_models.labels import Box, Labels
from site_models.load import load_site
from site_models.places import bay_places
from site_models.schema import Site
from site_models.schema.base import Text
from site_models.schema.building import Floor, Station

MARGIN_M = 2.0
STATION_M = 1.2
BAY_M = 1.0
OPENING_M = 1.0
STYLE = (
    "<style>.map{background:#f6f7f5}.map .corridor{fill:#dcece6}.map .room{fill:#fff;stroke:#d5dbd7}"
    ".map .lift{fill:#fff;stroke:#52605a}.map .station{stroke:#0b5c4a}.map .bay{stroke:#52605a}"
    ".map .door{stroke:#8a5300}.map .opening{stroke:#52605a}"
    ".map text{fill:#52605a;font:9px system-ui,sans-serif}</style>"
)
WORDS = {
    "da": {"lift": "Elevator", "door": "Dør", "fire": "Branddør", "bay": "Parkeringsplads", "charger": "Ladeplads"},
    "en": {"lift": "Lift", "door": "Door", "fire": "Fire door", "bay": "Bay", "charger": "Charging bay"},
}


def draw_site(site: str | Path, out_dir: Path, *, language: str = "da") -> list[Path]:
    """Write one standalone SVG a floor, called after the floor, and return the files.

    Raises
    ------
    SiteErrors
        When the site cannot be loaded.
    OSError
        When the folder or a file cannot be written.
    """
    model = load_site(site)
    layout = expand(model)
    out_dir.mkdir(parents=True, exist_ok=True)
    files = []
    for floor in model.floors:
        file = out_dir / f"{floor.id}.svg"
        file.write_text(draw_floor(model, layout, floor.id, language=language, standalone=True), encoding="utf-8")
        files.append(file)
    return files


def draw_floor(site: Site, layout: Layout, floor_id: str, *, language: str = "da", standalone: bool = False) -> str:
    """The SVG of one floor, its names in `da` or `en`; `standalone` brings its own colours.

    Raises
    ------
    KeyError
        When the site has no such floor, or the language is another.
    """
    floors = {floor.id: floor for floor in site.floors}
    return _Drawing(site, layout, floors[floor_id], language).svg(standalone=standalone)


class _Drawing:
    """One floor while it is drawn."""

    def __init__(self, site: Site, layout: Layout, floor: Floor, language: str) -> None:
        self.site = site
        self.layout = layout
        self.floor = floor
        self.words = WORDS[language]
        self.language = language
        self.lines = CorridorLines(floor.corridors)
        self.rooms = [room for room in layout.rooms.values() if room.floor == floor.id]
        self.labels = Labels()

    def svg(self, *, standalone: bool) -> str:
        parts = [
            _group("corridors", self._corridors()),
            _group("rooms", self._rooms(), 'stroke-width=".12"'),
            _group("lifts", self._lifts(), 'stroke-width=".2"'),
            _group("doors", self._doors(), 'fill="none" stroke="currentColor" stroke-width=".3"'),
            _group("bays", self._bays(), 'fill="none" stroke="currentColor" stroke-width=".12"'),
            _group("stations", self._stations(), 'fill="none" stroke="currentColor" stroke-width=".18"'),
            self.labels.svg(),
        ]
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="{self._view_box()}" role="img" '
            f'aria-label="{escape(self._text(self.floor.name))}">'
        )
        return head + (STYLE if standalone else "") + "".join(parts) + "</svg>"

    def _text(self, text: Text) -> str:
        return text.en if self.language == "en" else text.da

    def _view_box(self) -> str:
        nodes = [(node.x_m, node.y_m) for node in self.layout.nodes if node.floor == self.floor.id]
        places = [*nodes, *(corner for room in self.rooms for corner in room.outline)] or [(0.0, 0.0)]
        left, right = min(x for x, _ in places) - MARGIN_M, max(x for x, _ in places) + MARGIN_M
        low, high = min(y for _, y in places) - MARGIN_M, max(y for _, y in places) + MARGIN_M
        return f"{_n(left)} {_n(-high)} {_n(right - left)} {_n(high - low)}"

    def _corridors(self) -> Iterable[str]:
        reach = self._overlaps()
        for k, corridor in enumerate(self.floor.corridors):
            half = corridor.width_m / 2
            pieces = [(a, b) for a, b in zip(corridor.points, corridor.points[1:], strict=False) if a != b]
            path = ""
            for n, (a, b) in enumerate(pieces):
                before = half if n else reach.get((k, False), 0.0)
                after = half if n < len(pieces) - 1 else reach.get((k, True), 0.0)
                path += _closed(_strip(a, b, half, before, after))
            yield f'<path class="corridor" id="corridor-{corridor.id}" d="{path}"/>'

    def _overlaps(self) -> dict[tuple[int, bool], float]:
        """How far each end (False the first, True the last) runs on into the corridor that it meets."""
        reach: dict[tuple[int, bool], float] = {}
        for joint in self.lines.joints():
            for one, s_m, other in (
                (joint.corridor, joint.s_m, joint.other),
                (joint.other, joint.other_s_m, joint.corridor),
            ):
                last = s_m > self.lines.length_m[one] / 2
                end_m = self.lines.length_m[one] if last else 0.0
                if abs(s_m - end_m) < 0.1 and one != other:
                    into_m = self.floor.corridors[other].width_m / 2
                    reach[one, last] = max(reach.get((one, last), 0.0), into_m)
        return reach

    def _rooms(self) -> Iterable[str]:
        taken: dict[str, list[Box]] = {}
        for station in self.layout.stations.values():
            taken.setdefault(station.room or "", []).append(_taken(station))
        for room in self.rooms:
            name = self._text(room.name)
            self.labels.fit(name, room.outline, middle(room.outline), taken.get(room.id, []))
            yield f'<path class="room" id="room-{room.id}" d="{_closed(room.outline)}">{_title(name)}</path>'
        openings = "".join(_opening(room) for room in self.rooms)
        if openings:
            yield f'<path class="opening" fill="none" stroke="currentColor" stroke-width=".3" d="{openings}"/>'

    def _lifts(self) -> Iterable[str]:
        places = {node.id: (node.x_m, node.y_m) for node in self.layout.nodes if node.floor == self.floor.id}
        for lift in self.site.lifts:
            lobby = self.layout.lobby_node.get((lift.id, self.floor.id))
            if lobby is None:
                continue
            across = abs(places[lobby][0] - lift.at[0]) > abs(places[lobby][1] - lift.at[1])
            length, width = lift.cabin_m if across else lift.cabin_m[::-1]
            (x, y), name = lift.at, f"{self.words['lift']} {lift.id}"
            self.labels.small(lift.id, lift.at)
            box = f"M{_p((x - length / 2, y + width / 2))}h{_n(length)}v{_n(width)}h{_n(-length)}z"
            yield f'<path class="lift" id="lift-{lift.id}" d="{box}">{_title(name)}</path>'

    def _doors(self) -> Iterable[str]:
        for door in self.site.doors:
            foot = self.lines.nearest(*door.at) if door.floor == self.floor.id else None
            if foot is None:
                continue
            half = self.floor.corridors[foot.corridor].width_m / 2
            (ax, ay), (bx, by) = (self.lines.point(foot.corridor, foot.s_m + step) for step in (-0.01, 0.01))
            length = math.dist((ax, ay), (bx, by)) or 1.0
            nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
            leaf = f"M{_p((foot.x_m - nx, foot.y_m - ny))}L{_p((foot.x_m + nx, foot.y_m + ny))}"
            name = f"{self.words['fire' if door.fire else 'door']} {door.id}"
            yield f'<path class="door" id="door-{door.id}" d="{leaf}">{_title(name)}</path>'

    def _bays(self) -> Iterable[str]:
        for bay in self.site.bays:
            if bay.floor != self.floor.id:
                continue
            word = self.words["charger" if bay.charger else "bay"]
            for name, at in bay_places(bay):
                if name in self.layout.bay_node:
                    title = _title(f"{word} {name}")
                    yield f'<path class="bay" id="bay-{name}" d="{_square(at, BAY_M)}">{title}</path>'

    def _stations(self) -> Iterable[str]:
        for station in self.layout.stations.values():
            if station.floor == self.floor.id:
                name = self._text(station.name) if station.name else station.id
                yield f'<path class="station" id="station-{station.id}" d="{_shapes(station)}">{_title(name)}</path>'


def _shapes(station: Station) -> str:
    """The shapes of all kinds side by side, centred on the station."""
    x, y = station.at
    first = x - (len(station.kinds) - 1) * STATION_M * 0.6
    return "".join(_shape(kind, (first + k * STATION_M * 1.2, y)) for k, kind in enumerate(station.kinds))


def _taken(station: Station) -> Box:
    """The room that the shapes take."""
    half_width_m = len(station.kinds) * STATION_M * 0.6
    return (
        station.at[0] - half_width_m,
        station.at[1] - STATION_M * 0.6,
        station.at[0] + half_width_m,
        station.at[1] + STATION_M * 0.6,
    )


def _shape(kind: str, at: Place) -> str:
    half = STATION_M / 2
    if kind == "robot":
        return _square(at, STATION_M)
    if kind == "porter":
        return f"M{_p((at[0], at[1] + half))}l{_n(half)} {_n(STATION_M)}h{_n(-STATION_M)}z"
    return _circle(at, half) + _circle(at, half / 3)


def _circle(at: Place, radius: float) -> str:
    arc = f"a{_n(radius)} {_n(radius)} 0 1 0 "
    return f"M{_p((at[0] - radius, at[1]))}{arc}{_n(2 * radius)} 0{arc}{_n(-2 * radius)} 0"


def _square(at: Place, side: float) -> str:
    return f"M{_p((at[0] - side / 2, at[1] + side / 2))}h{_n(side)}v{_n(side)}h{_n(-side)}z"


def _strip(a: Place, b: Place, half: float, before: float, after: float) -> list[Place]:
    """The corners of a straight stretch of corridor, run on by `before` and `after` metres."""
    length = math.dist(a, b)
    dx, dy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    a = (a[0] - dx * before, a[1] - dy * before)
    b = (b[0] + dx * after, b[1] + dy * after)
    nx, ny = -dy * half, dx * half
    return [(a[0] - nx, a[1] - ny), (b[0] - nx, b[1] - ny), (b[0] + nx, b[1] + ny), (a[0] + nx, a[1] + ny)]


def _opening(room: PlacedRoom) -> str:
    """A short stroke along the wall at each door."""
    strokes = ""
    for x, y in room.doors:
        (ax, ay), (bx, by) = nearest_edge((x, y), room.outline)
        length = math.dist((ax, ay), (bx, by)) or 1.0
        dx, dy = (bx - ax) / length * OPENING_M / 2, (by - ay) / length * OPENING_M / 2
        strokes += f"M{_p((x - dx, y - dy))}l{_n(2 * dx)} {_n(-2 * dy)}"
    return strokes


def _closed(corners: Sequence[Place]) -> str:
    return "M" + "L".join(_p(corner) for corner in corners) + "z"


def _group(name: str, parts: Iterable[str], attributes: str = "") -> str:
    return f'<g class="{name}"{" " if attributes else ""}{attributes}>{"".join(parts)}</g>'


def _title(name: str) -> str:
    return f"<title>{escape(name)}</title>"


def _p(at: Place) -> str:
    """A point of the site in the drawing."""
    return f"{_n(at[0])} {_n(-at[1])}"


def _n(value: float) -> str:
    """A number to the centimetre, as short as it can be written."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
