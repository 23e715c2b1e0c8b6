"""Works on an experiment until it is answered, stopped or killed, and replays it to prove that it gives the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from simulation.experiment import bundle, kinds
from simulation.experiment.address import DECIDING, versions_now
from simulation.experiment.executors import Executor
from simulation.experiment.outcome import Model
from simulation.experiment.request import Request
from simulation.experiment.result import Result
from simulation.experiment.selecting import select
from simulation.experiment.sizing import size
from simulation.experiment.trials import Stop, Stopped, Tell, Trials

KINDS: dict[str, kinds.Kind] = {
    "run": kinds.run,
    "compare": kinds.compare,
    "sensitivity": kinds.sensitivity,
    "warm_up": kinds.warm_up,
    "select": select,
    "size": size,
}


class Changed(Exception):
    """An experiment was begun with other versions than those installed; what is there cannot be gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`same`: every figure of every replication came out again to the bit. `versions`: what differs, then and now."""

    same: bool
    before: str
    now: str
    versions: dict[str, tuple[str, str]]


def run(
    folder: Path, executor: Executor, *, tell: Tell | None = None, stop: Stop | None = None, model: Model | None = None
) -> Result | None:
    """Answer the experiment in a bundle, going on from what is there; None when it was stopped.

    Stopped by `stop` it waits to be gone on with; stopped by whoever asked, it stays so until it is asked again.

    Raises
    ------
    Busy
        Somebody else works on it.
    Changed
        It was begun with other versions.
    Exception
        What went wrong in a replication. It is noted in the progress; what was done before is kept.
    """
    with bundle.working(folder):
        done = bundle.read_result(folder)
        if done is not None:
            return done
        model = model or bundle.hospital()
        request = bundle.read_request(folder)
        trials = Trials(request, folder, model, executor, tell, stop)
        try:
            _refuse_changed(folder)
            result = _answer(request, trials, folder)
        except Stopped:
            bundle.write_progress(folder, trials.progress("stopped" if bundle.wants_stop(folder) else "waiting"))
            return None
        except Exception as error:
            bundle.write_progress(folder, trials.progress("failed", str(error) or type(error).__name__))
            raise
        bundle.write_result(folder, result)
        progress = trials.progress("done")
        bundle.write_progress(folder, progress)
        if tell:
            tell(progress)
        return result


def replay(folder: Path, executor: Executor, *, tell: Tell | None = None, model: Model | None = None) -> Replayed:
    """Ask the same question of the same model again, in a folder of its own, and compare the digests.

    Raises
    ------
    FileNotFoundError
        The experiment has no result yet.
    """
    before = bundle.read_result(folder)
    if before is None:
        raise FileNotFoundError(f"{folder} has no result yet: let it be answered first.")
    asked, now = bundle.read_versions(folder), versions_now()
    with tempfile.TemporaryDirectory(prefix="portor-replay-") as place:
        again = Path(place) / folder.name
        bundle.copy_question(folder, again, now)
        result = run(again, executor, tell=tell, model=model)
    if result is None:
        raise RuntimeError("A replay is not stopped half-way.")
    differing = {
        name: (asked.get(name, ""), now.get(name, ""))
        for name in sorted({*asked, *now})
        if asked.get(name) != now.get(name)
    }
    return Replayed(same=result.sha256 == before.sha256, before=before.sha256, now=result.sha256, versions=differing)


def _answer(request: Request, trials: Trials, folder: Path) -> Result:
    reached, fields = KINDS[request.kind](request, trials)
    return Result(
        id=folder.name,
        kind=request.kind,
        flow=request.flow,
        seed=request.seed,
        engine=trials.engine,
        sha256=trials.digest(),
        replications=trials.replications,
        spent_s=round(trials.spent_s, 3),
        reached=reached,
        **fields,
    )


def _refuse_changed(folder: Path) -> None:
    asked, now = bundle.read_versions(folder), versions_now()
    other = [name for name in DECIDING if asked.get(name) != now.get(name)]
    if other:
        named = ", ".join(f"{name} {asked.get(name)} (now {now.get(name)})" for name in other)
        raise Changed(f"The experiment was begun with {named}: ask it anew, which gives it another address.")
