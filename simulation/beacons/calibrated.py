"""The model of a made-up site: a survey is walked, its map learned, and its confidence fitted to the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from equipment_tracking.calibration.learning import no_prints
from equipment_tracking.calibration.model_file import Made
from equipment_tracking.columns import Survey
from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import Emission, EmissionSettings
from equipment_tracking.locator import THINGS
from equipment_tracking.model import Model, Position, Settings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import MapSettings, RadioMap, learn
from equipment_tracking.twin import Twin
from equipment_tracking.whereabouts import Rooms
from simulation.beacons.addresses import gateway_address
from simulation.beacons.gateways import CEILING_M
from simulation.beacons.generate import Scene
from simulation.beacons.survey import walk_survey
from simulation.beacons.walks import step

SETTINGS = Settings(
    radio=MapSettings(cell_m=2.0, floor_height_m=15.0, heard_only=True),
    emission=EmissionSettings(map_share=1.0, independent_s=5.0, reading_db=3.0),
    motion=THINGS,
)
"""Cells as far apart as the spots; floors further than they are, since a ceiling hides more than 4 m of air do."""
AT_ONCE = 100
"""Gateways that are learned between two words on how far it is."""
TRIED, TRIED_S, EVERY_S = 400, 150, 15
"""Tags that the confidence is fitted with, for how long, and how often they are asked where they are."""
BEFORE_S, SETTLED_S = 3600, 60
"""Things have walked for so long before they are tried; then the locator listens for a while before it is asked."""
Say = Callable[[str], None]


def model_of(scene: Scene, areas: Places, at_ms: int, say: Say) -> tuple[Model, Made]:
    """Survey a scene and learn its model, with the addresses that its gateways send under; `at_ms` is now, UTC.

    `areas` are the places to learn: the scene's nodes first, then points within rooms, each named by room or corridor.
    """
    say("Walking the survey …")
    survey = addressed(walk_survey(scene))
    radio = learn_in_parts(survey, areas, scene, say)
    emission = Emission(
        radio=radio, prints=no_prints(len(areas), len(survey.gateways), SETTINGS.prints), settings=SETTINGS.emission
    )
    model = Model(places=areas, emission=emission, settings=SETTINGS)
    say("Trying the map on tags whose place is known …")
    counts = np.bincount(survey.gateway, minlength=len(survey.gateways)).tolist()
    made = Made(at_ms=at_ms, by_source={"survey": len(survey.rssi_dbm)}, by_gateway=tuple(counts))
    return model.sure(fitted(model, scene, areas)), made


def addressed(survey: Survey) -> Survey:
    """The survey with the gateways' addresses instead of their names."""
    return replace(survey, gateways=tuple(gateway_address(number) for number in range(len(survey.gateways))))


def learn_in_parts(survey: Survey, places: Places, scene: Scene, say: Say) -> RadioMap:
    """The radio map from known positions of gateways, some gateways at a time, saying how long it still takes."""
    positions = known_positions(scene)
    began_s = time.monotonic()
    count = len(survey.gateways)
    mean_dbm = np.empty((count, len(places)))
    spread_db, heard = np.empty_like(mean_dbm), np.empty_like(mean_dbm)
    for first in range(0, count, AT_ONCE):
        names = survey.gateways[first : first + AT_ONCE]
        part = _of(survey, first, names)
        learned = learn(part, places, positions, SETTINGS.radio)
        done = first + len(names)
        mean_dbm[first:done], spread_db[first:done], heard[first:done] = (
            learned.mean_dbm,
            learned.spread_db,
            learned.heard,
        )
        left_s = (time.monotonic() - began_s) / done * (count - done)
        say(f"Radio map: {done} of {count} gateways learned, about {left_s:.0f} s left")
    return RadioMap(gateways=survey.gateways, mean_dbm=mean_dbm, spread_db=spread_db, heard=heard)


def known_positions(scene: Scene) -> dict[str, Position]:
    """Where the gateways are, by address, with floors as far apart as the map has them."""
    at = scene.gateways
    height_m = (at.floor * SETTINGS.radio.floor_height_m + CEILING_M).tolist()
    points = zip(at.x_m.tolist(), at.y_m.tolist(), height_m, strict=True)
    return {gateway_address(number): point for number, point in enumerate(points)}


def fitted(model: Model, scene: Scene, areas: Places) -> Confidence:
    """How sure the model may be: its areas for other tags, walked and heard anew, against the true ones."""
    picked = np.linspace(0, len(scene.homes) - 1, min(TRIED, len(scene.homes))).astype(np.int32)
    other = replace(scene, homes=scene.homes[picked], seed=scene.seed + 1)
    twin = Twin(model.places, model.emission, model.settings.motion, tags=len(picked))
    rooms = Rooms(areas)
    number = {room: place for place, room in enumerate(rooms.rooms)}
    true = np.array([number.get(room or "", -1) for room in areas.room])
    sure, right = [], []
    walkers = step(other.begin(), other.ground, other.ways, other.settings.walks, other.seed, 0, float(BEFORE_S))
    for at_s in range(BEFORE_S, BEFORE_S + TRIED_S):
        second = other.listen(walkers, at_s)
        order = np.argsort(second.tag, kind="stable")
        twin.step(second.gateway[order], second.tag[order], second.rssi_dbm[order], 1.0)
        if at_s >= BEFORE_S + SETTLED_S and at_s % EVERY_S == 0:
            found = rooms.of(twin)
            said = found.room >= 0
            sure.append(found.p_room[said])
            right.append((found.room == true[second.node])[said])
        walkers = other.after(walkers, at_s)
    chance = np.concatenate(sure)
    return Confidence.fit(chance, np.zeros(len(chance)), np.concatenate(right))


def _of(survey: Survey, first: int, names: tuple[str, ...]) -> Survey:
    """The rows of some gateways that follow one another, numbered anew."""
    mine = (survey.gateway >= first) & (survey.gateway < first + len(names))
    return replace(
        survey,
        x_m=survey.x_m[mine],
        y_m=survey.y_m[mine],
        floor=survey.floor[mine],
        gateway=(survey.gateway[mine] - first).astype(np.int32),
        rssi_dbm=survey.rssi_dbm[mine],
        time_s=survey.time_s[mine],
        gateways=names,
    )
