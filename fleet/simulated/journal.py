"""The disk of the simulated world: one SQLite file, one transaction a turn; kill -9 undoes a turn or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bus.journal import LinkState
from bus.messages import Report
from fleet.simulated.cores.lifts import LiftCar
from fleet.simulated.cores.porters import Porter
from fleet.simulated.cores.robots import Robot
from fleet.simulated.cores.tube import Tube
from fleet.simulated.cores.world import LoadPlace, OpenOrder, World

WORLD_FILE = "world.db"
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thing (kind TEXT, id TEXT, body BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (agent TEXT PRIMARY KEY, epoch INTEGER NOT NULL, last_command INTEGER NOT NULL,
    last_report INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS report (agent TEXT, number INTEGER, body BLOB NOT NULL, PRIMARY KEY (agent, number))
    WITHOUT ROWID;
"""
_encoder = msgspec.msgpack.Encoder()
_report = msgspec.msgpack.Decoder(Report)
T = TypeVar("T", bound=msgspec.Struct)


class JournalError(Exception):
    """The file cannot be used; the sentence says why and what to do."""


class WorldJournal:
    """Keeps the world and the numbers of every agent; whatever is written counts from `commit` on.

    Only one process uses the file at a time. Raises `JournalError` when another does, or when the file is of another
    site or of another version of the program.
    """

    def __init__(self, folder: Path, site: str) -> None:
        self._path = folder / WORLD_FILE
        self._database = sqlite3.connect(self._path, isolation_level=None, timeout=2.0)
        self._open = False
        try:
            # NORMAL: a crash of the process loses nothing; the loss of power may lose the last turns of a simulation.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                self._database.execute(f"PRAGMA {pragma}")
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("COMMIT")
            self._database.executescript(_SCHEMA)
            self._check("version", str(_VERSION), "was written by another version")
            self._check("site", site, "is the world of another site")
        except sqlite3.OperationalError as problem:
            self._database.close()
            raise JournalError(
                f"{self._path} cannot be used ({problem}): stop the other process of simulated carriers, or choose"
                " another data folder."
            ) from problem
        except JournalError:
            self._database.close()
            raise

    def load(self, fresh: World) -> World:
        """The world as last committed; what a changed site has new begins as in `fresh`, what it lost is gone."""
        try:
            return World(
                now_ms=int(self._about("now_ms") or 0),
                robots={**fresh.robots, **self._known("robots", Robot, fresh.robots)},
                lifts={**fresh.lifts, **self._known("lifts", LiftCar, fresh.lifts)},
                porters={**fresh.porters, **self._known("porters", Porter, fresh.porters)},
                tubes={**fresh.tubes, **self._known("tubes", Tube, fresh.tubes)},
                orders=self._things("orders", OpenOrder),
                loads=self._things("loads", LoadPlace),
            )
        except msgspec.ValidationError as problem:
            raise JournalError(f"{self._path} cannot be read ({problem}): delete it to begin a new world.") from problem

    def save(self, before: World, after: World) -> None:
        """Write what differs; both worlds must come from this journal or the rules, unchanged since."""
        if after is before:
            return
        self._begin()
        self._write("robots", before.robots, after.robots)
        self._write("lifts", before.lifts, after.lifts)
        self._write("porters", before.porters, after.porters)
        self._write("tubes", before.tubes, after.tubes)
        self._write("orders", before.orders, after.orders)
        self._write("loads", before.loads, after.loads)
        self._database.execute("REPLACE INTO about VALUES ('now_ms', ?)", (str(after.now_ms),))

    def link(self, agent: str) -> AgentJournal:
        """The part of one agent, in the same transactions."""
        return AgentJournal(self, agent)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Write within the turn's transaction."""
        self._begin()
        return self._database.execute(statement, values)

    def read(self, statement: str, *values: object) -> list[Any]:
        """Read rows."""
        return self._database.execute(statement, values).fetchall()

    def commit(self) -> None:
        """End the turn's transaction, if anything was written."""
        if self._open:
            self._database.execute("COMMIT")
            self._open = False

    def close(self) -> None:
        """Commit and close the file."""
        self.commit()
        self._database.close()

    def _begin(self) -> None:
        if not self._open:
            self._database.execute("BEGIN")
            self._open = True

    def _write(self, kind: str, before: Mapping[str, msgspec.Struct], after: Mapping[str, msgspec.Struct]) -> None:
        if after is before:
            return
        changed = [(kind, id, _encoder.encode(each)) for id, each in after.items() if before.get(id) is not each]
        gone = [(kind, id) for id in before if id not in after]
        self._database.executemany("REPLACE INTO thing VALUES (?, ?, ?)", changed)
        self._database.executemany("DELETE FROM thing WHERE kind = ? AND id = ?", gone)

    def _things(self, kind: str, of: type[T]) -> dict[str, T]:
        decoder = msgspec.msgpack.Decoder(of)
        rows = self._database.execute("SELECT id, body FROM thing WHERE kind = ? ORDER BY id", (kind,))
        return {id: decoder.decode(body) for id, body in rows}

    def _known(self, kind: str, of: type[T], fresh: Mapping[str, T]) -> dict[str, T]:
        return {id: each for id, each in self._things(kind, of).items() if id in fresh}

    def _about(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _check(self, name: str, value: str, complaint: str) -> None:
        found = self._about(name)
        if found is None:
            self._database.execute("INSERT INTO about VALUES (?, ?)", (name, value))
        elif found != value:
            raise JournalError(f"{self._path} {complaint} ({found}, not {value}): delete it or choose another folder.")


class AgentJournal:
    """What one agent remembers over a crash; see `bus.journal.LinkJournal`."""

    def __init__(self, journal: WorldJournal, agent: str) -> None:
        self._journal = journal
        self._agent = agent

    def load(self) -> LinkState:
        """Numbers and unconfirmed reports as last committed."""
        numbers = self._journal.read("SELECT epoch, last_command, last_report FROM link WHERE agent = ?", self._agent)
        rows = self._journal.read("SELECT body FROM report WHERE agent = ? ORDER BY number", self._agent)
        epoch, last_command, last_report = numbers[0] if numbers else (0, 0, 0)
        return LinkState(
            epoch=epoch,
            last_command=last_command,
            last_report=last_report,
            unprocessed=tuple(_report.decode(body) for (body,) in rows),
        )

    def save_numbers(self, epoch: int, last_command: int, last_report: int) -> None:
        """Note the numbers."""
        self._journal.execute("REPLACE INTO link VALUES (?, ?, ?, ?)", self._agent, epoch, last_command, last_report)

    def add_report(self, report: Report) -> None:
        """Keep a report."""
        body = _encoder.encode(report)
        self._journal.execute("REPLACE INTO report VALUES (?, ?, ?)", self._agent, report.number, body)

    def forget_reports(self, up_to: int) -> None:
        """Drop confirmed reports."""
        self._journal.execute("DELETE FROM report WHERE agent = ? AND number <= ?", self._agent, up_to)

    def commit(self) -> None:
        """End the transaction of all agents and of the world together."""
        self._journal.commit()
