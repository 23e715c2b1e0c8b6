"""`portor twin`: how many robots a hospital needs, and what if something is out, asked of the orchestrator itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.experiment import answered, paper
from api.cli.say import CommandFailed, line
from api.cli.settings import read_settings
from api.cli.sites import SiteName, find_site, read_site
from api.cli.twin_tables import differences_table, figures_table, points_table, sentence

if TYPE_CHECKING:
    from simulation.experiment.request import Request
    from simulation.experiment.result import Result
    from site_models.schema import Site

TWINS = "twin"
"""Folder of the answers within the data folder."""
PARTS = ("lift", "door", "zone", "floor", "room", "corridor", "tube", "line")
Whose = Literal["all", "robot", "porter", "tube"]


def twin(
    site: SiteName,
    *,
    robots: Annotated[str, typer.Option(help="How many robots there may be.", metavar="LEAST..MOST")],
    days: Annotated[int, typer.Option(min=1, max=31, help="Days of each run, from midnight of the date on.")] = 1,
    out: Annotated[
        list[str] | None,
        typer.Option(help="Asked again with this out of service: lift:G3. May be repeated.", metavar="KIND:ID"),
    ] = None,
    target: Annotated[float, typer.Option(min=1, max=100, help="Percentage of jobs that must be on time.")] = 99.0,
    of: Annotated[Whose, typer.Option(help="Whose jobs must be on time.")] = "all",
    demand: Annotated[
        str,
        typer.Option(help="A flow's bundle that makes some of it: flow:FOLDER.", show_default="the site's profiles"),
    ] = "",
    take: Annotated[
        list[str] | None,
        typer.Option(
            help="Requests at these steps of the flow are orders of that demand of the site. May be repeated.",
            metavar="STEP=DEMAND",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of demand and of all chance.")] = 1,
    runs: Annotated[int, typer.Option(min=2, help="Runs of each number of robots before the first look.")] = 3,
    most: Annotated[int, typer.Option(min=2, help="Runs of each number of robots at most.")] = 6,
    level: Annotated[float, typer.Option(min=0.51, max=0.9999, help="Confidence of every interval.")] = 0.95,
    date: Annotated[str | None, typer.Option(help="Date.", show_default="a Monday with all parts open")] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.5, max=744, help="Hours of each run in place of whole days.")
    ] = None,
    solutions: Annotated[
        int, typer.Option(min=0, help="Solutions of OR-Tools the solver may look for; dear, see docs/twin.md.")
    ] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at work.", show_default="all cores")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder that keeps the answers.", show_default="twin in the data folder")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the least number of robots that brings the jobs on time, with everything in service and with parts out."""
    import msgspec

    model = read_site(site)
    least, greatest = _range(robots)
    request = _request(
        model,
        name=find_site(site),
        span=(least, greatest),
        out=[_part(model, text) for text in out or []],
        output="on_time" if of == "all" else f"on_time_{of}",
        target=target,
        day=_day(date, model),
        hours=hours or 24.0 * days,
        flow=_flow(demand, take or []),
        solutions=solutions,
        seed=seed,
        runs=(runs, max(runs, most)),
        level=level,
    )
    from simulation.twin.model import TWIN, loaded

    folder = keep or read_settings().data / TWINS
    doing = f"The twin of {model.site.id}"
    result, bundle, before = answered(request, folder, doing, workers, model=TWIN, at_once=loaded)
    if as_json:
        line(msgspec.json.encode(result).decode())
        return
    show(result, target)
    worked = "answered before" if before else f"{result.spent_s:.0f} s"
    line(f"{result.replications} runs, seed {seed}, {worked}: {bundle}")


def show(result: Result, target: float) -> None:
    """Print an answer: a sentence and a table for each question, then what parts that are out make of it."""
    names = [shown.id.rsplit(", robots", 1)[0] for shown in result.scenarios]
    for name, found, shown in zip(names, (result.sizing, *result.others), result.scenarios, strict=True):
        if found is None:
            continue
        line(sentence(found, name, target))
        paper().print(points_table(found, name), figures_table(shown))
        line("")
    if result.differences:
        paper().print(differences_table(result.differences))


def _request(
    site: Site,
    *,
    name: str,
    span: tuple[int, int],
    out: list[str],
    output: str,
    target: float,
    day: dt.date,
    hours: float,
    flow: tuple[Request | None, dict[str, str]],
    solutions: int,
    seed: int,
    runs: tuple[int, int],
    level: float,
) -> Request:
    from simulation.experiment.request import Dial, Request, Scenario, Sizing, Target
    from simulation.twin.model import FLOW, asked_tree

    scenarios = [Scenario(id="all in service")]
    scenarios += [Scenario(id=f"{part} out", changes={"out": [part]}) for part in out]
    return Request(
        kind="size",
        flow=FLOW,
        site=name,
        model=asked_tree(site, day, hours, solutions, *flow),
        scenarios=tuple(scenarios),
        seed=seed,
        least=runs[0],
        most=runs[1],
        level=level,
        sizing=Sizing(
            dials=(Dial(path="robots", least=span[0], most=span[1]),),
            targets={output: Target(at_least=target)},
            probes=0,
        ),
    )


def _range(text: str) -> tuple[int, int]:
    """`20..45`, or one number."""
    least, dots, most = text.partition("..")
    try:
        found = int(least), int(most if dots else least)
    except ValueError:
        raise CommandFailed(f"--robots {text!r} is no range: say for example --robots 20..45.") from None
    if not 1 <= found[0] <= found[1]:
        raise CommandFailed(f"--robots {text}: the first number is at least 1 and not above the second.")
    return found


def _part(site: Site, text: str) -> str:
    """The id of `lift:G3`; that the site has such a part is seen before anything runs."""
    kind, colon, id = text.partition(":")
    if not colon:
        kind, id = "", text
    if kind and kind not in PARTS:
        raise CommandFailed(f"--out {text!r}: {kind} is nothing that can be out; say one of {', '.join(PARTS)}.")
    lifts = [lift.id for lift in site.lifts]
    if kind == "lift" and id not in lifts:
        raise CommandFailed(f"--out {text}: {site.site.id} has no lift {id!r}; it has {', '.join(lifts) or 'none'}.")
    return id


def _flow(demand: str, take: list[str]) -> tuple[Request | None, dict[str, str]]:
    """The experiment whose flow makes demand, and which steps make which; none without `--demand`."""
    from simulation.experiment import bundle

    if not demand:
        if take:
            raise CommandFailed("--take says what a flow's requests are: name the flow with --demand flow:FOLDER.")
        return None, {}
    kind, _, folder = demand.partition(":")
    if kind != "flow" or not (Path(folder) / bundle.REQUEST).is_file():
        raise CommandFailed(f"--demand {demand}: say flow: and the folder that `portor flow run` named at its end.")
    taken = dict(text.split("=", 1) for text in take if "=" in text)
    if not take or len(taken) < len(take):
        raise CommandFailed(
            "--take says which requests of the flow are orders, each step once: for example "
            "--take '*/porter_to_ct=acute-to-imaging'."
        )
    return bundle.read_request(Path(folder)), taken


def _day(text: str | None, site: Site) -> dt.date:
    from api.day.start import full_opening

    try:
        return dt.date.fromisoformat(text) if text else full_opening(site)
    except ValueError:
        raise CommandFailed(f"--date {text!r} is no date: write it as 2026-03-02.") from None
