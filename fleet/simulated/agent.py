"""The process of the simulated carriers: four agents on the bus, one world behind them, one journal under it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import zmq

from bus.address import KEYS_FOLDER, read_address
from bus.agent import AgentLink, wait
from bus.keys import ensure_keys
from bus.messages import CarrierReport, Clock, Command, CommandFate
from bus.site_time import SiteTime
from fleet.simulated.cores.build import first_world, rules_of
from fleet.simulated.cores.faults import Faults
from fleet.simulated.cores.world import AGENTS, Agent, Order, Said
from fleet.simulated.journal import WorldJournal
from site_models.expand import expand
from site_models.schema import Site

MOVING: tuple[Agent, ...] = ("sim-robots", "sim-porters")
_IDLE_MS = 50
_PROGRESS_S = 1.0


class SimulatedCarriers:
    """Joins the links, the rules and the journal. `turn` is one round of the loop; one thread owns it.

    Raises `BadKeys` or `JournalError` when the data folder cannot be used.
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        *,
        seed: int,
        faults: Faults | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        layout = expand(site)
        keys = ensure_keys(data / KEYS_FOLDER)
        self.rules = rules_of(site, layout, seed, faults)
        self._journal = WorldJournal(data, site.site.id)
        self.world = self._saved = self._journal.load(first_world(site, layout))
        self.time = SiteTime()
        self._awake = False
        self._monotonic = monotonic
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.links: dict[Agent, AgentLink] = {
            agent: AgentLink(
                agent,
                keys,
                partial(read_address, data),
                self._journal.link(agent),
                carriers=partial(self._positions, agent),
                fates=partial(self._fates, agent),
                context=self._context,
                monotonic=monotonic,
            )
            for agent in AGENTS
        }
        self._told: dict[str, CarrierReport] = {}
        self._told_s = float("-inf")

    def turn(self, files: Sequence[int] = ()) -> tuple[int, ...]:
        """Wait for a message, the next event of the world or a file; work; commit; send. Returns readable files."""
        readable = wait(list(self.links.values()), self._timeout_ms(), files)
        # All links are read before anything is worked in: reading may commit, and half a turn must not be committed.
        heard = [(agent, message) for agent, link in self.links.items() for message in link.poll()]
        now_s = self._monotonic()
        for _, message in heard:
            if isinstance(message, Clock):
                self.time.hear(message.site_ms, message.factor, now_s)
        if self.time.known:
            commands = [(agent, message) for agent, message in heard if isinstance(message, Command)]
            self._work(commands, self.time.now_ms(now_s))
            self._tell_progress(now_s)
        return readable

    def close(self) -> None:
        """Commit and leave the bus."""
        for link in self.links.values():
            link.close()
        self._journal.close()
        self._context.destroy(linger=0)

    def _work(self, commands: list[tuple[Agent, Command]], now_ms: int) -> None:
        if not self._awake:
            self.world = self.rules.wake(self.world, now_ms)
            self._awake = True
        for agent, command in commands:
            if isinstance(command, Order):
                self.world, said = self.rules.accept(self.world, agent, command, now_ms)
                self._say(said)
        due_ms = self.rules.next_due(self.world)
        if due_ms is not None and due_ms <= now_ms:
            self.world, said = self.rules.advance(self.world, now_ms)
            self._say(said)
        self._save()
        for link in self.links.values():
            link.flush()

    def _save(self) -> None:
        """Write the world and the numbers of every agent, so that the first `flush` commits all of them at once."""
        if self.world is self._saved:
            return
        self._journal.save(self._saved, self.world)
        self._saved = self.world
        for agent, link in self.links.items():
            self._journal.link(agent).save_numbers(link.epoch, link.last_command, link.last_report)

    def _say(self, said: list[Said]) -> None:
        for agent, report in said:
            self.links[agent].report(report)

    def _tell_progress(self, now_s: float) -> None:
        """At most once a second of wall time: those that are elsewhere, or otherwise, than last told."""
        if now_s - self._told_s < _PROGRESS_S:
            return
        self._told_s = now_s
        now_ms = self.time.now_ms(now_s)
        for agent in MOVING:
            if not self.links[agent].linked:
                continue
            reports = self.rules.positions(self.world, agent, now_ms)
            changed = tuple(report for report in reports if self._told.get(report.carrier) != report)
            if changed:
                self._told.update((report.carrier, report) for report in changed)
                self.links[agent].progress(now_ms, changed)

    def _timeout_ms(self) -> int:
        due_ms = self.rules.next_due(self.world) if self.time.known else None
        if due_ms is None:
            return _IDLE_MS
        return min(_IDLE_MS, self.time.wait_ms(due_ms, self._monotonic()))

    def _positions(self, agent: Agent) -> tuple[CarrierReport, ...]:
        return self.rules.positions(self.world, agent, max(self.time.now_ms(self._monotonic()), self.world.now_ms))

    def _fates(self, agent: Agent) -> tuple[CommandFate, ...]:
        return self.rules.fates(self.world, agent)
