"""A site with tagged assets and gateways, second by second: what is heard, and where everything really is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from equipment_tracking.columns import Floats, Indexes, Readings, Truth
from simulation.beacons.gateways import Gateways, place_gateways
from simulation.beacons.ground import Ground, ground
from simulation.beacons.hearing import HearingSettings, hear
from simulation.beacons.radio import Links, RadioSettings, links
from simulation.beacons.walks import Walkers, draw_homes, start, step
from simulation.beacons.walls import walls
from simulation.beacons.ways import WalkSettings, Ways, ways
from simulation.chance import keys, stream
from site_models.layout import Layout
from site_models.schema import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """Everything that may be set. A moving tag sends every second, a parked one every `parked_every_s` seconds.

    At 1 every tag sends every second; motion-aware tags have 5 to 60.
    """

    walks: WalkSettings = field(default_factory=WalkSettings)
    radio: RadioSettings = field(default_factory=RadioSettings)
    hearing: HearingSettings = field(default_factory=HearingSettings)
    parked_every_s: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What was heard from `at_s` on for one second, by time, and where the tags were meanwhile.

    `tag`, `gateway` (positions in `Scene.tags` and `Scene.gateways.ids`), `rssi_dbm` and `time_s` are by reading;
    `spot`, `node` (positions in `Ground` and its `places`) and `is_moving` by tag.
    """

    at_s: int
    time_s: Floats
    tag: Indexes
    gateway: Indexes
    rssi_dbm: Floats
    spot: Indexes
    node: Indexes
    is_moving: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A site ready to run. The same seed and settings give the same bytes; no draw depends on another tag's."""

    ground: Ground
    gateways: Gateways
    links: Links
    ways: Ways
    homes: Indexes
    settings: SceneSettings
    seed: int

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags' ids, in the order of their assets."""
        return tuple(f"tag-{number + 1:05d}" for number in range(len(self.homes)))

    @cached_property
    def phase_s(self) -> Floats:
        """When within a second each tag sends."""
        return stream(self.seed, "phases").random(len(self.homes))

    @cached_property
    def offset_db(self) -> Floats:
        """How much louder each tag is than the average one."""
        return stream(self.seed, "tags").standard_normal(len(self.homes)) * self.settings.hearing.tag_db

    def begin(self) -> Walkers:
        """All assets at time 0."""
        return start(self.ground, self.homes, self.settings.walks, self.seed)

    def after(self, walkers: Walkers, at_s: int) -> Walkers:
        """The assets a second after `at_s`."""
        return step(walkers, self.ground, self.ways, self.settings.walks, self.seed, at_s)

    def listen(self, walkers: Walkers, at_s: int) -> Second:
        """What gateways hear of the assets in the second from `at_s` on, before they step."""
        spot, is_moving = walkers.where(), walkers.is_moving()
        every_s = self.settings.parked_every_s
        sending = is_moving | ((at_s + np.arange(len(spot))) % every_s == 0) if every_s > 1 else np.ones_like(is_moving)
        tag = self._in_turn[sending[self._in_turn]]
        hearing = self.settings.hearing
        heard = hear(
            self.links,
            spot[tag],
            walkers.heading_rad[tag],
            np.where(is_moving[tag], hearing.moving_shade_db, hearing.parked_shade_db),
            self.offset_db[tag],
            keys(np.uint64(self.seed), tag, np.uint64(at_s)),
            hearing,
        )
        of = tag[heard.sent]
        return Second(
            at_s=at_s,
            time_s=at_s + self.phase_s[of],
            tag=of,
            gateway=heard.gateway,
            rssi_dbm=heard.rssi_dbm,
            spot=spot,
            node=self.ground.node[spot],
            is_moving=is_moving,
        )

    @cached_property
    def _in_turn(self) -> Indexes:
        return np.argsort(self.phase_s, kind="stable").astype(np.int32)


def prepare(
    site: Site,
    layout: Layout,
    *,
    seed: int,
    assets: int = 10_000,
    gateways: int = 2_000,
    homes: Indexes | None = None,
    settings: SceneSettings | None = None,
) -> Scene:
    """Place gateways, work out their links and the ways of the assets.

    `homes` are home rooms (positions in `Ground.rooms`), one an asset; left out, `assets` of them are drawn. Raises
    ValueError for a negative seed, more gateways than spots, or rooms that cannot be reached.
    """
    settings = settings or SceneSettings()
    here = ground(site, layout)
    placed = place_gateways(here, gateways, seed)
    return Scene(
        ground=here,
        gateways=placed,
        links=links(here, placed, walls(layout, here.floors), settings.radio, seed),
        ways=ways(here, settings.walks),
        homes=draw_homes(here, assets, seed) if homes is None else homes.astype(np.int32),
        settings=settings,
        seed=seed,
    )


def generate(scene: Scene, seconds: int) -> Iterator[Second]:
    """The seconds from time 0 on."""
    walkers = scene.begin()
    for at_s in range(seconds):
        yield scene.listen(walkers, at_s)
        walkers = scene.after(walkers, at_s)


def as_readings(scene: Scene, seconds: Sequence[Second]) -> Readings:
    """What was heard in seconds that follow one another."""
    return Readings(
        time_s=np.concatenate([second.time_s for second in seconds]),
        tag=np.concatenate([second.tag for second in seconds]),
        gateway=np.concatenate([second.gateway for second in seconds]),
        rssi_dbm=np.concatenate([second.rssi_dbm for second in seconds]),
        tags=scene.tags,
        gateways=scene.gateways.ids,
    )


def as_truth(scene: Scene, seconds: Sequence[Second]) -> Truth:
    """Where every tag was, one row a tag and second, stamped with the end of the second that was heard."""
    here = scene.ground
    spot = np.concatenate([second.spot for second in seconds])
    count = len(scene.tags)
    return Truth(
        time_s=np.repeat(np.array([second.at_s + 1.0 for second in seconds]), count),
        tag=np.tile(np.arange(count, dtype=np.int32), len(seconds)),
        x_m=here.x_m[spot],
        y_m=here.y_m[spot],
        floor=here.floor[spot],
        room=tuple(here.places.room[node] for node in here.node[spot].tolist()),
        tags=scene.tags,
        floors=here.floors,
    )
