"""The replications of an experiment: those asked for are run where they are missing, kept, and counted for progress."""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulation.experiment import bundle
from simulation.experiment.address import changes_key
from simulation.experiment.executors import Executor
from simulation.experiment.outcome import Case, Model
from simulation.experiment.progress import Progress
from simulation.experiment.request import Request
from simulation.experiment.store import Store
from simulation.experiment.work import Chunk, Task

TASK_S = 2.0
"""A task takes about so long: short enough to stop and to be lost, long enough to be worth sending."""
SHORT_S = 0.02
"""Replications shorter than this are never sent fewer than ten at a time, as long as there are so many."""
LOOK_S = 0.25
"""How often progress is written and stops are looked for."""

Tell = Callable[[Progress], None]
Stop = Callable[[], bool]


class Stopped(Exception):
    """Somebody asked for a stop; all that was done is kept."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Something to replicate: what it is called, and what it changes. Trials with equal changes (`key`) are one."""

    name: str = field(compare=False)
    changes: Mapping[str, Any] = field(compare=False)
    key: str

    @classmethod
    def of(cls, name: str, changes: Mapping[str, Any]) -> Trial:
        """The trial of some changes."""
        return cls(name, changes, changes_key(changes))


@dataclass(slots=True)
class _Count:
    """What progress is made of."""

    began_s: float
    before_s: float
    done: int = 0
    run: int = 0
    expected: int = 0
    doing: str = ""
    reached: dict[str, float | None] = field(default_factory=dict)
    written_s: float = -math.inf


class Trials:
    """Replicates trials of one request in a bundle. The same calls give the same values, whatever is there already."""

    def __init__(
        self, request: Request, folder: Path, model: Model, executor: Executor, tell: Tell | None, stop: Stop | None
    ) -> None:
        self.request, self._folder, self._model, self._executor = request, folder, model, executor
        self._tell, self._stop = tell, stop
        self._cases: dict[str, Case] = {}
        self._stores: dict[str, Store] = {}
        self._asked: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        spent_s = bundle.read_progress(folder).spent_s
        self._count = _Count(began_s=time.monotonic(), before_s=spent_s)

    def case(self, trial: Trial) -> Case:
        """The trial's case; only a few are kept, as each holds a whole plan."""
        if trial.key not in self._cases:
            while len(self._cases) >= 8:
                del self._cases[next(iter(self._cases))]
            self._cases[trial.key] = self._model.case(self.request, trial.changes)
        return self._cases[trial.key]

    def replicate(self, wanted: Mapping[Trial, int], *, tables: bool = False, expected: int = 0) -> None:
        """Have so many replications of each trial. `expected` is how many of all trials the end will probably need.

        Raises
        ------
        Stopped
            Somebody asked for a stop.
        """
        for trial, total in wanted.items():
            self._open(trial, tables)
            self._asked[trial.key] = max(self._asked.get(trial.key, 0), total)
        self._count.expected = max(expected, sum(self._asked.values()))
        self._count.done = sum(min(len(self._stores[key]), total) for key, total in self._asked.items())
        queue = deque(
            (trial, number) for trial, total in wanted.items() for number in self._stores[trial.key].missing(total)
        )
        self._look(force=not queue)
        running: dict[Future[Chunk], Trial] = {}
        most = 1 if self._executor.workers == 1 else 2 * self._executor.workers
        try:
            while queue or running:
                while queue and len(running) < most:
                    trial, task = self._next(queue, tables)
                    running[self._executor.submit(task)] = trial
                self._collect(running, LOOK_S)
                self._look()
        except Stopped:
            for future in list(running):
                if future.cancel():
                    del running[future]
            while running:
                self._collect(running, LOOK_S)
            raise

    def values(self, trial: Trial, output: str, total: int) -> NDArray[np.float64]:
        """An output in replications 0 … total - 1, which were asked for before; NaN where it was not measured."""
        return self._stores[trial.key].values(output, total)

    def has(self, trial: Trial, total: int) -> bool:
        """Whether so many replications of a trial are there."""
        return trial.key in self._stores and not self._stores[trial.key].missing(total)

    def store(self, trial: Trial) -> Store:
        """All that is there of a trial."""
        return self._stores[trial.key]

    def reach(self, half_widths: Mapping[str, float]) -> None:
        """Note the half-widths of now for who waits."""
        self._count.reached = {name: None if math.isnan(half) else half for name, half in sorted(half_widths.items())}

    def digest(self) -> str:
        """The digest of everything, whatever the order of work."""
        summed = hashlib.sha256()
        for key in sorted(self._stores):
            summed.update(self._stores[key].digest())
        return summed.hexdigest()

    @property
    def engine(self) -> str:
        """The engine that ran."""
        return next((case.engine for case in self._cases.values()), "")

    @property
    def replications(self) -> int:
        """Replications that are there."""
        return sum(len(store) for store in self._stores.values())

    @property
    def spent_s(self) -> float:
        """How long the work has taken, over all starts."""
        return self._count.before_s + time.monotonic() - self._count.began_s

    def progress(self, state: str = "running", problem: str = "") -> Progress:
        """How far it is now."""
        count = self._count
        left_s = None
        if count.run:
            pace_s = (time.monotonic() - count.began_s) / count.run
            left_s = round(pace_s * max(count.expected - count.done, 0), 1)
        return msgspec.convert(
            {
                "state": state,
                "done": count.done,
                "wanted": count.expected,
                "left_s": left_s,
                "doing": count.doing,
                "reached": count.reached,
                "problem": problem,
                "spent_s": round(self.spent_s, 3),
            },
            Progress,
        )

    def _open(self, trial: Trial, tables: bool) -> None:
        if trial.key not in self._stores:
            outputs = self.case(trial).outputs
            folder = self._folder / bundle.RESULTS
            self._stores[trial.key] = Store(folder, trial.key, trial.name, outputs, tables=tables)

    def _next(self, queue: deque[tuple[Trial, int]], tables: bool) -> tuple[Trial, Task]:
        """The next task: replications of one trial, as many as take about TASK_S, shared fairly at the end."""
        trial = queue[0][0]
        each_s = self._seconds.get(trial.key) or min(self._seconds.values(), default=0.0)
        size = 1 if not each_s else max(1, int(TASK_S / each_s))
        size = min(size, math.ceil(len(queue) / (2 * self._executor.workers)))
        if each_s and each_s < SHORT_S:
            size = max(size, 10)
        numbers: list[int] = []
        while queue and queue[0][0] == trial and len(numbers) < size:
            numbers.append(queue.popleft()[1])
        case = self.case(trial)
        return trial, Task(
            model=self._model,
            key=trial.key,
            payload=case.payload,
            outputs=case.outputs,
            seed=self.request.seed,
            replications=tuple(numbers),
            tables=tables,
        )

    def _collect(self, running: dict[Future[Chunk], Trial], patience_s: float) -> None:
        done, _ = wait(running, timeout=patience_s, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: running[one].key):
            trial = running.pop(future)
            chunk = future.result()
            self._stores[trial.key].add(chunk)
            self._seconds[trial.key] = max(chunk.spent_s / len(chunk.replications), 1e-6)
            self._count.done += len(chunk.replications)
            self._count.run += len(chunk.replications)
            self._count.doing = trial.name

    def _look(self, *, force: bool = False) -> None:
        now_s = time.monotonic()
        if not force and now_s - self._count.written_s < LOOK_S:
            return
        self._count.written_s = now_s
        progress = self.progress()
        bundle.write_progress(self._folder, progress)
        if self._tell:
            self._tell(progress)
        if (self._stop and self._stop()) or bundle.wants_stop(self._folder):
            raise Stopped
