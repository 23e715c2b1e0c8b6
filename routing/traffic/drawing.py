"""Draws the cells of a floor as a layer over its plan: a dot for each point, bays ringed, a colour for each cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from itertools import cycle

from routing.traffic.cells import SiteNetwork
from site_models.layout import Layout, Node

COLOURS = ("#0b5c4a", "#b3541e", "#2a5caa", "#8a2a6b", "#7a7a00", "#52605a")
DOT_M = 0.35
LANE_M = 0.7
"""How far the points of the two directions of a lane are drawn apart from its middle."""


def cells_layer(cells: SiteNetwork, layout: Layout, floor: str) -> str:
    """An SVG group in the plan's metres (y downwards); every dot is called after its point and its cell.

    Points of the two directions lie right of the way that they lead; slots of a station lie on one another.
    """
    network = cells.network
    nodes = {node.id: node for node in layout.nodes if node.floor == floor}
    here = [point for point, node in enumerate(network.nodes) if node in nodes]
    colour = dict(zip(dict.fromkeys(int(network.cell[point]) for point in here), cycle(COLOURS), strict=False))
    dots = []
    for point in here:
        node, name = nodes[network.nodes[point]], network.points[point]
        cell = int(network.cell[point])
        dx_m, dy_m = _aside(cells, nodes, point)
        ring = f' stroke="{colour[cell]}" stroke-width=".3" fill-opacity=".3"' if network.bay[point] else ""
        dots.append(
            f'<circle cx="{node.x_m + dx_m:.2f}" cy="{-(node.y_m + dy_m):.2f}" r="{DOT_M}" fill="{colour[cell]}"{ring}>'
            f"<title>{escape(name)} · {escape(network.cells[cell])}</title></circle>"
        )
    return f'<g class="cells">{"".join(dots)}</g>'


def _aside(cells: SiteNetwork, nodes: Mapping[str, Node], point: int) -> tuple[float, float]:
    """How far from its node a point of a lane is drawn, to the right of where it leads; others stay where they are."""
    if cells.network.points[point][-1] not in "<>":
        return 0.0, 0.0
    moves = range(cells.network.first[point], cells.network.first[point + 1])
    tail, head = next(cells.ways[move][:2] for move in moves if len(cells.ways[move]) > 1)
    dx_m, dy_m = nodes[head].x_m - nodes[tail].x_m, nodes[head].y_m - nodes[tail].y_m
    length_m = math.hypot(dx_m, dy_m)
    return LANE_M * dy_m / length_m, -LANE_M * dx_m / length_m
