"""The stops of a round as people read them: a numbered list to print, and a drawing of each floor with the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from equipment_tracking.calibration.round import Stop
from equipment_tracking.places import Places
from site_models.draw import draw_floor
from site_models.layout import Layout
from site_models.schema import Site

WORDS = {
    "da": {
        "floor": "Etage",
        "start": "Begynd {near}",
        "room": "{name}, midt i rummet",
        "end": "For enden {near}",
        "lift": "Elevator {name}, etage {floor}",
        "way": "Gangen {near}",
        "near": "ved {name}",
        "total": "{stops} stop, {metres} m, omtrent {minutes} min",
    },
    "en": {
        "floor": "Floor",
        "start": "Begin {near}",
        "room": "{name}, middle of the room",
        "end": "At the end {near}",
        "lift": "Lift {name}, floor {floor}",
        "way": "Corridor {near}",
        "near": "by {name}",
        "total": "{stops} stops, {metres} m, about {minutes} min",
    },
}
STYLE = "fill:none;stroke:#b3261e;stroke-width:.15"
NUMBER = "fill:#b3261e;font:bold 1.1px system-ui,sans-serif;paint-order:stroke;stroke:#fff;stroke-width:.3"


def names(stops: Sequence[Stop], places: Places, layout: Layout, language: str) -> list[str]:
    """What each stop is called in `da` or `en`: the room, or for others the nearest room."""
    words = WORDS[language]
    lifts = {node.id: node.ref for node in layout.nodes if node.kind == "lift"}
    called = {
        room.id: f"{room.name.en if language == 'en' else room.name.da} ({room.id})" for room in layout.rooms.values()
    }
    with_room = np.array([room is not None for room in places.room])
    found = []
    for stop in stops:
        here, floor = stop.place, places.floors[places.floor[stop.place]]
        near = np.flatnonzero(with_room & (places.floor == places.floor[here]))
        room = places.room[here]
        if room is None and len(near):
            apart_m = np.hypot(places.x_m[near] - places.x_m[here], places.y_m[near] - places.y_m[here])
            room = places.room[int(near[np.argmin(apart_m)])]
        name = called.get(room or "", room or "")
        by = words["near"].format(name=name) if name else ""
        lift = lifts.get(places.ids[here], "")
        text = words["lift" if lift else stop.why].format(name=lift or name, near=by, floor=floor)
        found.append(text.strip())
    return found


def walk_list(stops: Sequence[Stop], called: Sequence[str], places: Places, language: str, left_s: float) -> list[str]:
    """The round as lines: a heading a floor, then number, metres from the stop before, and name."""
    words = WORDS[language]
    total = sum(stop.walk_m for stop in stops)
    found = [words["total"].format(stops=len(stops), metres=round(total), minutes=math.ceil(left_s / 60.0))]
    floor = -1
    for number, (stop, name) in enumerate(zip(stops, called, strict=True), start=1):
        if places.floor[stop.place] != floor:
            floor = int(places.floor[stop.place])
            found += ["", f"{words['floor']} {places.floors[floor]}"]
        found.append(f"{number:5d}  {stop.walk_m:4.0f} m  {name}")
    return found


def draw_plan(site: Site, layout: Layout, stops: Sequence[Stop], places: Places, floor: str, language: str) -> str:
    """A floor's drawing with the way and the numbers of its stops."""
    here = places.floors.index(floor)
    lines: list[list[str]] = [[]]
    numbers: dict[tuple[float, float], list[str]] = {}
    for number, stop in enumerate(stops, start=1):
        if stop.why == "start":
            lines.append([])
        for place in stop.path:
            if places.floor[place] == here:
                lines[-1].append(f"{places.x_m[place]:.2f},{-places.y_m[place]:.2f}")
            elif lines[-1]:
                lines.append([])
        if places.floor[stop.place] == here:
            x_m, y_m = float(places.x_m[stop.place]), -float(places.y_m[stop.place])
            numbers.setdefault((x_m, y_m), []).append(str(number))
    ways = "".join(f'<polyline points="{" ".join(line)}" style="{STYLE}"/>' for line in lines if len(line) > 1)
    texts = "".join(
        f'<text x="{x_m:.2f}" y="{y_m:.2f}" style="{NUMBER}">{" · ".join(these)}</text>'
        for (x_m, y_m), these in numbers.items()
    )
    drawing = draw_floor(site, layout, floor, language=language, standalone=True)
    return drawing.removesuffix("</svg>") + f'<g id="round">{ways}{texts}</g></svg>'
