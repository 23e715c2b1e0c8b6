"""The supervisor: starts the parts in order, restarts those that die with growing pauses, and stops them all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from api.serve.logs import Note, last_lines, open_log, write
from api.serve.parts import Part

_LINE_LIMIT = 1 << 20
_PROBE_EVERY_S = 0.1
_LOOK_EVERY_S = 0.05
_LAST_WORDS_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the supervisor waits, in seconds of wall time.

    A dead part is restarted after `first_s`, then twice as long, up to `longest_s`; `deaths` of them within `window_s`
    end the service. Stopping waits `turn_s` for each part before the next is told; what is left after `kill_s` is
    killed.
    """

    first_s: float = 0.2
    longest_s: float = 5.0
    deaths: int = 5
    window_s: float = 60.0
    turn_s: float = 2.0
    kill_s: float = 8.0


class PartFailed(Exception):
    """A part cannot be kept running; the text says which, how it ended and its last lines."""


class Stopped(Exception):
    """Told to stop before everything was ready."""


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps one part running."""

    part: Part
    logs: Path
    note: Note
    patience: Patience
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Start the part and restart it whenever it ends, until it is told to stop.

        Raises
        ------
        PartFailed
            It ended before it was ever ready, or too often within the window.
        """
        ends: deque[float] = deque(maxlen=self.patience.deaths)
        while True:
            with open_log(self.logs, self.part.name) as log:
                begin = log.seek(0, os.SEEK_END)
                code = await self._run(log)
            if self.stopping.is_set():
                return
            ends.append(time.monotonic())
            recent = sum(1 for end in ends if ends[-1] - end < self.patience.window_s)
            self.note("part_died", part=self.part.name, code=code, recent=recent)
            if not self.ready.is_set() or recent >= self.patience.deaths:
                raise PartFailed(self._failure(code, recent, begin))
            pause_s = min(self.patience.longest_s, self.patience.first_s * 2 ** (recent - 1))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause_s)
                return

    async def _run(self, log: BinaryIO) -> int:
        """One life of the process; its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self.part.command,
            stdin=asyncio.subprocess.PIPE,  # the parent's pipe: a part ends when it closes, however the parent ended
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            pass_fds=self.part.files,
            start_new_session=True,
            limit=_LINE_LIMIT,
        )
        self.process = process
        if self.stopping.is_set():
            self.tell()  # it was being started when the stop came
        self.note("part_started", part=self.part.name, pid=process.pid)
        reading = asyncio.create_task(self._read(process, log))
        probing = asyncio.create_task(self._probe())
        if not self.part.says_ready and self.part.probe is None:
            self.ready.set()
        try:
            code = await _exit_of(process)
        finally:
            probing.cancel()
            self._kill()  # what it may have started and left behind
        await asyncio.wait([reading], timeout=_LAST_WORDS_S)
        reading.cancel()
        return code

    async def _read(self, process: asyncio.subprocess.Process, log: BinaryIO) -> None:
        """Hear the line that says ready; everything else that is printed goes to the log."""
        assert process.stdout is not None  # noqa: S101 - asked for above, told to the type checker
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                continue  # a line beyond the limit has been dropped
            if not line:
                return
            if self.part.says_ready and _says_ready(line):
                self.ready.set()
            else:
                write(log, line)

    async def _probe(self) -> None:
        while self.part.probe is not None and not self.ready.is_set():
            if await asyncio.to_thread(self.part.probe):
                self.ready.set()
            else:
                await asyncio.sleep(_PROBE_EVERY_S)

    def _failure(self, code: int, recent: int, begin: int) -> str:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        lines = last_lines(self.logs / f"{self.part.name}.log", begin=begin)
        said = "\n".join(f"  {line}" for line in lines) or "  (it said nothing)"
        often = f"{recent} times within {self.patience.window_s:g} s" if self.ready.is_set() else "before it was ready"
        log = self.logs / f"{self.part.name}.log"
        return f"The {self.part.name} {how} {often}, so the service stops. Its log is {log}, last lines:\n{said}"

    def tell(self) -> None:
        """Ask the part to end: by signal, and by closing its pipe."""
        self.stopping.set()
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            if self.process.stdin is not None:
                self.process.stdin.close()

    def _kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # nothing is left of it
                os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the part and everything it started, at once."""
        self.stopping.set()
        self._kill()


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Runs the parts of a service until it is told to stop or one of them cannot be kept running.

    Parameters
    ----------
    logs
        Folder of the logs.
    say
        Tells people, one line a call.
    note
        Writes an event to the supervisor's own log.
    patience
        How long it waits.
    """

    logs: Path
    say: Callable[[str], None]
    note: Note
    patience: Patience = field(default_factory=Patience)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _keepers: list[Keeper] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def running(self, parts: Sequence[Part]) -> AsyncIterator[None]:
        """Start the parts in order, run the block when the last is ready, and stop them all when it ends.

        Raises
        ------
        PartFailed
            A part could not be started; all others have been stopped.
        Stopped
            `stop` was called before all were ready.
        """
        try:
            for part in parts:
                self.say(f"Starting the {part.name} …")
                await self._start(part)
            self.note("ready")
            yield
        finally:
            await self._stop()

    async def watch(self) -> None:
        """Wait until `stop` is called.

        Raises
        ------
        PartFailed
            A part could not be kept running.
        """
        await self._first_of(self.stopping)

    def stop(self) -> None:
        """Begin to stop; a second call ends everything at once."""
        if self.stopping.is_set():
            for keeper in self._keepers:
                keeper.kill()
        self.stopping.set()

    async def _start(self, part: Part) -> None:
        keeper = Keeper(part=part, logs=self.logs, note=self.note, patience=self.patience)
        self._keepers.append(keeper)
        self._tasks.append(asyncio.create_task(keeper.keep()))
        await self._first_of(keeper.ready, self.stopping)
        if self.stopping.is_set():
            raise Stopped

    async def _first_of(self, *events: asyncio.Event) -> None:
        """Wait for one of the events; a part that failed meanwhile raises here."""
        waits = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait([*waits, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for task in self._tasks:
            if task.done():
                task.result()

    async def _stop(self) -> None:
        """Stop the parts in the opposite order of their start, and kill what is left at the deadline."""
        self.note("stopping")
        running = [pair for pair in zip(self._keepers, self._tasks, strict=True) if not pair[1].done()]
        if running:
            self.say("Stopping …")
        deadline = time.monotonic() + self.patience.kill_s
        for keeper, task in reversed(running):
            keeper.tell()
            left = deadline - time.monotonic()
            await asyncio.wait([task], timeout=max(0.0, min(self.patience.turn_s, left)))
        left_over = [task for _, task in running if not task.done()]
        if left_over:
            await asyncio.wait(left_over, timeout=max(0.0, deadline - time.monotonic()))
        for keeper, task in running:
            if not task.done():
                self.note("part_killed", part=keeper.part.name)
                keeper.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.note("stopped")


async def _exit_of(process: asyncio.subprocess.Process) -> int:
    """Wait for the process itself; `process.wait` also waits for those that inherited its pipes."""
    while process.returncode is None:  # noqa: ASYNC110 - asyncio offers no event for this moment
        await asyncio.sleep(_LOOK_EVERY_S)
    return process.returncode


def _says_ready(line: bytes) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("ready") is True
