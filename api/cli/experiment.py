"""Works on an experiment for a command: a bar with the time left, Ctrl-C that keeps what is done, and plain errors."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from api.cli.say import ERR, OUT, CommandFailed, progress
from api.cli.sites import count

if TYPE_CHECKING:
    from simulation.experiment.executors import Executor
    from simulation.experiment.outcome import Model
    from simulation.experiment.progress import Progress
    from simulation.experiment.request import Request
    from simulation.experiment.result import Result

INTERRUPTED = 130
LOOK_EVERY_S = 0.25
WIDE = 160
"""Columns of a table that goes into a file or another program."""


def paper() -> Console:
    """Where tables are printed: the terminal, or wide enough for a file or another program."""
    return OUT if OUT.is_terminal else Console(width=WIDE, highlight=False)


def answered(
    request: Request,
    experiments: Path,
    doing: str,
    workers: int | None = None,
    dask: str = "",
    *,
    model: Model | None = None,
    at_once: Callable[[], object] | None = None,
) -> tuple[Result, Path, bool]:
    """The answer, the bundle that keeps it, and whether it was known before.

    Parameters
    ----------
    request
        What is asked.
    experiments
        Folder of bundles.
    doing
        What the bar says.
    workers, dask
        Where it is worked on (`executor_of`).
    model
        What turns the request into figures; none: declared flows.
    at_once
        For what is known to be long: the other processes start before the question is read, call this, and do all the
        work. None: this one does the first second of work, which may be all.

    Raises
    ------
    CommandFailed
        The question cannot be answered; the text says why.
    typer.Exit
        It was interrupted; what is done is kept.
    """
    from simulation.experiment import bundle
    from simulation.experiment.run import run as work

    with told(), executor_of(workers, dask, at_once) as executor:
        try:
            folder = bundle.prepare(experiments, request, model)
        except OSError as error:
            raise CommandFailed(f"{experiments} cannot be written ({error.strerror}): name another by --out.") from None
        bundle.ask_again(folder)
        known = bundle.read_result(folder)
        with _interruptible() as stopping, progress() as bar:
            tell = teller(bar, doing)

            def worked() -> Result | None:
                return work(folder, executor, tell=tell, stop=stopping, model=model)

            result = known or _worked(worked, folder, tell, stopping)
    if result is None:
        bundle.ask_stop(folder)
        ERR.print(f"Stopped; what is done is kept in {folder}. The same command goes on from there.", markup=False)
        raise typer.Exit(INTERRUPTED)
    return result, folder, known is not None


@contextmanager
def told() -> Iterator[None]:
    """What cannot be done is one sentence, or one a place."""
    from simulation.engines.compiled import NotCovered
    from simulation.experiment.executors import ClusterError
    from simulation.experiment.questions import BadRequest
    from simulation.experiment.run import Changed
    from site_models.errors import SiteErrors

    try:
        yield
    except BadRequest as error:
        raise CommandFailed("Nothing was run; mend this and try again.\n" + "\n".join(error.problems)) from None
    except SiteErrors as error:
        raise CommandFailed(f"With these changes the flows have {count(len(error.errors))}:\n{error}") from None
    except (Changed, ClusterError, FileNotFoundError, NotCovered, ValueError) as error:
        raise CommandFailed(str(error)) from None


def executor_of(
    workers: int | None, dask: str, at_once: Callable[[], object] | None = None
) -> AbstractContextManager[Executor]:
    """So many processes of this machine (none said: as many as cores), or the cluster at an address."""
    from simulation.experiment import executors

    if dask:
        return executors.cluster(dask)
    if (workers or executors.cores()) == 1:
        return nullcontext(executors.in_process())
    return executors.pool(workers) if at_once is None else executors.pool(workers, 0.0, at_once=at_once)


def teller(bar: Any, doing: str) -> Callable[[Progress], None]:
    """Shows how far it is, how precise, and how long it will take."""
    task = bar.add_task(doing, total=None, note="")

    def tell(progress: Progress) -> None:
        left = f"{progress.left_s:.0f} s left" if progress.left_s else ""
        reached = ", ".join(f"{name} ± {half:.3g}" for name, half in progress.reached.items() if half is not None)
        note = "  ".join(part for part in (f"{progress.done}/{progress.wanted}", left, reached) if part)
        bar.update(task, total=progress.wanted or None, completed=progress.done, note=note)

    return tell


def _worked(
    work: Callable[[], Result | None], folder: Path, tell: Callable[[Progress], None], stopping: Callable[[], bool]
) -> Result | None:
    """Work on it, or, while somebody else does (a running service, most likely), show how far that is."""
    from simulation.experiment import bundle

    while not stopping():
        try:
            return work()
        except bundle.Busy:
            tell(bundle.read_progress(folder))
            time.sleep(LOOK_EVERY_S)
    return None


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Meanwhile Ctrl-C asks for a stop that keeps what is done; a second one ends at once."""
    stopped: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(number)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(stopped)
    finally:
        signal.signal(signal.SIGINT, before)
