"""A survey of a site: somebody walks every corridor with a tag, both ways, and stops at the spots of every room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.calibration.round import tour
from equipment_tracking.columns import Floats, Indexes, Survey
from simulation.beacons.gateways import Gateways
from simulation.beacons.generate import Scene
from simulation.beacons.ground import Ground
from simulation.beacons.hearing import HearingSettings, hear
from simulation.beacons.radio import Links
from simulation.chance import keys

SURVEY = 2**31 - 1
"""Stands for the instant in the surveyor's draws, which no asset's draw reaches."""
SILENT = -1
"""Stands for no spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySettings:
    """How it is walked: at `speed_m_s` with a tag that sends `per_s` times a second, and `stop_s` at each spot."""

    speed_m_s: float = 1.0
    per_s: int = 2
    stop_s: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The packets of a survey in order: the spot, the seconds from its start, the heading and whether one walks."""

    spot: Indexes
    time_s: Floats
    heading_rad: Floats
    is_walking: NDArray[np.bool_]


def walk_survey(scene: Scene, settings: SurveySettings | None = None) -> Survey:
    """The survey of a scene, with the same radio as its assets' readings but draws of its own.

    The tag is an average one, carried before the body, so what lies behind is shaded as when a thing is pushed; as all
    corridors are walked both ways this evens out.
    """
    settings = settings or SurveySettings()
    return listen_along(
        plan_round(scene.ground, settings),
        scene.ground,
        scene.links,
        scene.gateways,
        scene.settings.hearing,
        scene.seed,
    )


def plan_round(ground: Ground, settings: SurveySettings) -> Round:
    """The way along a shortest tree over all nodes, each stretch there and back, with the rooms' spots on the way.

    A packet sent while walking belongs to the nearest node; from spot to spot of a room the tag is silent.
    """
    times_s, spots, headings = _diary(ground, settings)
    packet_s = np.arange(0.0, times_s[-1], 1.0 / settings.per_s)
    at = np.searchsorted(times_s, packet_s, side="right") - 1
    at, packet_s = at[spots[at] != SILENT], packet_s[spots[at] != SILENT]
    standing = spots[at] >= len(ground.places)
    turned = 2.0 * np.pi * (packet_s - times_s[at]) / settings.stop_s
    return Round(
        spot=spots[at],
        time_s=packet_s,
        heading_rad=np.where(standing, turned, headings[at]),
        is_walking=~standing,
    )


def _diary(ground: Ground, settings: SurveySettings) -> tuple[Floats, Indexes, Floats]:
    """From when on the surveyor is nearest to which spot (SILENT between the spots of a room) and faces where."""
    nodes = tour(ground.places)
    x_m, y_m, pace = ground.x_m, ground.y_m, settings.speed_m_s
    room_at = {node: room for room, node in enumerate(ground.room_node.tolist())}
    rows: list[tuple[float, int, float]] = [(0.0, int(nodes[0]), 0.0)]
    now_s = 0.0
    for last, node in pairwise(nodes.tolist()):
        dx, dy = float(x_m[node] - x_m[last]), float(y_m[node] - y_m[last])
        way_s = math.hypot(dx, dy) / pace
        rows.append((now_s + way_s / 2, node, math.atan2(dy, dx)))
        now_s += way_s
        room = room_at.pop(node, None)
        if room is None:
            continue
        here = node
        for spot in [*range(int(ground.room_spot[room]), int(ground.room_spot[room + 1])), node]:
            rows.append((now_s, SILENT, 0.0))
            now_s += math.hypot(float(x_m[spot] - x_m[here]), float(y_m[spot] - y_m[here])) / pace
            here = spot
            rows.append((now_s, spot, 0.0))
            now_s += settings.stop_s if spot != node else 0.0
    rows.append((now_s, SILENT, 0.0))
    times_s, spots, headings = zip(*rows, strict=True)
    return np.array(times_s), np.array(spots, dtype=np.int32), np.array(headings)


def listen_along(
    walked: Round, ground: Ground, links: Links, gateways: Gateways, hearing: HearingSettings, seed: int
) -> Survey:
    """What gateways hear along a round; on the spot the surveyor turns once around."""
    packets = np.arange(len(walked.spot), dtype=np.int32)
    heard = hear(
        links,
        walked.spot,
        walked.heading_rad,
        np.where(walked.is_walking, hearing.moving_shade_db, hearing.parked_shade_db),
        np.zeros(len(packets)),
        keys(np.uint64(seed), packets, np.uint64(SURVEY)),
        hearing,
    )
    spot = walked.spot[heard.sent]
    return Survey(
        x_m=ground.x_m[spot],
        y_m=ground.y_m[spot],
        floor=ground.floor[spot],
        gateway=heard.gateway,
        rssi_dbm=heard.rssi_dbm,
        time_s=walked.time_s[heard.sent],
        floors=ground.floors,
        gateways=gateways.ids,
    )
