"""Which modes may carry a job, and in how many legs: rules of load class, specimen table, stations and mass."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.hospital import UNREACHABLE, Hospital, Ways
from fleet.model import Job, TubePath
from fleet.views import ModeName, Reason
from site_models.schema.building import StationKind
from site_models.schema.loads import Load, Specimen

MAX_WALK_MS = 8 * 60_000
"""Longest walk between the job's station and a tube or robot station that is still considered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leg of an option: a mode between two places."""

    mode: ModeName
    origin: str
    destination: str
    tube: TubePath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A way to carry the job: its main mode and its parts in order."""

    mode: ModeName
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Every possible option in the load's order of preference, and why each other mode is not possible."""

    possible: tuple[Option, ...]
    refused: tuple[tuple[ModeName, Reason], ...]


def options(hospital: Hospital, ways: Ways, job: Job, origin: str, down: frozenset[str] = frozenset()) -> Options:
    """All ways to carry the job from `origin` (its station, or where its load is now).

    `down` are tube systems and lines that are out of service. A mode that the job's override excludes is left out.
    """
    load = hospital.loads[job.load]
    possible: list[Option] = []
    refused: list[tuple[ModeName, Reason]] = []
    for mode in _modes(job, load):
        found = _option(hospital, ways, job, load, mode, origin, down)
        if isinstance(found, Reason):
            refused.append((mode, found))
        else:
            possible.append(found)
    return Options(possible=tuple(possible), refused=tuple(refused))


def _modes(job: Job, load: Load) -> list[ModeName]:
    """The load's modes in order of preference, or the one that a person chose."""
    return list(load.modes) if job.wanted_mode is None else [job.wanted_mode]


def _option(
    hospital: Hospital, ways: Ways, job: Job, load: Load, mode: ModeName, origin: str, down: frozenset[str]
) -> Option | Reason:
    refusal = _out_of_reach(hospital, ways, origin) if origin.startswith("@") else None
    refusal = refusal or _rule(hospital, job, load, mode)
    if refusal is not None:
        return refusal
    if mode == "porter":
        return Option(mode=mode, parts=(Part(mode=mode, origin=origin, destination=job.destination),))
    specimen = hospital.specimens.get(job.specimen) if job.specimen else None
    first = nearest(hospital, ways, origin, mode)
    last = nearest(hospital, ways, job.destination, mode)
    if first is None or last is None or first == last:
        return Reason("no_route", {"mode": mode})
    tube: TubePath | None = None
    if mode == "tube":
        slow = load.tube_slow or (specimen is not None and specimen.tube == "slow_only")
        tube = tube_path(hospital, first, last, slow, down | ways.closures)
        if tube is None:
            return Reason("tube_down")
    parts = []
    if first != origin:
        parts.append(Part(mode="porter", origin=origin, destination=first))
    parts.append(Part(mode=mode, origin=first, destination=last, tube=tube))
    if last != job.destination:
        parts.append(Part(mode="porter", origin=last, destination=job.destination))
    if len(parts) > 1:
        on_foot = _porter_rule(hospital, job, load) if "porter" in load.modes else Reason("no_route", {"mode": mode})
        if on_foot is not None:
            return on_foot
    return Option(mode=mode, parts=tuple(parts))


def _rule(hospital: Hospital, job: Job, load: Load, mode: ModeName) -> Reason | None:
    """The rule that forbids this mode for what is carried, if any."""
    if mode == "porter":
        return _porter_rule(hospital, job, load)
    specimen = hospital.specimens.get(job.specimen) if job.specimen else None
    if load.specimen_table and specimen is None:
        return Reason("specimen_unlisted", {"specimen": job.specimen or ""})
    if mode == "tube":
        return _tube_rule(hospital, job, load, specimen)
    return _robot_rule(hospital, job, load, specimen)


def _out_of_reach(hospital: Hospital, ways: Ways, place: str) -> Reason | None:
    """Whether a porter can get to where a broken carrier stands with the load."""
    node = hospital.node(place)
    if ways.router.path("porter", hospital.near_stop(node), node) is not None:
        return None
    return Reason("trapped") if node.startswith("lift:") else Reason("no_route")


def _porter_rule(hospital: Hospital, job: Job, load: Load) -> Reason | None:
    """People and things on wheels are pushed; the rest must not be too heavy to carry."""
    limit_kg = hospital.site.porters.carry_kg
    if load.person or load.cart or job.mass_kg <= limit_kg:
        return None
    return Reason("too_heavy", {"mass_kg": job.mass_kg, "limit_kg": limit_kg})


def _tube_rule(hospital: Hospital, job: Job, load: Load, specimen: Specimen | None) -> Reason | None:
    if specimen is not None and specimen.tube == "forbidden":
        return Reason("specimen_not_by_tube", {"specimen": specimen.id})
    if load.upright or (specimen is not None and specimen.upright):
        return Reason("upright")
    limit_kg = max((tube.payload_kg for tube in hospital.site.tubes), default=0.0)
    if job.mass_kg > limit_kg:
        return Reason("too_heavy", {"mass_kg": job.mass_kg, "limit_kg": limit_kg})
    return None


def _robot_rule(hospital: Hospital, job: Job, load: Load, specimen: Specimen | None) -> Reason | None:
    if specimen is not None and specimen.robot == "forbidden":
        return Reason("specimen_not_by_robot", {"specimen": specimen.id})
    able = [fleet for fleet in hospital.site.fleets if fleet.locked or not load.locked]
    if not able:
        return Reason("locked_needed")
    limit_kg = max(fleet.payload_kg for fleet in able)
    if job.mass_kg > limit_kg:
        return Reason("too_heavy", {"mass_kg": job.mass_kg, "limit_kg": limit_kg})
    return None


def nearest(hospital: Hospital, ways: Ways, place: str, kind: StationKind) -> str | None:
    """The place itself if it is a station of the kind, else the nearest such station on foot, if not too far."""
    station = hospital.station(place)
    if station is not None and kind in station.kinds:
        return place
    here = hospital.near_stop(hospital.node(place))
    best: tuple[int, str] | None = None
    for id in hospital.stations_of[kind]:
        walk_ms = ways.times.between("porter", here, hospital.layout.station_node[id])
        if walk_ms <= MAX_WALK_MS and (best is None or (walk_ms, id) < best):
            best = (walk_ms, id)
    return best[1] if best is not None else None


def tube_path(hospital: Hospital, origin: str, destination: str, slow: bool, closed: frozenset[str]) -> TubePath | None:
    """The way through the tube, if its lines are open."""
    route = hospital.tube_network.route(origin, destination, closed_lines=closed)
    if route is None:
        return None
    return TubePath(
        system=route.system,
        path_m=route.path_m,
        transfers=len(route.transfers),
        lines=route.lines,
        duration_ms=route.slow_duration_ms if slow else route.duration_ms,
        slow=slow,
    )


def reachable(ways: Ways, hospital: Hospital, profile: str, origin: str, destination: str) -> bool:
    """Whether there is any way for a profile between two places."""
    a, b = (hospital.near_stop(hospital.node(place)) for place in (origin, destination))
    return bool(ways.times.between(profile, a, b) < UNREACHABLE)
