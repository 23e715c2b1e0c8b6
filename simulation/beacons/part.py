"""A made-up site alive: each second of the wall its gateways send what they hear, and people act on what moves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from simulation.beacons.asking import Asking, done
from simulation.beacons.generate import Scene
from simulation.beacons.life import Deed, Life
from simulation.beacons.messages import bundles
from simulation.beacons.walk_kernels import PARKED
from simulation.beacons.walks import Walkers, step
from simulation.beacons.world import World, write_world
from simulation.chance import stream

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Messages of gateways that may wait for their answers."""
DEEDS_A_SECOND = 4
SETTLED_AT_ONCE = 200
"""Deeds of one sitting when a fresh stock is brought into its first day's states."""
SAVE_EVERY_S = 30
BATTERY_EVERY_S = 600
"""So often a tag tells what its battery holds."""
LOW_SHARE, DRAIN_A_DAY = 0.005, 0.3
"""Which share of the tags have a nearly empty battery, and what all of them lose a day, in per cent; assumed."""
BROKEN_SHARE = 0.001
"""Which share of the gateways have broken down since the survey; assumed."""


class Part:
    """One task owns it. `run` ends when it is cancelled."""

    def __init__(
        self,
        *,
        scene: Scene,
        life: Life,
        asking: Asking,
        world: World,
        folder: Path,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = world
        self.skipped = 0
        self._scene = scene
        self._life = life
        self._asking = asking
        self._folder = folder
        self._wall_ms = wall_ms
        self._monotonic = monotonic
        self._walkers = self._ahead(scene.begin(), 0, world.at_s) if world.at_s else scene.begin()
        self._full = _batteries(scene)
        self._broken = _broken(scene)
        self._site_ms: int | None = None
        self._sending: asyncio.Task[None] | None = None
        self._deeds = 0
        self._taken = True

    async def run(self) -> None:
        """Go on from where the world was left."""
        await self._look()
        origin_s = self._monotonic() - self.world.at_s
        try:
            async with asyncio.TaskGroup() as tasks:
                if not self.world.is_stocked:
                    tasks.create_task(self._settle())
                while True:
                    await asyncio.sleep(max(0.0, self.world.at_s + 1 - (self._monotonic() - origin_s)))
                    self._second(int(self._monotonic() - origin_s), tasks)
        finally:
            self._save()

    async def _look(self) -> None:
        """What state everything is in."""
        numbers = {asset.id: number for number, asset in enumerate(self._life.assets)}
        walkers, rooms = self._walkers, self._scene.ground.rooms
        async for asset in self._asking.assets():
            self._hear_time(asset.since_ms)
            number = numbers.get(asset.id)
            if number is not None:
                parked = walkers.doing[number] == PARKED
                room = rooms[walkers.goal[number]] if parked else None
                fresh = not self.world.is_stocked
                self._life.begin(number, asset.state, room, int(walkers.trip[number]), self.world.at_s, fresh=fresh)

    def _second(self, now_s: int, tasks: asyncio.TaskGroup) -> None:
        """Live up to `now_s`; of seconds that were missed nothing is heard."""
        at_s = self.world.at_s
        if now_s <= at_s:
            return
        if now_s > at_s + 1:
            self.skipped += now_s - at_s - 1
            self._walk(at_s, now_s - 1 - at_s)
            at_s = now_s - 1
        if self._sending is None or self._sending.done():
            self._sending = tasks.create_task(self._send(self._heard(at_s)))
        else:
            self.skipped += 1
        self._walk(at_s, 1)
        for deed in self._life.due(now_s, DEEDS_A_SECOND - self._deeds, self._site_ms):
            tasks.create_task(self._do(deed))
        if now_s // SAVE_EVERY_S > at_s // SAVE_EVERY_S:
            self._save()

    def _heard(self, at_s: int) -> list[bytes]:
        """What the gateways send of the second from `at_s` on, which has just passed."""
        second = self._scene.listen(self._walkers, at_s)
        telling = np.arange(-at_s % BATTERY_EVERY_S, len(self._full), BATTERY_EVERY_S)
        spent = at_s / 86_400 * DRAIN_A_DAY
        batteries = {tag: max(1, round(self._full[tag] - spent)) for tag in telling.tolist()}
        began_ms = self._wall_ms() - (at_s + 1) * 1000
        return bundles(second, len(self._scene.gateways), began_ms, batteries, self._broken)

    async def _send(self, bodies: list[bytes]) -> None:
        free = asyncio.Semaphore(AT_ONCE)

        async def hand_over(body: bytes) -> bool:
            async with free:
                return await self._asking.heard(body)

        taken = all(await asyncio.gather(*map(hand_over, bodies)))
        if taken != self._taken:
            self._taken = taken
            log.info("readings are taken again" if taken else "readings are not taken; they are let go")

    def _walk(self, at_s: int, passed_s: int) -> None:
        """All assets walk on; whoever is concerned notices who has left and who has come."""
        before, self._walkers = self._walkers, self._ahead(self._walkers, at_s, passed_s)
        now, now_s, rooms = self._walkers, at_s + passed_s, self._scene.ground.rooms
        self.world = replace(self.world, at_s=now_s)
        left = now.trip > before.trip
        for number in np.flatnonzero(left).tolist():
            self._life.leaves(number, int(now.trip[number]), rooms[now.goal[number]], now_s)
        for number in np.flatnonzero((now.doing == PARKED) & ((before.doing != PARKED) | left)).tolist():
            self._life.arrives(number, rooms[now.goal[number]], now_s)

    def _ahead(self, walkers: Walkers, at_s: int, passed_s: int) -> Walkers:
        scene = self._scene
        return step(walkers, scene.ground, scene.ways, scene.settings.walks, scene.seed, at_s, float(passed_s))

    async def _settle(self) -> None:
        """Bring a fresh stock into its first day's states, much faster than people would."""
        while deeds := self._life.due(-1, SETTLED_AT_ONCE, self._site_ms):
            for actor, role in sorted({(deed.actor, deed.role) for deed in deeds}):
                await self._do_together([deed for deed in deeds if (deed.actor, deed.role) == (actor, role)])
        self.world = replace(self.world, is_stocked=True)
        self._save()
        log.info("the stock is in its first day's states")

    async def _do_together(self, deeds: list[Deed]) -> None:
        """What one person does at a sitting."""
        first = deeds[0]
        answers = await self._asking.together([deed.request for deed in deeds], first.actor, first.role)
        for deed, answer in zip(deeds, answers, strict=True):
            if answer.state is not None:
                self._hear_time(answer.since_ms)
            granted = answer.status < 400
            state = answer.state or (deed.after if granted else self._life.state_of(deed.number))
            self._life.answered(deed.number, state, self.world.at_s, granted=granted)

    async def _do(self, deed: Deed) -> None:
        """Have it done; a refusal is taken for what it is."""
        self._deeds += 1
        try:
            reply = await self._asking.insist(deed.request, deed.actor, deed.role, deed.key)
            granted = reply.status < 400
            asset = done(reply) if granted else await self._asking.state_of(self._life.assets[deed.number].id)
        finally:
            self._deeds -= 1
        if asset is not None:
            self._hear_time(asset.since_ms)
        state = asset.state if asset is not None else deed.after if granted else None
        self._life.answered(deed.number, state, self.world.at_s, granted=granted)

    def _hear_time(self, at_ms: int) -> None:
        """Site time is at least what the last change says."""
        self._site_ms = max(at_ms, self._site_ms or 0)

    def _save(self) -> None:
        try:
            write_world(self._folder, self.world)
        except OSError as problem:
            log.error("the world is not saved: %s", problem)  # noqa: TRY400  # the sentence says all


def _batteries(scene: Scene) -> list[float]:
    """What the battery of each tag holds at time 0, in per cent."""
    rng = stream(scene.seed, "batteries")
    count = len(scene.homes)
    low, level = rng.random(count) < LOW_SHARE, rng.random(count)
    held: list[float] = np.where(low, 3.0 + 11.0 * level, 35.0 + 65.0 * level).tolist()
    return held


def _broken(scene: Scene) -> frozenset[int]:
    """The gateways that say nothing any more."""
    draws = stream(scene.seed, "broken").random(len(scene.gateways))
    return frozenset(np.flatnonzero(draws < BROKEN_SHARE).tolist())
