"""Tagged assets walk through a site and gateways hear them as physics has it; the same seed tells the same story."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulation.beacons.gateways import place_gateways
from simulation.beacons.generate import Scene, SceneSettings, Second, as_readings, as_truth, generate, prepare
from simulation.beacons.ground import Ground, ground
from simulation.beacons.hearing import HearingSettings, hear
from simulation.beacons.radio import Links, RadioSettings, links, wall_loss_db
from simulation.beacons.survey import SurveySettings, plan_round, walk_survey
from simulation.beacons.walls import HEAVY_DB, LIGHT_DB, Walls, walls
from simulation.beacons.ways import WalkSettings, ways
from site_models.expand import expand
from site_models.layout import Layout
from site_models.load import load_site
from site_models.schema import Site
from site_models.schema.building import Floor

BUSY = WalkSettings(stay_s=120.0)
"""Things that hardly stand still, so that a short run sees many trips."""


def a_room(id: str, kind: str, box: tuple[float, float, float, float], door: tuple[float, float]) -> dict[str, object]:
    left, low, right, high = box
    outline = [[left, low], [right, low], [right, high], [left, high]]
    return {"id": id, "kind": kind, "name": {"da": id, "en": id}, "outline": outline, "doors": [list(door)]}


@pytest.fixture(scope="module")
def ward(clinic: tuple[Site, Layout]) -> Layout:
    """Three rooms side by side over a corridor along y = 0, and a hall that the corridor passes through."""
    corridor = {"id": "main", "points": [[0, 0], [30, 0]], "width_m": 2.0, "kind": "ward", "source": "assumed: a test"}
    rooms = [
        a_room("a", "ward_room", (0, 1, 6, 7), (3, 1)),
        a_room("b", "ward_room", (6, 1, 12, 7), (9, 1)),
        a_room("c", "imaging_ct", (12.3, 1, 18, 7), (15, 1)),
        a_room("hall", "waiting_room", (20, -3, 26, 7), (20, 5)),
    ]
    name = {"da": "Stuen", "en": "Ground floor"}
    floor = Floor.model_validate({"id": "0", "name": name, "elevation_m": 0, "corridors": [corridor], "rooms": rooms})
    return expand(clinic[0].model_copy(update={"floors": [floor], "lifts": [], "bays": [], "doors": [], "fleets": []}))


@pytest.fixture(scope="module")
def clinic() -> tuple[Site, Layout]:
    site = load_site("clinic_small")
    return site, expand(site)


@pytest.fixture(scope="module")
def scene(clinic: tuple[Site, Layout]) -> Scene:
    return prepare(*clinic, seed=7, assets=60, gateways=40, settings=SceneSettings(walks=BUSY))


@pytest.fixture(scope="module")
def tower() -> tuple[Layout, Ground]:
    site = load_site("koege")
    layout = expand(site)
    return layout, ground(site, layout)


def with_settings(scene: Scene, **changes: object) -> Scene:
    return dataclasses.replace(scene, settings=dataclasses.replace(scene.settings, **changes))


def digest(seconds: list[Second]) -> str:
    content = hashlib.sha256()
    for second in seconds:
        for column in (second.time_s, second.tag, second.gateway, second.rssi_dbm, second.node, second.is_moving):
            content.update(column.tobytes())
    return content.hexdigest()


def through(built: Walls, a: tuple[float, float], b: tuple[float, float]) -> float:
    return wall_loss_db(*a, *b, 0, built.lookup)


# --- walls -----------------------------------------------------------------------------------------------------------


def test_a_wall_between_two_rooms_counts_once(ward: Layout) -> None:
    """From the middle of a to the middle of b there is one light wall, though both rooms have an edge there."""
    assert through(walls(ward, ["0"]), (3, 4), (9, 4)) == pytest.approx(LIGHT_DB)


def test_two_faces_of_a_shielded_wall_are_one_heavy_wall(ward: Layout) -> None:
    """Between b (light, at x = 12) and c (shielded, at x = 12.3) the heavier counts, once."""
    assert through(walls(ward, ["0"]), (9, 4), (15, 4)) == pytest.approx(HEAVY_DB)


def test_a_door_lets_through_and_the_wall_beside_it_does_not(ward: Layout) -> None:
    """Room a's door is at x = 3 on the corridor's side, 1.2 m wide."""
    built = walls(ward, ["0"])
    assert through(built, (3, 4), (3, 0)) == pytest.approx(0.0)
    assert through(built, (5, 4), (5, 0)) == pytest.approx(LIGHT_DB)


def test_a_corridor_that_passes_through_a_hall_is_open(ward: Layout) -> None:
    """Along the corridor's middle nothing stands, above it the hall's two walls do."""
    built = walls(ward, ["0"])
    assert through(built, (18.5, 0), (29, 0)) == pytest.approx(0.0)
    assert through(built, (18.5, 3), (29, 3)) == pytest.approx(2 * LIGHT_DB)


coordinate = st.floats(-5, 35, allow_nan=False)


@example(a=(4.0, 9.0), b=(4.0 + 1e-12, -2.0))  # along the border of two cells
@example(a=(0.1 + 3.9, 9.0), b=(4.0 - 1e-12, -2.0))
@given(a=st.tuples(coordinate, coordinate), b=st.tuples(coordinate, coordinate))
def test_the_lookup_by_cells_finds_what_asking_every_wall_finds(
    ward: Layout, a: tuple[float, float], b: tuple[float, float]
) -> None:
    """The independent answer tries each wall, wherever it is; walls touched at an end are left to chance."""
    built = walls(ward, ["0"])
    expected, at_end = 0.0, False
    for (cx, cy, dx, dy), loss_db in zip(built.ends.tolist(), built.loss_db.tolist(), strict=True):
        turns = [
            (qx - px) * (ry - py) - (qy - py) * (rx - px)
            for (px, py), (qx, qy), (rx, ry) in [
                (a, b, (cx, cy)),
                (a, b, (dx, dy)),
                ((cx, cy), (dx, dy), a),
                ((cx, cy), (dx, dy), b),
            ]
        ]
        at_end = at_end or min(map(abs, turns)) < 1e-6
        expected += loss_db if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0 else 0.0
    assert at_end or through(built, a, b) == pytest.approx(expected)


# --- radio -----------------------------------------------------------------------------------------------------------


def test_farther_is_weaker_on_average(scene: Scene) -> None:
    """By rings of 4 m on the gateway's own floor the mean level falls from ring to ring."""
    here, found = scene.ground, scene.links
    spot = np.repeat(np.arange(len(here.x_m)), np.diff(found.first))
    gap_m = np.hypot(
        here.x_m[spot] - scene.gateways.x_m[found.gateway], here.y_m[spot] - scene.gateways.y_m[found.gateway]
    )
    same = (here.floor[spot] == scene.gateways.floor[found.gateway]) & ~here.in_cabin[spot]
    rings = [float(found.mean_dbm[same & (gap_m // 4 == ring)].mean()) for ring in range(4)]
    assert rings == sorted(rings, reverse=True)
    assert rings[0] > rings[-1] + 8


def test_without_shadowing_a_level_is_distance_walls_and_nothing_else(clinic: tuple[Site, Layout]) -> None:
    """Where nothing is between: -64 dBm at 1 m, 20 dB a decade; behind walls less by whole walls."""
    site, layout = clinic
    here = ground(site, layout)
    placed = place_gateways(here, 20, 1)
    found = links(here, placed, walls(layout, here.floors), RadioSettings(), 1, shadowed=False)
    spot = np.repeat(np.arange(len(here.x_m)), np.diff(found.first))
    same = (here.floor[spot] == placed.floor[found.gateway]) & ~here.in_cabin[spot]
    across_m = np.hypot(here.x_m[spot] - placed.x_m[found.gateway], here.y_m[spot] - placed.y_m[found.gateway])
    # A gateway hangs at 2.7 m and a tag at 0.8 m: 1.9 m between.
    free_dbm = -64.0 - 20.0 * np.log10(np.hypot(across_m, 1.9))
    clear = same & found.is_clear
    assert found.mean_dbm[clear] == pytest.approx(free_dbm[clear], abs=1e-3)
    hidden = same & ~found.is_clear
    assert (found.mean_dbm[hidden] < free_dbm[hidden] - LIGHT_DB + 1e-3).all()
    assert hidden.any()


def test_one_floor_away_is_weak_and_two_floors_away_is_silent(tower: tuple[Layout, Ground]) -> None:
    """A gateway hears little of the floors next to its own and nothing beyond."""
    layout, here = tower
    placed = place_gateways(here, 150, 3)
    found = links(here, placed, walls(layout, here.floors), RadioSettings(), 3)
    spot = np.repeat(np.arange(len(here.x_m)), np.diff(found.first))
    order = np.argsort(np.argsort(here.elevation_m))
    apart = np.abs(order[here.floor[spot]] - order[placed.floor[found.gateway]])
    assert apart.max() == 1
    assert found.mean_dbm[apart == 1].mean() < found.mean_dbm[apart == 0].mean()
    assert (apart == 1).mean() < 0.2


def test_shadowing_is_alike_nearby_and_unrelated_far_away(clinic: tuple[Site, Layout]) -> None:
    """Over many gateways: correlation exp(-d/2 m), so about 0.8 at half a metre and none at 20 m."""
    site, layout = clinic
    here = ground(site, layout)
    points = [(30.0, 5.0), (30.5, 5.0), (10.0, 5.0)]
    few = dataclasses.replace(
        here,
        x_m=np.array([x for x, _ in points]),
        y_m=np.array([y for _, y in points]),
        floor=np.zeros(3, dtype=np.int32),
        in_cabin=np.zeros(3, dtype=bool),
    )
    placed = place_gateways(here, 150, 2)
    loud = RadioSettings(at_1m_dbm=100.0, shadowing_db=4.0)
    no_walls = dataclasses.replace(walls(layout, here.floors), loss_db=np.zeros(len(walls(layout, here.floors).ends)))
    rough, plain = (
        links(few, placed, no_walls, loud, 5, shadowed=shadowed).mean_dbm.reshape(3, 150) for shadowed in (True, False)
    )
    shadow = rough - plain
    related = np.corrcoef(shadow)
    assert 3.0 < shadow.std() < 5.0
    assert related[0, 1] > 0.6
    assert abs(related[0, 2]) < 0.3


# --- gateways --------------------------------------------------------------------------------------------------------


@given(st.integers(2, 60), st.integers(0, 5))
def test_gateways_are_spread_evenly(clinic: tuple[Site, Layout], count: int, seed: int) -> None:
    """No spot is further from a gateway of its floor than the two nearest gateways are from each other."""
    here = ground(*clinic)
    placed = place_gateways(here, count, seed)
    reach_m, apart_m = 0.0, np.inf
    for floor in range(len(here.floors)):
        spots = (here.floor == floor) & ~here.in_cabin
        mine = placed.floor == floor
        x_m, y_m = placed.x_m[mine], placed.y_m[mine]
        gap_m = np.hypot(here.x_m[spots][:, None] - x_m, here.y_m[spots][:, None] - y_m)
        reach_m = max(reach_m, float(gap_m.min(axis=1).max()))
        between_m = np.hypot(x_m[:, None] - x_m, y_m[:, None] - y_m) + np.where(np.eye(len(x_m)), np.inf, 0.0)
        apart_m = min(apart_m, float(between_m.min()))
    assert reach_m <= apart_m + 1e-9
    assert len(set(placed.ids)) == count


def test_more_gateways_than_spots_are_refused(clinic: tuple[Site, Layout]) -> None:
    """The error says how many may be placed."""
    with pytest.raises(ValueError, match="give from 2"):
        place_gateways(ground(*clinic), 100_000, 1)


# --- hearing ---------------------------------------------------------------------------------------------------------


def heard_of(level_dbm: float, *, clear: bool, packets: int = 20_000) -> np.ndarray:
    """Levels of those of many packets that one gateway hears at this mean level."""
    one = Links(
        first=np.array([0, 1]),
        gateway=np.zeros(1, dtype=np.int32),
        mean_dbm=np.array([level_dbm], dtype=np.float32),
        bearing_rad=np.zeros(1, dtype=np.float32),
        is_clear=np.array([clear]),
    )
    nothing = np.zeros(packets)
    key = np.arange(packets, dtype=np.uint64)
    return hear(one, np.zeros(packets, np.int32), nothing, nothing, nothing, key, HearingSettings()).rssi_dbm


@pytest.mark.parametrize("clear", [True, False])
def test_fading_scatters_the_level_and_keeps_the_mean_power(clear: bool) -> None:
    """Rician fading has mean power 1; with 20,000 packets it is met within 5 %."""
    rssi_dbm = heard_of(-60.0, clear=clear)
    assert np.mean(10.0 ** ((rssi_dbm + 60.0) / 10.0)) == pytest.approx(1.0, rel=0.05)
    assert rssi_dbm.std() > 2.0


def test_behind_walls_levels_scatter_more() -> None:
    """Without a direct wave the scattered ones weigh more."""
    assert heard_of(-60.0, clear=False).std() > heard_of(-60.0, clear=True).std() + 1.0


def test_strong_packets_are_mostly_heard_and_faint_ones_not() -> None:
    """Far above the sensitivity of -90 dBm 90 % arrive; at it about half of those; 20 dB below none."""
    assert len(heard_of(-60.0, clear=True)) / 20_000 == pytest.approx(0.9, abs=0.01)
    assert 0.3 < len(heard_of(-90.0, clear=True)) / 20_000 < 0.6
    assert len(heard_of(-110.0, clear=True)) / 20_000 < 0.001


def test_what_lies_behind_the_thing_is_weaker() -> None:
    """A tag that points away from its gateway loses the whole shade of 8 dB."""
    one = Links(
        first=np.array([0, 1]),
        gateway=np.zeros(1, dtype=np.int32),
        mean_dbm=np.array([-60.0], dtype=np.float32),
        bearing_rad=np.zeros(1, dtype=np.float32),
        is_clear=np.ones(1, dtype=bool),
    )
    count = 1000
    spot, shade_db, key = np.zeros(count, np.int32), np.full(count, 8.0), np.arange(count, dtype=np.uint64)
    facing, away = (
        hear(one, spot, np.full(count, heading), shade_db, np.zeros(count), key, HearingSettings()).rssi_dbm
        for heading in (0.0, np.pi)
    )
    assert facing.mean() - away.mean() == pytest.approx(8.0, abs=0.1)


# --- walks -----------------------------------------------------------------------------------------------------------


def test_parked_things_do_not_move(scene: Scene) -> None:
    """From one second to the next whatever is parked at both ends and has not set out stands on the same spot."""
    walkers = scene.begin()
    for at_s in range(600):
        later = scene.after(walkers, at_s)
        stayed = ~walkers.is_moving() & ~later.is_moving() & (walkers.trip == later.trip)
        assert (walkers.where()[stayed] == later.where()[stayed]).all()
        walkers = later
    assert (walkers.trip > 0).sum() > 30


def test_things_are_pushed_no_faster_than_people_walk(scene: Scene) -> None:
    """Over a minute on one floor nothing gets further than 60 s at 1.4 m/s and the two legs it is rounded to."""
    here = scene.ground
    seconds = list(generate(scene, 600))
    leg_m = float(here.places.length_m.max())
    for early, late in zip(seconds[:-60], seconds[60:], strict=True):
        gap_m = np.hypot(here.x_m[early.spot] - here.x_m[late.spot], here.y_m[early.spot] - here.y_m[late.spot])
        same = here.floor[early.spot] == here.floor[late.spot]
        assert gap_m[same].max() <= 60 * 1.4 + 2 * leg_m


def test_things_come_to_other_floors_by_lifts_that_staff_ride(scene: Scene) -> None:
    """Lift E1 takes robots only: nothing is ever in its cabin, while E2 is used."""
    here = scene.ground
    visited = np.unique(np.concatenate([second.node for second in generate(scene, 1800)]))
    cabins = [here.places.ids[node] for node in visited.tolist() if here.in_cabin[node]]
    assert cabins
    assert all(cabin.startswith("lift:E2@") for cabin in cabins)


def test_a_way_leads_to_its_room_from_everywhere(scene: Scene) -> None:
    """Following the next nodes from any room's node arrives at the goal without a circle."""
    here, found = scene.ground, ways(scene.ground, WalkSettings())
    for goal in range(len(here.rooms)):
        node = here.room_node.copy()
        for _ in range(len(here.places)):
            node = found.towards[goal, node]
        assert (node == here.room_node[goal]).all()


# --- the whole -------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(clinic: tuple[Site, Layout], scene: Scene) -> None:
    """A scene prepared anew repeats every reading and every place."""
    settings = SceneSettings(walks=BUSY)
    again = prepare(*clinic, seed=7, assets=60, gateways=40, settings=settings)
    other = prepare(*clinic, seed=8, assets=60, gateways=40, settings=settings)
    first, second, third = (digest(list(generate(one, 120))) for one in (scene, again, other))
    assert first == second
    assert first != third


def test_a_tag_lives_its_life_whoever_else_is_there(scene: Scene) -> None:
    """With the first ten assets alone, their readings and places are what they were among sixty."""
    few = dataclasses.replace(scene, homes=scene.homes[:10])
    for many, alone in zip(generate(scene, 200), generate(few, 200), strict=True):
        mine = many.tag < 10
        assert (many.spot[:10] == alone.spot).all()
        assert (many.tag[mine] == alone.tag).all()
        assert (many.gateway[mine] == alone.gateway).all()
        assert (many.rssi_dbm[mine] == alone.rssi_dbm).all()
        assert (many.time_s[mine] == alone.time_s).all()


def test_motion_aware_tags_send_rarely_while_parked(scene: Scene) -> None:
    """Parked tags send every tenth second, each in its turn; moving ones are heard as often as before."""
    aware = with_settings(scene, parked_every_s=10)
    always, rarely = list(generate(scene, 200)), list(generate(aware, 200))
    for second, thin in zip(always, rarely, strict=True):
        moving = second.is_moving[second.tag]
        assert (second.tag[moving] == thin.tag[thin.is_moving[thin.tag]]).all()
        parked = thin.tag[~thin.is_moving[thin.tag]]
        assert ((second.at_s + parked) % 10 == 0).all()
    still = [sum(int((~second.is_moving[second.tag]).sum()) for second in run) for run in (always, rarely)]
    assert still[1] == pytest.approx(still[0] / 10, rel=0.15)


def test_readings_and_truth_become_the_columns_of_the_tracker(scene: Scene) -> None:
    """Readings run forward in time; truth has each tag once a second, at the end of what was heard."""
    seconds = list(generate(scene, 5))
    readings, truth = as_readings(scene, seconds), as_truth(scene, seconds)
    assert len(readings.tags) == 60
    assert len(readings.time_s) == sum(len(second.tag) for second in seconds) > 500
    assert truth.time_s.tolist() == [end_s for end_s in (1.0, 2.0, 3.0, 4.0, 5.0) for _ in range(60)]
    assert truth.room[0] == scene.ground.places.room[seconds[0].node[0]]


def test_the_strongest_gateway_is_near(scene: Scene) -> None:
    """Over 30 seconds each parked tag's strongest gateway is on its floor and within 10 m for nine of ten."""
    here = scene.ground
    quiet = with_settings(scene, walks=WalkSettings(stay_s=1e9))
    seconds = list(generate(quiet, 30))
    readings = as_readings(quiet, seconds)
    order = np.lexsort((-readings.rssi_dbm, readings.tag))
    tags, place = np.unique(readings.tag[order], return_index=True)
    gateway, spot = readings.gateway[order][place], seconds[0].spot[tags]
    gap_m = np.hypot(here.x_m[spot] - scene.gateways.x_m[gateway], here.y_m[spot] - scene.gateways.y_m[gateway])
    near = (gap_m < 10) & (here.floor[spot] == scene.gateways.floor[gateway])
    assert near.mean() > 0.9


def test_a_negative_seed_is_refused(clinic: tuple[Site, Layout]) -> None:
    """As everywhere in the simulation."""
    with pytest.raises(ValueError, match="negative"):
        prepare(*clinic, seed=-1, assets=5, gateways=5)


# --- the survey ------------------------------------------------------------------------------------------------------


def test_the_survey_comes_to_every_node_and_every_spot_of_a_room(scene: Scene) -> None:
    """At 10 packets a second nothing is passed unheard."""
    walked = plan_round(scene.ground, SurveySettings(per_s=10))
    assert set(walked.spot.tolist()) >= set(range(len(scene.ground.places), len(scene.ground.x_m)))
    reached = set(scene.ground.node[walked.spot].tolist())
    assert len(reached) > 0.97 * len(scene.ground.places)


def test_the_survey_walks_without_a_jump(scene: Scene) -> None:
    """Between packets less than five seconds apart the surveyor goes no faster than 1 m/s, but for the rides."""
    here = scene.ground
    walked = plan_round(here, SurveySettings(per_s=2))
    gap_m = np.hypot(np.diff(here.x_m[walked.spot]), np.diff(here.y_m[walked.spot]))
    assert (np.diff(walked.time_s) > 0).all()
    assert (gap_m <= np.diff(walked.time_s) + 2 * here.places.length_m.max()).all()


def test_the_survey_is_what_the_tracker_learns_from(scene: Scene) -> None:
    """Every reading has its place and time, most gateways are heard, and the same seed gives the same survey."""
    survey, again = walk_survey(scene), walk_survey(scene)
    assert survey.gateways == scene.gateways.ids
    assert len(np.unique(survey.gateway)) == len(scene.gateways)
    assert np.isfinite(survey.time_s).all()
    assert survey.rssi_dbm.tobytes() == again.rssi_dbm.tobytes()
