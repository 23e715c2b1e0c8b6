"""Clean and unclean stay apart: in zones, in what robots carry, and in lifts."""

from __future__ import annotations

from site_models.checks.report import Report
from site_models.checks.survey import Found, Survey
from site_models.schema.building import Station
from site_models.schema.loads import Load


def check_separation(survey: Survey, report: Report) -> None:
    """Note where the site would bring clean and unclean together."""
    _zones(survey, report)
    _streams(survey, report)
    _compartments(survey, report)
    _lifts(survey, report)


def _zones(survey: Survey, report: Report) -> None:
    """Clean and unclean never share a zone."""
    members: dict[str, dict[str, str]] = {"clean": {}, "unclean": {}}
    for k, zone in enumerate(survey.site.zones):
        if zone.kind not in members:
            continue
        other = members["unclean" if zone.kind == "clean" else "clean"]
        for n, member in enumerate(zone.members):
            members[zone.kind].setdefault(member, zone.id)
            if member in other:
                message = f"`{member}` is in `{zone.id}` and in `{other[member]}`, clean and unclean; keep one."
                report.add("clean_and_unclean", ("zones", k, "members", n), message)


def _streams(survey: Survey, report: Report) -> None:
    """No load is brought into a zone of the other kind."""
    loads = {load.id: load for load in survey.site.loads}
    members = {
        kind: {member for zone in survey.site.zones if zone.kind == kind for member in zone.members}
        for kind in ("clean", "unclean")
    }
    for path, stream in survey.streams():
        load = loads.get(stream.load)
        if load is None or load.clean == "neutral":
            continue
        opposite = "unclean" if load.clean == "clean" else "clean"
        for side in ("origins", "destinations"):
            for station in survey.matching(getattr(stream, side)):
                if _belongs_to(survey, station) & members[opposite]:
                    message = (
                        f"`{load.id}` is {load.clean}, but `{station.id}` lies in {_a(opposite)} zone; "
                        "choose another station."
                    )
                    report.add("wrong_zone", (*path, side), message)


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "unclean" else f"a {kind}"


def _belongs_to(survey: Survey, station: Found[Station]) -> set[str]:
    """The ids by which a station is a member of zones: its room, ward and floor."""
    room = survey.rooms_by_id.get(station.thing.room or "")
    names = {station.thing.room, station.thing.ward, station.floor, room.thing.ward if room else None}
    return {name for name in names if name is not None}


def _compartments(survey: Survey, report: Report) -> None:
    """A cart soils itself and not the robot under it; a compartment would have to be cleaned before the next load."""
    for k, load in enumerate(survey.site.loads):
        if load.clean == "unclean" and "robot" in load.modes and not load.cart:
            message = (
                f"`{load.id}` is unclean and would soil a robot's compartment; put it on a cart of its own "
                "(`cart: true`) or take `robot` from its modes."
            )
            report.add("soils_compartment", ("loads", k, "modes"), message)


def _lifts(survey: Survey, report: Report) -> None:
    """A robot with waste and a porter with food would be in one cabin."""
    if not any(_by_robot(load, "clean") for load in survey.site.loads):
        return
    unclean = next((load.id for load in survey.site.loads if _by_robot(load, "unclean")), None)
    for k, lift in enumerate(survey.site.lifts):
        if unclean is not None and "robot" in lift.riders and not lift.robots_ride_alone:
            message = (
                f"Robots ride `{lift.id}` with `{unclean}` and others may join them with clean goods; "
                "let `robots_ride_alone` be true or take `robot` from its riders."
            )
            report.add("lift_shared", ("lifts", k), message)


def _by_robot(load: Load, kind: str) -> bool:
    return load.clean == kind and "robot" in load.modes
