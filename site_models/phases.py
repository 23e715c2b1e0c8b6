"""A site as it stands on a date: without what later phases open, and with the robots commissioned by then."""

from __future__ import annotations

import datetime as dt

from site_models.patterns import matching
from site_models.rows import all_rooms
from site_models.schema import Site
from site_models.schema.building import Floor, Lift, Station
from site_models.schema.carriers import TubeLine, TubeSystem


def unopened(site: Site, on: dt.date) -> frozenset[str]:
    """Ids that a phase opens, none of them by `on`."""
    opened = {id for phase in site.phases if phase.date <= on for id in phase.opens}
    return frozenset(id for phase in site.phases for id in phase.opens if id not in opened)


def commissioned(site: Site, on: dt.date) -> dict[str, int]:
    """Robots of each fleet by `on`; a fleet that no phase mentions is complete."""
    counts = {}
    for fleet in site.fleets:
        steps = [(phase.date, phase.robots[fleet.id]) for phase in site.phases if fleet.id in phase.robots]
        taken = max((count for date, count in steps if date <= on), default=0)
        counts[fleet.id] = taken if steps else fleet.count
    return counts


def as_of(site: Site, on: dt.date) -> Site:
    """The site on a date. Rows have become rooms; what stands in something that is not open is not open either."""
    closed = unopened(site, on)
    floors = [_floor(floor, closed) for floor in site.floors if floor.id not in closed]
    rooms = {room.id for floor in floors for room in floor.rooms}
    gone = closed | {room.id for floor in site.floors for room, _ in all_rooms(floor) if room.id not in rooms}
    floors = [floor.model_copy(update={"stations": [s for s in floor.stations if _open(s, gone)]}) for floor in floors]
    on_floors = {floor.id for floor in floors}
    stations = {station.id for floor in floors for station in floor.stations}
    counts = commissioned(site, on)
    return site.model_copy(
        update={
            "floors": floors,
            "doors": [door for door in site.doors if door.floor in on_floors and door.id not in closed],
            "lifts": [_lift(lift, on_floors) for lift in site.lifts if lift.id not in closed],
            "bays": [bay for bay in site.bays if bay.floor in on_floors and bay.id not in closed],
            "fleets": [fleet.model_copy(update={"count": counts[fleet.id]}) for fleet in site.fleets],
            "tubes": [_tube(tube, closed, stations) for tube in site.tubes],
            "demand": [d for d in site.demand if matching(d.origins, stations) and matching(d.destinations, stations)],
            "rounds": [r for r in site.rounds if matching(r.origins, stations) and matching(r.destinations, stations)],
        }
    )


def _floor(floor: Floor, closed: frozenset[str]) -> Floor:
    return floor.model_copy(
        update={
            "corridors": [corridor for corridor in floor.corridors if corridor.id not in closed],
            "rooms": [r for r, _ in all_rooms(floor) if r.id not in closed and r.ward not in closed],
            "rows": [],
            "wards": [ward for ward in floor.wards if ward.id not in closed],
        }
    )


def _open(station: Station, gone: frozenset[str]) -> bool:
    return not {station.id, station.room, station.ward, station.floor} & gone


def _lift(lift: Lift, on_floors: set[str]) -> Lift:
    return lift.model_copy(update={"serves": [floor for floor in lift.serves if floor in on_floors]})


def _tube(tube: TubeSystem, closed: frozenset[str], stations: set[str]) -> TubeSystem:
    lines = []
    for line in tube.lines:
        stops = [stop for stop in line.stations if stop.station in stations]
        if line.id not in closed and stops:
            lines.append(TubeLine(id=line.id, stations=stops))
    names = {line.id for line in lines}
    joined = [(unit, [name for name in unit.lines if name in names]) for unit in tube.transfers]
    transfers = [unit.model_copy(update={"lines": rest}) for unit, rest in joined if len(rest) > 1]
    return tube.model_copy(update={"lines": lines, "transfers": transfers})
