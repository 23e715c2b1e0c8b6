"""Proves of a site that no robot can be shut in: the premises on which traffic promises that nothing ever locks.

From every bay that robots may stand in (home bays, stations, the waiting bays of lifts) there must be a way home that
goes through no other bay; the waiting bay of a lift may be gone through if it has such a way itself, because who stands
in it can always go first.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from routing.ground import Ground
from routing.traffic.cells import SiteNetwork, site_network
from site_models.checks.report import Report
from site_models.checks.survey import Survey
from site_models.errors import SiteError, in_order
from site_models.places import fleet_bays, parking_bays
from site_models.positions import Path, Positions
from site_models.schema import Site

Mask = NDArray[np.bool_]


def check_ways_home(site: Site, positions: Positions | None = None) -> list[SiteError]:
    """Every bay of a site from which, or to which, a fleet has no way of its own, in the order of the files.

    The site keeps all other rules (`site_models.check`). Without `positions` violations stand at the site as a whole.
    """
    if not site.fleets:
        return []
    survey, report = Survey(site), Report(site.site.id, positions)
    cells = site_network(Ground(site, survey.layout))
    reached: set[int] = set()
    for fleet in site.fleets:
        bays = [*fleet_bays(site, fleet.id), *parking_bays(site, fleet.id)]
        ways = WaysHome(cells, fleet.id, homes(cells, bays))
        reached |= ways.stood_in
        for bay, kind, path in _bays(survey, cells):
            name = cells.network.nodes[bay].partition(":")[2]
            for message in ways.wrong(bay):
                report.add("no_way_home", path, f"{kind} `{name}`: robots of `{fleet.id}` {message}")
    for bay, kind, path in _bays(survey, cells):
        if kind == "Station" and bay not in reached:
            message = "no robot finds a way there: see to widths, doors and one-way corridors, and that the lifts on "
            name = cells.network.nodes[bay].partition(":")[2]
            report.add("no_way_there", path, f"Station `{name}`: {message}the way have a `lobby_bay`.")
    return in_order(report.errors)


def homes(cells: SiteNetwork, bays: Iterable[str]) -> tuple[int, ...]:
    """The points of bays."""
    return tuple(point for bay in bays for point in cells.at.get(f"bay:{bay}", ()))


def _bays(survey: Survey, cells: SiteNetwork) -> Iterable[tuple[int, str, Path]]:
    """One point of everything that robots may stand in, what it is, and where it is written."""
    layout = survey.layout
    lifts = {lift.id: ("lifts", k) for k, lift in enumerate(survey.site.lifts)}
    places: list[tuple[str, str, Path]] = []
    places += [("Bay", layout.bay_node[one.id], one.path) for one in survey.bays if one.id in layout.bay_node]
    places += [
        ("Station", layout.station_node[id], survey.stations_by_id[id].path)
        for id, station in layout.stations.items()
        if "robot" in station.kinds
    ]
    places += [("Lobby", node, lifts[lift]) for (lift, _), node in layout.lobby_node.items()]
    for kind, node, path in places:
        for point in cells.at.get(node, ())[:1]:
            yield point, kind, path


class WaysHome:
    """What one fleet can get to and come home from; `home` are the points of its own bays, to live and to park in."""

    def __init__(self, cells: SiteNetwork, fleet: str, home: Iterable[int]) -> None:
        self.network = network = cells.network
        self.home = frozenset(home)
        may = network.duration_ms[network.profiles.index(fleet)] >= 0
        self._tail = np.repeat(np.arange(len(network.points)), np.diff(network.first))[may]
        self._head = network.head[may]
        self._out = self._rows(self._tail, self._head)
        self._into = self._rows(self._head, self._tail)
        with_bay = np.zeros(len(network.cells), np.bool_)
        with_bay[network.cell[network.bay]] = True
        self._waiting = np.array([node.startswith("lobby:") for node in network.nodes], np.bool_) & network.bay
        self._clear: Mask = ~with_bay[network.cell]
        self._core = self._largest(self._clear | self._waiting)
        self._leaving = self._settle(self._out, self._into)
        self._arriving = self._settle(self._into, self._out)
        others = network.bay.copy()
        others[[point for point in range(len(network.points)) if network.nodes[point].startswith("bay:")]] = False
        come = self._spread(self._core, np.ones_like(self._clear), self._out)
        self.stood_in = frozenset(np.flatnonzero(come & others).tolist()) | self.home

    def wrong(self, bay: int) -> list[str]:
        """What is wrong with a bay in which robots of the fleet may come to stand; empty when nothing is."""
        if bay not in self.stood_in:
            return []
        wrong = []
        sharing = self.network.bay & (self.network.cell == self.network.cell[bay])
        sharing[bay] = False
        if sharing.any():
            names = ", ".join(f"`{name}`" for name in self._names(np.flatnonzero(sharing).tolist()))
            cell = self.network.cells[int(self.network.cell[bay])]
            wrong.append(
                f"share the cell `{cell}` with {names}, and only one of them can be there: "
                "give each a place of its own."
            )
        if not self._leaving[bay]:
            wrong.append(f"find no way from there that goes through no other bay{self._hint(bay, self._out)}")
        if not self._arriving[bay]:
            wrong.append(f"find no way there that goes through no other bay{self._hint(bay, self._into)}")
        return wrong

    def _rows(self, begin: NDArray[np.int64], end: NDArray[np.int32]) -> list[list[int]]:
        rows: list[list[int]] = [[] for _ in self.network.points]
        for a, b in zip(begin.tolist(), end.tolist(), strict=True):
            rows[a].append(b)
        return rows

    def _largest(self, among: Mask) -> Mask:
        """The largest part of the network in which every point leads to every other."""
        if not among.any():
            return among
        inner = among[self._tail] & among[self._head]
        count = len(self.network.points)
        ones = np.ones(int(inner.sum()), np.bool_)
        graph = csr_array((ones, (self._tail[inner], self._head[inner])), shape=(count, count))
        labels = connected_components(graph, directed=True, connection="strong")[1]
        largest: Mask = np.logical_and(among, labels == np.bincount(labels[among]).argmax())
        return largest

    def _settle(self, ahead: list[list[int]], back: list[list[int]]) -> Mask:
        """Who gets through: what is clear, and bays one after the other, a waiting bay helping those behind it."""
        through = self._core & self._clear
        settled = np.zeros_like(through)
        while True:
            through = self._spread(through, self._clear | (settled & self._waiting), back)
            fresh = [
                bay
                for bay in np.flatnonzero(self.network.bay & ~settled).tolist()
                if (through & self._spread_from(bay, ahead)).any()
            ]
            if not fresh:
                return settled
            settled[fresh] = True
            through[[bay for bay in fresh if self._waiting[bay]]] = True

    def _spread_from(self, bay: int, ahead: list[list[int]]) -> Mask:
        """The points next to what is a bay's own: itself and the rest of its cell, other bays apart."""
        own: Mask = (self.network.cell == self.network.cell[bay]) & ~self.network.bay
        begin = np.zeros_like(own)
        begin[bay] = True
        inside = self._spread(begin, own, ahead)
        result = np.zeros_like(own)
        result[[head for point in np.flatnonzero(inside).tolist() for head in ahead[point]]] = True
        return result

    def _spread(self, begin: Mask, among: Mask, rows: list[list[int]]) -> Mask:
        reached = begin.copy()
        border = np.flatnonzero(begin).tolist()
        while border:
            for point in rows[border.pop()]:
                if among[point] and not reached[point]:
                    reached[point] = True
                    border.append(point)
        return reached

    def _hint(self, bay: int, ahead: list[list[int]]) -> str:
        """The bays that one comes upon, and what to do about it."""
        begin = np.zeros_like(self._clear)
        begin[bay] = True
        own = self.network.cell == self.network.cell[bay]
        reached = self._spread(begin, self._clear | own, ahead)
        met = {head for point in np.flatnonzero(reached).tolist() for head in ahead[point] if not reached[head]}
        names = self._names(met)
        if not names:
            return "; see to widths, doors and one-way corridors there."
        return f": {', '.join(f'`{name}`' for name in names[:5])} stands in every way; move one."

    def _names(self, points: Iterable[int]) -> list[str]:
        return sorted({self.network.nodes[point].partition(":")[2] for point in points})
