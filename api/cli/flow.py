"""`portor flow`: checks declared patient flows and draws them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.say import CommandFailed, line, progress
from api.cli.sites import count

if TYPE_CHECKING:
    from simulation.flow.load import Declared

app = typer.Typer(help="Check declared patient flows, draw them.", no_args_is_help=True)

FlowsName = Annotated[
    str,
    typer.Argument(metavar="SITE|FILE", help="A folder, the name of a site that comes with Portør, or a YAML file."),
]
FlowName = Annotated[str, typer.Argument(metavar="FLOW", help="The id of a flow that is declared there.")]


@app.command()
def check(site: FlowsName) -> None:
    """List everything that is wrong with the flows and scenarios, each with file:line:column."""
    from simulation.flow.load import load_flows
    from site_models.errors import SiteErrors

    errors = []
    with progress() as bar:
        bar.add_task(f"Checking {site}", total=None, note="")
        try:
            declared = load_flows(site)
        except SiteErrors as refused:
            errors = refused.errors
    for error in errors:
        line(str(error))
    if errors:
        raise CommandFailed(f"{count(len(errors))} in the flows of {site}.")
    scenarios = f", scenarios: {', '.join(declared.scenario_ids)}" if declared.scenario_ids else ""
    line(f"The flows of {site} are in order: {', '.join(declared.flow_ids)}{scenarios}.")


@app.command()
def draw(
    site: FlowsName,
    flow: FlowName,
    out: Annotated[Path | None, typer.Option(help="File that is written; <flow>.svg unless said.")] = None,
    language: Annotated[str, typer.Option(help="Language of the names: da or en.")] = "da",
) -> None:
    """Write an SVG of what the patients of a flow go through."""
    from simulation.flow.draw import LANGUAGES, draw_flow

    if language not in LANGUAGES:
        raise CommandFailed(f"There is no language {language!r}: choose {' or '.join(LANGUAGES)} with --language.")
    file = out or Path(f"{flow}.svg")
    with progress() as bar:
        bar.add_task(f"Drawing {flow}", total=None, note="")
        declared = read_flows(site)
        if flow not in declared.flow_ids:
            raise CommandFailed(f"There is no flow {flow!r} in {site}: known are {', '.join(declared.flow_ids)}.")
        drawing = draw_flow(declared, flow, language=language, standalone=True)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written ({error.strerror}): choose another with --out.") from None
    line(f"The flow {flow} is drawn in {file}.")


def read_flows(site: str) -> Declared:
    """Load the flows of a site or file.

    Raises
    ------
    CommandFailed
        They are unknown or wrong; then every place is listed.
    """
    from simulation.flow.load import load_flows
    from site_models.errors import SiteErrors

    try:
        return load_flows(site)
    except SiteErrors as error:
        raise CommandFailed(f"The flows of {site} have {count(len(error.errors))}:\n{error}") from None
