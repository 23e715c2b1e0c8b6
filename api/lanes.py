"""What robots have of the lanes, drawn for one floor: the way released to them, the way planned, what they block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.views import CarrierView, Place


@dataclass(frozen=True, slots=True)
class Bands:
    """Paths of SVG in metres of the drawing, whose y axis points down; empty where nothing is on the floor.

    `released` is what is the robot's own, `reserved` what it has in turn with others, `route` the whole drive;
    `blocks` are the middles of places that nobody may come to.
    """

    route: str
    reserved: str
    released: str
    blocks: tuple[tuple[float, float], ...]

    def __bool__(self) -> bool:
        return bool(self.route or self.blocks)


def bands(view: CarrierView, floor: str) -> Bands:
    """Return what a carrier has on a floor. The way of a porter begins where it is: it reserves nothing."""
    here = (view.floor, view.x_m, view.y_m)
    route = view.route if view.reserved or not view.route else (here, *view.route)
    own = max(view.released - 1, 0)
    return Bands(
        route=_path(route, floor),
        reserved=_path(view.route[own : view.reserved], floor),
        released=_path(view.route[: view.released], floor),
        blocks=tuple((x_m, -y_m) for place, x_m, y_m in view.blocks if place == floor),
    )


def floors(view: CarrierView) -> list[str]:
    """Return the floors on which a carrier has anything."""
    return sorted({floor for floor, _, _ in (*view.route, *view.blocks)})


def _path(places: Sequence[Place], floor: str) -> str:
    """A stroke for each stretch on the floor; a single place is one without length, which round caps make a dot."""
    strokes: list[list[str]] = []
    before = ""
    for at, x_m, y_m in places:
        if at == floor:
            if before != floor:
                strokes.append([])
            strokes[-1].append(f"{x_m:g} {0.0 - y_m:g}")
        before = at
    return "".join("M" + "L".join(points) + ("" if len(points) > 1 else "h0") for points in strokes)
