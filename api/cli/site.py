"""`portor site`: checks a site model and draws its floors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.say import CommandFailed, line, progress
from api.cli.sites import SiteName, count, find_site, read_site

app = typer.Typer(help="Check a site model, draw its floors.", no_args_is_help=True)


@app.command()
def check(site: SiteName) -> None:
    """List everything that is wrong with a site, each with file:line:column."""
    from routing.traffic.proof import check_ways_home
    from site_models.check import check_report
    from site_models.load import load_with_positions

    with progress() as bar:
        task = bar.add_task(f"Checking {site}", total=None, note="")
        errors = check_report(find_site(site))
        if not errors:
            bar.update(task, note="that no robot can be shut in")
            loaded = load_with_positions(find_site(site))
            errors = check_ways_home(loaded.site, loaded.positions)
    for error in errors:
        line(str(error))
    if errors:
        raise CommandFailed(f"{count(len(errors))} in the site {site}.")
    line(f"The site {site} is in order.")


@app.command()
def draw(
    site: SiteName,
    out: Annotated[Path, typer.Option(help="Folder that the drawings are written to.")] = Path("floors"),
    language: Annotated[str, typer.Option(help="Language of the names: da or en.")] = "da",
    cells: Annotated[bool, typer.Option(help="Draw the cells that traffic reserves as well.")] = False,
) -> None:
    """Write an SVG a floor."""
    from routing.ground import Ground
    from routing.traffic.cells import site_network
    from routing.traffic.drawing import cells_layer
    from site_models.draw import draw_floor
    from site_models.expand import expand

    model = read_site(site)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with progress() as bar:
            task = bar.add_task(f"Drawing {site}", total=len(model.floors), note="")
            layout = expand(model)
            network = site_network(Ground(model, layout)) if cells and model.fleets else None
            for floor in model.floors:
                bar.update(task, note=f"floor {floor.id}")
                drawing = draw_floor(model, layout, floor.id, language=language, standalone=True)
                if network is not None:
                    drawing = drawing.replace("</svg>", cells_layer(network, layout, floor.id) + "</svg>")
                (out / f"{floor.id}.svg").write_text(drawing, encoding="utf-8")
                bar.advance(task)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written ({error.strerror}): choose another folder with --out.") from None
    line(f"{len(model.floors)} floors are drawn in {out}.")
