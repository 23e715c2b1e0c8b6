"""`portor flow run` and its like: experiments with declared flows, answered here or on a cluster, kept as bundles."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from api.cli import flow_asked as asked
from api.cli.flow import FlowName, FlowsName, read_flows
from api.cli.flow_tables import tables
from api.cli.say import ERR, OUT, CommandFailed, line, progress
from api.cli.settings import read_settings
from api.cli.sites import count

if TYPE_CHECKING:
    from simulation.experiment.executors import Executor
    from simulation.experiment.progress import Progress
    from simulation.experiment.request import Request
    from simulation.experiment.result import Result
    from simulation.flow.load import Declared

EXPERIMENTS = "experiments"
INTERRUPTED = 130
LOOK_EVERY_S = 0.25
WIDE = 160
"""Columns of a table that goes into a file or another program."""

Scenarios = Annotated[list[str] | None, typer.Option("--scenario", help="A declared scenario; may be repeated.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="path=value, path=+2, path=-20 min or path=*1.2; may be repeated.", metavar="PATH=VALUE"
    ),
]
Candidates = Annotated[
    list[str] | None,
    typer.Option("--set", help="One more scenario: path=value; path=value. May be repeated.", metavar="CHANGES"),
]
Replications = Annotated[int, typer.Option(min=2, help="Replications of each, at least and before the first look.")]
Most = Annotated[
    int | None, typer.Option(min=2, help="Replications of each at most.", show_default="1000, or --replications")
]
Precision = Annotated[
    list[str] | None,
    typer.Option(help="Go on until this half-width is reached; may be repeated.", metavar="OUTPUT=HALF"),
]
Level = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Confidence of every interval.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")]
EngineName = Annotated[str, typer.Option(help="auto, compiled or reference.")]
WarmUp = Annotated[int | None, typer.Option(min=0, help="Days left out first.", show_default="the flow's")]
Days = Annotated[int | None, typer.Option(min=1, help="Days that count.", show_default="the flow's")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes at work.", show_default="all cores")]
Dask = Annotated[
    str, typer.Option(help="Address of a Dask scheduler whose workers do it.", show_default="this machine")
]
Out = Annotated[Path | None, typer.Option(help="Folder of bundles.", show_default="experiments in the data folder")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def run(
    site: FlowsName,
    flow: FlowName,
    *,
    scenario: Scenarios = None,
    changes: Sets = None,
    replications: Replications = 10,
    most: Most = None,
    precision: Precision = None,
    level: Level = 0.95,
    seed: Seed = 1,
    engine: EngineName = "auto",
    warm_up_days: WarmUp = None,
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run a flow, or scenarios of it, until its figures are precise enough."""
    declared = read_flows(site)
    scenarios = asked.with_changes(asked.declared_scenarios(declared, flow, scenario or []), changes or [])
    common = _common(replications, most, precision, level, seed, engine, warm_up_days, days)
    request = _request("run", site, flow, declared, scenarios=scenarios, **common)
    _answer(request, declared, workers, dask, out, as_json=as_json)


def compare(
    site: FlowsName,
    flow: FlowName,
    *,
    scenario: Scenarios = None,
    candidate: Candidates = None,
    replications: Replications = 10,
    most: Most = None,
    precision: Precision = None,
    level: Level = 0.95,
    seed: Seed = 1,
    engine: EngineName = "auto",
    warm_up_days: WarmUp = None,
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Compare scenarios with the flow as declared, patient by patient, by common random numbers."""
    declared = read_flows(site)
    scenarios = asked.candidates(declared, flow, scenario or [], candidate or [])
    common = _common(replications, most, precision, level, seed, engine, warm_up_days, days)
    request = _request("compare", site, flow, declared, scenarios=scenarios, **common)
    _answer(request, declared, workers, dask, out, as_json=as_json)


def sensitivity(
    site: FlowsName,
    flow: FlowName,
    *,
    swing: Annotated[
        list[str] | None,
        typer.Option(help="A quantity to move to either side.", metavar="PATH=LOW:HIGH", show_default="dials ± 10 %"),
    ] = None,
    scenario: Scenarios = None,
    changes: Sets = None,
    replications: Replications = 10,
    most: Most = None,
    precision: Precision = None,
    level: Level = 0.95,
    seed: Seed = 1,
    engine: EngineName = "auto",
    warm_up_days: WarmUp = None,
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say which quantities move the figures most, each by itself (a tornado)."""
    declared = read_flows(site)
    scenarios = asked.with_changes(asked.declared_scenarios(declared, flow, scenario or []), changes or [])
    common = _common(replications, most, precision, level, seed, engine, warm_up_days, days)
    parts = {"scenarios": scenarios, "sensitivity": asked.swings(swing or [])}
    _answer(
        _request("sensitivity", site, flow, declared, **parts, **common), declared, workers, dask, out, as_json=as_json
    )


def select(
    site: FlowsName,
    flow: FlowName,
    *,
    by: Annotated[str, typer.Option(help="Output in which the scenarios compete.")],
    greatest: Annotated[
        bool, typer.Option("--greatest", help="The greatest figure is the best, not the least.")
    ] = False,
    indifference: Annotated[float, typer.Option(help="Difference in the output that does not matter (KN).")] = 0.0,
    alpha: Annotated[float, typer.Option(help="Probability of a wrong selection that is accepted (KN).")] = 0.05,
    budget: Annotated[int, typer.Option(help="Replications in all, spent by OCBA instead of KN.")] = 0,
    scenario: Scenarios = None,
    candidate: Candidates = None,
    replications: Replications = 10,
    most: Most = None,
    seed: Seed = 1,
    engine: EngineName = "auto",
    warm_up_days: WarmUp = None,
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Select the best of several scenarios: by Kim and Nelson's race, or with --budget by OCBA."""
    from simulation.experiment.request import Selection

    declared = read_flows(site)
    scenarios = asked.candidates(declared, flow, scenario or [], candidate or [])
    selection = Selection(
        output=by,
        best="greatest" if greatest else "least",
        procedure="ocba" if budget else "kn",
        indifference=indifference,
        alpha=alpha,
        budget=budget,
    )
    common = _common(replications, most or 1000, None, 0.95, seed, engine, warm_up_days, days)
    parts = {"scenarios": scenarios, "selection": selection}
    _answer(_request("select", site, flow, declared, **parts, **common), declared, workers, dask, out, as_json=as_json)


def size(
    site: FlowsName,
    flow: FlowName,
    *,
    dial: Annotated[
        list[str],
        typer.Option(help="A capacity to size; +0:+4 counts from what is declared.", metavar="PATH=LEAST:MOST[:COST]"),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(help="What must be met.", metavar="OUTPUT<=FIGURE", show_default="the declared targets"),
    ] = None,
    scenario: Scenarios = None,
    changes: Sets = None,
    replications: Replications = 10,
    most: Most = 100,
    level: Level = 0.95,
    seed: Seed = 1,
    engine: EngineName = "auto",
    warm_up_days: WarmUp = None,
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Find the smallest capacities, by cost, that meet the targets, and say why not one unit less."""
    from simulation.experiment.request import Sizing

    declared = read_flows(site)
    scenarios = asked.with_changes(asked.declared_scenarios(declared, flow, scenario or []), changes or [])
    sizing = Sizing(dials=asked.dials(dial), targets=asked.targets(target or []))
    common = _common(replications, most, None, level, seed, engine, warm_up_days, days)
    parts = {"scenarios": scenarios, "sizing": sizing}
    _answer(_request("size", site, flow, declared, **parts, **common), declared, workers, dask, out, as_json=as_json)


def warm_up(
    site: FlowsName,
    flow: FlowName,
    *,
    replications: Replications = 10,
    seed: Seed = 1,
    engine: EngineName = "auto",
    days: Days = None,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say how many days it takes from an empty hospital to a steady one (MSER)."""
    declared = read_flows(site)
    common = _common(replications, None, None, 0.95, seed, engine, None, days)
    _answer(_request("warm_up", site, flow, declared, **common), declared, workers, dask, out, as_json=as_json)


def replay(
    bundle: Annotated[str, typer.Argument(help="Folder of a bundle, or the address of an experiment.")],
    *,
    workers: Workers = None,
    dask: Dask = "",
    out: Out = None,
) -> None:
    """Run a bundle again from its model and seeds, and say whether every figure is the same to the last bit."""
    from simulation.experiment.run import replay as again

    folder = Path(bundle) if Path(bundle).is_dir() else _experiments(out) / bundle
    if not (folder / "request.json").is_file():
        raise CommandFailed(f"{bundle} is no bundle: name its folder, or an address within {_experiments(out)}.")
    with _told(), _executor(workers, dask) as executor, progress() as bar:
        found = again(folder, executor, tell=_teller(bar, "Replaying"))
    if not found.same:
        differing = "".join(f"\n  {name}: {then} then, {now} now" for name, (then, now) in found.versions.items())
        raise CommandFailed(f"The figures differ: {found.before} then, {found.now} now.{differing}")
    line(f"Every figure is the same to the last bit: {found.now}.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (run, compare, sensitivity, select, size, replay):
        app.command()(command)
    app.command("warm-up")(warm_up)


def _common(
    replications: int,
    most: int | None,
    precision: list[str] | None,
    level: float,
    seed: int,
    engine: str,
    warm_up_days: int | None,
    days: int | None,
) -> dict[str, Any]:
    """The fields that all requests share. Without a precision nothing more than the replications is run."""
    if engine not in {"auto", "compiled", "reference"}:
        raise CommandFailed(f"There is no engine {engine!r}: choose auto, compiled or reference with --engine.")
    half_widths = asked.half_widths(precision or [])
    ceiling = most if most is not None else 1000 if half_widths else replications
    return {
        "least": replications,
        "most": max(ceiling, replications),
        "precision": half_widths,
        "level": level,
        "seed": seed,
        "engine": engine,
        "warm_up_d": warm_up_days,
        "runs_d": days,
    }


def _request(kind: Any, site: str, flow: str, declared: Declared, **fields: Any) -> Request:
    from simulation.experiment.request import Request

    return Request(kind=kind, site=site, flow=flow, model=declared.tree, **fields)


def _answer(
    request: Request, declared: Declared, workers: int | None, dask: str, out: Path | None, *, as_json: bool
) -> None:
    """Prepare the bundle, work on it beside a bar, and print what was found."""
    import msgspec

    from simulation.experiment import bundle
    from simulation.experiment.run import run as work

    experiments = _experiments(out)
    with _told():
        try:
            folder = bundle.prepare(experiments, request)
        except OSError as error:
            raise CommandFailed(f"{experiments} cannot be written ({error.strerror}): name another by --out.") from None
        bundle.ask_again(folder)
        known = bundle.read_result(folder)
        here: AbstractContextManager[Any] = nullcontext() if known else _executor(workers, dask)
        with _interruptible() as stopping, here as executor, progress() as bar:
            tell = _teller(bar, f"Running {request.flow}")
            result = known or _worked(lambda: work(folder, executor, tell=tell, stop=stopping), folder, tell, stopping)
    if result is None:
        bundle.ask_stop(folder)
        ERR.print(f"Stopped; what is done is kept in {folder}. The same command goes on from there.", markup=False)
        raise typer.Exit(INTERRUPTED)
    if as_json:
        line(msgspec.json.encode(result).decode())
        return
    _print(result, folder, declared, before=known is not None)


def _print(result: Result, folder: Path, declared: Declared, *, before: bool) -> None:
    units = {
        output.id: str(getattr(output, "unit", "")) if output.is_time else ""
        for output in declared.outputs_of(result.flow)
    }
    paper = OUT if OUT.is_terminal else Console(width=WIDE, highlight=False)
    for table in tables(result, units):
        if isinstance(table, str):
            line(table)
        else:
            paper.print(table)
            line("")
    if not result.reached:
        ERR.print("Not everything that was asked for was reached: allow more with --most.", markup=False)
    worked = "answered before" if before else f"{result.spent_s:.1f} s"
    line(f"{result.replications} replications, {result.engine} engine, seed {result.seed}, {worked}: {folder}")


def _experiments(out: Path | None) -> Path:
    return out or read_settings().data / EXPERIMENTS


@contextmanager
def _told() -> Iterator[None]:
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


def _executor(workers: int | None, dask: str) -> AbstractContextManager[Executor]:
    from simulation.experiment import executors

    if dask:
        return executors.cluster(dask)
    if (workers or executors.cores()) == 1:
        return nullcontext(executors.in_process())
    return executors.pool(workers)


def _teller(bar: Any, doing: str) -> Callable[[Progress], None]:
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
