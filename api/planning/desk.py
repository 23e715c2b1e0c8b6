"""The planner's desk: the flows of the site, read once, and the folder of experiments, read away from the loop."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
import msgspec

from api.planning.checking import Checked
from api.planning.faults import violation_of
from api.planning.model import Model, as_meant
from api.problems import Problem, refuse
from fleet.requests import Violation
from simulation.experiment import bundle
from simulation.experiment.progress import Progress
from simulation.experiment.questions import BadRequest
from simulation.experiment.request import Request
from simulation.experiment.result import Result
from simulation.flow.load import Declared, declare_tree, load_flows
from site_models.errors import SiteErrors

T = TypeVar("T")
EXPERIMENTS = "experiments"
ADDRESS = re.compile(r"[0-9a-f]{8,64}")
NO_FLOWS = "no_flows"
MOST_LISTED = 100
MOST_OPEN = 20
"""Experiments that may wait or run at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment as it lies in its folder; the model of its request stands beside it and is not read here."""

    id: str
    folder: Path
    request: Request
    progress: Progress
    asked_ms: int


@dataclass(slots=True)
class PlanningDesk:
    """What the planning routes read and write.

    Parameters
    ----------
    site
        Folder of the site model, or its name.
    data
        Folder of the installation; experiments lie in a folder of it.
    """

    site: str
    data: Path
    _declared: Declared | None = None
    _model: Model = field(default_factory=lambda: Model({}))
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        """Where the experiments lie."""
        return self.data / EXPERIMENTS

    async def declared(self) -> Declared:
        """The flows of the site. Raises `Problem` 503 with every error when they are not in order."""
        return await away(self._load)

    async def model(self) -> Model:
        """The flows of the site as pages read them; empty when it declares none. Raises `Problem` 503 as `declared`."""
        try:
            await self.declared()
        except Problem as problem:
            if all(item.rule == NO_FLOWS for item in problem.violations):
                return Model({})
            raise
        return self._model

    async def experiments(self) -> list[Experiment]:
        """The experiments, the newest first."""
        return await away(self._list)

    async def experiment(self, id: str) -> Experiment:
        """One experiment. Raises `Problem` 404."""
        found = await away(self._read, id)
        if found is None:
            raise no_such_experiment()
        return found

    async def model_of(self, experiment: Experiment) -> Model:
        """The model that an experiment was made from; it may differ from the site's of today."""
        return await away(_model_of, experiment.folder)

    async def result(self, experiment: Experiment) -> Result | None:
        """What an experiment found; None until it is done."""
        return await away(bundle.read_result, experiment.folder)

    async def ask(self, request: Request) -> tuple[Experiment, bool]:
        """Put an experiment into the queue; the second value says whether it is new.

        Raises
        ------
        Problem
            503 when too many wait already, 507 when the disk is full.
        """
        return await away(self._ask, request)

    async def stop(self, experiment: Experiment) -> None:
        """Have an experiment stopped; what is done is kept."""
        await away(bundle.ask_stop, experiment.folder)

    async def go_on(self, experiment: Experiment) -> None:
        """Have a stopped or broken experiment go on."""
        await away(bundle.ask_again, experiment.folder)

    def _load(self) -> Declared:
        with self._reading:
            if self._declared is None:
                try:
                    self._declared = load_flows(self.site)
                except SiteErrors as wrong:
                    told = tuple(Violation(item.rule, "", str(item), str(item)) for item in wrong.errors)
                    raise Problem(503, told) from wrong
                self._model = Model.of(self._declared)
            return self._declared

    def _list(self) -> list[Experiment]:
        try:
            names = [item.name for item in self.folder.iterdir() if ADDRESS.fullmatch(item.name)]
        except FileNotFoundError:
            return []
        found = [experiment for name in names if (experiment := self._read(name)) is not None]
        return sorted(found, key=lambda item: (-item.asked_ms, item.id))[:MOST_LISTED]

    def _read(self, id: str) -> Experiment | None:
        if not ADDRESS.fullmatch(id):
            return None
        folder = self.folder / id
        try:
            asked_ms = (folder / bundle.REQUEST).stat().st_mtime_ns // 1_000_000
            request = question_of(folder)
            progress = bundle.read_progress(folder)
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None
        return Experiment(id=id, folder=folder, request=request, progress=progress, asked_ms=asked_ms)

    def _ask(self, request: Request) -> tuple[Experiment, bool]:
        before = {item.id: item for item in self._list()}
        waiting = [item for item in before.values() if item.progress.state in {"waiting", "running"}]
        if len(waiting) >= MOST_OPEN:
            raise refuse(
                503,
                "queue_full",
                "",
                da=f"Der venter allerede {len(waiting)} simuleringer. Prøv igen, når nogle er færdige.",
                en=f"{len(waiting)} experiments wait already. Try again when some have finished.",
                retry_s=60,
            )
        try:
            folder = bundle.prepare(self.folder, request, Checked(self._load()))
        except BadRequest as bad:
            raise Problem(422, tuple(Violation("bad_request", "", text, text) for text in bad.problems)) from bad
        except SiteErrors as wrong:
            raise Problem(422, tuple(violation_of(item, "scenarios") for item in wrong.errors)) from wrong
        except OSError as full:
            raise Problem(507) from full
        found = self._read(folder.name)
        if found is None:
            raise Problem(500)
        return found, folder.name not in before


async def away(work: Callable[..., T], *arguments: Any) -> T:
    """Do something slow away from the event loop."""
    return await anyio.to_thread.run_sync(work, *arguments)


def no_such_experiment() -> Problem:
    """Say that there is no experiment at an address."""
    return refuse(
        404,
        "unknown_experiment",
        "id",
        da="Der er ingen simulering med den adresse. Find den i oversigten.",
        en="There is no experiment with that address. Find it in the overview.",
    )


def question_of(folder: Path) -> Request:
    """What was asked, without the model, which is large."""
    return msgspec.json.decode((folder / bundle.REQUEST).read_bytes(), type=Request)


@lru_cache(maxsize=16)
def declared_of(folder: Path) -> Declared | None:
    """The flows that an experiment was made from; None when this version reads them no more."""
    try:
        return declare_tree(msgspec.json.decode((folder / bundle.MODEL).read_bytes()))
    except SiteErrors:
        return None


def _model_of(folder: Path) -> Model:
    declared = declared_of(folder)
    if declared is not None:
        return Model.of(declared)
    return Model(as_meant(msgspec.json.decode((folder / bundle.MODEL).read_bytes())))
