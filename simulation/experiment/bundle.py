"""The folder of an experiment: its question, how far it is, and what was found. The layout is in the package's text."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from simulation.experiment.address import address, as_written, versions_now
from simulation.experiment.files import write_whole
from simulation.experiment.outcome import Model
from simulation.experiment.progress import Progress
from simulation.experiment.questions import filled_in
from simulation.experiment.request import Request
from simulation.experiment.result import Result

REQUEST, MODEL, VERSIONS = "request.json", "model.json", "versions.json"
PROGRESS, RESULT, RESULTS, STOP, LOCK = "progress.json", "result.json", "results", "stop", ".lock"


class Busy(Exception):
    """Somebody else works on this experiment."""


def prepare(experiments: Path, request: Request, model: Model | None = None) -> Path:
    """Give a question its folder; if the same was asked before, that one, with all that is in it.

    Raises
    ------
    BadRequest
        Everything that is wrong with the question itself.
    SiteErrors
        Everything that is wrong with the model or its changes. In both cases no folder is made.
    """
    whole = filled_in(request, model or hospital())
    versions = versions_now()
    folder = experiments / address(whole, versions)
    if (folder / REQUEST).exists():
        return folder
    experiments.mkdir(parents=True, exist_ok=True)
    draft = experiments / f".new-{folder.name}-{os.getpid()}-{threading.get_ident()}"
    draft.mkdir()
    try:
        _write(draft, whole, versions)
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not (folder / REQUEST).exists():
            raise
    return folder


def copy_question(folder: Path, to: Path, versions: dict[str, str]) -> None:
    """Make an empty bundle of the same question, to be answered with these versions."""
    to.mkdir()
    _write(to, read_request(folder), versions)


def read_request(folder: Path) -> Request:
    """The question, its model filled in. Raises OSError for a folder that is no bundle."""
    request = msgspec.json.decode((folder / REQUEST).read_bytes(), type=Request)
    tree: dict[str, Any] = msgspec.json.decode((folder / MODEL).read_bytes())
    return msgspec.structs.replace(request, model=tree)


def read_versions(folder: Path) -> dict[str, str]:
    """The versions with which it was asked."""
    return msgspec.json.decode((folder / VERSIONS).read_bytes(), type=dict[str, str])


def read_progress(folder: Path) -> Progress:
    """How far it is. What nobody works on any more, though it says so, waits to be gone on with."""
    progress = msgspec.json.decode((folder / PROGRESS).read_bytes(), type=Progress)
    if progress.state == "running" and not is_busy(folder):
        return msgspec.structs.replace(progress, state="stopped" if wants_stop(folder) else "waiting", left_s=None)
    return progress


def write_progress(folder: Path, progress: Progress) -> None:
    """Replace what is said about how far it is, stamped with the time."""
    stamped = msgspec.structs.replace(progress, at_ms=time.time_ns() // 1_000_000)
    write_whole(folder / PROGRESS, msgspec.json.encode(stamped), durable=False)


def read_result(folder: Path) -> Result | None:
    """What was found, None until it is done."""
    try:
        return msgspec.json.decode((folder / RESULT).read_bytes(), type=Result)
    except FileNotFoundError:
        return None


def write_result(folder: Path, result: Result) -> None:
    """Keep what was found."""
    write_whole(folder / RESULT, msgspec.json.format(msgspec.json.encode(result), indent=1))


def ask_stop(folder: Path) -> None:
    """Ask whoever works on it to stop soon; what is done is kept. Nothing happens to what is done already."""
    if read_result(folder) is not None:
        return
    (folder / STOP).touch()
    if not is_busy(folder):
        progress = msgspec.json.decode((folder / PROGRESS).read_bytes(), type=Progress)
        write_progress(folder, msgspec.structs.replace(progress, state="stopped", left_s=None))


def ask_again(folder: Path) -> None:
    """Let what was stopped or failed go on."""
    (folder / STOP).unlink(missing_ok=True)
    progress = read_progress(folder)
    if progress.state in {"stopped", "failed"}:
        write_progress(folder, msgspec.structs.replace(progress, state="waiting", left_s=None, problem=""))


def wants_stop(folder: Path) -> bool:
    """Whether somebody asked it to stop."""
    return (folder / STOP).exists()


def waiting(experiments: Path) -> tuple[Path, ...]:
    """Experiments to work on, in the order in which they were asked: new ones, and those whose worker was killed."""
    asked = [
        folder
        for folder in experiments.glob("*")
        if not (folder / RESULT).exists() and (folder / REQUEST).exists() and not wants_stop(folder)
    ]
    open_ones = [folder for folder in asked if read_progress(folder).state == "waiting"]
    return tuple(sorted(open_ones, key=lambda folder: ((folder / REQUEST).stat().st_mtime_ns, folder.name)))


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """Be the only one who works on the experiment; the claim ends with the process, however it ends.

    Raises
    ------
    Busy
        Somebody else works on it.
    """
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Somebody else works on the experiment {folder.name}; wait for it or stop it first.") from None
        yield


def is_busy(folder: Path) -> bool:
    """Whether somebody works on the experiment now."""
    try:
        with working(folder):
            return False
    except Busy:
        return True


def _write(folder: Path, request: Request, versions: dict[str, str]) -> None:
    (folder / RESULTS).mkdir()
    write_whole(folder / MODEL, as_written(request.model))
    write_whole(folder / VERSIONS, msgspec.json.format(as_written(versions), indent=1))
    write_progress(folder, Progress(state="waiting"))
    bare = msgspec.structs.replace(request, model={})
    write_whole(folder / REQUEST, msgspec.json.format(msgspec.json.encode(bare), indent=1))


def hospital() -> Model:
    """The model that turns declared flows into figures."""
    from simulation.experiment.model import HOSPITAL  # noqa: PLC0415  (reading a bundle needs no engine)

    return HOSPITAL
