"""Every robot owns a home bay for life, comes to a charger, and the way to each bay crosses no other bay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from site_models.checks.networks import Network
from site_models.checks.report import Report
from site_models.checks.survey import Found, Stand, Survey
from site_models.layout import Lane
from site_models.places import fleet_bays
from site_models.schema.carriers import Fleet


def check_bays(survey: Survey, report: Report) -> None:
    """Note fleets short of bays or chargers, bays without a way, and bays whose every way crosses another bay."""
    for k, fleet in enumerate(survey.site.fleets):
        bays = fleet_bays(survey.site, fleet.id)
        if len(bays) < fleet.count:
            message = (
                f"Fleet `{fleet.id}` has {fleet.count} robots and {len(bays)} home bays; each robot owns one for life: "
                f"add {fleet.count - len(bays)}."
            )
            report.add("too_few_bays", ("fleets", k, "count"), message)
    network = Network(survey.site, survey.layout)
    widest_m = max((fleet.footprint_m[1] for fleet in survey.site.fleets), default=0.0)
    crossed = _crossed(survey, widest_m)
    for k, fleet in enumerate(survey.site.fleets):
        declared = [one for one in survey.bays if one.thing.bay.fleet == fleet.id]
        own = [one for one in declared if one.id in survey.layout.bay_node]
        nowhere = [one for one in declared if one not in own]
        reached = _ways_home(survey, report, network, fleet, own, crossed) if own else []
        charged = any(one.thing.bay.charger for one in (*reached, *nowhere))
        if fleet.battery.drive_share_per_h > 0 and not charged:
            message = (
                f"Robots of `{fleet.id}` have batteries and come to no charger; give `charger: true` to bays of the "
                "fleet that they reach, as many as it takes to charge them all."
            )
            report.add("no_charger", ("fleets", k, "battery"), message)
    for one in survey.bays:
        if one.thing.bay.parking and one.thing.bay.charger:
            message = (
                f"Bay `{one.id}` is for parking and has a charger; robots leave a parking bay as soon as there is "
                "work: take out `parking`, then it is a home or a charger that the fleet shares."
            )
            report.add("parking_charger", one.path, message)


def _ways_home(
    survey: Survey,
    report: Report,
    network: Network,
    fleet: Fleet,
    own: list[Found[Stand]],
    crossed: dict[tuple[str, str], frozenset[str]],
) -> list[Found[Stand]]:
    """Note which of a fleet's own bays it cannot use; returns those that it reaches from its homes."""
    passes = network.robot_passes(fleet)
    anywhere = network.regions(passes)
    home = anywhere.home([survey.layout.bay_node[one.id] for one in own if not one.thing.bay.parking])
    ways = _Ways(network, passes, crossed)
    reached = []
    for one in own:
        node = survey.layout.bay_node[one.id]
        if anywhere.labels[node] != home:
            message = (
                f"Bay `{one.id}` has no way to the other bays of `{fleet.id}` and back; join it to their corridors."
            )
            report.add("bay_without_way", one.path, message)
            continue
        reached.append(one)
        in_the_way = ways.blockers(one.id, node)
        if in_the_way:
            message = (
                f"The way home to bay `{one.id}` crosses {', '.join(f'`{bay}`' for bay in in_the_way)}; "
                "move one, so that a parked robot blocks nobody."
            )
            report.add("bay_behind_bay", one.path, message)
    return reached


class _Ways:
    """The ways of a fleet between its bays and the open network, the largest region that no bay lies on."""

    def __init__(
        self, network: Network, passes: Callable[[Lane], bool], crossed: dict[tuple[str, str], frozenset[str]]
    ) -> None:
        clear = network.regions(lambda lane: passes(lane) and not crossed.get((lane.tail, lane.head)))
        goal = clear.largest()
        self._open = {node for node, label in clear.labels.items() if label == goal}
        self._out: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._into: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for lane in network.layout.lanes:
            if passes(lane):
                bays = crossed.get((lane.tail, lane.head), frozenset())
                self._out.setdefault(lane.tail, []).append((lane.head, bays))
                self._into.setdefault(lane.head, []).append((lane.tail, bays))

    def blockers(self, bay: str, node: str) -> list[str]:
        """The other bays that stand on every way out of a bay or into it; empty when there is a free way each."""
        out, into = self._walk(bay, node, self._out), self._walk(bay, node, self._into)
        return sorted(out | into)

    def _walk(self, bay: str, node: str, ends: dict[str, list[tuple[str, frozenset[str]]]]) -> set[str]:
        """Search on from the bay; lanes that only this bay lies on are its own to use."""
        seen, border = {node}, [node]
        met: set[str] = set()
        while border:
            reached = border.pop()
            if reached in self._open:
                return set()
            for following, bays in ends.get(reached, ()):
                others = bays - {bay}
                met |= others
                if not others and following not in seen:
                    seen.add(following)
                    border.append(following)
        return met


def _crossed(survey: Survey, widest_m: float) -> dict[tuple[str, str], frozenset[str]]:
    """For each lane (tail, head) the bays whose parked robot would be touched by the widest robot driving along it."""
    nodes = {node.id: node for node in survey.layout.nodes}
    lanes = [lane for lane in survey.layout.lanes if nodes[lane.tail].floor == nodes[lane.head].floor]
    ends = np.array(
        [(nodes[a].x_m, nodes[a].y_m, nodes[b].x_m, nodes[b].y_m) for a, b in ((ln.tail, ln.head) for ln in lanes)]
    ).reshape(len(lanes), 4)
    floors = np.array([nodes[lane.tail].floor for lane in lanes], dtype=object)
    widths = {fleet.id: fleet.footprint_m[1] for fleet in survey.site.fleets}
    touched: dict[tuple[str, str], set[str]] = {}
    for one in survey.bays:
        radius = (widths.get(one.thing.bay.fleet, 0.0) + widest_m) / 2 - 0.01
        close = (_distances(one.thing.at, ends) < radius) & (floors == one.floor)
        for k in np.flatnonzero(close).tolist():
            touched.setdefault((lanes[k].tail, lanes[k].head), set()).add(one.id)
    return {lane: frozenset(bays) for lane, bays in touched.items()}


def _distances(at: tuple[float, float], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from a point to each straight lane (x, y, x, y)."""
    ax, ay = ends[:, 0], ends[:, 1]
    dx, dy = ends[:, 2] - ax, ends[:, 3] - ay
    squared = np.maximum(dx * dx + dy * dy, 1e-12)
    t = np.clip(((at[0] - ax) * dx + (at[1] - ay) * dy) / squared, 0.0, 1.0)
    distances: NDArray[np.float64] = np.hypot(at[0] - ax - t * dx, at[1] - ay - t * dy)
    return distances
