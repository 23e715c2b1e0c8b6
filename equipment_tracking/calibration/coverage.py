"""How much of a site a survey covers: rooms with few readings, gateways that heard nothing, corridors not walked."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from scipy.spatial import cKDTree

from equipment_tracking.calibration.join import LONGEST_S
from equipment_tracking.calibration.walk import Track
from equipment_tracking.columns import Floats, Readings, Survey
from equipment_tracking.places import Places

FEWEST = 20
"""A room with fewer readings is hardly known."""
WALKED_M = 2.0
"""A place of a corridor was walked when the walk came so near."""
STEP_M = 0.5


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a survey has and what it lacks.

    `left_out` readings were heard before, after or in pauses of the walk. `poor_rooms` have fewer than `FEWEST`
    readings, each with their number; `unheard` gateways heard other tags and not the surveyor's; of each corridor in
    `unwalked` so many places, about a metre apart, were not walked.
    """

    readings: int
    left_out: int
    gateways: int
    poor_rooms: dict[str, int]
    unheard: tuple[str, ...]
    unwalked: dict[str, int]


def coverage(
    survey: Survey, track: Track, readings: Readings, left_out: int, places: Places, corridors: tuple[str | None, ...]
) -> Coverage:
    """What a survey has and lacks on the floors that were walked; `corridors` names each place's, None for others.

    Floors of the walk must be the places'.
    """
    floors = [number for number, name in enumerate(places.floors) if name in track.floors]
    on_foot = np.isin(places.floor, floors)
    counts = {places.room[place]: 0 for place in np.flatnonzero(on_foot).tolist() if places.room[place]}
    unwalked: dict[str, int] = {}
    for floor in floors:
        here = np.flatnonzero(places.floor == floor)
        points = np.column_stack([places.x_m[here], places.y_m[here]])
        name = places.floors[floor]
        heard = survey.floor == survey.floors.index(name)
        if heard.any():
            nearest = cKDTree(points).query(np.column_stack([survey.x_m[heard], survey.y_m[heard]]))[1]
            for place, count in zip(*np.unique(here[nearest], return_counts=True), strict=True):
                room = places.room[int(place)]
                if room:
                    counts[room] += int(count)
        away_m = cKDTree(_walked(track, track.floors.index(name))).query(points)[0]
        for place in here[away_m > WALKED_M].tolist():
            corridor = corridors[place]
            if corridor:
                unwalked[corridor] = unwalked.get(corridor, 0) + 1
    return Coverage(
        readings=len(survey.x_m),
        left_out=left_out,
        gateways=len(survey.gateways),
        poor_rooms={str(room): count for room, count in sorted(counts.items()) if count < FEWEST},
        unheard=tuple(sorted({*readings.gateways} - {*survey.gateways})),
        unwalked=dict(sorted(unwalked.items())),
    )


def lines(found: Coverage) -> list[str]:
    """What the survey has and lacks, in sentences."""
    told = [f"{found.readings} readings of {found.gateways} gateways; {found.left_out} outside the walk are left out."]
    if found.poor_rooms:
        rooms = ", ".join(f"{room} ({count})" for room, count in found.poor_rooms.items())
        told.append(f"{len(found.poor_rooms)} rooms have fewer than {FEWEST} readings: {rooms}. Stand there longer.")
    if found.unheard:
        told.append(f"{len(found.unheard)} gateways never heard the tag: {', '.join(found.unheard)}.")
    if found.unwalked:
        ways = ", ".join(f"{corridor} (about {count} m)" for corridor, count in found.unwalked.items())
        told.append(f"{len(found.unwalked)} corridors were not walked to their ends: {ways}.")
    return told


def _walked(track: Track, floor: int) -> Floats:
    """Points along the walk on a floor, `STEP_M` apart."""
    points = [np.column_stack([track.x_m, track.y_m])[track.floor == floor]]
    for begin in np.flatnonzero((track.floor[:-1] == floor) & (track.floor[1:] == floor)).tolist():
        if track.time_s[begin + 1] - track.time_s[begin] > LONGEST_S:
            continue
        ends = [axis[begin : begin + 2].tolist() for axis in (track.x_m, track.y_m)]
        count = int(math.dist(*zip(*ends, strict=True)) / STEP_M) + 2
        points.append(np.column_stack([np.linspace(first, last, count) for first, last in ends]))
    return np.concatenate(points)
