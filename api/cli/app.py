"""Puts the commands together and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from api.cli import day, equipment, flow, flow_calibrate, flow_run, ledger, locate, serve, site, twin, warm
from api.cli.say import ERR, CommandFailed, line

app = typer.Typer(name="portor", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("serve")(serve.serve)
app.command("day")(day.day)
app.command("twin")(twin.twin)
app.add_typer(site.app, name="site")
app.add_typer(flow.app, name="flow")
flow_run.add_to(flow.app)
flow_calibrate.add_to(flow.app)
app.add_typer(ledger.app, name="ledger")
app.add_typer(locate.app, name="locate")
app.add_typer(equipment.app, name="equipment")
app.command("warm")(warm.warm)


def _version(wanted: bool) -> None:
    if wanted:
        try:
            line(f"portor {version('portor')}")
        except PackageNotFoundError:
            raise CommandFailed(
                "The package portor is not installed: run `make serve` or `pip install .` first."
            ) from None
        raise typer.Exit


@app.callback()
def portor(
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Carries things through a hospital: dispatches robots, pneumatic tube and porters, and shows what they do."""


def main() -> None:
    """Run the command line; what cannot be done is one sentence on standard error and exit code 1."""
    try:
        app()
    except CommandFailed as error:
        ERR.print(f"portor: {error}", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
