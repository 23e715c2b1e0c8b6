"""Ids are unique, and whatever names another thing names one that exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from site_models.checks.report import Report
from site_models.checks.survey import Survey
from site_models.positions import Path
from site_models.schema import Site

Named = tuple[str, Path, str]
"""What it is, where it is written, its id."""


def check_references(survey: Survey, report: Report) -> None:
    """Note every repeated id and every reference to nothing."""
    places = list(_places(survey))
    _unique(report, places, "the places of a site")
    for kind, named in _sections(survey.site):
        _unique(report, [(kind, path, name) for path, name in named], f"the {kind}s")
    _robots_apart(survey, report, {name for _, _, name in places})
    for what, path, name, known in _references(survey):
        if name is not None and name not in known:
            report.unknown(path, what, name, known)


def _unique(report: Report, named: list[Named], among: str) -> None:
    first: dict[str, Named] = {}
    for one in named:
        kind, path, name = one
        if name not in first:
            first[name] = one
            continue
        other, other_path, _ = first[name]
        where = report.place(other_path)
        message = f"The {kind} `{name}` has the id of the {other} in {where}; ids are unique among {among}: rename one."
        report.add("duplicate_id", (*path, "id"), message)


def _robots_apart(survey: Survey, report: Report, places: Collection[str]) -> None:
    for robot in survey.layout.robots:
        if robot.id in places:
            fleet = next(k for k, fleet in enumerate(survey.site.fleets) if fleet.id == robot.fleet)
            message = f"Robot `{robot.id}` would be called like another thing of the site; choose another prefix."
            report.add("duplicate_id", ("fleets", fleet, "prefix"), message)


def _places(survey: Survey) -> Iterator[Named]:
    """What closures, zones and phases call by id alone."""
    site = survey.site
    yield from (("building", ("buildings", k), one.id) for k, one in enumerate(site.buildings))
    yield from (("floor", one.path, one.id) for one in survey.floors)
    yield from (("ward", one.path, one.id) for one in survey.wards)
    yield from (("corridor", one.path, one.id) for one in survey.corridors)
    yield from (("room", one.path, one.id) for one in survey.rooms)
    yield from (("station", one.path, one.id) for one in survey.stations)
    yield from (("bay", one.path, one.id) for one in survey.bays)
    yield from (("door", ("doors", k), one.id) for k, one in enumerate(site.doors))
    yield from (("lift", ("lifts", k), one.id) for k, one in enumerate(site.lifts))
    yield from (("zone", ("zones", k), one.id) for k, one in enumerate(site.zones))
    for t, tube in enumerate(site.tubes):
        yield "tube system", ("tubes", t), tube.id
        yield from (("tube line", ("tubes", t, "lines", k), line.id) for k, line in enumerate(tube.lines))
        yield from (("transfer unit", ("tubes", t, "transfers", k), unit.id) for k, unit in enumerate(tube.transfers))


def _sections(site: Site) -> Iterator[tuple[str, list[tuple[Path, str]]]]:
    """Ids that are unique within their own section."""
    yield "staff member", [(("staff", k), one.id) for k, one in enumerate(site.staff)]
    yield "fleet", [(("fleets", k), one.id) for k, one in enumerate(site.fleets)]
    yield "shift", [(("porters", "shifts", k), one.id) for k, one in enumerate(site.porters.shifts)]
    yield "load", [(("loads", k), one.id) for k, one in enumerate(site.loads)]
    yield "specimen", [(("specimens", k), one.id) for k, one in enumerate(site.specimens)]
    yield "precaution", [(("precautions", k), one.id) for k, one in enumerate(site.precautions)]
    yield "priority", [(("priorities", k), one.id) for k, one in enumerate(site.priorities)]
    yield "profile", [(("profiles", k), one.id) for k, one in enumerate(site.profiles)]
    yield "demand", [(("demand", k), one.id) for k, one in enumerate(site.demand)]
    yield "round", [(("rounds", k), one.id) for k, one in enumerate(site.rounds)]
    yield "phase", [(("phases", k), one.id) for k, one in enumerate(site.phases)]


Reference = tuple[str, Path, str | None, Collection[str]]


def _references(survey: Survey) -> Iterator[Reference]:
    yield from _building_references(survey)
    yield from _carrier_references(survey)
    yield from _load_references(survey)
    yield from _phase_references(survey)


def _building_references(survey: Survey) -> Iterator[Reference]:
    site = survey.site
    floors = {floor.id for floor in survey.floors}
    buildings = {building.id for building in site.buildings}
    wards = {ward.id for ward in survey.wards}
    for corridor in survey.corridors:
        yield "building", (*corridor.path, "building"), corridor.thing.building, buildings
    for room in survey.rooms:
        yield "building", (*room.path, "building"), room.thing.building, buildings
        yield "ward", (*room.path, "ward"), room.thing.ward, wards
    for ward in survey.wards:
        yield "floor", (*ward.path, "floor"), ward.thing.floor, floors
    for floor in survey.floors:
        own = {corridor.id for corridor in floor.thing.corridors}
        for k, row in enumerate(floor.thing.rows):
            yield f"corridor on floor {floor.id}", (*floor.path, "rows", k, "along"), row.along, own
        rooms = {room.id for room in survey.rooms if room.floor == floor.id}
        for k, station in enumerate(floor.thing.stations):
            place = (*floor.path, "stations", k)
            yield f"room on floor {floor.id}", (*place, "room"), station.room, rooms
            yield "ward", (*place, "ward"), station.ward, wards
            yield "floor", (*place, "floor"), station.floor, {floor.id}
    for k, door in enumerate(site.doors):
        yield "floor", ("doors", k, "floor"), door.floor, floors
    for k, lift in enumerate(site.lifts):
        yield from (("floor", ("lifts", k, "serves", n), floor, floors) for n, floor in enumerate(lift.serves))
    for k, bay in enumerate(site.bays):
        yield "floor", ("bays", k, "floor"), bay.floor, floors
        yield "fleet", ("bays", k, "fleet"), bay.fleet, {fleet.id for fleet in site.fleets}
    members = {corridor.id for corridor in survey.corridors} | {room.id for room in survey.rooms}
    members |= floors | buildings | wards | {door.id for door in site.doors} | {lift.id for lift in site.lifts}
    for k, zone in enumerate(site.zones):
        yield from (("place", ("zones", k, "members", n), member, members) for n, member in enumerate(zone.members))
    for k, person in enumerate(site.staff):
        yield "ward", ("staff", k, "ward"), person.ward, wards


def _carrier_references(survey: Survey) -> Iterator[Reference]:
    site, stations = survey.site, survey.stations_by_id
    zones = {zone.id for zone in site.zones}
    for k, shift in enumerate(site.porters.shifts):
        yield "station", ("porters", "shifts", k, "base"), shift.base, stations
        yield "zone", ("porters", "shifts", k, "zone"), shift.zone, zones
    for t, tube in enumerate(site.tubes):
        lines = {line.id for line in tube.lines}
        for k, line in enumerate(tube.lines):
            for n, stop in enumerate(line.stations):
                yield "station", ("tubes", t, "lines", k, "stations", n, "station"), stop.station, stations
        for k, unit in enumerate(tube.transfers):
            place = ("tubes", t, "transfers", k, "lines")
            yield from ((f"line of {tube.id}", (*place, n), line_id, lines) for n, line_id in enumerate(unit.lines))


def _load_references(survey: Survey) -> Iterator[Reference]:
    site = survey.site
    loads = {load.id for load in site.loads}
    priorities = {priority.id for priority in site.priorities}
    for k, load in enumerate(site.loads):
        yield "priority", ("loads", k, "priority"), load.priority, priorities
        if load.returns is not None:
            yield "load", ("loads", k, "returns", "load"), load.returns.load, loads
            yield "station", ("loads", k, "returns", "to"), load.returns.to, survey.stations_by_id
    for k, target in enumerate(site.targets):
        yield "load", ("targets", k, "load"), target.load, loads
        yield "priority", ("targets", k, "priority"), target.priority, priorities
    for path, stream in survey.streams():
        yield "load", (*path, "load"), stream.load, loads
    for k, demand in enumerate(site.demand):
        yield "profile", ("demand", k, "profile"), demand.profile, {profile.id for profile in site.profiles}
        for n, mix in enumerate(demand.mix):
            place = ("demand", k, "mix", n)
            yield "specimen", (*place, "specimen"), mix.specimen, {specimen.id for specimen in site.specimens}
            yield "precaution", (*place, "precaution"), mix.precaution, {str(code.id) for code in site.precautions}
            yield "priority", (*place, "priority"), mix.priority, priorities


def _phase_references(survey: Survey) -> Iterator[Reference]:
    site = survey.site
    parts = {floor.id for floor in survey.floors} | {corridor.id for corridor in survey.corridors}
    parts |= {room.id for room in survey.rooms} | {ward.id for ward in survey.wards}
    parts |= {station.id for station in survey.stations} | {lift.id for lift in site.lifts}
    parts |= {line.id for tube in site.tubes for line in tube.lines}
    for k, phase in enumerate(site.phases):
        for n, part in enumerate(phase.opens):
            yield "floor, corridor, room, ward, station, lift or tube line", ("phases", k, "opens", n), part, parts
        for fleet in phase.robots:
            yield "fleet", ("phases", k, "robots", fleet), fleet, {known.id for known in site.fleets}
