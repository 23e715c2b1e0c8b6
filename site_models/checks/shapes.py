"""What is drawn on a floor fits together: rooms, doors, stations, bays and lifts lie where they can be reached."""

from __future__ import annotations

from itertools import combinations, pairwise

from site_models.checks.report import Report
from site_models.checks.survey import Found, Survey, by_id
from site_models.geometry import (
    Place,
    area_m2,
    crosses_itself,
    inside,
    outline_distance_m,
    overlap_m2,
)
from site_models.schema.building import Room

ON_OUTLINE_M = 0.3
"""A room's door may be drawn this far from the wall it is in."""
ROOM_DOOR_M = 3.0
"""Farthest from a room's door to the edge of the corridor it opens to."""
BESIDE_M = 6.0
"""Farthest from a station, bay or lift to the edge of the corridor it is reached from."""
LEAST_ROOM_M2 = 0.5
OVERLAP_M2 = 0.1
"""Walls drawn on one another overlap by less."""


def check_shapes(survey: Survey, report: Report) -> None:
    """Note every thing that is drawn where it cannot be."""
    _corridors(survey, report)
    _rooms(survey, report)
    _overlaps(survey, report)
    _stations(survey, report)
    _doors(survey, report)
    for one in survey.bays:
        _near(survey, report, "bay_far", f"bay `{one.id}`", one.thing.at, one.floor, (*one.path, "at"))
    for k, lift in enumerate(survey.site.lifts):
        for n, floor in enumerate(lift.serves):
            place = ("lifts", k, "serves", n)
            _near(survey, report, "lift_far", f"lift `{lift.id}` on floor {floor}", lift.at, floor, place)


def _near(
    survey: Survey, report: Report, rule: str, what: str, at: Place, floor: str, path: tuple[str | int, ...]
) -> None:
    if floor not in survey.lines:
        return
    foot = survey.lines[floor].nearest(*at)
    if foot is None:
        report.add(rule, path, f"The {what} has no corridor on floor {floor}; draw one that leads to it.")
    elif foot.edge_m > BESIDE_M:
        message = (
            f"The {what} is {foot.edge_m:.1f} m from the nearest corridor; move it to within {BESIDE_M:g} m "
            "of one, or draw a corridor to it."
        )
        report.add(rule, path, message)


def _corridors(survey: Survey, report: Report) -> None:
    for one in survey.corridors:
        if all(a == b for a, b in pairwise(one.thing.points)):
            report.add("corridor_empty", (*one.path, "points"), f"`{one.id}` has no length; give it two places.")
    if len(survey.corridors) < 2:
        return
    for floor in survey.floors:
        lines = survey.lines[floor.id]
        joined = {index for j in lines.joints() if j.corridor != j.other for index in (j.corridor, j.other)}
        for lift in survey.site.lifts:
            foot = lines.nearest(*lift.at) if floor.id in lift.serves else None
            joined |= {foot.corridor} if foot else set()
        for k, corridor in enumerate(floor.thing.corridors):
            if k not in joined and lines.length_m[k] > 0:
                message = f"`{corridor.id}` touches no other corridor and no lift; lengthen it to where it leads."
                report.add("corridor_alone", (*floor.path, "corridors", k, "points"), message)


def _rooms(survey: Survey, report: Report) -> None:
    for one in survey.rooms:
        room = one.thing
        if abs(area_m2(room.outline)) < LEAST_ROOM_M2 or crosses_itself(room.outline):
            message = f"The outline of `{one.id}` encloses no room or crosses itself; list its corners in order."
            report.add("room_outline", (*one.path, "outline"), message)
        for n, door in enumerate(room.doors):
            place = (*one.path, "doors", n)
            off = outline_distance_m(*door, room.outline)
            if off > ON_OUTLINE_M:
                message = f"A door of `{one.id}` is {off:.1f} m from its outline; put it on a wall."
                report.add("door_off_outline", place, message)
            foot = survey.lines[one.floor].nearest(*door)
            if foot is None or foot.edge_m > ROOM_DOOR_M:
                far = "on a floor without corridors" if foot is None else f"{foot.edge_m:.1f} m from a corridor"
                message = f"A door of `{one.id}` is {far}; a door opens to a corridor within {ROOM_DOOR_M:g} m."
                report.add("door_far", place, message)
    for floor in survey.floors:
        corridors = by_id([one for one in survey.corridors if one.floor == floor.id])
        for k, row in enumerate(floor.thing.rows):
            length = survey.lines[floor.id].length_m
            index = [c.id for c in floor.thing.corridors].index(row.along) if row.along in corridors else None
            end_m = row.from_m + row.count * row.width_m
            if index is not None and end_m > length[index] + ON_OUTLINE_M:
                message = f"The row ends {end_m:.1f} m along `{row.along}`, which is {length[index]:.1f} m; shorten it."
                report.add("row_too_long", (*floor.path, "rows", k, "count"), message)


def _overlaps(survey: Survey, report: Report) -> None:
    for floor in survey.floors:
        rooms = sorted((_Boxed(one) for one in survey.rooms if one.floor == floor.id), key=lambda boxed: boxed.left)
        for k, one in enumerate(rooms):
            for other in rooms[k + 1 :]:
                if other.left >= one.right:
                    break
                if one.apart(other):
                    continue
                shared = overlap_m2(one.found.thing.outline, other.found.thing.outline)
                if shared > OVERLAP_M2:
                    first, second = sorted((one.found, other.found), key=lambda found: found.path)
                    message = f"`{second.id}` overlaps `{first.id}` by {shared:.1f} m2; draw them side by side."
                    report.add("rooms_overlap", (*second.path, "outline"), message)


class _Boxed:
    """A room with its bounding box."""

    def __init__(self, found: Found[Room]) -> None:
        self.found = found
        self.left, self.right = (pick(x for x, _ in found.thing.outline) for pick in (min, max))
        self.low, self.high = (pick(y for _, y in found.thing.outline) for pick in (min, max))

    def apart(self, other: _Boxed) -> bool:
        """True when the boxes do not meet in height."""
        return self.high <= other.low or other.high <= self.low


def _stations(survey: Survey, report: Report) -> None:
    rooms = survey.rooms_by_id
    for one in survey.stations:
        station = one.thing
        if station.room is None:
            _near(survey, report, "station_far", f"station `{one.id}`", station.at, one.floor, (*one.path, "at"))
        elif station.room in rooms and rooms[station.room].floor == one.floor:
            outline = rooms[station.room].thing.outline
            if not inside(*station.at, outline) and outline_distance_m(*station.at, outline) > ON_OUTLINE_M:
                message = f"Station `{one.id}` lies outside its room `{station.room}`; move it inside."
                report.add("station_outside_room", (*one.path, "at"), message)


def _doors(survey: Survey, report: Report) -> None:
    doors = [(k, door) for k, door in enumerate(survey.site.doors) if door.floor in survey.lines]
    for k, door in enumerate(survey.site.doors):
        if door.floor is None:
            message = f"Door `{door.id}` needs the floor it is on; add `floor`."
            report.add("door_floor", ("doors", k), message)
    for k, door in doors:
        foot = survey.lines[str(door.floor)].nearest(*door.at)
        if foot is None or foot.edge_m > ON_OUTLINE_M:
            message = f"Door `{door.id}` stands in no corridor; move it onto the corridor that it closes."
            report.add("door_off_corridor", ("doors", k, "at"), message)
    placed = {node.ref for node in survey.layout.nodes if node.kind == "door"}
    for (_, one), (k, other) in combinations(doors, 2):
        if one.floor == other.floor and other.id not in placed and _close(one.at, other.at):
            message = f"Doors `{one.id}` and `{other.id}` stand in one place; keep one or move it."
            report.add("doors_in_one_place", ("doors", k, "at"), message)


def _close(one: Place, other: Place) -> bool:
    return abs(one[0] - other[0]) < 1 and abs(one[1] - other[1]) < 1
