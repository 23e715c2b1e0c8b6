"""Floor drawings for pages: each is drawn once, and carriers are placed in the same coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from api.directory import Directory
from api.texts import Language
from site_models.draw import draw_floor

ICONS_ACROSS = 52
_SHAPE = re.compile(r'<path class="\w+" id="(corridor|room|door|lift)-([^"]+)" d="([^"]+)"')
_VIEW_BOX = re.compile(r'viewBox="([-\d. ]+)"')


@dataclass(frozen=True)
class Drawing:
    """The SVG of one floor: `head` is everything up to its end tag, so that more can be drawn into it.

    What moves, and what can be chosen, is drawn over it in an SVG of its own with the same `view_box`.
    """

    svg: str

    @cached_property
    def head(self) -> str:
        """The drawing without its end tag."""
        return self.svg[: self.svg.rindex("</svg>")]

    @cached_property
    def view_box(self) -> str:
        """What it shows: left, top, width and height in metres."""
        found = _VIEW_BOX.search(self.svg)
        return found[1] if found else "0 0 100 100"

    @cached_property
    def icon_m(self) -> float:
        """Size of a carrier's shape in metres: the same on the screen for large and small floors."""
        _, _, width_m, height_m = (float(side) for side in self.view_box.split())
        return round(max(width_m, height_m) / ICONS_ACROSS, 1)

    def closed(self, targets: frozenset[str]) -> str:
        """Return shapes that hatch the corridors, rooms, doors and lifts among these ids; they go over the floor."""
        shapes = (
            f'<path class="closed {kind}" d="{path}"></path>'
            if kind == "door"
            else f'<path class="closed" d="{path}"></path>'
            for kind, id, path in _SHAPE.findall(self.svg)
            if unescape(id) in targets
        )
        return "".join(shapes)


class Drawings:
    """All floors of a site, drawn at first use."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._drawn: dict[tuple[str, Language], Drawing] = {}

    def floor(self, floor: str, language: Language) -> Drawing:
        """Return the drawing of a floor."""
        key = (floor, language)
        if key not in self._drawn:
            directory = self._directory
            self._drawn[key] = Drawing(draw_floor(directory.site, directory.layout, floor, language=language))
        return self._drawn[key]
