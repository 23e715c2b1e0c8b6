"""`portor flow run` and its like: experiments with declared flows, answered here or on a cluster, kept as bundles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import flow_asked as asked
from api.cli.experiment import answered, executor_of, paper, teller, told
from api.cli.flow import FlowName, FlowsName, read_flows
from api.cli.flow_tables import tables
from api.cli.say import ERR, CommandFailed, line, progress
from api.cli.settings import read_settings

if TYPE_CHECKING:
    from simulation.experiment.request import Request
    from simulation.experiment.result import Result
    from simulation.flow.load import Declared

EXPERIMENTS = "experiments"
LONG_YEARS = 50.0
"""Simulated so long, any hospital keeps several processes busy for longer than they take to start."""

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
    with told(), executor_of(workers, dask) as executor, progress() as bar:
        found = again(folder, executor, tell=teller(bar, "Replaying"))
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

    from simulation.experiment.bundle import hospital

    early = hospital if asked.years(request, declared) >= LONG_YEARS else None
    doing = f"Running {request.flow}"
    result, folder, before = answered(request, _experiments(out), doing, workers, dask, at_once=early)
    if as_json:
        line(msgspec.json.encode(result).decode())
        return
    _print(result, folder, declared, before=before)


def _print(result: Result, folder: Path, declared: Declared, *, before: bool) -> None:
    units = {
        output.id: str(getattr(output, "unit", "")) if output.is_time else ""
        for output in declared.outputs_of(result.flow)
    }
    for table in tables(result, units):
        if isinstance(table, str):
            line(table)
        else:
            paper().print(table)
            line("")
    if not result.reached:
        ERR.print("Not everything that was asked for was reached: allow more with --most.", markup=False)
    worked = "answered before" if before else f"{result.spent_s:.1f} s"
    line(f"{result.replications} replications, {result.engine} engine, seed {result.seed}, {worked}: {folder}")


def _experiments(out: Path | None) -> Path:
    return out or read_settings().data / EXPERIMENTS
