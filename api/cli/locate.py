"""`portor locate`: how well tags are found on a floor, from files that were recorded there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.say import CommandFailed, line, progress
from api.cli.sites import read_site

app = typer.Typer(help="Measure how well tags are found.", no_args_is_help=True)


@app.callback()
def locate() -> None:
    """Keep `evaluate` a command of its own while it is the only one."""


@app.command()
def evaluate(
    survey: Annotated[Path, typer.Option(help="CSV: x,y,floor,gateway,rssi[,time].")],
    readings: Annotated[Path, typer.Option(help="CSV: time,tag,gateway,rssi.")],
    truth: Annotated[Path, typer.Option(help="CSV: time,tag,x,y,floor[,room].")],
    out: Annotated[Path, typer.Option(help="CSV file that the estimates are written to.")],
    site: Annotated[str, typer.Option(help="Site whose floors and rooms are meant; without one, a bare floor.")] = "",
) -> None:
    """Locate tags whose way is known (metres, seconds) and print the figures as one JSON object."""
    from equipment_tracking import evaluate as core
    from equipment_tracking.places import Places
    from equipment_tracking.tables import TableErrors, read_readings, read_survey, read_truth
    from site_models.expand import expand

    try:
        surveyed = read_survey(survey)
        heard = read_readings(readings, surveyed.gateways)
        known = read_truth(truth)
    except TableErrors as errors:
        raise CommandFailed(f"Nothing was evaluated; mend this and try again.\n{errors}") from None
    try:
        places = Places.of(expand(read_site(site))) if site else core.places_around(surveyed)
    except ValueError as error:
        raise CommandFailed(f"Nothing was evaluated: {error}.") from None
    strange = sorted({*surveyed.floors, *known.floors} - set(places.floors))
    if strange:
        raise CommandFailed(
            f"Nothing was evaluated: no floor {', '.join(strange)}; use the floors {', '.join(places.floors)}."
        )
    with progress() as bar:
        bar.add_task("Learning the radio map", total=None, note="")
        model = core.learn_model(surveyed, places)
        task = bar.add_task("Locating", total=len(known.tags), note="")
        found = core.locate(model, heard, known, lambda done, _all: bar.update(task, completed=done))
    try:
        core.write_estimates(out, found)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another file with --out.") from None
    line(json.dumps(core.figures(found, known, model.settings.near_m)))
